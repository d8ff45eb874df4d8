"""Inside the product: the refusal of who is banned, and the appeal."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.catalog import banning
from arvio.catalog.models import BanAppeal
from arvio.people import tokens
from arvio.web.frames import guard
from tests import cast
from tests.cast import NOW, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/store/in/appeal/"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return cast.stage()


def token(stage: Stage, user: str = "anna") -> str:
    claims = {
        "iss": "store",
        "sub": user,
        "account": "acme",
        "surface": "in_product",
        "name": "Anna Korhonen",
        "email": f"{user}@customer.example",
    }
    return tokens.issue(secret=stage.marketplace.jwt_secret, claims=claims)[0]


def send(stage: Stage, words: str, user: str = "anna") -> Any:
    """As a browser without our cookies does: the token comes with the form."""
    form = {"token": token(stage, user), "do": "appeal", "text": words}
    return Client().post(PAGE, form, secure=True)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def ban(stage: Stage, **fields: Any) -> Any:
    values = {"user": stage.anna.user, "reason": "Sent <i>adverts", "rule": "spam", "now": NOW}
    return banning.ban(account=stage.acme, **{**values, **fields})


def test_the_refusal_leads_to_the_appeal_and_the_appeal_shows_its_state(stage: Stage) -> None:
    ban(stage)
    client, key = Client(), token(stage)
    refusal = text(client.post("/store/in/calls/", {"token": key}, secure=True))
    assert "appeal" in refusal and f'href="{PAGE}"' in refusal
    opened = client.get(PAGE, secure=True)
    assert "Sent &lt;i&gt;adverts" in opened.content.decode()
    assert "G-1 No advertising or spam" in text(opened) and "Send the appeal" in text(opened)
    form = {"do": "appeal", "text": "Not <b>me</b>, my colleague.", "guard": guard(key)}
    assert client.post(PAGE, form, secure=True).status_code == 422, "plain text only"
    form["text"] = "Not me, my colleague."
    assert client.post(PAGE, form, secure=True).status_code == 303
    page = text(client.get(PAGE, secure=True))
    assert "Waits for an answer" in page and "Not me, my colleague." in page
    assert "Send the appeal" not in page
    assert client.post(PAGE, form, secure=True).status_code == 200
    assert BanAppeal.objects.count() == 1
    banning.answer_appeal(
        appeal=BanAppeal.objects.get(), lift=False, answer="You.", actor="command", now=NOW
    )
    page = text(client.get(PAGE, secure=True))
    assert "The ban stays" in page and "You." in page
    assert "/store/" in page and page.count("<form") == 0


def test_a_form_without_our_cookies_works_too(stage: Stage) -> None:
    ban(stage)
    answer = send(stage, "Why?")
    assert answer.status_code == 200 and "Waits for an answer" in text(answer)


def test_words_of_a_colleague_stay_theirs(stage: Stage) -> None:
    ban(stage, user=None)
    send(stage, "We have paid.")
    shown = text(Client().post(PAGE, {"token": token(stage, "arvo")}, secure=True))
    assert "Waits for an answer" in shown and "We have paid." not in shown
    assert "for everybody in the account Acme Oy" in shown


@pytest.mark.parametrize(("words", "status"), [(" ", 422), ("x" * 5001, 422), ("a\0b", 422)])
def test_what_can_not_be_read_is_refused_and_kept(stage: Stage, words: str, status: int) -> None:
    ban(stage)
    assert send(stage, words).status_code == status
    assert not BanAppeal.objects.exists()


def test_after_the_window_and_without_a_ban_there_is_no_form(stage: Stage) -> None:
    assert "No ban is in force" in text(Client().post(PAGE, {"token": token(stage)}, secure=True))
    assert send(stage, "My words.").status_code == 409
    ban(stage, now=NOW - timedelta(days=200))
    page = text(Client().post(PAGE, {"token": token(stage)}, secure=True))
    assert "The time to appeal is over." in page and "Send the appeal" not in page
    assert send(stage, "My words.").status_code == 409


def test_outside_the_product_nobody_appeals(stage: Stage) -> None:
    assert Client().get(PAGE).status_code == 403
