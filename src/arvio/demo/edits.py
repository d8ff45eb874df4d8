"""Reviews that their authors edited while the marketplace let them, up or down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from arvio.demo.content import DemoApp, DemoEdit, DemoOpening, DemoReview
from arvio.demo.timeline import HOLD, TOLD
from arvio.demo.words import read_words

# Of one partner's reviews. The policy lets authors edit for three months; this is safely less.
UP, DOWN = 4, 1
WINDOW = timedelta(days=86)
LATELY = timedelta(hours=19)


def opening(*, raw: dict[str, Any], now: datetime) -> DemoOpening | None:
    said = raw.get("opening")
    if said is None:
        return None
    return DemoOpening(
        overrides=said["overrides"],
        ends_at=now - timedelta(days=said["ago"]),
        lowered=tuple(said["lowered"]),
    )


def add_edits(
    *,
    reviews: Sequence[DemoReview],
    apps: Sequence[DemoApp],
    opening: DemoOpening | None,
    now: datetime,
    rng: Random,
) -> list[DemoReview]:
    """Most edits follow a partner's help and raise the stars; some authors think again.

    Two are news: at each partner in `opening.lowered` one that waits, and one that was raised.
    """
    made = list(reviews)
    if opening is None:
        return made
    pen = _Pen(made, now, rng)
    partners = {app.ref: app.partner for app in apps}
    for partner in sorted(set(partners.values())):
        own = [
            n
            for n, review in enumerate(made)
            if partners[review.app] == partner
            and review.submitted_at < opening.ends_at
            and not review.withdrawn_at
            and not review.user.startswith("c")
        ]
        if partner in opening.lowered:
            pen.news(own)
        pen.history(own)
    return made


@dataclass
class _Pen:
    made: list[DemoReview]
    now: datetime
    rng: Random

    def history(self, own: Sequence[int]) -> None:
        free = [n for n in own if self.made[n].reply and not self.made[n].edits]
        bad = [n for n in free if self.made[n].stars <= 3]
        good = [n for n in free if self.made[n].stars >= 4 and len(self.made[n].text) > 60]
        for n in self.rng.sample(bad, min(UP, (len(bad) + 2) // 3)):
            self._edit(n, "update_up", self.rng.choice((4, 4, 5)), self._later(n))
        for n in self.rng.sample(good, min(DOWN, len(good) // 60)):
            self._edit(n, "update_down", self.rng.choice((2, 3)), self._later(n))

    def news(self, own: Sequence[int]) -> None:
        """Of reviews that are still under the rules of before."""
        fresh = [n for n in own if self.now - self.made[n].submitted_at < WINDOW]
        happy = [n for n in fresh if self.made[n].stars == 5 and len(self.made[n].text) > 60]
        sorry = [
            n
            for n in fresh
            if self.made[n].stars <= 4 and self._answered_before(n, self.now - 2 * LATELY)
        ]
        if happy:
            self._edit(self.rng.choice(happy), "update_down", 2, self.now - LATELY)
        if sorry:
            lowest = min(sorry, key=lambda n: self.made[n].stars)
            self._edit(lowest, "update_up", 5, self.now - LATELY * 0.6)

    def _answered_before(self, n: int, at: datetime) -> bool:
        reply = self.made[n].reply
        return reply is not None and reply.replied_at < at

    def _later(self, n: int) -> datetime:
        """Some days after the reply and the publication, within the window and before the news."""
        review = self.made[n]
        replied_at = review.reply.replied_at if review.reply else review.submitted_at
        first = max(replied_at, review.submitted_at + HOLD) + timedelta(hours=9)
        last = min(review.submitted_at + WINDOW, self.now - TOLD - HOLD)
        return first + min(last - first, timedelta(days=30)) * self.rng.uniform(0.05, 0.95)

    def _edit(self, n: int, kind: str, stars: int, at: datetime) -> None:
        review = self.made[n]
        if at <= review.submitted_at + HOLD or review.stars == stars:
            return
        lines = read_words(f"{review.language}/common")[kind]
        edit = DemoEdit(
            stars=stars,
            text=f"{review.text}\n\n{self.rng.choice(lines)}",
            edited_at=at.replace(microsecond=0),
        )
        self.made[n] = replace(review, edits=(edit,))
