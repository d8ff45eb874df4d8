"""The demo's outbox: all mails as JSON (CONTRACT 1), and to be read by people."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from arvio import clock
from arvio.notify.models import Message
from arvio.work.loop import work_once
from tests import cast
from tests.notify import notices

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls")]


@pytest.fixture(autouse=True)
def _demo(settings: Any) -> None:
    settings.DEMO = True


def ask(query: str = "") -> list[dict[str, Any]]:
    answer = Client().get(f"/demo/outbox{query}", headers={"accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/json"
    found: list[dict[str, Any]] = answer.json()
    return found


def test_all_mails_are_there_the_newest_first() -> None:
    stage = cast.stage()
    notices.mails_of(notices.new(stage), stage=stage)
    assert [mail["sent_at"] for mail in ask()] == [None] * 3
    work_once(now=stage.now)
    mails = ask()
    assert [mail["to"] for mail in mails] == [
        "rita@mail.example",
        "petra@pixel.example",
        "pavel@mail.example",
    ]
    assert {"id", "to", "subject", "text", "html", "sent_at"} <= set(mails[0])
    assert mails[0]["sent_at"] == "2026-03-02T09:30:00Z"
    assert mails[0]["subject"] == "New review of Calls: 2 stars"


def test_mails_of_one_address() -> None:
    stage = cast.stage()
    notices.mails_of(notices.new(stage), stage=stage)
    assert [mail["to"] for mail in ask("?to=Petra@pixel.example")] == ["petra@pixel.example"]
    assert ask("?to=nobody@pixel.example") == []


def test_people_read_a_list_and_each_mail_as_text_and_as_html() -> None:
    stage = cast.stage()
    mail = notices.mails_of(notices.new(stage), stage=stage)[0]
    page = Client().get("/demo/outbox").content.decode()
    assert f"/demo/outbox/{mail.pk}" in page and mail.subject in page
    page = Client().get(f"/demo/outbox/{mail.pk}").content.decode()
    assert "Good product, nobody answers" in page and f"/demo/outbox/{mail.pk}/html" in page
    framed = Client().get(f"/demo/outbox/{mail.pk}/html")
    assert "Good product, nobody answers" in framed.content.decode()
    policy = framed.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert "script" not in policy and "img-src" not in policy
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_empty_outbox_says_so() -> None:
    assert "No mails yet" in Client().get("/demo/outbox").content.decode()
    assert Client().get(f"/demo/outbox/{uuid4()}").status_code == 404


def test_the_clock_sends_what_became_due(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))
    stage = cast.stage()
    stage.review(by=stage.anna, at=clock.now())
    said = Client().post("/demo/clock", {"advance": "P3D"}, content_type="application/json")
    assert said.json()["done"] | {"notice": 1, "mail": 3} == said.json()["done"]
    assert not Message.objects.filter(sent_at=None).exists()
