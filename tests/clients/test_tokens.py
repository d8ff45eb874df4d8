"""Viewer tokens that are signed without a call, read as the server reads them."""

from __future__ import annotations

import time

import jwt
import pytest

from arvio.people import tokens
from arvio_client import sign_viewer_token
from arvio_client.tokens import LONGEST

pytestmark = pytest.mark.once
SECRET = "s" * 64


def signed(seconds: int = LONGEST) -> str:
    return sign_viewer_token(
        secret=SECRET,
        marketplace="store",
        account="acme",
        user="anna",
        surface="in_product",
        name="Anna Korhonen",
        locale="fi",
        seconds=seconds,
    )


def test_the_server_reads_what_was_signed() -> None:
    claims = tokens.read(token=signed(), secrets=[SECRET], marketplace="store")
    assert (claims.user, claims.account, claims.name) == ("anna", "acme", "Anna Korhonen")
    assert (claims.surface, claims.locale, claims.email) == ("in_product", "fi", None)


def test_a_token_holds_as_long_as_was_asked() -> None:
    claims = tokens.read(token=signed(seconds=60), secrets=[SECRET], marketplace="store")
    assert 58 <= claims.expires_at - time.time() <= 60


def test_a_server_whose_clock_is_behind_believes_it() -> None:
    body = jwt.decode(signed(), options={"verify_signature": False})
    assert body["iat"] <= time.time() - 29 and body["exp"] - body["iat"] == 3600


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1])
def test_a_token_of_no_time_or_too_much_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="holds for 1 to 3570"):
        signed(seconds=seconds)
