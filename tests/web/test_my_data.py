"""My data: what is held is shown, taken along, and erased after a question (R75)."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.catalog.models import User
from arvio.policy.names import NAMELESS
from arvio.reviews.models import Review
from arvio.web.frames import COOKIE, guard
from tests import cast
from tests.api.caller import anybody, signed_in, token_of
from tests.cast import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE, ERASE = "/store/in/me/data/", "/store/in/me/data/erase/"
SURE = {"do": "erase", "sure": "yes"}


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def inside(stage: Stage) -> tuple[Client, dict[str, str]]:
    """Anna's browser, which keeps the cookie, and what her forms carry."""
    token, client = token_of(stage.anna), Client()
    client.post(PAGE, {"token": token}, secure=True)
    client.cookies[COOKIE] = token
    return client, {"guard": guard(token)}


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def anna() -> User:
    return User.objects.get(account__ref="acme", pk__in=User.objects.exclude(ref="arvo"))


def test_my_reviews_lead_to_what_is_kept_and_it_can_be_taken_along() -> None:
    stage = cast.stage()
    stage.review(by=stage.anna, text="Words of my own.")
    client, proof = inside(stage)
    assert f'href="{PAGE}"' in text(client.get("/store/in/me/"))
    shown = text(client.get(PAGE))
    assert "Anna Korhonen · anna@customer.example" in shown
    assert "A removed review is kept for 400 days" in shown
    sent = client.post(f"{PAGE}download/", proof)
    assert sent["Content-Disposition"] == (
        'attachment; filename="arvio-store-my-data-2026-03-02.json"'
    )
    assert json.loads(sent.content)["reviews"][0]["versions"][0]["text"] == "Words of my own."


def test_nothing_is_erased_before_the_box_is_ticked() -> None:
    stage = cast.stage()
    client, proof = inside(stage)
    asked = text(client.get(ERASE))
    assert "Your published stars still count." in asked and 'class="btn remove"' in asked
    again = client.post(ERASE, {**proof, "do": "erase"})
    assert again.status_code == 422
    assert "Tick the box" in text(again) and 'aria-describedby="sure-error"' in text(again)
    assert anna().name == "Anna Korhonen"


def test_the_page_says_when_the_reviews_go_too() -> None:
    stage = cast.stage(overrides={"retention": {"erasure": "remove"}})
    review = stage.published(by=stage.anna)
    client, proof = inside(stage)
    assert "Your reviews are removed." in text(client.get(ERASE))
    assert "your reviews are gone" in text(client.post(ERASE, {**proof, **SURE}))
    grave = Client().get(f"/store/reviews/{review.pk}/")
    assert grave.status_code == 410
    assert "Its author had it erased on 2 Mar 2026." in text(grave)


@pytest.mark.parametrize("by_cookie", [True, False])
def test_the_last_page_knows_nobody_and_makes_nobody_known(by_cookie: bool) -> None:
    stage = cast.stage()
    stage.review(by=stage.anna)
    client, proof = inside(stage)
    if not by_cookie:
        client, proof = Client(), {"token": token_of(stage.anna)}
    done = client.post(ERASE, {**proof, **SURE}, secure=True)
    assert "Your data is erased" in text(done)
    assert "Acme" not in text(done) and "Korhonen" not in text(done)
    assert done.cookies[COOKIE].value == "" and done.cookies[COOKIE]["max-age"] == 0
    assert (anna().name, anna().email, anna().erased_at) == ("", "", cast.NOW)
    assert client.get(PAGE, secure=True).status_code == 403
    assert anna().name == ""


def test_who_comes_back_is_known_again_and_what_was_erased_stays_nameless() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna)
    token = token_of(stage.anna)
    client, proof = inside(stage)
    client.post(ERASE, {**proof, **SURE})
    back = Client().post("/store/in/me/", {"token": token})
    assert "You had the words erased." in text(back)
    assert (anna().name, anna().ref) != ("", "anna")
    shown = text(Client().get(f"/store/reviews/{review.pk}/"))
    assert NAMELESS in shown and "Anna" not in shown


def test_the_forms_of_another_page_erase_nothing() -> None:
    stage = cast.stage()
    client, _ = inside(stage)
    assert client.post(ERASE, SURE).status_code == 403
    assert Client().post(ERASE, SURE).status_code == 403
    assert anna().erased_at is None


def test_somebody_of_an_unknown_account_has_no_data() -> None:
    stage = cast.stage()
    token = token_of(stage.anna, account="nowhere")
    assert "We hold nothing about you" in text(Client().post(PAGE, {"token": token}))
    assert Client().post(ERASE, {**SURE, "token": token}).status_code == 404
    nobody = signed_in(stage.anna, account="nowhere")
    assert nobody.get("/marketplaces/store/me/data").status == 404
    assert nobody.delete("/marketplaces/store/me").status == 404


def test_the_same_by_api() -> None:
    stage = cast.stage()
    stage.published(by=stage.anna)
    me = signed_in(stage.anna)
    data = me.get("/marketplaces/store/me/data")
    assert (data.status, data.json["user"]["name"]) == (200, "Anna Korhonen")
    assert len(data.json["reviews"]) == 1
    assert me.delete("/marketplaces/store/me").status == 204
    assert anna().erased_at == cast.NOW
    assert Review.objects.get().search_text == ""
    assert anybody.get("/marketplaces/store/me/data").status == 401
    assert anybody.delete("/marketplaces/store/me").status == 401
