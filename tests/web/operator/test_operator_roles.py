"""The operator's pages, for everybody who might open them; each page has its lines here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from arvio.catalog import banning
from arvio.ids import uuid7
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MIKA, OLLI, ONA, own_key, server_key

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# `far` operates another marketplace: what is named isn't there for them.
TABLE = """
page                     method operator far moderator owner customer nobody
-                        GET    200      200 403       403   login    login
-                        POST   405      405 405       405   405      405
switch/                  GET    405      405 405       405   405      405
switch/                  POST   302      302 403       403   login    login
policy/                  GET    200      200 403       403   login    login
policy/edit/             GET    200      200 403       403   login    login
policy/edit/             POST   422      422 403       403   login    login
policy/toml/             GET    200      200 403       403   login    login
policy/check/            GET    405      405 405       405   405      405
policy/check/            POST   200      200 403       403   login    login
policy/discard/          GET    405      405 405       405   405      405
policy/discard/          POST   303      303 403       403   login    login
policy/changes/          GET    303      303 403       403   login    login
policy/back/1/           GET    200      200 403       403   login    login
policy/back/9/           GET    404      404 403       403   login    login
policy/cancel/1/         GET    409      409 403       403   login    login
policy/cancel/9/         POST   404      404 403       403   login    login
policy/preview/may_review/ GET  200      200 403       403   login    login
policy/preview/may_review/ POST 405      405 405       405   405      405
policy/preview/may_review.csv GET 404    404 403       403   login    login
keys/                    GET    200      200 403       403   login    login
keys/                    POST   422      422 403       403   login    login
keys/{key}/rotate/       GET    200      404 403       403   login    login
keys/{mikas}/rotate/     POST   422      404 403       403   login    login
keys/{key}/revoke/       GET    200      404 403       403   login    login
keys/{none}/revoke/      POST   404      404 403       403   login    login
keys/secret/rotate/      GET    200      200 403       403   login    login
keys/secret/rotate/      POST   422      422 403       403   login    login
keys/secret/end/         GET    303      303 403       403   login    login
webhooks/                GET    200      200 403       403   login    login
webhooks/new/            POST   422      422 403       403   login    login
webhooks/{none}/test/    POST   404      404 403       403   login    login
guidelines/              GET    200      200 403       403   login    login
guidelines/              POST   422      422 403       403   login    login
prompts/                 GET    200      200 403       403   login    login
prompts/                 POST   405      405 405       405   405      405
bans/                    GET    200      200 403       403   login    login
bans/new/?account=acme   GET    200      404 403       403   login    login
bans/new/                POST   200      200 403       403   login    login
bans/{ban}/lift/         GET    200      404 403       403   login    login
bans/{ban}/lift/         POST   422      404 403       403   login    login
bans/appeals/{none}/     GET    404      404 403       403   login    login
catalog/                 GET    200      200 403       403   login    login
catalog/?kind=users&q=a  GET    200      200 403       403   login    login
catalog/                 POST   405      405 405       405   405      405
catalog/apps/{app}/      GET    200      404 403       403   login    login
catalog/accounts/{acme}/ GET    200      404 403       403   login    login
catalog/users/{anna}/    GET    200      404 403       403   login    login
catalog/partners/{pixel}/ GET   200      404 403       403   login    login
catalog/nothing/{none}/  GET    404      404 403       403   login    login
catalog/apps/{app}/move/ GET    200      404 403       403   login    login
catalog/apps/{app}/retire/ GET  200      404 403       403   login    login
catalog/accounts/{acme}/rename/ POST 422 404 403       403   login    login
catalog/accounts/{acme}/merge/ GET 200   404 403       403   login    login
catalog/users/{anna}/email/ GET 200      404 403       403   login    login
catalog/partners/{pixel}/members/{none}/remove/ GET 404 404 403 403 login login
marketplace/            GET    200      200 403       403   login    login
marketplace/            POST   422      422 403       403   login    login
people/                 GET    200      200 403       403   login    login
people/                 POST   422      422 403       403   login    login
people/change/{none}/   GET    405      405 405       405   405      405
people/change/{none}/   POST   404      404 403       403   login    login
people/remove/{none}/   GET    404      404 403       403   login    login
people/invitation/{none}/ POST 404      404 403       403   login    login
people/owners/          GET    200      200 403       403   login    login
people/owners/{none}/   GET    404      404 403       403   login    login
placements/             GET    200      200 403       403   login    login
placements/             POST   422      422 403       403   login    login
placements/label/       POST   422      422 403       403   login    login
placements/end/{none}/  GET    404      404 403       403   login    login
audit/                  GET    200      200 403       403   login    login
audit/rows.csv          GET    200      200 403       403   login    login
"""
ROWS = [line.split() for line in TABLE.strip().split("\n")]
WHO = {"operator": OLLI, "far": ONA, "moderator": MIKA, "owner": "petra@pixel.example"}


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: f"{row[1]} {row[0]}")
def test_the_operators_pages_are_open_to_operators(
    store: Stage, sign_in: Callable[[str], Client], row: list[str]
) -> None:
    page, method, *expected = row
    ban = banning.ban(account=store.acme, user=None, reason="Adverts.", now=NOW)
    key = server_key(store)
    named = {
        "none": uuid7(),
        "key": key.pk,
        "mikas": own_key().pk,
        "ban": ban.pk,
        "app": store.app.pk,
        "acme": store.acme.pk,
        "pixel": store.partner.pk,
        "anna": store.anna.user.pk if store.anna.user else "",
    }
    path = "/operator/" + page.replace("-", "", page == "-").format(**named)
    for role, cell in zip(ROWS[0][2:], expected, strict=True):
        client = sign_in(WHO.get(role, ""))
        answer = client.post(path) if method == "POST" else client.get(path)
        login = answer.headers.get("Location", "").startswith("/accounts/login/")
        assert ("login" if login else str(answer.status_code)) == cell, role


def test_the_table_has_every_page() -> None:
    """By the first word of its address: what stands below is opened by the same door."""
    rooms = {row[0].partition("/")[0].strip("-") for row in ROWS[1:]}
    resolver = next(
        one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "operator"
    )
    patterns = [one for one in resolver.url_patterns if isinstance(one, URLPattern)]  # type: ignore[union-attr]  # a resolver, as its namespace shows
    assert {str(one.pattern).partition("/")[0] for one in patterns} == rooms


def test_whoever_stays_outside_keeps_the_menu_that_is_theirs(
    store: Stage, sign_in: Callable[[str], Client]
) -> None:
    refused = sign_in(MIKA).get("/operator/keys/")
    assert refused.status_code == 403
    assert "Only operators can open this" in refused.text
    assert '<span class="acting">Desk</span>' in refused.text
    lost = sign_in(OLLI).get("/operator/policy/back/9/")
    assert lost.status_code == 404
    assert "belong to another marketplace." in lost.text
    assert '<span class="acting">Operator</span>' in lost.text
    assert 'href="/operator/keys/"' in lost.text
    outside = sign_in("petra@pixel.example").get("/operator/")
    assert "This isn’t open to you" in outside.text
