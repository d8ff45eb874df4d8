"""What a viewer token must be to be believed (CONTRACT 2)."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.people import tokens
from arvio.people.tokens import TokenError

pytestmark = pytest.mark.once

SECRET = "a-secret-of-the-marketplace-that-is-long-enough-for-anybody"
OTHER = "a-secret-of-another-marketplace-that-is-as-long-as-the-first"
CLAIMS: dict[str, Any] = {
    "iss": "hub",
    "sub": "anna",
    "account": "acme",
    "surface": "in_product",
    "name": "Anna Korhonen",
    "email": "anna@customer.example",
    "locale": "fi",
}
GONE = object()


def token(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    body = {**CLAIMS, "iat": now - 5, "exp": now + 600, **changes}
    body = {key: value for key, value in body.items() if value is not GONE}
    return jwt.encode(body, secret, algorithm=algorithm)


def read(text: str, **options: Any) -> tokens.Claims:
    return tokens.read(token=text, secrets=[SECRET], marketplace="hub", **options)


def test_a_good_token_says_who_looks() -> None:
    claims = read(token())
    assert (claims.user, claims.account, claims.surface) == ("anna", "acme", "in_product")
    assert (claims.name, claims.email, claims.locale) == ("Anna Korhonen", CLAIMS["email"], "fi")


def test_a_token_that_we_issue_is_one_that_we_believe() -> None:
    text, expires_at = tokens.issue(secret=SECRET, claims={**CLAIMS, "email": None})
    claims = read(text)
    assert (claims.email, claims.expires_at) == (None, expires_at)
    assert 3590 <= expires_at - time.time() <= 3600
    assert tokens.issue(secret=SECRET, claims=CLAIMS, seconds=10**9)[1] <= expires_at + 5


def unsigned(**changes: Any) -> str:
    """With the algorithm `none`, as no library of ours would write it."""
    now = int(time.time())
    parts = ({"alg": "none", "typ": "JWT"}, {**CLAIMS, "iat": now, "exp": now + 60, **changes})
    return ".".join(encoded(part) for part in parts) + "."


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


NOW = int(time.time())
BAD = {
    "signed with none": unsigned(),
    "signed with another secret": token(OTHER),
    "signed with another algorithm": token(SECRET * 2, algorithm="HS512"),
    "of another marketplace": token(iss="b24"),
    "of a list of marketplaces": unsigned(iss=["hub"]),
    "living a second too long": token(iat=NOW - 5, exp=NOW - 5 + 3601),
    "ending before it begins": token(iat=NOW - 5, exp=NOW - 5),
    "from the future": token(iat=NOW + 4000, exp=NOW + 5000),
    "with a time in floats": token(iat=NOW - 5.5, exp=NOW + 600.25),
    "with an end in floats": token(exp=NOW + 600.0),
    "with an end of text": token(exp=str(NOW + 600)),
    "with an end of true": token(exp=True),
    "with an end beyond all numbers": token(exp=10**400),
    "with an infinite end": token(exp=float("inf")),
    "without iss": token(iss=GONE),
    "without sub": token(sub=GONE),
    "without account": token(account=GONE),
    "without surface": token(surface=GONE),
    "without name": token(name=GONE),
    "without iat": token(iat=GONE),
    "without exp": token(exp=GONE),
    "for an unknown surface": token(surface="api"),
    "for a surface of a list": token(surface=["web"]),
    "with a user of a number": token(sub=7),
    "with an account of a number": token(account=7),
    "with an empty user": token(sub=" "),
    "with an empty account": token(account=""),
    "with a name of null": token(name=None),
    "with a name too long": token(name="x" * 201),
    "with a user too long": token(sub="x" * 101),
    "with NUL in the user": token(sub="a\0b"),
    "with a lone surrogate": token(name="\ud800"),
    "with a line break": token(name="a\nb"),
    "with an email of a list": token(email=["a@b.example"]),
    "with no dots": "token",
    "empty": "",
    "with a body that is no object": f"{encoded({'alg': 'HS256'})}.{encoded([1])}.x",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        read(text)
    with pytest.raises(TokenError):
        read(text, accept_expired=True)


def test_a_huge_token_is_refused_before_it_is_read() -> None:
    with pytest.raises(TokenError, match="4096"):
        tokens.marketplace_of(token(name="x" * 5000))


def test_an_expired_token_is_told_apart_and_may_keep_a_draft() -> None:
    old = token(iat=NOW - 4000, exp=NOW - 500)
    with pytest.raises(TokenError) as refusal:
        read(old)
    assert refusal.value.expired
    assert read(old, accept_expired=True).user == "anna"
    with pytest.raises(TokenError):
        read(token(OTHER, iat=NOW - 4000, exp=NOW - 500), accept_expired=True)


def test_the_longest_life_is_an_hour() -> None:
    assert read(token(iat=NOW - 5, exp=NOW - 5 + 3600)).user == "anna"


def test_the_marketplace_is_read_before_anything_is_proved() -> None:
    assert tokens.marketplace_of(token(OTHER)) == "hub"
    for text in ("", "a.b.c", token(iss=GONE), "x" * 4097):
        with pytest.raises(TokenError):
            tokens.marketplace_of(text)


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_garbage_is_a_token_error_and_nothing_else(text: str) -> None:
    for ask in (tokens.marketplace_of, read):
        with pytest.raises(TokenError):
            ask(text)
