"""Who calls: a server key or a viewer token, proved against the marketplace that the path names, or
a partner's or a moderator's key, which names its own (CONTRACT 2).
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.utils import timezone, translation
from ninja.security import HttpBearer

from arvio import clock
from arvio.api.language import accepted, known
from arvio.api.problems import Problem, not_signed_in
from arvio.catalog import members, queries, staff
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.catalog.viewers import enter
from arvio.people import queries as people
from arvio.people import tokens
from arvio.people.actions import note_use
from arvio.people.models import Key


@dataclass(frozen=True)
class Server:
    """A marketplace's own backend."""

    marketplace: Marketplace
    key: Key

    @property
    def actor(self) -> str:
        return f"key:{self.key.pk}"


class ServerKey(HttpBearer):
    """A key of kind server, for the marketplace in the path, with the scope that the route asks."""

    openapi_description = "A server key of one marketplace, `arv_…`, made by `arvio key create`."

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Server:
        key = _key(token)
        if key.kind != Key.Kind.SERVER:
            raise Problem(403, "wrong_key", "This route takes a server key.")
        marketplace = queries.marketplace(slug=_path(request)["marketplace"])
        if key.marketplace_id != marketplace.pk:
            raise Problem(403, "wrong_marketplace", "The key belongs to another marketplace.")
        if self.scope not in key.scopes:
            raise Problem(403, "missing_scope", f"The key doesn't have the scope {self.scope!r}.")
        return Server(marketplace, key)


class PartnerKey(HttpBearer):
    """A key of one person in one partner; what it may is what that person's role may now."""

    openapi_description = "A partner key, `arv_…`, made under Settings → API keys."

    def authenticate(self, request: HttpRequest, token: str) -> Member:
        key = _key(token)
        if key.kind != Key.Kind.PARTNER or key.person is None or key.partner_id is None:
            raise Problem(403, "wrong_key", "This route takes a partner key.")
        found = members.member(person=key.person, partner_id=key.partner_id)
        if found is None or not key.person.is_active:
            raise not_signed_in("The key's person isn't a member of the partner any more.")
        _speak(request, found.marketplace, found.person.language)
        return found


class ModeratorKey(HttpBearer):
    """A key of one person at one marketplace's desk, whose role there is looked up at each use."""

    openapi_description = (
        "A moderator key, `arv_…`, made by `arvio key create SLUG --kind moderator --person EMAIL`."
    )

    def authenticate(self, request: HttpRequest, token: str) -> Moderator:
        key = _key(token)
        if key.kind != Key.Kind.MODERATOR or key.person is None:
            raise Problem(403, "wrong_key", "This route takes a moderator key.")
        found = staff.moderator(person=key.person, marketplace_id=key.marketplace_id)
        if found is None or not key.person.is_active:
            raise not_signed_in("The key's person doesn't moderate the marketplace any more.")
        _speak(request, found.marketplace, found.person.language)
        return found


class ViewerToken(HttpBearer):
    """A token that the marketplace signed. Its user is made or refreshed by it."""

    openapi_bearerFormat = "JWT"  # noqa: N815 - the name that OpenAPI gives it
    openapi_description = (
        "A viewer token: a JWT (HS256) signed with the marketplace's secret, or made by "
        "`POST /marketplaces/{marketplace}/viewer-tokens`."
    )

    def authenticate(self, request: HttpRequest, token: str) -> Viewer:
        token = token.strip()
        try:
            slug = _path(request).get("marketplace") or tokens.marketplace_of(token)
            marketplace = _marketplace(slug, named_by_path="marketplace" in _path(request))
            claims = tokens.read(
                token=token,
                secrets=marketplace.token_secrets(clock.now()),
                marketplace=marketplace.slug,
            )
        except tokens.TokenError as error:
            raise not_signed_in(f"The viewer token wasn't taken: {error.detail}.") from None
        viewer = enter(claims=claims, marketplace=marketplace, now=clock.now())
        speak_to(request, viewer)
        return viewer


Caller: TypeAlias = Viewer | Member | Moderator


class Nobody:
    """Who sent no key and no token, where none is needed."""


class AnyOf:
    """One of several callers, told apart by what they send: `arv_…` is a key, whose kind says who;
    all else is a viewer token. Where nobody needs to sign in, what was sent has to be right still.

    `openapi` says the same in the document: ninja would write the schemes of a list alone.
    """

    def __init__(self, *schemes: HttpBearer, optional: bool = False) -> None:
        self.schemes = schemes
        self.optional = optional

    @property
    def openapi(self) -> dict[str, Any]:
        named: list[dict[str, Any]] = [{type(one).__name__: []} for one in self.schemes]
        return {"security": [*named, *([{}] if self.optional else [])]}

    def __call__(self, request: HttpRequest) -> Caller | Nobody | None:
        if self.optional and "Authorization" not in request.headers:
            return Nobody()
        found: Caller | None = self._scheme(request)(request)
        return found

    def _scheme(self, request: HttpRequest) -> HttpBearer:
        token = request.headers.get("Authorization", "").partition(" ")[2].strip()
        kind = ViewerToken if not token.startswith(KEY_BEGINS) else _KINDS.get(_kind(token))
        chosen = next((one for one in self.schemes if type(one) is kind), None)
        if chosen is None and token.startswith(KEY_BEGINS) and kind is not None:
            raise Problem(403, "wrong_key", "This route doesn't take a key of this kind.")
        return chosen or self.schemes[0]


KEY_BEGINS = "arv_"
_KINDS: dict[str, type[HttpBearer]] = {
    Key.Kind.SERVER: ServerKey,
    Key.Kind.PARTNER: PartnerKey,
    Key.Kind.MODERATOR: ModeratorKey,
}


def _kind(token: str) -> str:
    key = people.key(token=token, now=clock.now())
    return key.kind if key else ""


def _key(token: str) -> Key:
    now = clock.now()
    key = people.key(token=token.strip(), now=now)
    if key is None:
        raise not_signed_in("There is no such key, or it has ended or was revoked.")
    note_use(key=key, now=now)
    return key


def speak_to(request: HttpRequest, viewer: Viewer) -> None:
    """Sentences in the language that was asked for, else the viewer's, else the marketplace's
    first; in its time zone.
    """
    _speak(request, viewer.marketplace, viewer.locale)


def _speak(request: HttpRequest, marketplace: Marketplace, own: str) -> None:
    language = accepted(request) or known(own) or known(*marketplace.languages)
    translation.activate(language or "en")
    timezone.activate(zoneinfo.ZoneInfo(marketplace.time_zone))


def _path(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    return dict(match.kwargs) if match else {}


def _marketplace(slug: str, *, named_by_path: bool) -> Marketplace:
    try:
        return queries.marketplace(slug=slug)
    except NotFound:
        if named_by_path:
            raise
        raise tokens.TokenError("iss names no marketplace") from None
