"""What the authorization server, a portal and an event say, read and judged. Sources: FEATURES
1.13, and the vendor's two SDKs for the answer of `app.info` at the authorization server.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from arvio.outbound import is_inside
from arvio.policy.model import PlanNames

# The second is the one that older installs name.
AUTHORIZATION_SERVERS = ("https://oauth.bitrix24.tech", "https://oauth.bitrix.info")
# The families of the documented licences. No whole list is published: others are unknown.
COMMERCIAL_FAMILIES = ("basic", "std", "pro", "ent")
NON_COMMERCIAL_FAMILIES = ("project", "demo", "nfr")
UNKNOWN = "unknown"

ACCESS_TOKEN = re.compile(r"[A-Za-z0-9._-]{8,512}")
APPLICATION_TOKEN = re.compile(r"[A-Za-z0-9._-]{8,512}")
MEMBER_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
USER_ID = re.compile(r"[1-9][0-9]{0,18}")
DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
USER_SCOPES = {"user", "user_basic", "user_brief"}
# Refusals that the platform documents, and that trying again doesn't mend.
REFUSALS = {
    "access_denied",
    "expired_token",
    "insufficient_scope",
    "invalid_client",
    "invalid_credentials",
    "invalid_grant",
    "invalid_token",
    "no_auth_found",
    "payment_required",
    "portal_deleted",
    "user_access_error",
}


class Unproved(Exception):
    """What was said can't be believed; `again` where it may only be asked at a bad moment."""

    def __init__(self, code: str, detail: str, *, again: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.again = again


class BadEvent(Exception):
    """A field of an event that can't be read."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True)
class Identity:
    """What the app is called on the platform."""

    code: str
    client_id: str


@dataclass(frozen=True)
class Proof:
    """What the authorization server says of an access token. `family` is empty where it is silent
    about the licence, and so is `client_endpoint` where it names no portal's address.
    """

    member_id: str
    user_id: str
    domain: str
    client_endpoint: str
    family: str
    version: str
    installed: bool
    scope: frozenset[str]


@dataclass(frozen=True)
class Person:
    """What a portal says of a user: for show, and to write to."""

    name: str = ""
    email: str | None = None


@dataclass(frozen=True)
class Event:
    """`at` is when the platform sent it, never later than now. Tokens are empty where none came."""

    kind: str
    at: datetime
    member_id: str
    access_token: str
    application_token: str
    server_endpoint: str
    version: str
    installed: bool


# --- The authorization server ------------------------------------------------------------------


def read_proof(*, status: int, body: bytes, identity: Identity) -> Proof:
    """Raises Unproved."""
    result = _result(status, body)
    _check_app(result, identity)
    install = result.get("install")
    install = install if isinstance(install, dict) else {}
    member_id = _one_of(install.get("member_id"), result.get("member_id"))
    user_id = _one_of(result.get("user_id"), install.get("user_id"))
    if not member_id or not user_id:
        detail = "The authorization server doesn't say whose token it is."
        raise Unproved("account_not_named", detail)
    if not MEMBER_ID.fullmatch(member_id) or not USER_ID.fullmatch(user_id):
        raise _unreadable()
    endpoint = _text(install.get("client_endpoint") or result.get("client_endpoint"), 500)
    domain = _text(install.get("domain"), 253) or (host_of(endpoint) if endpoint else "")
    return Proof(
        member_id=member_id,
        user_id=user_id,
        domain=domain.lower() if DOMAIN.fullmatch(domain.lower()) else "",
        client_endpoint=endpoint,
        family=_family(result),
        version=_text(install.get("version", result.get("VERSION")), 60),
        installed=install.get("installed", result.get("INSTALLED")) in (True, "Y", "1"),
        scope=_scope(result.get("scope") or install.get("scope")),
    )


def _result(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    error = answer.get("error") if isinstance(answer, dict) else None
    # Only codes that we know are repeated: what else is written there is anybody's text.
    code = error.lower() if isinstance(error, str) and error.lower() in REFUSALS else ""
    if code == "access_denied" and status == 403:
        raise Unproved("not_commercial", "The platform answers portals on commercial plans only.")
    if code:
        raise Unproved(code, f"The authorization server refused the token: {code}.")
    if status >= 500 or status == 429:
        detail = f"The authorization server answered with status {status}."
        raise Unproved("authority_unavailable", detail, again=True)
    if error:
        raise Unproved("refused", "The authorization server refused the token.")
    result = answer.get("result") if isinstance(answer, dict) else None
    if status != 200 or not isinstance(result, dict):
        raise _unreadable()
    return result


def _check_app(result: Mapping[str, Any], identity: Identity) -> None:
    """A token of another app proves nothing here: its partner could pass it on.

    The documentation names the app by CODE, the vendor's SDKs by client_id; each that is there
    must be ours, and one must be there.
    """
    ours = (("CODE", identity.code), ("client_id", identity.client_id))
    told = [(result[name], own) for name, own in ours if result.get(name) is not None]
    if not told or any(value != own for value, own in told):
        raise Unproved("wrong_app", f"The token isn't one of the app {identity.code}.")


def _unreadable() -> Unproved:
    detail = "The authorization server's answer can't be read."
    return Unproved("unreadable_answer", detail, again=True)


def _family(result: Mapping[str, Any]) -> str:
    """`ent` of LICENSE_FAMILY, or of LICENSE where an older answer has only that: `ru_ent250`."""
    family = _text(result.get("LICENSE_FAMILY"), 40)
    if not family:
        licence = _text(result.get("LICENSE"), 40)
        family = licence.partition("_")[2].rstrip("0123456789")
    return family.lower()


def _one_of(*values: Any) -> str:
    """The text or whole number that is there; nothing where two are there and differ."""
    found = {text for text in (_text(value, 100) for value in values) if text}
    return found.pop() if len(found) == 1 else ""


def _scope(value: Any) -> frozenset[str]:
    parts = re.split(r"[,\s]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list):
        return frozenset()
    return frozenset(part for part in parts if isinstance(part, str) and part)


# --- Plans -------------------------------------------------------------------------------------


def plan_of(
    *,
    family: str,
    commercial: Sequence[str],
    non_commercial: Sequence[str],
    names: PlanNames,
) -> str:
    """What the account's plan is called, so that the policy takes it for what it is.

    A family that we don't know keeps its name, for the operator to see, unless the policy would
    read more into it than we do.
    """
    if family in non_commercial:
        return next(
            (name for name in (family, "free", *names.other) if names.classify(name) == "other"),
            UNKNOWN,
        )
    if family in commercial:
        known = ("commercial", *names.commercial)
        return next((name for name in known if names.classify(name) == "commercial"), UNKNOWN)
    return family if names.classify(family) == "unknown" else UNKNOWN


# --- A portal's word ---------------------------------------------------------------------------


def read_person(*, status: int, body: bytes, user_id: str) -> Person:
    """Name and e-mail of the user; nobody's where the portal speaks of somebody else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return Person()
    result = answer.get("result") if isinstance(answer, dict) else None
    if status != 200 or not isinstance(result, dict) or _text(result.get("ID"), 20) != user_id:
        return Person()
    parts = (_text(result.get(key), 99) for key in ("NAME", "LAST_NAME"))
    email = _text(result.get("EMAIL"), 254)
    return Person(
        name=" ".join(part for part in parts if part),
        email=email if EMAIL.fullmatch(email) else None,
    )


# --- Addresses ---------------------------------------------------------------------------------


def address_problem(*, url: str, allowed: Sequence[Any]) -> str:
    """Why a token can't be sent there; empty where it can. `allowed` are networks that may be
    called without encryption, as those of tests are.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "it isn't an address"
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "it begins with https:// and names a host"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "it has neither a name and password nor a query"
    return (
        ""
        if parts.scheme == "https" or is_inside(host=host, networks=allowed)
        else "it isn't https"
    )


def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def choose_server(*, servers: Sequence[str], hint: str) -> str:
    """The server that the request names, if it is one of ours; else the first of ours.

    All of `servers` are believed, so who lies in the hint is only asked about in the wrong place.
    """
    named = host_of(hint)
    return next((one for one in servers if named and host_of(one) == named), servers[0])


# --- Tokens and events -------------------------------------------------------------------------


def token_hash(token: str) -> str:
    """Application tokens are long and random, so a plain hash can't be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_same_token(*, token: str, hashed: str) -> bool:
    return bool(hashed) & hmac.compare_digest(token_hash(token), hashed)


def read_event(*, form: Mapping[str, str], now: datetime) -> Event:
    """Raises BadEvent. An event's moment counts no later than now, or one sent with a far one
    would outlive all that follow.
    """
    member_id = form.get("auth[member_id]", "")
    if not MEMBER_ID.fullmatch(member_id):
        raise BadEvent("auth[member_id]", "It names the portal.")
    access_token = form.get("auth[access_token]", "")
    if access_token and not ACCESS_TOKEN.fullmatch(access_token):
        raise BadEvent("auth[access_token]", "That isn't a token.")
    application_token = form.get("auth[application_token]", "")
    if application_token and not APPLICATION_TOKEN.fullmatch(application_token):
        raise BadEvent("auth[application_token]", "That isn't a token.")
    version = form.get("data[VERSION]", "")
    if version and _text(version, 60) != version:
        raise BadEvent("data[VERSION]", "A version has at most 60 characters on one line.")
    return Event(
        kind=form.get("event", "").upper(),
        at=min(_moment(form.get("ts", "")), now),
        member_id=member_id,
        access_token=access_token,
        application_token=application_token,
        server_endpoint=form.get("auth[server_endpoint]", ""),
        version=version,
        installed=form.get("data[INSTALLED]", "Y") == "Y",
    )


def _moment(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{9,10}", text, re.ASCII):
        raise BadEvent("ts", "It is the moment of the event in Unix seconds.")
    return datetime.fromtimestamp(int(text), UTC)


def _text(value: Any, longest: int) -> str:
    """One line of printable text; whole numbers count, anything else is nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**18 else ""
    if not isinstance(value, str) or any(0xD800 <= ord(one) <= 0xDFFF for one in value):
        return ""
    kept = " ".join("".join(one if one.isprintable() else " " for one in value).split())
    return kept if len(kept) <= longest else ""
