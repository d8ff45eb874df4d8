"""Viewer tokens: by them a marketplace's backend says who is looking. No call is made."""

from __future__ import annotations

import time

import jwt

from arvio_client.shapes import Surface

# A server whose clock is behind ours would take the token for one from the future, so it is dated
# back a little; from that date on it may hold for an hour.
DATED_BACK = 30
LONGEST = 3600 - DATED_BACK


def sign_viewer_token(
    *,
    secret: str,
    marketplace: str,
    account: str,
    user: str,
    surface: Surface,
    name: str,
    email: str | None = None,
    locale: str | None = None,
    seconds: int = LONGEST,
) -> str:
    """A token that holds for `seconds` from now, 3,570 at most.

    Whoever has the secret may say anything about anybody: it stays on your server.
    """
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"seconds is {seconds}; a token holds for 1 to {LONGEST}")
    now = int(time.time())
    claims = {
        "iss": marketplace,
        "sub": user,
        "account": account,
        "surface": surface,
        "name": name,
        "email": email,
        "locale": locale,
        "iat": now - DATED_BACK,
        "exp": now + seconds,
    }
    given = {key: value for key, value in claims.items() if value is not None}
    return jwt.encode(given, secret, algorithm="HS256")
