"""Viewer tokens (CONTRACT 2): short JWTs by which a marketplace's backend says who is looking.

Their life is on the real clock, whatever the demo's clock says.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jwt

LONGEST = 3600
SURFACES = ("in_product", "web")


class TokenError(Exception):
    """A viewer token that can't be believed. `expired` tells one that was genuine from the rest."""

    def __init__(self, detail: str, *, expired: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.expired = expired


@dataclass(frozen=True)
class Claims:
    marketplace: str
    user: str
    account: str
    surface: Literal["in_product", "web"]
    name: str
    email: str | None
    locale: str | None
    expires_at: int


def issue(*, secret: str, claims: dict[str, Any], seconds: int = LONGEST) -> tuple[str, int]:
    """A signed token and its end in Unix seconds.

    `claims` as CONTRACT names them, without times.
    """
    issued_at = int(time.time())
    expires_at = issued_at + min(seconds, LONGEST)
    body = {key: value for key, value in claims.items() if value is not None}
    token = jwt.encode({**body, "iat": issued_at, "exp": expires_at}, secret, algorithm="HS256")
    return token, expires_at


def marketplace_of(token: str) -> str:
    """The marketplace a token claims to come from, unproved: only to find the secret for it."""
    if len(token) > 4096:
        raise TokenError("the token is longer than 4096 characters")
    try:
        body = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenError("the token is not a JWT") from None
    issuer = body.get("iss")
    if not isinstance(issuer, str):
        raise TokenError("iss must name the marketplace")
    return issuer


def read(
    *, token: str, secrets: Sequence[str], marketplace: str, accept_expired: bool = False
) -> Claims:
    """The proved claims, signed with one of the secrets. Raises TokenError.

    `accept_expired` is for keeping a draft, never for an action.
    """
    try:
        body = _proved(token, secrets, marketplace, accept_expired)
    except jwt.ExpiredSignatureError:
        raise TokenError("the token has expired", expired=True) from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise TokenError(f"the token is not valid: {error}") from None
    return _claims(body)


def _proved(
    token: str, secrets: Sequence[str], marketplace: str, accept_expired: bool
) -> dict[str, Any]:
    """The newest secret comes first, and what it says of a token counts where none has signed."""
    wrong: jwt.InvalidSignatureError | None = None
    for secret in secrets:
        try:
            body: dict[str, Any] = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                issuer=marketplace,
                options={
                    "require": ["iss", "sub", "account", "surface", "name", "iat", "exp"],
                    "verify_exp": not accept_expired,
                    "verify_aud": False,
                },
            )
        except jwt.InvalidSignatureError as error:
            wrong = wrong or error
        else:
            return body
    raise wrong or jwt.InvalidSignatureError("there is no secret")


def _claims(body: dict[str, Any]) -> Claims:
    issued_at, expires_at = body["iat"], body["exp"]
    if not all(
        isinstance(moment, int) and not isinstance(moment, bool)
        for moment in (issued_at, expires_at)
    ):
        raise TokenError("iat and exp must be whole seconds")
    if not 0 < expires_at - issued_at <= LONGEST:
        raise TokenError(f"exp must be at most {LONGEST} seconds after iat")
    if body["surface"] not in SURFACES:
        raise TokenError("surface must be in_product or web")
    for key, longest in (
        ("sub", 100),
        ("account", 100),
        ("name", 200),
        ("email", 254),
        ("locale", 20),
    ):
        value = body.get(key)
        if value is None and key in ("email", "locale"):
            continue
        if not isinstance(value, str) or len(value) > longest or not _plain(value):
            raise TokenError(f"{key} must be text of at most {longest} characters")
        if key in ("sub", "account") and (not value or value != value.strip() or "/" in value):
            raise TokenError(f"{key} must be a reference: no slash, no space at its ends")
    return Claims(
        marketplace=body["iss"],
        user=body["sub"],
        account=body["account"],
        surface=body["surface"],
        name=body["name"],
        email=body.get("email"),
        locale=body.get("locale"),
        expires_at=expires_at,
    )


def _plain(value: str) -> bool:
    return not any(
        ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) <= 0xDFFF
        for character in value
    )
