"""The seven tips for a reply to one review: what pages and routes give while it is written."""

from __future__ import annotations

from datetime import datetime

from arvio.catalog import queries as catalog
from arvio.catalog.members import Member
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.tips.names import person_name
from arvio.reviews.tips.rules import Tip, check
from arvio.reviews.tips.wording import TipText, explain


def advise(
    *, member: Member, found: PartnerReview, text: str, now: datetime
) -> list[tuple[Tip, TipText]]:
    """All seven, in their order, worded in the active language.

    Of the author only the public name is used, and only where it is a person's (FEATURES R69): not
    of a company, a pseudonym, an imported review or one that was erased.
    """
    public = found.public
    in_force = catalog.policy_in_force(marketplace=member.marketplace, now=now)
    style = in_force.policy.privacy.display_name
    named = not (public.imported or public.erased)
    name = person_name(display_name=public.display_name, style=style) if named else None
    made = check(
        text=text,
        stars=public.stars,
        language=public.language,
        display_name=name,
        review_text="\n".join((public.title, public.text, public.cons)),
    )
    return [(tip, explain(tip, stars=public.stars, display_name=name)) for tip in made]
