"""What was proved becomes facts; each action is one transaction and may be repeated.

What has no proof comes this far only as an application token to compare, and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from arvio.catalog import actions as catalog
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, App, Installation
from arvio.catalog.queries import known_account, policy_in_force
from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.models import Connection, Portal
from arvio.connect.bitrix24.rules import Event, Proof, Unproved

SOURCE = "bitrix24"


@transaction.atomic
def connect(
    *,
    app: App,
    code: str,
    client_id: str,
    authorization_servers: Sequence[str] = rules.AUTHORIZATION_SERVERS,
    commercial_families: Sequence[str] = rules.COMMERCIAL_FAMILIES,
    non_commercial_families: Sequence[str] = rules.NON_COMMERCIAL_FAMILIES,
) -> tuple[Connection, bool]:
    """Say what the app is on the platform. Answers (connection, created); raises InvalidFact."""
    for field, value in (("code", code), ("client_id", client_id)):
        if not value or len(value) > 100 or value.split() != [value]:
            raise InvalidFact(field, f"{value!r} isn't what the platform calls an app.")
    servers = [server.strip().rstrip("/") for server in authorization_servers]
    if not servers:
        raise InvalidFact("authorization_server", "Name at least one authorization server.")
    for server in servers:
        if problem := rules.address_problem(url=server, allowed=settings.OUTBOUND_ALLOWED):
            raise InvalidFact("authorization_server", f"{server!r} can't be believed: {problem}.")
    commercial, others = _lower(commercial_families), _lower(non_commercial_families)
    if both := sorted(set(commercial) & set(others)):
        raise InvalidFact("families", f"{', '.join(both)}: commercial and not, at once.")
    return Connection.objects.update_or_create(
        app=app,
        defaults={
            "code": code,
            "client_id": client_id,
            "authorization_servers": servers,
            "commercial_families": commercial,
            "non_commercial_families": others,
        },
    )


@transaction.atomic
def disconnect(*, app: App) -> int:
    """Forget the connection and its application tokens; the facts stay. Answers how many portals
    were known.
    """
    if not Connection.objects.filter(app=app).delete()[0]:
        raise NotFound("app", f"{app.ref!r} isn't connected.")
    return Portal.objects.filter(app=app).delete()[0]


@transaction.atomic
def take_visit(*, connection: Connection, proof: Proof, now: datetime) -> None:
    """Somebody opened the app: the account with its plan, and the installation if it is finished.

    An installation that we took for ended, or never heard of, counts from now; one that lasts
    keeps its moment.
    """
    account = _put_account(connection, proof, now)
    portal = _portal(connection, proof.member_id)
    _hear_version(portal, proof.version, now)
    if proof.installed:
        _put_installation(connection.app, account, portal, since_at=None, now=now)


@transaction.atomic
def take_install(*, connection: Connection, proof: Proof, event: Event, now: datetime) -> str:
    """Take an install, and with it the token that proves what the portal tells later.

    An unfinished one is no installation yet: the first visit after its end makes it one.
    """
    account = _put_account(connection, proof, now)
    portal = _portal(connection, proof.member_id)
    _hear_token(portal, event)
    _hear_version(portal, *_version_told(proof, event, now))
    if not (proof.installed and event.installed):
        return "unfinished"
    _put_installation(connection.app, account, portal, since_at=event.at, by=proof.user_id, now=now)
    return "installed"


@transaction.atomic
def take_update(*, connection: Connection, proof: Proof | None, event: Event, now: datetime) -> str:
    """Take a version, and the token that comes with it where an access token proves it. Without
    one, the application token that we know must have come. Raises Unproved.
    """
    if proof is None:
        portal = _known_portal(connection, event)
        _hear_version(portal, event.version, event.at)
        account = _account(connection.app, event.member_id)
    else:
        account = _put_account(connection, proof, now)
        portal = _portal(connection, proof.member_id)
        _hear_token(portal, event)
        _hear_version(portal, *_version_told(proof, event, now))
    if account is not None:
        _pass_version_on(connection.app, account, portal, now)
    return "updated"


@transaction.atomic
def take_payment(*, connection: Connection, proof: Proof, now: datetime) -> str:
    """A payment is a good moment to look at the plan again, and proves nothing else."""
    _put_account(connection, proof, now)
    return "refreshed"


@transaction.atomic
def take_uninstall(*, connection: Connection, event: Event, now: datetime) -> str:
    """End an installation, whether the portal cleans its data or not. The application token is the
    only proof there is, and stays for when the event comes again. Raises Unproved.
    """
    _known_portal(connection, event)
    account = _account(connection.app, event.member_id)
    if account is None:
        return "ignored"
    catalog.end_installation(app=connection.app, account=account, uninstalled_at=event.at, now=now)
    return "uninstalled"


def _lower(words: Sequence[str]) -> list[str]:
    return sorted({word.strip().lower() for word in words if word.strip()})


def _account(app: App, member_id: str) -> Account | None:
    return known_account(marketplace_id=app.marketplace_id, ref=member_id)


def _put_account(connection: Connection, proof: Proof, now: datetime) -> Account:
    """The account as the authorization server knows it. Where it is silent about the licence the
    plan stays, and what the marketplace's own server told us, such as a name, stays too.
    """
    app = connection.app
    known = _account(app, proof.member_id)
    plan = known.plan if known else ""
    if proof.family:
        policy = policy_in_force(marketplace=app.marketplace, now=now).policy
        plan = rules.plan_of(
            family=proof.family,
            commercial=connection.commercial_families,
            non_commercial=connection.non_commercial_families,
            names=policy.eligibility.plan_names,
        )
    domain = proof.domain or (known.domain if known else "")
    if known is None:
        return catalog.put_account(
            marketplace=app.marketplace,
            ref=proof.member_id,
            name=domain or proof.member_id,
            plan=plan,
            kind=Account.Kind.PRODUCTION,
            domain=domain,
            now=now,
        )[0]
    name = domain if known.name in (known.domain, known.ref, "") and domain else known.name
    if (name, plan, domain) == (known.name, known.plan, known.domain):
        return known
    return catalog.put_account(
        marketplace=app.marketplace,
        ref=proof.member_id,
        name=name,
        plan=plan,
        kind=known.kind,
        industry=known.industry,
        size=known.size,
        domain=domain,
        now=now,
    )[0]


def _portal(connection: Connection, member_id: str) -> Portal:
    portals = Portal.objects.select_for_update()
    return portals.get_or_create(app=connection.app, member_id=member_id)[0]


def _known_portal(connection: Connection, event: Event) -> Portal:
    """The portal whose application token came. Who sends another doesn't learn which are known."""
    portals = Portal.objects.select_for_update()
    portal = portals.filter(app=connection.app, member_id=event.member_id).first()
    hashed = portal.token_hash if portal else ""
    if portal is None or not rules.is_same_token(token=event.application_token, hashed=hashed):
        detail = "The application token isn't the one that came with the installation."
        raise Unproved("wrong_application_token", detail)
    return portal


def _hear_token(portal: Portal, event: Event) -> None:
    """Of two tokens the later one counts, in whatever order they come."""
    if not event.application_token or (portal.token_at and event.at < portal.token_at):
        return
    hashed = rules.token_hash(event.application_token)
    if (portal.token_hash, portal.token_at) != (hashed, event.at):
        portal.token_hash, portal.token_at = hashed, event.at
        portal.save(update_fields=["token_hash", "token_at"])


def _version_told(proof: Proof, event: Event, now: datetime) -> tuple[str, datetime]:
    return (proof.version, now) if proof.version else (event.version, event.at)


def _hear_version(portal: Portal, version: str, at: datetime) -> None:
    if not version or version == portal.version or (portal.version_at and at < portal.version_at):
        return
    portal.version, portal.version_at = version, at
    portal.save(update_fields=["version", "version_at"])


def _put_installation(
    app: App,
    account: Account,
    portal: Portal,
    *,
    since_at: datetime | None,
    by: str = "",
    now: datetime,
) -> None:
    known = Installation.objects.filter(app=app, account=account).first()
    if since_at is None:
        if known is not None and known.is_live:
            _pass_version_on(app, account, portal, now)
            return
        since_at = now
    catalog.put_installation(
        app=app,
        account=account,
        installed_at=since_at,
        installed_by=by,
        version=portal.version,
        source=SOURCE,
        now=now,
    )


def _pass_version_on(app: App, account: Account, portal: Portal, now: datetime) -> None:
    """An installation that lasts gets the version and keeps its moment; without one, the version
    waits here for it.
    """
    known = Installation.objects.filter(app=app, account=account).first()
    if known is None or known.installed_at is None or known.version == portal.version:
        return
    catalog.put_installation(
        app=app,
        account=account,
        installed_at=known.installed_at,
        version=portal.version,
        source=SOURCE,
        now=now,
    )
