"""What surrounds every route: methods, CORS, ETag, and an answer to anything whatever."""

from __future__ import annotations

import pytest
from django.test import Client

from arvio.reviews.models import Review
from tests.api.caller import Answer, Caller, anybody, server, signed_in
from tests.cast import Stage, stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]

STORE = "/marketplaces/store"
RATING = f"{STORE}/apps/calls/rating"
REVIEWS = f"{STORE}/apps/calls/reviews"
NOBODYS = "018f0000-0000-7000-8000-000000000000"
PORTAL, STRANGER = "https://portal.example", "https://stranger.example"
ANSWERS = {
    "stars": 4,
    "text": "We use it every day and it does what it says.",
    "consents": ["guidelines", "privacy"],
}


def open_stage() -> Stage:
    on_stage = stage()
    on_stage.marketplace.origins = [PORTAL]
    on_stage.marketplace.save()
    return on_stage


def allowed(answer: Answer) -> str | None:
    origin: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return origin


def preflight(path: str, origin: str, method: str) -> Answer:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    return anybody.send("OPTIONS", path, None, headers)


@pytest.mark.parametrize("path", [RATING, REVIEWS, f"{STORE}/policy", "/openapi.json"])
def test_public_answers_may_be_read_from_any_page(path: str) -> None:
    open_stage()
    for headers in ({}, {"Origin": STRANGER}):
        answer = anybody.get(path, headers)
        assert (answer.status, allowed(answer)) == (200, "*")
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert allowed(anybody.get(f"{STORE}/apps/nothing/rating")) == "*"
    asked = preflight(RATING, STRANGER, "GET")
    assert (asked.status, allowed(asked)) == (204, "*")


def test_viewer_routes_answer_only_the_origins_that_the_marketplace_lists() -> None:
    on_stage = open_stage()
    path = f"{STORE}/apps/calls/eligibility"
    anna = signed_in(on_stage.anna)
    assert allowed(anna.get(path, {"Origin": PORTAL})) == PORTAL
    assert allowed(anna.get(path, {"Origin": STRANGER})) is None
    assert allowed(anna.get(path)) is None
    assert allowed(anybody.get(path, {"Origin": PORTAL})) == PORTAL  # a page may read its 401
    assert "Origin" in anna.get(path).headers["Vary"]
    asked = preflight(REVIEWS, PORTAL, "POST")
    assert (asked.status, allowed(asked)) == (204, PORTAL)
    assert asked.headers["Access-Control-Allow-Methods"] == "POST"
    headers = asked.headers["Access-Control-Allow-Headers"]
    assert "Authorization" in headers
    assert "Idempotency-Key" in headers
    assert "Content-Type" in headers
    assert allowed(preflight(REVIEWS, STRANGER, "POST")) is None
    assert allowed(preflight(REVIEWS, "null", "POST")) is None
    assert allowed(preflight(REVIEWS.replace("store", "nowhere"), PORTAL, "POST")) is None
    assert allowed(preflight(REVIEWS.replace("store", "a%00b"), PORTAL, "POST")) is None


def test_a_reviews_own_marketplace_decides_who_may_edit_it_from_a_page() -> None:
    on_stage = open_stage()
    other = stage(slug="elsewhere")
    ours, theirs = on_stage.review(), other.review()
    assert allowed(preflight(f"/reviews/{ours.pk}", PORTAL, "PATCH")) == PORTAL
    assert allowed(preflight(f"/reviews/{ours.pk}", PORTAL, "DELETE")) == PORTAL
    assert allowed(preflight(f"/reviews/{ours.pk}", STRANGER, "DELETE")) is None
    assert allowed(preflight(f"/reviews/{theirs.pk}", PORTAL, "PATCH")) is None
    assert allowed(preflight(f"/reviews/{ours.pk}", STRANGER, "GET")) == "*"


def test_server_routes_answer_no_page() -> None:
    caller = server(open_stage())
    body = {"name": "Bolt", "plan": "pro", "kind": "production"}
    asked = preflight(f"{STORE}/accounts/bolt", PORTAL, "PUT")
    assert (asked.status, allowed(asked)) == (204, None)
    answer = caller.send("PUT", f"{STORE}/accounts/bolt", body, {"Origin": PORTAL})
    assert (answer.status, allowed(answer)) == (201, None)
    assert allowed(preflight(RATING, PORTAL, "BREW")) is None


def test_what_has_not_changed_is_304_and_what_has_is_not() -> None:
    on_stage = stage()
    first = anybody.get(RATING)
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    for wanted in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        same = anybody.get(RATING, {"If-None-Match": wanted})
        assert (same.status, same.raw.content, same.headers["ETag"]) == (304, b"", etag)
        assert same.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert anybody.get(RATING, {"If-None-Match": '"other"'}).status == 200
    assert anybody.get(RATING, {"If-None-Match": "nonsense"}).status == 200
    on_stage.published()
    changed = anybody.get(RATING, {"If-None-Match": etag})
    assert (changed.status, changed.headers["ETag"] != etag) == (200, True)


def test_caches_keep_only_what_is_public() -> None:
    on_stage = stage()
    assert anybody.get(RATING).headers["Cache-Control"] == "public, no-cache"
    anna = signed_in(on_stage.anna).get(f"{STORE}/me/reviews")
    assert (anna.headers["Cache-Control"], "ETag" in anna.headers) == ("private, no-store", False)
    assert anybody.get(f"{STORE}/nope").headers["Cache-Control"] == "no-store"
    missing = anybody.get(f"{STORE}/apps/nothing/rating")
    assert missing.headers["Cache-Control"] == "no-store"


def test_head_is_get_without_the_body() -> None:
    stage()
    get, head = anybody.get(RATING), anybody.send("HEAD", RATING)
    assert (head.status, head.raw.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.raw.content))
    assert head.headers["ETag"] == get.headers["ETag"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", RATING, "GET, HEAD, OPTIONS"),
        ("TRACE", RATING, "GET, HEAD, OPTIONS"),
        ("BREW", f"{STORE}/viewer-tokens", "OPTIONS, POST"),
        ("GET", f"{STORE}/installations/calls/acme", "DELETE, OPTIONS, PUT"),
        ("PUT", f"/reviews/{NOBODYS}", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("DELETE", "/docs", "GET, HEAD"),
    ],
)  # fmt: skip
def test_another_method_is_405_and_told_which_there_are(method: str, path: str, allow: str) -> None:
    answer = anybody.send(method, path)
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allow


def test_options_tells_the_methods() -> None:
    answer = anybody.send("OPTIONS", REVIEWS)
    assert (answer.status, answer.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize(
    "path",
    ["/", "/nope", "/marketplaces", "/reviews/no-id", "/a%00b", "/a%0Ab", "/docs/x", "/%ff"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_an_unknown_route_is_404(method: str, path: str) -> None:
    answer = anybody.send(method, path, {} if method != "GET" else None)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


BODIES: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"stars=5",
    "cut": b'{"stars": 5',
    "two": b"{} {}",
    "UTF-16": '{"stars": 5}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"stars": 5}',
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "NaN": b'{"stars": NaN}',
    "Infinity": b'{"stars": -Infinity}',
    "a number without end": b'{"stars": ' + b"9" * 5000 + b"}",
    "a float without end": b'{"stars": 1e999}',
    "nested": b'{"qualities": ' + b'{"a": ' * 200 + b"1" + b"}" * 201,
    "nested deeply": b"[" * 100_000,
    "NUL": b"\0",
}


@pytest.mark.parametrize("raw", BODIES.values(), ids=BODIES)
def test_an_unreadable_body_is_400(raw: bytes) -> None:
    on_stage = stage()
    for caller, method, path in [
        (signed_in(on_stage.anna), "POST", REVIEWS),
        (server(on_stage), "PUT", f"{STORE}/accounts/bolt"),
        (server(on_stage), "DELETE", f"{STORE}/installations/calls/acme"),
    ]:
        answer = caller.send(method, path, raw=raw)
        assert answer.status == (400 if raw else 422), answer.json
        assert answer.json["code"] == ("unreadable_body" if raw else "invalid")
    assert not Review.objects.exists()


@pytest.mark.parametrize("raw", [b"null", b"[]", b"5", b'"text"', b"true", b'[{"stars": 5}]'])
def test_a_body_that_is_no_object_is_422(raw: bytes) -> None:
    on_stage = stage()
    for caller, method, path in [
        (signed_in(on_stage.anna), "POST", REVIEWS),
        (server(on_stage), "PUT", f"{STORE}/accounts/bolt"),
    ]:
        answer = caller.send(method, path, raw=raw)
        assert (answer.status, answer.fields) == (422, {"body"})


def test_a_body_of_a_megabyte_is_413() -> None:
    on_stage = stage()
    body = {**ANSWERS, "text": "x" * 1_000_000}
    for caller, send in [
        (signed_in(on_stage.anna), ("POST", REVIEWS)),
        (server(on_stage), ("PUT", f"{STORE}/accounts/bolt")),
    ]:
        answer = caller.send(*send, body)
        assert (answer.status, answer.json["code"]) == (413, "body_too_large")
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_field_named_twice_counts_once() -> None:
    anna = signed_in(stage().anna)
    raw = b'{"stars": 1, "stars": 4, "text": "It works.", "consents": ["guidelines", "privacy"]}'
    assert anna.send("POST", REVIEWS, raw=raw).json["stars"] == 4


def test_a_broken_name_in_an_answer_breaks_nothing() -> None:
    anna = signed_in(stage().anna)
    answer = anna.send("POST", REVIEWS, raw=b'{"stars": 4, "\\ud800": 1}')
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "lone_surrogate")
    answer = anna.send("POST", REVIEWS, raw=b'{"stars": 4, "a\\u0000": 1}')
    assert (answer.status, "a\0" in answer.fields) == (422, True)
    answer = anna.post(REVIEWS, {"stars": 4, "qualities": {"\udfff": 1}, "x" * 400: 1})
    assert answer.fields >= {"qualities.?", "x" * 100}


def test_what_nobody_foresaw_is_a_500_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The one place where our own code is made to fail: nothing else brings a 500 about."""
    stage()
    monkeypatch.setattr("arvio.catalog.queries.policy_version", None)
    answer = anybody.get(RATING)
    assert answer.status == 500
    assert answer.json == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal_error",
        "detail": "Something went wrong on our side. It has been noted.",
    }
    assert allowed(answer) == "*"
    assert "TypeError" in caplog.text


def test_a_form_from_another_page_needs_no_csrf_token_and_gets_no_further() -> None:
    stage()
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"/api/v1{REVIEWS}", {"stars": 5})
    assert answer.status_code == 401
    assert Caller("nothing").post(REVIEWS, ANSWERS).status == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{STORE}/apps/a%ED%A0%80/rating", 404),
        (f"{STORE}/apps?q=%ff", 422),
        (f"{STORE}/apps/calls/reviews?version=%ED%A0%80", 422),
    ],
)
def test_bytes_that_are_no_text_are_refused(path: str, status: int) -> None:
    stage()
    assert anybody.get(path).status == status
