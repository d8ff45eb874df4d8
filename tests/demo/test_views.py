"""The demo's routes: the clock and becoming somebody."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.demo import views
from arvio.due.models import Due
from arvio.due.queries import due_kinds
from arvio.ids import uuid7
from arvio.notify import preferences
from arvio.notify.models import Message
from arvio.notify.rules import DAILY
from arvio.reviews.models import Review
from arvio.web.frames import COOKIE
from arvio.work.loop import work_once
from tests import cast
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.fixture(autouse=True)
def _movable_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.DEMO = True
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))


def move(body: Any) -> Any:
    return Client().post("/demo/clock", json.dumps(body), content_type="application/json")


def test_the_clock_moves_and_what_became_due_is_done() -> None:
    stage = cast.stage()
    before = clock.now()
    review = stage.review(by=stage.anna, at=before)
    answer = move({"advance": "P3D"})
    said = answer.json()
    assert answer.status_code == 200 and said["done"]["publish"] == 1
    moved = datetime.fromisoformat(said["now"]) - before
    assert timedelta(days=3) <= moved < timedelta(days=3, minutes=1)
    review.refresh_from_db()
    assert review.state == "published"
    assert move({"advance": "PT1H"}).json()["done"] == {"seal": 1}


def test_the_clock_settles_with_mails_and_daily_mails(settings: Any) -> None:
    settings.DEMO = True
    stage = cast.stage()
    rita = cast.member(stage, "rita@mail.example")
    how = dict.fromkeys(preferences.MEMBER_EVENTS, DAILY)
    preferences.save_defaults(reader_id=rita.person.pk, partner=stage.partner, how=how)
    work_once(now=clock.now())
    stage.review(by=stage.anna, at=clock.now())
    done = move({"advance": "PT1M"}).json()["done"]
    assert done == {"notice": 1, "mail": 2}
    said = move({"advance": "P1D"}).json()
    assert said["done"] == {"digest": 1, "mail": 1, "seal": 1}
    mails = list(Message.objects.order_by("created_at", "to_email"))
    assert [mail.to_email for mail in mails] == [
        "pavel@mail.example",
        "petra@pixel.example",
        "rita@mail.example",
    ]
    assert all(mail.sent_at for mail in mails)
    assert not due_kinds(now=clock.now())


@pytest.mark.django_db(transaction=True)
def test_what_the_worker_takes_its_time_with_is_counted_once() -> None:
    """Such as a webhook whose receiver is slow to answer, and that it had leased before."""
    now = clock.now()
    until = clock.real() + timedelta(minutes=1)
    Due.objects.create(kind="webhook", key=str(uuid7()), due_at=now, leased_until=until)

    def work() -> None:
        time.sleep(0.5)
        Due.objects.filter(kind="webhook").delete()

    done: list[Any] = []
    asking = lambda: done.append(move({"advance": "PT1H"}).json()["done"])  # noqa: E731
    assert race([work, asking]) == [None, None]
    assert done == [{"webhook": 1}]


def test_the_clock_answers_in_time_whatever_is_still_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0.2)
    until = clock.real() + timedelta(minutes=1)
    Due.objects.create(kind="webhook", key=str(uuid7()), due_at=clock.now(), leased_until=until)
    began = time.monotonic()
    assert move({"advance": "PT1H"}).json()["done"] == {}
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "body",
    [{}, {"advance": None}, {"advance": 3}, {"advance": "3 days"}, {"advance": "P9Y"}, [], 5],
)
def test_a_move_that_is_no_duration_is_refused_and_moves_nothing(body: Any) -> None:
    answer = move(body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "advance"
    assert clock.offset() == timedelta(0)


@pytest.mark.parametrize(
    ("wanted", "led_to"), [("/store/", "/store/"), ("https://stranger.example/", "/"), ("", "/")]
)
def test_the_bar_leads_back_to_its_page_and_nowhere_else(wanted: str, led_to: str) -> None:
    answer = Client().post("/demo/clock", {"advance": "P1D", "next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (302, led_to)
    assert clock.offset() == timedelta(days=1)


def test_a_look_moves_nothing() -> None:
    assert Client().get("/demo/clock?advance=P3D").status_code == 405
    assert clock.offset() == timedelta(0)


def test_becoming_a_customer_opens_the_product_and_a_visitor_leaves_it() -> None:
    cast.stage()
    client = Client()
    anna = {"marketplace": "store", "account": "acme", "user": "anna", "app": "calls"}
    answer = client.post("/demo/become", anna)
    assert answer.headers["Location"] == "/store/in/calls/"
    assert "Partitioned" in answer.cookies[COOKIE].output()
    assert b"Anna K." in client.get("/store/in/calls/").content
    client.post("/demo/become", {"marketplace": "store", "account": "", "user": ""})
    assert b"Anna K." not in client.get("/store/in/calls/").content
    assert not Review.objects.exists()


def test_behind_a_proxy_that_ends_tls_a_page_of_ours_is_ours(settings: Any) -> None:
    cast.stage()
    settings.BASE_URL = "https://try.example"
    visitor = {"marketplace": "store", "account": "", "user": ""}
    for origin, status in (("https://try.example", 302), ("https://other.example", 403)):
        answer = Client().post("/demo/become", visitor, headers={"origin": origin})
        assert answer.status_code == status, origin


@pytest.mark.parametrize(
    "who", [{"account": "acme", "user": "nobody"}, {"account": "none", "user": "anna"}]
)
def test_nobody_becomes_who_is_not_there(who: dict[str, str]) -> None:
    cast.stage()
    assert Client().post("/demo/become", {"marketplace": "store", **who}).status_code == 404
    assert Client().post("/demo/become", {"marketplace": "\0", **who}).status_code == 404
