"""Pure rules: what a signed request proves, what an answer of the platform means, and when a grant
is gone for good (FEATURES 1.13).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# The dated API and v3 are the same; v1 has the access token in the path, and ends in 2027.
APIS = ("2026-03", "v3", "v1")
USUAL_BASE = "https://api.hubapi.com"
PRODUCTION, SANDBOX, DEVELOPER = "production", "sandbox", "developer"
KINDS = (PRODUCTION, SANDBOX, DEVELOPER)
# The types that the platform documents; others are added by configuration.
USUAL_KINDS = {
    "STANDARD": PRODUCTION,
    "SANDBOX": SANDBOX,
    "DEVELOPER_TEST": DEVELOPER,
    "APP_DEVELOPER": DEVELOPER,
}

FRESH = timedelta(minutes=5)
# A clock of theirs may be a little ahead of ours. More would make a signature live longer.
AHEAD = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Thirteen digits are the years 2001 to 2286: no digit can move between body and timestamp.
TIMESTAMP = re.compile(r"[0-9]{13}")
# Exactly these are decoded in the address before it is signed, written exactly so.
DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
ENCODED = re.compile("|".join(DECODED))
ADDRESS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
IDENTITY = ("portalId", "userId", "userEmail", "appId", "name", "locale")
ID = re.compile(r"[1-9][0-9]{0,18}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LOCALE = re.compile(r"[A-Za-z0-9_-]{1,20}")
TYPE = re.compile(r"[A-Za-z0-9_-]{1,60}")
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,1000}")

# So the platform says that a refresh token is dead, and not that the caller is wrong.
GONE_WORDS = frozenset({"bad_refresh_token", "invalid_grant", "invalid_refresh_token"})
GONE_CHECKS = 3
GONE_FOR = timedelta(hours=24)
DAY = timedelta(days=1)
SOONER = timedelta(hours=12)
RETRY = timedelta(hours=1)
LEAST_WAIT, LONGEST_WAIT = timedelta(minutes=1), DAY


class Doubtful(Exception):
    """What can't be believed. `status` is 403, or 503 where it may be tried again."""

    def __init__(self, code: str, detail: str, *, status: int = 403) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


# --- Signature v3 ------------------------------------------------------------------------------


def signed_uri(url: str) -> str:
    return ENCODED.sub(lambda found: DECODED[found[0]], url)


def signature(*, secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    words = (method + signed_uri(url)).encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), words, hashlib.sha256).digest()).decode()


def check_signature(
    *, secret: str, method: str, url: str, body: bytes, headers: Mapping[str, str], at: datetime
) -> None:
    """The request comes from who knows the app's secret, and was made less than five minutes ago.

    `at` is of the real clock; `headers` have lower-case names. Raises Doubtful.
    """
    timestamp = headers.get("x-hubspot-request-timestamp", "")
    given = headers.get("x-hubspot-signature-v3", "")
    if not timestamp or not given:
        raise Doubtful("not_signed", "The request has no signature v3 with its timestamp.")
    if not TIMESTAMP.fullmatch(timestamp):
        raise Doubtful("bad_timestamp", "The timestamp isn't Unix time in milliseconds.")
    age = (at - EPOCH) - timedelta(milliseconds=int(timestamp))
    if age > FRESH:
        raise Doubtful("signature_too_old", "The request was signed more than 5 minutes ago.")
    if age < -AHEAD:
        raise Doubtful("signed_in_the_future", "The request's timestamp is in the future.")
    due = signature(secret=secret, method=method, url=url, body=body, timestamp=timestamp)
    if not hmac.compare_digest(due.encode(), given.encode("utf-8", "replace")):
        raise Doubtful("bad_signature", "The signature isn't that of this request.")
    # What is signed has no bound between address and body. With a body that is nothing or an
    # object it can't be drawn elsewhere: an address has no braces.
    if not ADDRESS.fullmatch(url):
        raise Doubtful("bad_address", "The address has characters that no address has.")
    if body:
        read_object(body)


def read_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Doubtful("unexpected_body", "The body isn't a JSON object.")
    return document


@dataclass(frozen=True)
class Visitor:
    account: str
    user: str
    email: str | None
    name: str
    locale: str | None


def read_visitor(*, url: str, app_id: int) -> Visitor:
    """Whom a signed address names. Call check_signature before; the body is never asked, because
    the person's own browser fills it. Raises Doubtful.
    """
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise Doubtful("bad_query", "The address can't be read.") from None
    named: dict[str, str] = {}
    for key, value in pairs:
        if key in IDENTITY and key in named:
            raise Doubtful("named_twice", f"The address names {key} twice.")
        named[key] = value
    if named.get("appId") != str(app_id):
        raise Doubtful("other_app", "The request isn't of this app: see appId.")
    for key in ("portalId", "userId"):
        if not ID.fullmatch(named.get(key, "")):
            raise Doubtful("nobody_named", f"The address names no {key}.")
    locale = named.get("locale", "")
    return Visitor(
        account=named["portalId"],
        user=named["userId"],
        email=clean_email(named.get("userEmail")),
        name=clean_name(named.get("name")),
        locale=locale if LOCALE.fullmatch(locale) else None,
    )


def clean_email(said: object) -> str | None:
    fits = isinstance(said, str) and len(said) <= 254 and said.isprintable()
    return said if fits and isinstance(said, str) and EMAIL.fullmatch(said) else None


def clean_name(said: object) -> str:
    words = said.strip() if isinstance(said, str) else ""
    return words if len(words) <= 200 and words.isprintable() else ""


# --- What the platform answers -----------------------------------------------------------------


@dataclass(frozen=True)
class TokenInfo:
    account: str
    user: str
    email: str | None
    domain: str


def read_info(*, said: Mapping[str, Any], app_id: int, client_id: str) -> TokenInfo:
    """Whose an access token is, as the platform says. Raises Doubtful."""
    if said.get("active", True) is not True:
        raise Doubtful("token_not_active", "The platform doesn't know this token, or no longer.")
    if not all(_id(said.get(key)) for key in ("app_id", "hub_id", "user_id")):
        detail = "The platform doesn't say whose the token is. See --api in docs/hubspot.md."
        raise Doubtful("token_info_incomplete", detail, status=503)
    inner = said.get("signed_access_token")
    inner = inner if isinstance(inner, dict) else {}
    apps = {_id(said["app_id"]), _id(inner.get("appId")) or _id(said["app_id"])}
    if apps != {str(app_id)} or said.get("client_id", client_id) != client_id:
        raise Doubtful("other_app", "The token is of another app.")
    if (_id(inner.get("hubId")) or _id(said["hub_id"])) != _id(said["hub_id"]):
        raise Doubtful("contradiction", "The platform names two accounts for one token.")
    if said.get("token_use", "access_token") != "access_token":
        raise Doubtful("not_an_access_token", "That isn't an access token.")
    domain = said.get("hub_domain")
    return TokenInfo(
        account=_id(said["hub_id"]),
        user=_id(said["user_id"]),
        email=clean_email(said.get("user")),
        domain=clean_name(domain),
    )


def _id(said: object) -> str:
    words = str(said) if isinstance(said, int | str) and not isinstance(said, bool) else ""
    return words if ID.fullmatch(words) else ""


@dataclass(frozen=True)
class AccountInfo:
    account_type: str
    name: str


def read_account(*, said: Mapping[str, Any], account: str) -> AccountInfo:
    """Raises Doubtful."""
    if _id(said.get("portalId")) != account:
        raise Doubtful("contradiction", "The platform answers with another account's details.")
    account_type = said.get("accountType")
    if not isinstance(account_type, str) or not TYPE.fullmatch(account_type):
        raise Doubtful("unclear_answer", "The platform doesn't say the account's type.", status=503)
    return AccountInfo(account_type=account_type, name=clean_name(said.get("portalName")))


def kind_of(*, account_type: str, kinds: Mapping[str, str]) -> str:
    """A type that nobody has told us of is no production: a test account must not review (R12),
    and whoever configures the type later mends it within a day.
    """
    return kinds.get(account_type, SANDBOX)


def says_gone(*, status: int, said: Mapping[str, Any]) -> bool:
    """The platform refuses the refresh token itself. A wrong client secret says nothing about any
    customer, and neither does anything we don't understand.
    """
    words = (said.get(key) for key in ("error", "status", "subCategory", "category"))
    found = {word.lower() for word in words if isinstance(word, str)}
    return status in (400, 401) and bool(found & GONE_WORDS)


def wait_of(*, retry_after: str, now: datetime) -> timedelta:
    """How long to leave the platform alone that asked for it, in seconds or until a date."""
    wait = RETRY
    if re.fullmatch(r"[0-9]{1,9}", retry_after.strip()):
        wait = timedelta(seconds=int(retry_after))
    elif retry_after:
        with suppress(ValueError, TypeError, OverflowError):
            wait = parsedate_to_datetime(retry_after) - now
    return min(max(wait, LEAST_WAIT), LONGEST_WAIT)


# --- Checks ------------------------------------------------------------------------------------


def gone_at(
    *, since: datetime, checks: int, told_at: datetime | None, now: datetime
) -> datetime | None:
    """Since when a grant is gone for good, or None while that isn't sure.

    Sure is what the partner told us and the platform confirms, or what the platform has said three
    times over a day: its own bad day uninstalls nobody.
    """
    if told_at is not None:
        return min(told_at, since)
    return since if checks >= GONE_CHECKS and now - since >= GONE_FOR else None


def next_check(*, key: int, after: datetime) -> datetime:
    """The next day's check: each grant has its own time of day, so that they spread over it."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    slot = midnight + timedelta(seconds=key % 86_400)
    while slot - after < SOONER:
        slot += DAY
    return slot
