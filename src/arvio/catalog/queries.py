from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from arvio.catalog import pseudonyms
from arvio.catalog.errors import NotFound
from arvio.catalog.guidelines.rules import Rule
from arvio.catalog.models import (
    Account,
    App,
    Ban,
    GuidelinesVersion,
    Installation,
    Marketplace,
    Partner,
    PartnerDomain,
    PolicyVersion,
    User,
)
from arvio.people import queries as people
from arvio.policy.eligibility import Facts


@dataclass(frozen=True)
class Viewer:
    """Who looks or writes, as a viewer token says. Account and user are None where we know none."""

    marketplace: Marketplace
    surface: Literal["in_product", "web"]
    name: str
    email: str
    locale: str
    account: Account | None = None
    user: User | None = None

    @property
    def actor(self) -> str:
        return f"user:{self.user.pk}" if self.user else "visitor"


@dataclass(frozen=True)
class Asker:
    app: App
    account: Account | None
    user: User | None
    surface: Literal["in_product", "web"] = "in_product"
    email: str = ""
    affiliation: str = ""


@dataclass(frozen=True)
class Known:
    """The facts about one asker, and the installation they rest on."""

    facts: Facts
    installation: Installation | None


def marketplace(*, slug: str) -> Marketplace:
    found = Marketplace.objects.filter(slug=slug).first() if storable(slug) else None
    if found is None:
        raise NotFound("marketplace", f"There is no marketplace {slug!r}.")
    return found


def app(*, marketplace: Marketplace, ref: str) -> App:
    found = (
        App.objects.select_related("marketplace", "partner")
        .filter(marketplace=marketplace, ref=ref)
        .first()
        if storable(ref)
        else None
    )
    if found is None:
        raise NotFound("app", f"There is no app {ref!r} in this marketplace.")
    return found


def partner(*, marketplace: Marketplace, ref: str) -> Partner:
    found = (
        Partner.objects.filter(marketplace=marketplace, ref=ref).first() if storable(ref) else None
    )
    if found is None:
        raise NotFound("partner", f"There is no partner {ref!r} in this marketplace.")
    return found


def owners_of_domains(*, marketplace: Marketplace, domains: Collection[str]) -> dict[str, Partner]:
    """The partner that owns each of these domains, where one does; one statement.

    Of two that name the same domain, the one that is known longer.
    """
    rows = PartnerDomain.objects.filter(marketplace=marketplace, domain__in=sorted(domains))
    newest_first = rows.select_related("partner").order_by("-partner_id")
    return {row.domain: row.partner for row in newest_first}


def account(*, marketplace: Marketplace, ref: str) -> Account:
    """The account of this id, or the one that a former id leads to. Raises NotFound."""
    found = known_account(marketplace_id=marketplace.pk, ref=ref)
    if found is None:
        raise NotFound("account", f"There is no account {ref!r} in this marketplace.")
    return found


def known_account(*, marketplace_id: UUID, ref: str) -> Account | None:
    """As `account`, and None where there is none; one statement."""
    return known_accounts(marketplace_id=marketplace_id, refs=[ref]).get(ref)


def known_accounts(*, marketplace_id: UUID, refs: Collection[str]) -> dict[str, Account]:
    """The accounts by the ids they were asked for, former ones too; one statement."""
    wanted = {ref for ref in refs if storable(ref)}
    rows = Account.objects.select_related("leads_to") if wanted else Account.objects.none()
    named = rows.filter(marketplace_id=marketplace_id, ref__in=wanted)
    return {row.ref: row.leads_to or row for row in named}


def hold_homes(*, accounts: Iterable[Account | None]) -> dict[UUID, Account]:
    """Lock these accounts against being merged until the transaction ends; answers where those lead
    that have been, by id. One statement, and one more where there are any.
    """
    rows = Account.objects.filter(pk__in={one.pk for one in accounts if one})
    held: Any = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    leads = {pk: to for pk, to in held.values_list("pk", "leads_to_id") if to is not None}
    homes = Account.objects.in_bulk(leads.values()) if leads else {}
    return {pk: homes[to] for pk, to in leads.items()}


def same_users(*, users: Sequence[User | None]) -> list[User | None]:
    """These users, or those that they have become, as they are now; one statement."""
    rows = User.objects.select_related("leads_to").filter(pk__in={one.pk for one in users if one})
    found = {row.pk: row.leads_to or row for row in rows}
    return [found.get(one.pk, one) if one else None for one in users]


def user(*, account: Account, ref: str) -> User | None:
    """The user that the platform calls so, also one that was erased; one statement."""
    names = pseudonyms.names_of(marketplace_id=account.marketplace_id, ref=ref)
    return User.objects.filter(account=account, ref__in=names).order_by("pk").first()


def storable(text: str) -> bool:
    """NUL and lone surrogates can be in no name, and PostgreSQL refuses to look for them."""
    return "\0" not in text and not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def policy_id(*, marketplace: Any, now: datetime) -> Subquery:
    """The version in force, as a column.

    `.annotate(policy_id=policy_id(marketplace=OuterRef("pk"), now=now))`
    """
    versions = PolicyVersion.objects.filter(marketplace=marketplace, effective_at__lte=now)
    return Subquery(versions.order_by("-effective_at", "-number").values("pk")[:1])


def marketplace_with_policy(*, slug: str, now: datetime) -> tuple[Marketplace, PolicyVersion]:
    """The marketplace and the policy in force; one statement. Raises NotFound."""
    rows = Marketplace.objects.filter(slug=slug) if storable(slug) else Marketplace.objects.none()
    found: Any = rows.annotate(policy_id=policy_id(marketplace=OuterRef("pk"), now=now)).first()
    if found is None:
        raise NotFound("marketplace", f"There is no marketplace {slug!r}.")
    if found.policy_id is None:
        raise NotFound("policy", "This marketplace has no policy in force yet.")
    return found, policy_version(found.policy_id)


def marketplaces_with_policy(*, now: datetime) -> list[tuple[Marketplace, PolicyVersion]]:
    """Every marketplace that is open, by name, with the policy in force."""
    rows: Any = Marketplace.objects.annotate(
        policy_id=policy_id(marketplace=OuterRef("pk"), now=now)
    )
    return [
        (row, policy_version(row.policy_id))
        for row in rows.exclude(policy_id=None).order_by("name", "id")
    ]


@lru_cache(maxsize=4096)
def policy_version(pk: UUID) -> PolicyVersion:
    """A version by its id. Versions never change, so each is read once in a process."""
    return PolicyVersion.objects.get(pk=pk)


def policy_in_force(*, marketplace: Marketplace, now: datetime) -> PolicyVersion:
    versions = PolicyVersion.objects.filter(marketplace=marketplace, effective_at__lte=now)
    pk = versions.order_by("-effective_at", "-number").values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound("policy", "This marketplace has no policy in force yet.")
    return policy_version(pk)


def policy_history(*, marketplace: Marketplace) -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(marketplace=marketplace).order_by(
        "-effective_at", "-number"
    )


def guidelines(*, marketplace: Marketplace, now: datetime) -> GuidelinesVersion:
    """The guidelines in force; one statement. Raises NotFound."""
    versions = GuidelinesVersion.objects.filter(marketplace=marketplace, effective_at__lte=now)
    pk = versions.order_by("-effective_at", "-number").values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound("guidelines", "This marketplace has no guidelines in force yet.")
    return guidelines_by_id(pk)


@lru_cache(maxsize=1024)
def guidelines_by_id(pk: UUID) -> GuidelinesVersion:
    """A version by its id. Versions never change, so each is read once in a process."""
    return GuidelinesVersion.objects.get(pk=pk)


def guidelines_version(*, marketplace: Marketplace, number: int) -> GuidelinesVersion:
    """The version that a decision names, whenever it was in force. Raises NotFound."""
    versions = GuidelinesVersion.objects.filter(marketplace=marketplace, number=number)
    pk = versions.values_list("pk", flat=True).first() if 0 < number < 2**31 else None
    if pk is None:
        raise NotFound("version", "There is no such version of the guidelines.")
    return guidelines_by_id(pk)


def guidelines_versions(
    *, marketplace: Marketplace, numbers: Sequence[int]
) -> dict[int, GuidelinesVersion]:
    """Those of these numbers that there are. One statement, and one for each that this process
    hasn't read yet; none for no number.
    """
    versions = GuidelinesVersion.objects.filter(marketplace=marketplace, number__in=numbers)
    rows = versions.values_list("number", "pk") if numbers else ()
    return {number: guidelines_by_id(pk) for number, pk in rows}


def guidelines_history(*, marketplace: Marketplace) -> list[GuidelinesVersion]:
    """All versions without their words, newest first."""
    versions = GuidelinesVersion.objects.filter(marketplace=marketplace).defer("document")
    return list(versions.order_by("-effective_at", "-number"))


def guidelines_numbers(
    *, marketplace: Marketplace, moments: Sequence[datetime]
) -> list[int | None]:
    """The number of the version in force at each moment, None before the first; one statement."""
    rows = GuidelinesVersion.objects.filter(marketplace=marketplace)
    newest = list(rows.order_by("-effective_at", "-number").values_list("effective_at", "number"))
    return [
        next((number for effective_at, number in newest if effective_at <= at), None)
        for at in moments
    ]


def rule(*, version: GuidelinesVersion, key: str) -> Rule:
    """A rule with its code (G-6), title and text by language. Raises NotFound."""
    found = next((one for one in version.rules if one.key == key), None)
    if found is None:
        raise NotFound("rule", f"These guidelines have no rule {key!r}.")
    return found


def installed_apps(*, account: Account) -> frozenset[UUID]:
    """The apps that are on an account now, by id."""
    rows = Installation.objects.filter(account=account, installed_at__isnull=False)
    return frozenset(row.app_id for row in rows if row.ended_at is None)


def facts(
    *,
    marketplace: Marketplace,
    askers: Sequence[Asker],
    now: datetime,
    installations: Mapping[tuple[UUID, UUID], Installation] | None = None,
) -> list[Known]:
    """What we know of each asker, in three statements for any number; in two for who has read the
    installations already, by (app, account).

    Reviews count their places themselves.
    """
    if installations is None:
        installations = _installations(askers)
    standing = people.standing(
        marketplace_id=marketplace.pk, emails={asker.email for asker in askers}
    )
    bans = _bans(askers, now)
    return [_known(asker, installations, standing, bans) for asker in askers]


def _known(
    asker: Asker,
    installations: Mapping[tuple[UUID, UUID], Installation],
    standing: dict[str, people.Standing],
    bans: dict[tuple[UUID, UUID | None], Ban],
) -> Known:
    account, user = asker.account, asker.user
    installation = installations.get((asker.app.pk, account.pk)) if account else None
    email = asker.email.strip().lower()
    known = standing.get(email, people.Standing())
    ban = None
    if account:
        ban = bans.get((account.pk, None)) or (bans.get((account.pk, user.pk)) if user else None)
    return Known(
        facts=Facts(
            signed_in=True,
            surface=asker.surface,
            account_known=account is not None,
            account_kind=account.kind if account else "production",  # type: ignore[arg-type]  # a choices column
            plan=account.plan if account else "",
            installed_at=installation.installed_at if installation else None,
            uninstalled_at=installation.ended_at if installation else None,
            affiliated=_affiliated(asker.app, email, known),
            other_partner=bool(known.partners - {asker.app.partner_id}),
            affiliation_disclosed=bool(asker.affiliation),
            operator_staff=known.staff,
            banned=ban is not None,
            banned_until=ban.until_at if ban else None,
            ban_reason=ban.reason if ban else "",
            retired=asker.app.retired,
        ),
        installation=installation,
    )


def _affiliated(app: App, email: str, known: people.Standing) -> Literal["member", "domain"] | None:
    if app.partner_id in known.partners:
        return "member"
    domain = email.rpartition("@")[2]
    if domain and any(domain == own or domain.endswith(f".{own}") for own in app.partner.domains):
        return "domain"
    return None


def _installations(askers: Sequence[Asker]) -> dict[tuple[UUID, UUID], Installation]:
    accounts = {asker.account.pk for asker in askers if asker.account}
    if not accounts:
        return {}
    rows = Installation.objects.filter(
        app_id__in={asker.app.pk for asker in askers}, account_id__in=accounts
    )
    return {(row.app_id, row.account_id): row for row in rows}


def _bans(askers: Sequence[Asker], now: datetime) -> dict[tuple[UUID, UUID | None], Ban]:
    """Bans in force by (account, user); a ban of the whole account has no user.

    The one that lasts longest counts.
    """
    accounts = {asker.account.pk for asker in askers if asker.account}
    if not accounts:
        return {}
    rows = Ban.objects.filter(
        Q(until_at=None) | Q(until_at__gt=now),
        account_id__in=accounts,
        lifted_at=None,
        since_at__lte=now,
    )
    found: dict[tuple[UUID, UUID | None], Ban] = {}
    for row in rows.order_by("since_at", "id"):
        key = (row.account_id, row.user_id)
        if key not in found or _lasts_longer(row, found[key]):
            found[key] = row
    return found


def _lasts_longer(one: Ban, other: Ban) -> bool:
    if other.until_at is None:
        return False
    return one.until_at is None or one.until_at > other.until_at
