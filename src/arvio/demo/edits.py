"""Reviews that their authors edited in the marketplace's first months, up or down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from arvio.demo.content import DemoEdit, DemoOpening, DemoReview
from arvio.demo.timeline import HISTORY, HOLD
from arvio.demo.words import read_words

UP, DOWN = 14, 5


def opening(*, raw: dict[str, Any], now: datetime) -> DemoOpening | None:
    said = raw.get("opening")
    if said is None:
        return None
    return DemoOpening(
        overrides=said["overrides"], ends_at=now - HISTORY + timedelta(days=said["days"])
    )


def add_edits(
    *, reviews: Sequence[DemoReview], opening: DemoOpening | None, rng: Random
) -> list[DemoReview]:
    """Most edits follow a partner's help and raise the stars; some authors think again."""
    made = list(reviews)
    if opening is None:
        return made
    may = [
        n
        for n, review in enumerate(made)
        if review.submitted_at < opening.ends_at and not review.withdrawn_at
    ]
    bad = [n for n in may if made[n].stars <= 3]
    good = [n for n in may if made[n].stars >= 4 and len(made[n].text) > 60]
    for n in rng.sample(bad, min(UP, len(bad))):
        made[n] = _edited(made[n], "update_up", rng.choice((4, 4, 5)), rng)
    for n in rng.sample(good, min(DOWN, len(good))):
        made[n] = _edited(made[n], "update_down", rng.choice((2, 3)), rng)
    return made


def _edited(review: DemoReview, kind: str, stars: int, rng: Random) -> DemoReview:
    lines = read_words(f"{review.language}/common")[kind]
    before = review.reply.replied_at if review.reply else review.submitted_at
    edit = DemoEdit(
        stars=stars,
        text=f"{review.text}\n\n{rng.choice(lines)}",
        edited_at=before + HOLD + timedelta(days=rng.uniform(2, 45)),
    )
    return replace(review, edits=(edit,))
