"""Who may call: tokens and keys, one row per way to be wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from arvio.catalog.models import User
from arvio.catalog.queries import Viewer
from arvio.people.models import Key
from tests.api.caller import Caller, anybody, forged, server, signed_in
from tests.cast import LONG_AGO, stage, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ELIGIBILITY = "/marketplaces/store/apps/calls/eligibility"
ACCOUNT = {"name": "Bolt", "plan": "pro", "kind": "production"}
NOW = int(time.time())

WRONG_TOKENS: dict[str, dict[str, Any]] = {
    "expired": {"iat": NOW - 7200, "exp": NOW - 3600},
    "longer than an hour": {"iat": NOW, "exp": NOW + 3601},
    "that begins in the future": {"iat": NOW + 1800, "exp": NOW + 3600, "nbf": NOW + 1800},
    "of another marketplace": {"iss": "elsewhere"},
    "without iss": {"iss": ...},
    "without sub": {"sub": ...},
    "without account": {"account": ...},
    "without surface": {"surface": ...},
    "without name": {"name": ...},
    "without exp": {"exp": ...},
    "without iat": {"iat": ...},
    "with a surface of its own": {"surface": "phone"},
    "with a number for a user": {"sub": 7},
    "with an empty user": {"sub": " "},
    "with NUL in the name": {"name": "A\0"},
    "with an account of 101 characters": {"account": "a" * 101},
    "signed with none": {"algorithm": "none"},
    "signed with HS512": {"algorithm": "HS512", "secret": "k" * 64},
    "signed by another key": {"secret": "another key, long enough to sign with"},
}


@pytest.mark.parametrize("claims", WRONG_TOKENS.values(), ids=WRONG_TOKENS)
@pytest.mark.parametrize("path", [ELIGIBILITY, "/marketplaces/store/me/reviews"])
def test_a_token_that_cannot_be_believed_is_401(path: str, claims: dict[str, Any]) -> None:
    answer = Caller(forged(stage().anna, **claims)).get(path)
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/reviews/018f0000-0000-7000-8000-000000000000"])
@pytest.mark.parametrize("claims", WRONG_TOKENS.values(), ids=WRONG_TOKENS)
def test_so_it_is_where_the_path_names_no_marketplace(path: str, claims: dict[str, Any]) -> None:
    caller = Caller(forged(stage().anna, **claims))
    assert caller.patch(path, {"stars": 1}).status == 401
    assert caller.delete(path).status == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + "x" * 5000,
     "Bearer \xff\xfe", "eyJ"],
)  # fmt: skip
def test_no_token_at_all_is_401(authorization: str) -> None:
    stage()
    headers = {"Authorization": authorization} if authorization else {}
    for method, path in [
        ("GET", ELIGIBILITY),
        ("POST", "/marketplaces/store/apps/calls/reviews"),
        ("GET", "/marketplaces/store/me/reviews"),
        ("PATCH", "/reviews/018f0000-0000-7000-8000-000000000000"),
        ("PUT", "/marketplaces/store/accounts/bolt"),
        ("POST", "/marketplaces/store/viewer-tokens"),
    ]:
        answer = anybody.send(method, path, {}, headers)
        assert (answer.status, answer.json["code"]) == (401, "not_signed_in"), path


def test_a_token_of_one_marketplace_is_worth_nothing_in_another() -> None:
    anna = stage().anna
    stage(slug="elsewhere")
    assert signed_in(anna).get(ELIGIBILITY).status == 200
    assert signed_in(anna).get(ELIGIBILITY.replace("store", "elsewhere")).status == 401


def test_a_marketplace_or_an_app_that_is_not_there_is_404() -> None:
    caller = signed_in(stage().anna)
    for path in (ELIGIBILITY.replace("store", "nowhere"), ELIGIBILITY.replace("calls", "nothing")):
        answer = caller.get(path)
        assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_server_key_is_no_viewer_and_a_viewer_no_server() -> None:
    on_stage = stage()
    assert server(on_stage).get(ELIGIBILITY).status == 401
    put = signed_in(on_stage.anna).put("/marketplaces/store/accounts/bolt", ACCOUNT)
    assert put.status == 401


def test_a_key_is_for_its_own_marketplace_kind_and_scopes() -> None:
    on_stage = stage()
    other = stage(slug="elsewhere")
    path = "/marketplaces/store/accounts/bolt"
    token = {"account": "acme", "user": "anna", "surface": "web", "name": "Anna"}
    for caller, code in [
        (server(other), "wrong_marketplace"),
        (server(on_stage, kind="partner"), "wrong_key"),
        (server(on_stage, kind="moderator"), "wrong_key"),
        (server(on_stage, scopes=["tokens"]), "missing_scope"),
    ]:
        answer = caller.put(path, ACCOUNT)
        assert (answer.status, answer.json["code"]) == (403, code)
    only_catalog = server(on_stage, scopes=["catalog"])
    assert only_catalog.put(path, ACCOUNT).status == 201
    refused = only_catalog.post("/marketplaces/store/viewer-tokens", token)
    assert (refused.status, refused.json["code"]) == (403, "missing_scope")
    assert server(on_stage).put(path.replace("store", "nowhere"), ACCOUNT).status == 404


def test_a_revoked_key_opens_nothing() -> None:
    on_stage = stage()
    caller = server(on_stage)
    Key.objects.update(revoked_at=LONG_AGO)
    assert caller.put("/marketplaces/store/accounts/bolt", ACCOUNT).status == 401


def test_a_token_makes_its_user_and_later_refreshes_it() -> None:
    on_stage = stage()
    token = {
        "account": "acme",
        "user": "nora",
        "surface": "web",
        "name": "Nora Niemi",
        "email": "Nora@Customer.Example",
        "locale": "fi",
    }
    made = server(on_stage).post("/marketplaces/store/viewer-tokens", token)
    assert (made.status, set(made.json)) == (200, {"token", "expires_at"})
    assert not User.objects.filter(ref="nora").exists()
    assert Caller(made.json["token"]).get(ELIGIBILITY).status == 200
    nora = User.objects.get(ref="nora")
    assert (nora.name, nora.email, nora.locale) == ("Nora Niemi", "nora@customer.example", "fi")
    seen = Viewer(on_stage.marketplace, "web", "Nora Nieminen", "", "", on_stage.acme, nora)
    assert signed_in(seen, email=None, locale=None).get(ELIGIBILITY).status == 200
    nora.refresh_from_db()
    assert (nora.name, nora.email, nora.locale) == ("Nora Nieminen", "nora@customer.example", "fi")


def test_a_page_view_of_a_known_user_writes_nothing(count_sql: Any) -> None:
    caller = signed_in(stage().anna)
    caller.get(ELIGIBILITY)
    with count_sql() as statements:
        assert caller.get(ELIGIBILITY).status == 200
    assert [one for one in statements if not one.startswith("SELECT")] == []


def test_a_key_is_noted_as_used_by_the_first_request_of_an_hour(count_sql: Any) -> None:
    caller, token = server(stage()), {"account": "acme", "user": "anna", "surface": "web"}
    writes = []
    for _ in range(2):
        with count_sql() as statements:
            caller.post("/marketplaces/store/viewer-tokens", token | {"name": "Anna"})
        writes.append([one for one in statements if not one.startswith("SELECT")])
    assert (len(writes[0]), writes[1]) == (1, [])


def test_an_unknown_account_is_not_made_and_gets_not_installed() -> None:
    on_stage = stage()
    caller = signed_in(on_stage.anna, account="ghosts")
    verdict = caller.get(ELIGIBILITY).json
    assert not verdict["allowed"]
    failed = {check["code"] for check in verdict["checks"] if not check["ok"]}
    assert failed == {"not_installed"}
    path = "/marketplaces/store/apps/calls/reviews"
    refused = caller.post(path, {"stars": 5}, {"Idempotency-Key": "k"})
    assert (refused.status, refused.json["code"]) == (403, "not_installed")
    assert caller.get("/marketplaces/store/me/reviews").json["items"] == []
    assert not User.objects.filter(account__ref="ghosts").exists()


@pytest.mark.parametrize(
    ("accept", "locale", "language"),
    [("fi", "ru", "fi"), ("", "ru_RU", "ru"), ("sv, ru;q=0.5", "fi", "ru"), ("sv", "sv", "en")],
)
def test_sentences_follow_the_header_then_the_viewer_then_the_marketplace(
    accept: str, locale: str, language: str
) -> None:
    on_stage = stage()
    someone = viewer(on_stage.marketplace, on_stage.acme, "someone", locale=locale)
    answer = signed_in(someone).get(ELIGIBILITY, {"Accept-Language": accept} if accept else {})
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
