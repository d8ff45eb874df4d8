"""Facts from proofs, and the grant that goes with them.

Rows are always locked in this order: account, grant, user, installation, due row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from arvio.catalog import actions as catalog
from arvio.catalog import queries as known
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Account, App, Installation
from arvio.connect.hubspot import rules, sealing
from arvio.connect.hubspot.models import Connection, Grant
from arvio.connect.hubspot.rules import AccountInfo, TokenInfo
from arvio.due import actions as due
from arvio.due.models import Due

CHECK = "hubspot_check"
SOURCE = "hubspot"


@dataclass(frozen=True)
class Proof:
    """What the platform said of a token. `refresh_token` is empty where we were given none."""

    token: TokenInfo
    account: AccountInfo
    refresh_token: str = ""


@transaction.atomic
def connect_app(*, app: App, values: Mapping[str, Any], client_secret: str, now: datetime) -> bool:
    """Set an app's connection or change it; an empty secret leaves the one that is there.

    `values` are fields of Connection. Answers whether it is new. Raises InvalidFact.
    """
    given = dict(values)
    if client_secret:
        given["client_secret"] = sealing.seal(client_secret)
    found = Connection.objects.select_for_update().filter(app=app)
    if found.exists():
        if given:
            found.update(**given)
        return False
    needed = ("platform_app_id", "client_id", "client_secret")
    missing = [key for key in needed if not given.get(key)]
    if missing:
        raise InvalidFact(missing[0], f"A new connection needs {', '.join(missing)}.")
    usual = {"api_base": rules.USUAL_BASE, "api": rules.APIS[0], "created_at": now}
    Connection.objects.create(app=app, **{**usual, **given})
    return True


@transaction.atomic
def disconnect_app(*, app: App) -> int:
    """Forget the connection with its tokens; installations stay as they are. Answers how many
    grants there were.
    """
    grants = Grant.objects.filter(app=app)
    keys = [str(pk) for pk in grants.values_list("pk", flat=True)]
    for start in range(0, len(keys), 500):
        due.cancel(kind=CHECK, keys=keys[start : start + 500])
    grants.delete()
    Connection.objects.filter(app=app).delete()
    return len(keys)


@transaction.atomic
def take_proof(*, connection: Connection, app: App, proof: Proof, now: datetime) -> str:
    """Account, user and installation of a token that the platform has vouched for.

    Repeating it changes nothing: an installation that lasts keeps its moment, and a person who was
    erased stays so. Answers `installed` or `known`.
    """
    account = _put_account(app, connection, proof.token, proof.account, now)
    grant = _granted(app, account, proof, now)
    installation = Installation.objects.filter(app=app, account=account).first()
    lasts = installation is not None and installation.is_live
    _put_user(account, proof.token, lasts, now)
    if not lasts:
        catalog.put_installation(
            app=app,
            account=account,
            installed_at=now,
            installed_by=proof.token.user,
            source=SOURCE,
            now=now,
        )
    if grant.watched:
        due.ensure(rows=[_check(grant, rules.next_check(key=grant.pk.int, after=now))])
    return "known" if lasts else "installed"


def _put_account(
    app: App, connection: Connection, token: TokenInfo, said: AccountInfo, now: datetime
) -> Account:
    """The platform knows kind and domain best; what the marketplace has told us of plan, industry
    and size stays.
    """
    before = known.known_account(marketplace_id=app.marketplace_id, ref=token.account)
    domain = token.domain or (before.domain if before else "")
    account, _ = catalog.put_account(
        marketplace=app.marketplace,
        ref=token.account,
        name=said.name or (before.name if before else domain or f"HubSpot {token.account}"),
        plan=before.plan if before else "",
        kind=rules.kind_of(account_type=said.account_type, kinds=connection.kinds),
        industry=before.industry if before else "",
        size=before.size if before else "",
        domain=domain,
        now=now,
    )
    return account


def _granted(app: App, account: Account, proof: Proof, now: datetime) -> Grant:
    """The grant, locked, as it stands after this proof."""
    start = {"proved_at": now, "account_type": proof.account.account_type, "generation": 0}
    Grant.objects.get_or_create(app=app, account=account, defaults=start)
    grant = Grant.objects.select_for_update(of=("self",)).get(app=app, account=account)
    if proof.refresh_token:
        grant.refresh_token = sealing.seal(proof.refresh_token)
    grant.generation += 1
    grant.proved_at = now
    _is_well(grant, proof.account.account_type)
    grant.save()
    return grant


def _is_well(grant: Grant, account_type: str) -> None:
    grant.account_type = account_type
    grant.gone_since_at = grant.told_gone_at = grant.ended_at = None
    grant.gone_checks = 0
    grant.trouble = ""


def _put_user(account: Account, token: TokenInfo, lasts: bool, now: datetime) -> None:
    user = known.user(account=account, ref=token.user)
    if user is not None and user.erased_at and lasts:
        return
    catalog.put_user(
        account=account,
        ref=token.user,
        name=user.name if user else "",
        email=token.email or (user.email if user else ""),
        locale=user.locale if user else "",
        now=now,
    )


def _check(grant: Grant, at: datetime) -> Due:
    return Due(kind=CHECK, key=str(grant.pk), app_id=grant.app_id, due_at=at)


# --- What came of a check ----------------------------------------------------------------------


@transaction.atomic
def note_told(*, grant: Grant, now: datetime) -> None:
    """The partner says that the app was uninstalled. Who notes it asks at once; should that be cut
    short, the worker does.
    """
    Grant.objects.filter(pk=grant.pk, ended_at=None, told_gone_at=None).update(told_gone_at=now)
    due.schedule(rows=[_check(grant, now + rules.LEAST_WAIT)])


@transaction.atomic
def keep_token(*, grant: Grant, refresh_token: str) -> None:
    """The platform gave another refresh token for the same grant."""
    mine = Grant.objects.filter(pk=grant.pk, generation=grant.generation, ended_at=None)
    mine.update(refresh_token=sealing.seal(refresh_token))


@transaction.atomic
def note_alive(*, connection: Connection, grant: Grant, said: AccountInfo, now: datetime) -> None:
    """The grant holds. The account's type is as the platform now says."""
    app = grant.app
    if said.account_type != grant.account_type or _kind_moved(connection, grant, said):
        token = TokenInfo(account=grant.account.ref, user="", email=None, domain="")
        _put_account(app, connection, token, said, now)
    mine = _locked(grant)
    if mine is None:
        return
    mine.checked_at = now
    _is_well(mine, said.account_type)
    mine.save()
    due.schedule(rows=[_check(mine, rules.next_check(key=mine.pk.int, after=now))])


def _kind_moved(connection: Connection, grant: Grant, said: AccountInfo) -> bool:
    kind = rules.kind_of(account_type=said.account_type, kinds=connection.kinds)
    return kind != grant.account.kind


@transaction.atomic
def note_gone(*, grant: Grant, now: datetime) -> bool:
    """The platform says that the grant is no more. Answers whether that ended the installation."""
    mine = _locked(grant)
    if mine is None:
        return False
    mine.checked_at = now
    mine.gone_since_at = mine.gone_since_at or now
    mine.gone_checks += 1
    mine.trouble = ""
    ended_at = rules.gone_at(
        since=mine.gone_since_at, checks=mine.gone_checks, told_at=mine.told_gone_at, now=now
    )
    if ended_at is None:
        mine.save()
        due.schedule(rows=[_check(mine, now + rules.SOONER)])
        return False
    _end(mine, ended_at, now)
    return True


@transaction.atomic
def end_told(*, grant: Grant, now: datetime) -> None:
    """The partner's word, where no token was given to ask the platform with."""
    mine = _locked(grant)
    if mine is not None:
        _end(mine, now, now)


def _end(grant: Grant, ended_at: datetime, now: datetime) -> None:
    grant.refresh_token = ""
    grant.ended_at = ended_at
    grant.save()
    account = known.account(marketplace=grant.app.marketplace, ref=grant.account.ref)
    catalog.end_installation(app=grant.app, account=account, uninstalled_at=ended_at, now=now)
    due.cancel(kind=CHECK, keys=[str(grant.pk)])


@transaction.atomic
def note_trouble(*, grant: Grant, code: str, again_at: datetime, now: datetime) -> None:
    """Nothing was learned: the platform is away, or says what we don't understand."""
    mine = Grant.objects.filter(pk=grant.pk, generation=grant.generation, ended_at=None)
    mine.update(trouble=code[:60], checked_at=now)
    due.schedule(rows=[_check(grant, again_at)])


def _locked(grant: Grant) -> Grant | None:
    """The grant as it is now, or None if it ended or a newer token was proved meanwhile: what we
    asked was about the old one.
    """
    rows = Grant.objects.select_for_update(of=("self",)).select_related("app", "account")
    return rows.filter(pk=grant.pk, generation=grant.generation, ended_at=None).first()
