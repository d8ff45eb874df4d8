"""Who comes to the moderators: a visitor, a customer, a partner's member, or one of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace, Partner, User
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.moderation.links import email_key
from arvio.moderation.models import Report
from arvio.people.models import Person

Party = Report.Party


@dataclass(frozen=True)
class Reporter:
    """`key` says who without telling; a visitor is known by an address that they must confirm."""

    marketplace: Marketplace
    party: Report.Party
    key: str
    language: str
    actor: str
    email: str = ""
    user: User | None = None
    person: Person | None = None
    partner: Partner | None = None

    @property
    def counts_at_once(self) -> bool:
        return self.party != Party.VISITOR


def visitor(*, marketplace: Marketplace, email: str, language: str) -> Reporter:
    address = email.strip()
    return Reporter(
        marketplace, Party.VISITOR, email_key(address), language, "visitor", email=address
    )


def customer(*, viewer: Viewer, language: str) -> Reporter | None:
    """None for a viewer whom we can't know again: then as a visitor."""
    if viewer.user is None:
        return None
    return Reporter(
        viewer.marketplace,
        Party.CUSTOMER,
        f"user:{viewer.user.pk}",
        language,
        viewer.actor,
        user=viewer.user,
    )


def partner_member(*, member: Member, language: str) -> Reporter:
    return Reporter(
        member.marketplace,
        Party.PARTNER,
        f"person:{member.person.pk}",
        language,
        member.actor,
        person=member.person,
        partner=member.partner,
    )


def staff(*, moderator: Moderator, language: str) -> Reporter:
    return Reporter(
        moderator.marketplace,
        Party.MODERATOR,
        f"person:{moderator.person.pk}",
        language,
        moderator.actor,
        person=moderator.person,
    )
