"""The seven tips for a reply, as the editor shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.tips.names import person_name
from arvio.reviews.tips.rules import check


def show(
    found: PartnerReview, *, text: str, marketplace: Marketplace, now: datetime
) -> dict[str, Any]:
    """Of the author only the public name is used, and only where it is a person's (R69)."""
    public = found.public
    style = catalog.policy_in_force(marketplace=marketplace, now=now).policy.privacy.display_name
    named = not (public.imported or public.erased)
    made = check(
        text=text,
        stars=public.stars,
        language=public.language,
        display_name=person_name(display_name=public.display_name, style=style) if named else None,
        review_text=" ".join((public.title, public.text, public.pros, public.cons)),
    )
    done = sum(tip.done for tip in made)
    items = [
        {"key": t.key, "done": t.done, "label": t.key, "hint": "" if t.done else t.hint}
        for t in made
    ]
    return {
        "items": items,
        "share": 100 * done / len(made),
        "done": sum(tip.done for tip in made),
        "of": len(made),
    }
