"""The frame and the token door: who asks is said by a signature v3 over the address."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse

from arvio import clock
from arvio.catalog.models import Account, User
from arvio.connect.hubspot import actions
from arvio.people import tokens
from tests.cast import NOW
from tests.connect.hubspot.scene import ANNA, BASE, EMAIL, FRAME, HUB, TOKEN, Scene

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def ask(
    scene: Scene,
    path: str = TOKEN,
    *,
    method: str = "POST",
    query: str = "",
    body: bytes = b"",
    sent: dict[str, Any] | None = None,
    **named: Any,
) -> HttpResponse:
    """As the platform sends it; `sent` is what somebody changed on the way."""
    said = {"userId": ANNA, "portalId": HUB, "userEmail": EMAIL, "appId": scene.pretend.app_id}
    url = path + "?" + (query or urlencode({**said, **named}))
    headers: dict[str, Any] = scene.pretend.signed(method=method, url=BASE + url, body=body)
    request: dict[str, Any] = {"method": method, "url": url, "body": body, **(sent or {})}
    headers = {**headers, **request.get("headers", {})}
    return scene.client.generic(  # type: ignore[return-value]
        request["method"],
        request["url"],
        request["body"],
        content_type="application/json" if request["body"] else "",
        headers={key: value for key, value in headers.items() if value is not None},
    )


def claims(scene: Scene, answer: HttpResponse) -> tokens.Claims:
    assert answer.status_code == 200, answer.content
    text = answer.content.decode()
    found = re.search(r'name="token" value="([^"]+)"', text)
    token = found[1] if found else json.loads(text)["token"]
    secret = scene.stage.marketplace.jwt_secret
    return tokens.read(token=token, secrets=[secret], marketplace="store")


def code(answer: HttpResponse) -> tuple[int, str]:
    if "json" in answer["Content-Type"]:
        return answer.status_code, json.loads(answer.content)["code"]
    return answer.status_code, answer.get("Arvio-Refusal", "")


@pytest.mark.parametrize(("path", "method"), [(TOKEN, "POST"), (FRAME, "POST"), (FRAME, "GET")])
def test_a_signed_request_gets_a_token_for_whom_it_names(
    scene: Scene, path: str, method: str
) -> None:
    answer = ask(scene, path, method=method, name="Anna Korhonen", locale="fi")
    said = claims(scene, answer)
    assert (said.account, said.user, said.name) == (str(HUB), str(ANNA), "Anna Korhonen")
    assert (said.email, said.locale, said.surface) == (EMAIL, "fi", "in_product")
    assert answer["Cache-Control"] == "private, no-store"
    assert scene.pretend.asked == []


def test_a_signed_request_makes_nothing_known(scene: Scene) -> None:
    said = claims(scene, ask(scene))
    assert said.account == str(HUB)
    assert not Account.objects.filter(ref=str(HUB)).exists()
    token = json.loads(ask(scene).content)["token"]
    page = scene.client.post("/store/in/calls/", {"token": token})
    assert page.status_code == 200
    assert "installed" in page.content.decode()
    assert not Account.objects.filter(ref=str(HUB)).exists()


def test_who_is_known_by_a_proved_token_reviews(scene: Scene) -> None:
    scene.installed()
    token = json.loads(ask(scene, name="Anna Korhonen").content)["token"]
    page = scene.client.post("/store/in/calls/", {"token": token})
    assert 'name="stars"' in page.content.decode()
    anna = User.objects.get(account__ref=str(HUB))
    assert (anna.name, anna.email) == ("Anna Korhonen", EMAIL)


def test_the_same_request_again_is_the_same_person_again(scene: Scene) -> None:
    assert claims(scene, ask(scene)).user == claims(scene, ask(scene)).user == str(ANNA)


@pytest.mark.parametrize("path", [TOKEN, FRAME])
@pytest.mark.parametrize(
    ("age", "refusal"),
    [
        (timedelta(minutes=5), None),
        (timedelta(minutes=5, seconds=1), "signature_too_old"),
        (timedelta(minutes=-1), None),
        (timedelta(minutes=-1, seconds=-1), "signed_in_the_future"),
    ],
)
def test_five_minutes_and_a_second_are_too_old(
    scene: Scene, path: str, age: timedelta, refusal: str | None
) -> None:
    scene.at(NOW - age)
    answer = ask(scene, path)
    assert code(answer) == (403, refusal) if refusal else answer.status_code == 200


def test_the_demos_clock_does_not_age_a_signature(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=30))
    assert code(ask(scene)) == (403, "signature_too_old")
    monkeypatch.setattr(clock, "offset", lambda: timedelta(days=30))
    assert ask(scene).status_code == 200


QUERY = f"userId={ANNA}&portalId={HUB}&userEmail=anna%40customer.example&appId=500100"


@pytest.mark.parametrize(
    "sent",
    [
        {"url": f"{TOKEN}?{QUERY.replace('userId=41', 'userId=42')}"},
        {"url": f"{TOKEN}?{QUERY.replace('7001', '7002')}"},
        {"url": f"{TOKEN}?{QUERY.replace('anna', 'anns')}"},
        {"url": f"{TOKEN}?{QUERY}&name=Zed"},
        {"url": f"{FRAME}?{QUERY}"},
        {"body": b'{"a":2}'},
        {"body": b""},
        {"headers": {"X-HubSpot-Signature-v3": "AAAA"}},
        {"headers": {"X-HubSpot-Request-Timestamp": "1772443799999"}},
    ],
)  # fmt: skip
def test_what_was_changed_on_the_way_is_refused(scene: Scene, sent: dict[str, Any]) -> None:
    assert ask(scene, query=QUERY, body=b'{"a":1}').status_code == 200
    assert code(ask(scene, query=QUERY, body=b'{"a":1}', sent=sent)) == (403, "bad_signature")


def test_get_is_not_post(scene: Scene) -> None:
    assert code(ask(scene, FRAME, sent={"method": "POST"}, method="GET")) == (403, "bad_signature")


@pytest.mark.parametrize("name", ["X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"])
@pytest.mark.parametrize("path", [TOKEN, FRAME])
def test_a_missing_header_is_refused(scene: Scene, path: str, name: str) -> None:
    assert code(ask(scene, path, sent={"headers": {name: None}})) == (403, "not_signed")


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        QUERY.replace("%40", "@"),
        QUERY + "&name=Anna%20Korhonen&back=https%3A%2F%2Fapp.example%2Fx%3Fa%3D1",
        QUERY + "&name=" + "%D0%90%D0%BD%D0%BD%D0%B0",
        QUERY + "&x=%21%24%27%28%29%2A%2C%3B&y=%2B%26%25",
        QUERY + "&tags[]=1&z",
    ],
)  # fmt: skip
def test_an_address_is_signed_as_the_page_describes_however_it_is_written(
    scene: Scene, query: str
) -> None:
    assert claims(scene, ask(scene, query=query)).email == EMAIL


@pytest.mark.parametrize(
    ("named", "refusal"),
    [
        ({"appId": 500101}, "other_app"), ({"appId": ""}, "other_app"),
        ({"portalId": "x"}, "nobody_named"), ({"userId": ""}, "nobody_named"),
    ],
)  # fmt: skip
def test_a_signed_request_that_names_nobody_of_this_app_is_refused(
    scene: Scene, named: dict[str, Any], refusal: str
) -> None:
    assert code(ask(scene, **named)) == (403, refusal)


def test_who_is_named_twice_is_not_believed(scene: Scene) -> None:
    """The extension's own code chooses the address that the platform adds its words to."""
    assert code(ask(scene, query=f"userId=42&{QUERY}")) == (403, "named_twice")


def test_the_body_names_nobody(scene: Scene) -> None:
    """The person's browser fills it."""
    body = json.dumps({"userId": 42, "portalId": 1, "userEmail": "z@z.example"}).encode()
    assert claims(scene, ask(scene, body=body)).user == str(ANNA)
    only = ask(scene, query="appId=500100", body=body)
    assert code(only) == (403, "nobody_named")


def test_a_body_that_is_no_object_is_refused(scene: Scene) -> None:
    for body in (b"5", b"[]", b"a=b", b'"x"'):
        assert code(ask(scene, body=body)) == (403, "unexpected_body")


def test_only_listed_origins_may_read_a_token_themselves(scene: Scene) -> None:
    scene.stage.marketplace.origins = ["https://app.example"]
    scene.stage.marketplace.save()
    for origin, allowed in (("https://app.example", True), ("https://evil.example", False)):
        answer = ask(scene, sent={"headers": {"Origin": origin}})
        assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Origin" in answer["Vary"]


def test_the_frame_is_a_page_that_says_what_to_do(scene: Scene) -> None:
    answer = ask(scene, FRAME, appId=1)
    assert code(answer) == (403, "other_app")
    assert "Open the app again" in answer.content.decode()
    assert "frame-ancestors" in answer["Content-Security-Policy"]


def test_an_app_that_is_not_connected_has_no_doors(scene: Scene) -> None:
    actions.disconnect_app(app=scene.stage.app)
    assert ask(scene).status_code == 404
    assert ask(scene, FRAME).status_code == 404
    assert scene.client.get(TOKEN).status_code == 405


def test_a_secret_that_can_not_be_read_is_a_matter_for_later(scene: Scene, settings: Any) -> None:
    settings.SECRET_KEY = "another-" + "y" * 50
    answer = ask(scene)
    assert code(answer) == (503, "secret_unreadable")
    frame = ask(scene, FRAME)
    assert (frame.status_code, frame["Retry-After"]) == (503, "60")
