"""The desk's pages of guidelines, keys and bans, for everybody who might open them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from arvio.catalog import banning
from arvio.ids import uuid7
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MIKA, OLLI, ONA, own_key

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# `far` operates another marketplace: what is named isn't there for them.
TABLE = """
page                     method moderator operator owner customer nobody far
guidelines/              GET    200       200      403   login    login  200
guidelines/              POST   405       405      405   405      405    405
guidelines/edit/         GET    301       301      301   301      301    301
guidelines/edit/         POST   405       405      405   405      405    405
prompts/                 GET    301       301      301   301      301    301
prompts/                 POST   405       405      405   405      405    405
webhooks/                GET    301       301      301   301      301    301
webhooks/new/            POST   405       405      405   405      405    405
keys/                    GET    200       200      403   login    login  200
keys/                    POST   422       422      403   login    login  422
keys/{key}/rotate/       GET    200       404      403   login    login  404
keys/{key}/rotate/       POST   422       404      403   login    login  404
keys/{key}/revoke/       GET    200       404      403   login    login  404
keys/{none}/revoke/      POST   404       404      403   login    login  404
bans/                    GET    200       200      403   login    login  200
bans/?ended=1            GET    200       200      403   login    login  200
bans/?cursor=x           GET    200       200      403   login    login  200
bans/                    POST   405       405      405   405      405    405
bans/new/                GET    200       200      403   login    login  200
bans/new/?account=acme   GET    200       200      403   login    login  404
bans/new/?account=none   GET    404       404      403   login    login  404
bans/new/                POST   422       422      403   login    login  404
bans/{ban}/lift/         GET    200       200      403   login    login  404
bans/{ban}/lift/         POST   422       422      403   login    login  404
bans/{none}/lift/        POST   404       404      403   login    login  404
bans/appeals/{appeal}/   GET    200       200      403   login    login  404
bans/appeals/{appeal}/   POST   422       422      403   login    login  404
bans/appeals/{none}/     POST   404       404      403   login    login  404
"""
ROWS = [line.split() for line in TABLE.strip().split("\n")]
WHO = {"moderator": MIKA, "operator": OLLI, "owner": "petra@pixel.example", "far": ONA}


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: f"{row[1]} {row[0]}")
def test_the_desk_is_open_to_who_works_there(
    store: Stage, sign_in: Callable[[str], Client], row: list[str]
) -> None:
    ban = banning.ban(account=store.acme, user=store.anna.user, reason="Adverts.", now=NOW)
    appeal = banning.appeal(viewer=store.anna, text="Why?", now=NOW)
    page, method, *expected = row
    key = own_key()
    path = "/desk/" + page.format(ban=ban.pk, appeal=appeal.pk, key=key.pk, none=uuid7())
    for role, cell in zip(ROWS[0][2:], expected, strict=True):
        client = sign_in(WHO.get(role, ""))
        form = {"account": "acme"} if page == "bans/new/" else {}
        answer = client.post(path, form) if method == "POST" else client.get(path)
        login = answer.headers.get("Location", "").startswith("/accounts/login/")
        assert ("login" if login else str(answer.status_code)) == cell, role
        if role != "customer":
            assert answer.headers.get("Cache-Control", "no-store") != "public"
