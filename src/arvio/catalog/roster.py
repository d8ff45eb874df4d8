"""Who is staff of a marketplace and who owns its partners, as an operator looks them through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q

from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.queries import storable
from arvio.paging import Key, page_of
from arvio.people.models import Invitation, Person, Role

PAGE = 50
BY_REF = (Key("ref", str), Key("id", UUID))


@dataclass(frozen=True)
class Sitting:
    """`second_factor` is whether a password alone doesn't let them in."""

    role: Role
    second_factor: bool

    @property
    def person(self) -> Person:
        return self.role.person


@dataclass(frozen=True)
class Owned:
    """`invited` are invitations of owners that nobody has taken yet, too old ones among them."""

    partner: Partner
    owners: Sequence[Person]
    invited: Sequence[Invitation]


def sitting(*, marketplace: Marketplace) -> list[Sitting]:
    """The staff, operators first, then by name; two statements."""
    rows = Role.objects.select_related("person").filter(
        place_id=marketplace.pk, kind__in=Role.STAFF_KINDS
    )
    roles = sorted(rows, key=_order)
    safe = _with_second_factor([role.person_id for role in roles])
    return [Sitting(role, role.person_id in safe) for role in roles]


def _order(role: Role) -> tuple[bool, str, str]:
    name = role.person.name or role.person.email
    return role.kind != Role.Kind.OPERATOR, name.casefold(), str(role.person_id)


def _with_second_factor(ids: Sequence[UUID]) -> set[UUID]:
    rows = Authenticator.objects.filter(user_id__in=ids, type=Authenticator.Type.TOTP)
    return set(rows.values_list("user_id", flat=True))


def without_second_factor(*, marketplace: Marketplace) -> int:
    """How many of the staff a password alone lets in; one statement."""
    safe = Authenticator.objects.filter(type=Authenticator.Type.TOTP).values("user_id")
    rows = Role.objects.filter(place_id=marketplace.pk, kind__in=Role.STAFF_KINDS)
    return rows.exclude(person_id__in=safe).count()


def partners(
    *,
    marketplace: Marketplace,
    q: str = "",
    ownerless: bool = False,
    cursor: str | None = None,
) -> tuple[list[Owned], str | None]:
    """Partners by reference with their owners; three statements. Raises CursorError."""
    rows = Partner.objects.filter(marketplace=marketplace)
    if q:
        words = q if storable(q) else ""
        rows = rows.filter(Q(name__icontains=words) | Q(ref__icontains=words))
    if ownerless:
        owned = Role.objects.filter(marketplace_id=marketplace.pk, kind=Role.Kind.OWNER)
        rows = rows.exclude(pk__in=owned.values("place_id"))
    found, following = page_of(rows, BY_REF, kind="partners", cursor=cursor, limit=PAGE)
    ids = [partner.pk for partner in found]
    owners: dict[UUID, list[Person]] = {pk: [] for pk in ids}
    roles = Role.objects.select_related("person").filter(place_id__in=ids, kind=Role.Kind.OWNER)
    for role in roles.order_by("person__name", "person__email"):
        owners[role.place_id].append(role.person)
    invited: dict[UUID, list[Invitation]] = {pk: [] for pk in ids}
    waiting = Invitation.objects.filter(
        place_id__in=ids, kind=Role.Kind.OWNER, accepted_at=None, revoked_at=None
    )
    for made in waiting.order_by("email", "pk"):
        invited[made.place_id].append(made)
    return [Owned(one, owners[one.pk], invited[one.pk]) for one in found], following


def partner(*, marketplace: Marketplace, partner_id: UUID) -> Partner:
    found = Partner.objects.filter(marketplace=marketplace, pk=partner_id).first()
    if found is None:
        raise NotFound("partner", "There is no such partner in this marketplace.")
    return found


def is_open(made: Invitation, real_now: datetime) -> bool:
    return made.expires_at > real_now
