"""The pages inside the product: entering, the form, the refusal, one's own reviews."""

from __future__ import annotations

import html
import re
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.test import Client

from arvio import clock
from arvio.catalog import actions as catalog
from arvio.people import tokens
from arvio.reviews.models import Draft, Review
from arvio.web.frames import COOKIE, guard
from arvio.work.loop import work_once
from tests import cast
from tests.cast import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/store/in/calls/"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def token(stage: Stage, user: str = "anna", account: str = "acme", **claims: Any) -> str:
    issued, _ = tokens.issue(
        secret=stage.marketplace.jwt_secret,
        claims={
            "iss": "store",
            "sub": user,
            "account": account,
            "surface": "in_product",
            "name": "Anna Korhonen",
            **claims,
        },
    )
    return issued


def expired(stage: Stage) -> str:
    now = int(time.time())
    claims = {
        "iss": "store",
        "sub": "anna",
        "account": "acme",
        "surface": "in_product",
        "name": "Anna Korhonen",
    }
    return jwt.encode(
        {**claims, "iat": now - 7200, "exp": now - 3600},
        stage.marketplace.jwt_secret,
        algorithm="HS256",
    )


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


WORDS = "We use it every day and it does what it says."
SIMPLE = {
    "do": "send",
    "stars": "4",
    "text": WORDS,
    "consents": ["guidelines", "privacy"],
}
FULL = {
    "do": "send",
    "stars": "5",
    "title": "Does what it says",
    "text": "We use it every day.",
    "qualities.ease_of_use": "5",
    "qualities.features": "0",
    "qualities.value": "",
    "about.role": "Sales lead",
    "about.company_size": "11-50",
    "consents": ["uses_app", "guidelines", "privacy"],
}


def test_a_posted_token_opens_the_form_and_is_kept_in_a_partitioned_cookie() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {"token": token(stage)})
    assert response.status_code == 200
    assert "Review Calls" in text(response) and "Anna K." in text(response)
    header = response.cookies[COOKIE].output()
    for part in ("Partitioned", "SameSite=None", "Secure", "HttpOnly", "Path=/store/in/"):
        assert part in header


def test_only_the_listed_hosts_may_frame_the_product() -> None:
    stage = cast.stage()
    stage.marketplace.frame_hosts = ["https://*.portal.example"]
    stage.marketplace.save()
    response = Client().post(PAGE, {"token": token(stage)})
    assert "frame-ancestors https://*.portal.example" in response.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in response.headers


@pytest.mark.parametrize("kept", [True, False])
def test_a_review_is_sent_with_and_without_cookies(kept: bool) -> None:
    stage = cast.stage()
    client, viewer = Client(), token(stage)
    if kept:
        client.post(PAGE, {"token": viewer})
        response = client.post(PAGE, {**SIMPLE, "guard": guard(viewer)}, follow=True)
    else:
        response = client.post(PAGE, {**SIMPLE, "token": viewer})
    assert "Sent to the developer." in text(response)
    assert "Publishes on Thu 5 Mar, 09:30, in 3 days." in text(response)
    review = Review.objects.get()
    assert (review.state, review.stars) == ("held", 4)


def test_without_a_hold_it_is_published_at_once() -> None:
    stage = cast.stage(preset="hubspot-2022")
    response = Client().post(PAGE, {**FULL, "token": token(stage)})
    assert "Published." in text(response)
    review = Review.objects.get()
    assert review.state == "published"
    assert review.live_version.qualities == {"ease_of_use": 5, "features": 0}


def test_a_form_without_the_guard_of_its_viewer_sends_nothing() -> None:
    stage = cast.stage()
    client = Client()
    client.post(PAGE, {"token": token(stage)})
    for wrong in ("", guard(token(stage, user="arvo")), "é"):
        assert client.post(PAGE, {**SIMPLE, "guard": wrong}).status_code == 403
    assert not Review.objects.exists()


def test_errors_are_named_at_the_field_and_on_top_and_nothing_typed_is_lost() -> None:
    stage = cast.stage(preset="hubspot-2022")
    answers = {
        **FULL,
        "stars": "",
        "text": "x",
        "about.company_size": "",
        "qualities.ease_of_use": "",
        "consents": ["privacy"],
    }
    response = Client().post(PAGE, {**answers, "token": token(stage)})
    shown = text(response)
    assert response.status_code == 422
    assert "Not sent." in shown and "6 fields need a look" in shown
    assert (
        "Choose from 1 to 5 stars." in shown and "Write at least 2 characters. You have 1." in shown
    )
    assert 'value="Does what it says"' in shown and ">\nx</textarea>" in shown
    assert 'aria-describedby="f-text-error f-text-hint"' in shown
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "a\0b and more",
        "\u202eabc def",
        " " * 40,
        "x" * 5001,
        "x" * 100_000,
    ],
)
def test_words_that_cannot_be_kept_are_refused_with_a_sentence(words: str) -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {**SIMPLE, "text": words, "token": token(stage)})
    assert response.status_code == 422
    assert "1 field needs a look" in text(response)
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("stars", ["0", "6", "five", "4.5", "-1", "４"])
def test_stars_are_one_to_five(stars: str) -> None:
    stage = cast.stage()
    assert Client().post(PAGE, {**SIMPLE, "stars": stars, "token": token(stage)}).status_code == 422


def test_a_refusal_gives_every_reason_what_unblocks_it_and_what_is_fine() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {"token": token(stage, user="zed", account="zed-inc")})
    shown = text(response)
    assert "You can’t review Calls yet" in shown and "2 things stand in the way." in shown
    assert (
        "Calls isn’t installed on your account." in shown
        and "Ask an administrator of Zed Inc" in shown
    )
    assert "Reviews open on the day the account moves to a paid plan." in shown
    assert "Already fine" in shown and "You haven’t reviewed this app before" in shown
    assert "by policy version 1" in shown


def test_refused_words_are_shown_back() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {**SIMPLE, "token": token(stage, user="zed", account="zed-inc")})
    assert response.status_code == 403 and WORDS in text(response)
    assert not Review.objects.exists()


def test_a_form_that_is_sent_twice_shows_the_review_that_stands() -> None:
    stage = cast.stage()
    viewer = token(stage)
    Client().post(PAGE, {**SIMPLE, "token": viewer})
    response = Client().post(PAGE, {**SIMPLE, "token": viewer})
    assert response.status_code == 200 and "Publishes on" in text(response)
    assert Review.objects.count() == 1


def test_the_list_inside_says_what_is_installed() -> None:
    stage = cast.stage()
    cast.make_app(stage.marketplace, stage.partner, "bolt")
    page = text(Client().post("/store/in/", {"token": token(stage)}))
    assert "Bolt" in page and page.count("Installed") == 1


def test_an_account_that_nobody_knows_is_refused_as_not_installed() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {"token": token(stage, account="unheard-of")})
    assert response.status_code == 200 and "The marketplace doesn’t know your account yet" in text(
        response
    )


def test_people_of_other_partners_are_asked_to_say_so() -> None:
    stage = cast.stage()
    catalog.put_partner(
        marketplace=stage.marketplace,
        ref="kelp",
        name="Kelp",
        members=[("anna@customer.example", "Anna", "owner")],
        now=cast.NOW,
    )
    viewer = token(stage, email="anna@customer.example")
    shown = text(Client().post(PAGE, {"token": viewer}))
    assert "Which partner do you work for?" in shown
    response = Client().post(PAGE, {**SIMPLE, "token": viewer})
    assert response.status_code == 422 and "Write something here." in text(response)
    response = Client().post(PAGE, {**SIMPLE, "affiliation": "I work for Kelp", "token": viewer})
    assert "Sent to the developer." in text(response)


def test_a_draft_comes_back() -> None:
    stage = cast.stage(preset="hubspot-2022")
    viewer = token(stage)
    typed = {"stars": "3", "text": "Half a sen\0tence", "qualities.value": "0", "token": viewer}
    line = Client().post(f"{PAGE}draft/", typed, headers={"HX-Request": "true"})
    assert text(line).strip() == "Draft saved at 09:30"
    shown = text(Client().post(PAGE, {"token": viewer}))
    assert "Half a sentence</textarea>" in shown
    assert re.search(r'name="qualities.value" value="0" checked', shown)
    assert Draft.objects.get().step == 2


def test_words_that_come_with_an_expired_token_are_saved_as_a_draft() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {**SIMPLE, "token": expired(stage)})
    shown = text(response)
    assert response.status_code == 403
    assert "Open the app again" in shown and "saved as a draft" in shown and WORDS in shown
    assert not Review.objects.exists()
    assert "does what it says.</textarea>" in text(Client().post(PAGE, {"token": token(stage)}))


@pytest.mark.parametrize("kind", ["none", "other_key", "other_marketplace", "garbage"])
def test_a_token_that_is_not_genuine_opens_nothing_and_keeps_nothing(kind: str) -> None:
    stage = cast.stage()
    claims = jwt.decode(token(stage), options={"verify_signature": False})
    secret = stage.marketplace.jwt_secret
    forged = {
        "none": jwt.encode(claims, "", algorithm="none"),
        "other_key": jwt.encode(claims, "x" * 64, algorithm="HS256"),
        "other_marketplace": jwt.encode({**claims, "iss": "hub"}, secret, algorithm="HS256"),
        "garbage": "not a token",
    }[kind]
    response = Client().post(PAGE, {**SIMPLE, "token": forged})
    assert response.status_code == 403 and "Open this page from the product" in text(response)
    assert WORDS in text(response)
    assert not Review.objects.exists() and not Draft.objects.exists()


def test_without_a_token_the_page_says_where_to_go() -> None:
    cast.stage()
    for path in (PAGE, "/store/in/", "/store/in/me/"):
        response = Client().get(path)
        assert response.status_code == 403 and "Open this page from the product" in text(response)


def inside(stage: Stage) -> tuple[Client, str]:
    client, viewer = Client(), token(stage)
    client.post(PAGE, {"token": viewer})
    return client, guard(viewer)


def test_my_reviews_tells_the_state_and_what_comes_next() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5)
    client, proof = inside(stage)
    shown = text(client.get("/store/in/me/"))
    assert "Published" in shown and "You can edit this review 2 more times." in shown
    edit = f"/store/in/me/{review.pk}/edit/"
    assert "Edit your review of Calls" in text(client.get(edit))
    answers = {**SIMPLE, "stars": "2", "guard": proof}
    shown = text(client.post(edit, answers, follow=True))
    assert "Edit 5 → 2: published on Thu 5 Mar, 09:30, in 3 days." in shown
    assert "Until then the page keeps the present review with 5 stars." in shown
    assert "You can edit this review 1 more time." in shown


def test_an_edit_the_policy_forbids_is_explained() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna)
    client, proof = inside(stage)
    shown = text(client.get(f"/store/in/me/{review.pk}/edit/"))
    assert "You can’t edit your review of Calls" in shown
    assert "A review can’t be edited here once it is sent." in shown
    assert (
        client.post(f"/store/in/me/{review.pk}/edit/", {**SIMPLE, "guard": proof}).status_code
        == 403
    )


def test_a_review_is_withdrawn_after_a_question() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna)
    client, proof = inside(stage)
    path = f"/store/in/me/{review.pk}/withdraw/"
    assert "Withdraw the review" in text(client.get(path))
    assert Review.objects.get().state == "published"
    shown = text(client.post(path, {"do": "withdraw", "guard": proof}, follow=True))
    assert "Withdrawn." in shown and "You withdrew it on 2 Mar 2026." in shown
    assert "Review Calls" in text(client.get(PAGE))


def test_nobody_sees_or_touches_the_review_of_another() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.arvo)
    client, _ = inside(stage)
    for what in ("edit", "withdraw"):
        assert client.get(f"/store/in/me/{review.pk}/{what}/").status_code == 404
    assert "You haven’t written a review yet" in text(client.get("/store/in/me/"))


def test_the_viewer_speaks_the_language_of_the_portal() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {"token": token(stage, locale="fi-FI")})
    assert response.headers["Content-Language"] == "fi"


def test_an_archived_review_says_why_it_is_not_shown() -> None:
    stage = cast.stage()
    stage.published(by=stage.anna)
    catalog.ban(
        account=stage.acme,
        user=stage.anna.user,
        reason="Advertising",
        now=cast.NOW - timedelta(hours=1),
    )
    work_once(now=cast.NOW)
    shown = text(inside(stage)[0].get("/store/in/me/"))
    assert (
        "It isn’t shown at present." in shown
        and "It comes back when the reason for that ends." in shown
    )


def test_a_body_that_is_far_too_large_is_refused_as_a_page() -> None:
    stage = cast.stage()
    response = Client().post(PAGE, {**SIMPLE, "text": "x" * 1_000_000, "token": token(stage)})
    assert response.status_code == 400 and "This can’t be read" in text(response)


def test_what_breaks_is_said_in_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio.web.views import storefront

    def broken(**_: Any) -> None:
        raise RuntimeError("out of luck")

    cast.stage()
    monkeypatch.setattr(storefront, "storefront", broken)
    response = Client(raise_request_exception=False).get("/store/")
    assert response.status_code == 500 and "Something broke on our side" in text(response)
    assert "out of luck" not in text(response)
