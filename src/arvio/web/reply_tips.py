"""The seven tips for a reply, as the editor shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import pgettext

from arvio.catalog.members import Member
from arvio.policy.form import LONGEST_REPLY
from arvio.reviews.advising import advise
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.tips.rules import KEYS, Tip
from arvio.reviews.tips.wording import TipText, explain


def show(found: PartnerReview, *, member: Member, text: str, now: datetime) -> dict[str, Any]:
    """A tip that isn't done says what to add; one that isn't asked for says why."""
    advice = advise(member=member, found=found, text=text[:LONGEST_REPLY], now=now)
    done = sum(tip.done for tip, _ in advice)
    items = [
        {
            "key": tip.key,
            "done": tip.done,
            "label": words.label,
            "why": words.why,
            "hint": "" if tip.applies and tip.done else words.hint,
            "example": words.example,
        }
        for tip, words in advice
    ]
    return {"items": items, "done": done, "of": len(items), "share": 100 * done / len(items)}


def guide() -> list[TipText]:
    """All seven as they are told to who answers nothing yet: why, and an example."""
    name = pgettext("the name of a customer in examples", "Anna")
    tips = (
        Tip(key, done=False, applies=True, hint="empty" if key == "professional" else "add")
        for key in KEYS
    )
    return [explain(tip, stars=2, display_name=name) for tip in tips]
