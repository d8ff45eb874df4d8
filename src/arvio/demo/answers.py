"""What partners answer, when, and what they leave open: quicker from month to month."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from arvio.demo.content import DemoApp, DemoPartner, DemoReply, DemoReview, DemoUser
from arvio.demo.replies import Replier
from arvio.demo.timeline import HOLD
from arvio.demo.writing import Written

MONTH = timedelta(days=30.4)
# So many months ago a reply took half of them at least so many hours; between, it is interpolated.
MEDIANS = ((0, 4.0), (1, 6.0), (3, 10.0), (6, 20.0), (9, 26.0), (14, 30.0), (30, 40.0))
# How many came only after a week or more, then and now.
LATE = ((0, 0.02), (4, 0.06), (9, 0.15), (14, 0.22), (30, 0.25))
# Since then partners learn by mail of what waits for publication, and answer it while it does.
FROM_THE_HOLD = 6
LEAST = timedelta(minutes=20)
# Since then replies promise the version that is the newest by now.
PROMISED = timedelta(days=300)


@dataclass
class Said:
    """A review with what its answer must know. `written` is None for those written by hand."""

    review: DemoReview
    app: DemoApp
    author: DemoUser
    written: Written | None


@dataclass
class Answers:
    """Answers for all partners of a marketplace."""

    partners: Sequence[DemoPartner]
    held: bool
    zone: ZoneInfo
    now: datetime
    rng: Random
    repliers: dict[str, Replier] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def give(self, *, said: Sequence[Said]) -> list[DemoReview]:
        """Every review with its reply, or without one where the partner leaves it open."""
        made = [one.review for one in said]
        for partner in self.partners:
            own = [n for n, one in enumerate(said) if one.app.partner == partner.ref]
            own.sort(key=lambda n: said[n].review.submitted_at, reverse=True)
            open_ = self._open(partner, own, said)
            begun = min(
                (n for n in open_ if said[n].written),
                key=lambda n: (said[n].review.stars, -len(said[n].review.text)),
                default=None,
            )
            for n in own:
                if n == begun:
                    made[n] = replace(made[n], draft=_begun(self._text(said[n])))
                elif n not in open_ and made[n].reply is None:
                    made[n] = replace(made[n], reply=self._reply(partner, said[n]))
        return made

    # What waits

    def _open(self, partner: DemoPartner, own: Sequence[int], said: Sequence[Said]) -> list[int]:
        """`own` is newest first. Nothing is answered for a review that was written by hand."""
        free = [n for n in own if said[n].review.reply is None and said[n].written]
        held = [n for n in free if self._is_held(said[n])]
        public = [n for n in free if n not in held]
        wanted = partner.open
        chosen = [n for n in own if said[n].review.reply is None and not said[n].written]
        chosen += self._of_held(held, wanted.held - len(chosen), said)
        newest = public[: wanted.fresh * 2]
        chosen += self.rng.sample(newest, min(wanted.fresh, len(newest)))
        rest = [n for n in public if n not in chosen]
        bad = [n for n in rest if said[n].review.stars <= 2]
        bad.sort(key=lambda n: abs(self._age(said[n]) - MONTH))
        chosen += bad[: wanted.month]
        old = [
            n
            for n in rest
            if said[n].review.stars >= 4 and 1.5 * MONTH < self._age(said[n]) < 9 * MONTH
        ]
        return chosen + self.rng.sample(old, min(wanted.old, len(old)))

    def _is_held(self, one: Said) -> bool:
        return self.held and self._age(one) < HOLD

    def _age(self, one: Said) -> timedelta:
        return self.now - one.review.submitted_at

    def _of_held(self, held: Sequence[int], count: int, said: Sequence[Said]) -> list[int]:
        """The worst of them, and others from the oldest, which has the least time left."""
        if count >= len(held):
            return list(held)
        worst = min(held, key=lambda n: said[n].review.stars)
        rest, count = [n for n in held if n != worst], count - 1
        return [worst, *(rest[-1 - n * len(rest) // count] for n in range(count))]

    # What is answered

    def _reply(self, partner: DemoPartner, one: Said) -> DemoReply:
        at = self._working(self._when(one))
        soonest, latest = one.review.submitted_at + LEAST, self.now - LEAST
        if not soonest <= at <= latest:
            at = soonest + (latest - soonest) * self.rng.uniform(0.1, 0.9)
        return DemoReply(
            text=self._text(one),
            replied_at=at.replace(microsecond=0),
            by=partner.who("replier" if self.rng.random() < 0.85 else "owner").email,
            fixed_in=self._fixed_in(one, at),
        )

    def _fixed_in(self, one: Said, at: datetime) -> str:
        """The version that half of the unhappy were promised. No dice are thrown for it: they would
        change whatever is drawn after.
        """
        promised = one.review.stars <= 3 and at.minute % 2 == 0 and self.now - at < PROMISED
        return one.app.version if promised else ""

    def _when(self, one: Said) -> datetime:
        months = self._age(one) / MONTH
        if self._is_late(one.app.partner, _between(LATE, months)):
            return one.review.submitted_at + timedelta(days=self.rng.uniform(7.2, 40))
        taken = timedelta(hours=_between(MEDIANS, months) * self.rng.lognormvariate(0, 0.6))
        if one.review.stars <= 3:
            taken *= 0.8
        if self.held and months > FROM_THE_HOLD and taken < HOLD:
            taken += HOLD
        return one.review.submitted_at + taken

    def _is_late(self, partner: str, share: float) -> bool:
        """Never two of them together: a month has few replies, and chance would show."""
        self.late[partner] += share
        if self.late[partner] < 1:
            return False
        self.late[partner] -= 1
        return True

    def _working(self, at: datetime) -> datetime:
        """Nobody answers at night: it is done in the morning."""
        local = at.astimezone(self.zone)
        if 8 <= local.hour < 20:
            return at
        if local.hour >= 20:
            local += timedelta(days=1)
        local = local.replace(hour=8, minute=self.rng.randrange(60))
        return local.astimezone(at.tzinfo)

    def _text(self, one: Said) -> str:
        if one.written is None:
            raise ValueError("a review written by hand has a reply written by hand")
        replier = self.repliers.setdefault(one.app.ref, Replier(one.app, self.rng))
        review = one.review
        return replier.write(
            author=one.author, language=review.language, stars=review.stars, written=one.written
        )


def _begun(text: str) -> str:
    """Without its end."""
    sentences = re.split(r"(?<=[.!?]) ", text)
    return " ".join(sentences[:-1] or sentences)


def _between(points: Sequence[tuple[float, float]], months: float) -> float:
    for (start, low), (end, high) in pairwise(points):
        if months < end:
            return low + (high - low) * max(months - start, 0) / (end - start)
    return points[-1][1]
