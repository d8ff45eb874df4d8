"""Asking the platform: every call is short, and an answer that isn't one is a Doubtful with 503.

No token is ever in a message: messages are logged and shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from arvio import outbound
from arvio.connect.hubspot import rules, sealing
from arvio.connect.hubspot.models import Connection
from arvio.connect.hubspot.rules import AccountInfo, Doubtful, TokenInfo

SECONDS = 4.0
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class Gone(Exception):
    """The platform says that the grant is no more."""


class Later(Doubtful):
    """The platform can't be asked now; `wait` says for how long to leave it alone."""

    def __init__(self, code: str, detail: str, wait: timedelta) -> None:
        super().__init__(code, detail, status=503)
        self.wait = wait


@dataclass(frozen=True)
class Fetched:
    """`refresh_token` is the one to use from now on: the platform may give another."""

    access_token: str
    refresh_token: str


def fetch_access_token(*, connection: Connection, refresh_token: str, now: datetime) -> Fetched:
    """Raises Gone or Doubtful."""
    fields = {**_client(connection), "grant_type": "refresh_token", "refresh_token": refresh_token}
    status, said = _ask(connection, "POST", f"/oauth/{connection.api}/token", now, fields=fields)
    if rules.says_gone(status=status, said=said):
        raise Gone
    access_token = said.get("access_token")
    if (
        status != 200
        or not isinstance(access_token, str)
        or not rules.TOKEN.fullmatch(access_token)
    ):
        raise _unclear("token", status)
    given = said.get("refresh_token")
    kept = given if isinstance(given, str) and rules.TOKEN.fullmatch(given) else refresh_token
    return Fetched(access_token, kept)


def token_info(*, connection: Connection, access_token: str, now: datetime) -> TokenInfo:
    """Whose the token is. Raises Doubtful."""
    if connection.api == "v1":
        path = f"/oauth/v1/access-tokens/{quote(access_token, safe='')}"
        status, said = _ask(connection, "GET", path, now)
    else:
        fields = {
            **_client(connection), "token": access_token, "token_type_hint": "access_token",
        }  # fmt: skip
        path = f"/oauth/{connection.api}/token/introspect"
        status, said = _ask(connection, "POST", path, now, fields=fields)
    if status in (400, 404) or (status == 401 and connection.api == "v1"):
        raise Doubtful("token_not_active", "The platform doesn't know this token, or no longer.")
    if status != 200:
        raise _unclear("token_info", status)
    return rules.read_info(
        said=said, app_id=connection.platform_app_id, client_id=connection.client_id
    )


def account_info(
    *, connection: Connection, access_token: str, account: str, now: datetime
) -> AccountInfo:
    """Raises Gone where a token that was just given is refused, or Doubtful. An address that isn't
    there, as when an API has ended, says nothing about any customer.
    """
    version = "2026-03" if connection.api == "2026-03" else "v3"
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    path = f"/account-info/{version}/details"
    status, said = _ask(connection, "GET", path, now, headers=headers)
    if status == 401:
        raise Gone
    if status != 200:
        raise _unclear("account_info", status)
    return rules.read_account(said=said, account=account)


def _client(connection: Connection) -> dict[str, str]:
    return {"client_id": connection.client_id, "client_secret": secret_of(connection)}


def secret_of(connection: Connection) -> str:
    try:
        return sealing.unseal(connection.client_secret)
    except sealing.Unreadable:
        detail = "The client secret can't be read any more. Set it again: arvio hubspot set."
        raise Doubtful("secret_unreadable", detail, status=503) from None


def _unclear(what: str, status: int) -> Doubtful:
    if status == 401:
        detail = f"The platform refused us where it was asked for {what}: client id or secret?"
        return Doubtful(f"refused_{what}", detail, status=503)
    detail = f"The platform answered {status} where it was asked for {what}."
    return Doubtful(f"unclear_{what}_{status}", detail, status=503)


def _ask(
    connection: Connection,
    method: str,
    path: str,
    now: datetime,
    *,
    headers: Mapping[str, str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    try:
        answer = outbound.call(
            method=method,
            url=connection.api_base + path,
            headers=headers or FORM,
            content=urlencode(fields or {}).encode(),
            allowed=settings.OUTBOUND_ALLOWED,
            seconds=SECONDS,
        )
    except outbound.OutboundError as error:
        # Its detail may name the address, and a token may be in that.
        detail = f"The platform can't be reached ({error.code})."
        raise Later(error.code, detail, rules.RETRY) from None
    if answer.status == 429:
        wait = rules.wait_of(retry_after=answer.headers.get("retry-after", ""), now=now)
        raise Later("rate_limited", "The platform asks us to wait.", wait)
    if answer.status >= 500:
        detail = f"The platform answered {answer.status}."
        raise Later(f"answered_{answer.status}", detail, rules.RETRY)
    return answer.status, _object(answer)


def _object(answer: outbound.Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        return said
    if answer.status == 200:
        raise Later("unclear_answer", "The platform's answer isn't JSON.", rules.RETRY)
    return {}
