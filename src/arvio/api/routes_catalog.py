"""Routes of a marketplace's backend: the facts we keep about partners, apps, accounts, users and
installations.

Facts may repeat, arrive late and in any order; the same facts end in the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Status

from arvio import clock
from arvio.api import bodies, rendering, shapes
from arvio.api.audience import SERVER
from arvio.api.callers import Server, ServerKey
from arvio.api.fields import AppRef, Email, Ref, check_happened
from arvio.api.once import Made, once
from arvio.api.rendering_moderation import moment
from arvio.catalog import actions, inviting, queries, renaming
from arvio.connect import merging
from arvio.people import tokens

router = Router(tags=[SERVER.value])
catalog_key = ServerKey("catalog")
tokens_key = ServerKey("tokens")
T = TypeVar("T")
ATTEMPTS = 5


def stored(act: Callable[[], tuple[T, bool]]) -> tuple[T, int]:
    """Facts are upserted; two that make the same row at the same moment meet in a unique key, and
    the later looks again.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            made, created = act()
            return made, 201 if created else 200
        except IntegrityError:
            continue
    made, created = act()
    return made, 201 if created else 200


def server(request: HttpRequest) -> Server:
    caller: Server = request.auth  # type: ignore[attr-defined]  # set by ninja
    return caller


@router.put(
    "/marketplaces/{marketplace}/partners/{partner}",
    auth=catalog_key,
    response={200: shapes.PartnerOut, 201: shapes.PartnerOut},
    summary="Store a partner and its members",
)
def put_partner(
    request: HttpRequest, marketplace: str, partner: Path[Ref], body: bodies.PartnerIn
) -> Any:
    members = {one.email.lower(): one for one in body.members}
    made, status = stored(
        lambda: actions.put_partner(
            marketplace=server(request).marketplace,
            ref=partner,
            name=body.name,
            domains=body.domains,
            members=[(email, one.name, one.role) for email, one in members.items()],
            now=clock.now(),
        )
    )
    listed = [
        {"email": email, "name": one.name, "role": one.role} for email, one in members.items()
    ]
    return Status(status, rendering.partner(made, listed))


@router.put(
    "/marketplaces/{marketplace}/apps/{app}",
    auth=catalog_key,
    response={200: shapes.AppOut, 201: shapes.AppOut},
    summary="Store an app",
)
def put_app(request: HttpRequest, marketplace: str, app: Path[AppRef], body: bodies.AppIn) -> Any:
    owner = queries.partner(marketplace=server(request).marketplace, ref=body.partner)
    made, status = stored(
        lambda: actions.put_app(
            marketplace=server(request).marketplace,
            ref=app,
            partner=owner,
            name=body.name,
            category=body.category,
            tagline=body.tagline,
            version=body.version,
            listing_url=body.listing_url or "",
            retired=body.retired,
            actor=server(request).actor,
            now=clock.now(),
        )
    )
    return Status(status, rendering.app(made))


@router.put(
    "/marketplaces/{marketplace}/accounts/{account}",
    auth=catalog_key,
    response={200: shapes.AccountOut, 201: shapes.AccountOut},
    summary="Store an account",
)
def put_account(
    request: HttpRequest, marketplace: str, account: Path[Ref], body: bodies.AccountIn
) -> Any:
    made, status = stored(
        lambda: actions.put_account(
            marketplace=server(request).marketplace,
            ref=account,
            name=body.name,
            plan=body.plan,
            kind=body.kind,
            industry=body.industry or "",
            size=body.size or "",
            domain=body.domain or "",
            now=clock.now(),
        )
    )
    return Status(status, rendering.account(made))


@router.delete(
    "/marketplaces/{marketplace}/partners/{partner}/members/{email}",
    auth=catalog_key,
    response={204: None},
    summary="A member has left a partner",
    description="However they came. Their keys of this partner are revoked at once, open "
    "invitations too; replies stay. It may be repeated.",
)
def end_membership(request: HttpRequest, marketplace: str, partner: str, email: Path[Email]) -> Any:
    caller = server(request)
    inviting.end_membership(
        partner=queries.partner(marketplace=caller.marketplace, ref=partner),
        email=email,
        actor=caller.actor,
        now=clock.now(),
    )
    return Status(204, None)


@router.post(
    "/marketplaces/{marketplace}/accounts/{account}/rename",
    auth=catalog_key,
    response=shapes.AccountOut,
    summary="An account has another id",
    description="The old id leads to the account from now on. It may be repeated.",
)
def rename_account(
    request: HttpRequest, marketplace: str, account: str, body: bodies.RenameIn
) -> HttpResponse:
    caller, now = server(request), clock.now()

    def act() -> Made:
        made = renaming.rename_account(
            marketplace=caller.marketplace, ref=account, to=body.id, actor=caller.actor, now=now
        )
        return Made(200, rendering.account(made))

    return once(request, caller=caller.actor, act=act, now=now)


@router.post(
    "/marketplaces/{marketplace}/accounts/{account}/merge",
    auth=catalog_key,
    response=shapes.AccountOut,
    summary="Two accounts become one",
    description="Users, installations, reviews and bans go to the account `into`, and the old id "
    "leads there from now on. Users of the same id become one person. It may be repeated, and "
    "can't be undone.",
)
def merge_account(
    request: HttpRequest, marketplace: str, account: str, body: bodies.MergeIn
) -> HttpResponse:
    caller, now = server(request), clock.now()

    def act() -> Made:
        made = merging.merge_accounts(
            marketplace=caller.marketplace, ref=account, into=body.into, actor=caller.actor, now=now
        )
        return Made(200, rendering.account(made))

    return once(request, caller=caller.actor, act=act, now=now)


@router.put(
    "/marketplaces/{marketplace}/accounts/{account}/users/{user}",
    auth=catalog_key,
    response={200: shapes.UserOut, 201: shapes.UserOut},
    summary="Store a user of an account",
)
def put_user(
    request: HttpRequest, marketplace: str, account: str, user: Path[Ref], body: bodies.UserIn
) -> Any:
    home = queries.account(marketplace=server(request).marketplace, ref=account)
    made, status = stored(
        lambda: actions.put_user(
            account=home,
            ref=user,
            name=body.name,
            email=body.email or "",
            locale=body.locale or "",
            now=clock.now(),
        )
    )
    return Status(status, rendering.user(made, home))


@router.put(
    "/marketplaces/{marketplace}/installations/{app}/{account}",
    auth=catalog_key,
    response={200: shapes.InstallationOut, 201: shapes.InstallationOut},
    summary="An app was installed on an account",
)
def put_installation(
    request: HttpRequest, marketplace: str, app: str, account: str, body: bodies.InstallIn
) -> Any:
    now = clock.now()
    check_happened(field="installed_at", at=body.installed_at, now=now)
    found = queries.app(marketplace=server(request).marketplace, ref=app)
    home = queries.account(marketplace=server(request).marketplace, ref=account)
    made, status = stored(
        lambda: actions.put_installation(
            app=found,
            account=home,
            installed_at=body.installed_at,
            installed_by=body.installed_by or "",
            version=body.version or "",
            now=now,
        )
    )
    return Status(status, rendering.installation(made, found, home))


@router.delete(
    "/marketplaces/{marketplace}/installations/{app}/{account}",
    auth=catalog_key,
    response=shapes.InstallationOut,
    summary="An app was uninstalled from an account",
)
def end_installation(
    request: HttpRequest, marketplace: str, app: str, account: str, body: bodies.UninstallIn
) -> Any:
    now = clock.now()
    check_happened(field="uninstalled_at", at=body.uninstalled_at, now=now)
    found = queries.app(marketplace=server(request).marketplace, ref=app)
    home = queries.account(marketplace=server(request).marketplace, ref=account)
    made = actions.end_installation(
        app=found, account=home, uninstalled_at=body.uninstalled_at, now=now
    )
    return rendering.installation(made, found, home)


@router.post(
    "/marketplaces/{marketplace}/viewer-tokens",
    auth=tokens_key,
    response=shapes.Token,
    summary="Make a viewer token",
    description="A token of one hour for a user, who is made or refreshed when it is used.",
)
def make_token(request: HttpRequest, marketplace: str, body: bodies.TokenIn) -> HttpResponse:
    caller = server(request)

    def act() -> Made:
        token, expires_at = tokens.issue(
            secret=caller.marketplace.jwt_secret,
            claims={
                "iss": caller.marketplace.slug,
                "sub": body.user,
                "account": body.account,
                "surface": body.surface,
                "name": body.name,
                "email": body.email,
                "locale": body.locale,
            },
        )
        ends = datetime.fromtimestamp(expires_at, UTC)
        return Made(200, {"token": token, "expires_at": moment(ends)})

    return once(request, caller=caller.actor, act=act, now=clock.now())
