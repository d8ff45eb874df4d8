"""Lines that tell of nobody, whatever happens, and a name that goes from a page to the worker."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from arvio import clock, request_id
from arvio.catalog.models import User
from arvio.connect.erasing import erase_everywhere
from arvio.due import actions
from arvio.due.models import Due
from arvio.moderation import links
from arvio.moderation.models import Report
from arvio.notify.models import Message
from arvio.people.models import Person
from arvio.watching.logs import Json, Line
from arvio.work import kinds
from arvio.work.loop import work_once
from tests import cast
from tests.api.caller import holder, server, signed_in
from tests.cast import NOW, member
from tests.notify.sink import open_sink
from tests.watching.lines import Lines, written

pytestmark = pytest.mark.django_db

TEXT = "The zebra ate our invoices twice."
REPLY = "Walrus support has looked at your calls."
COMMENT = "It names my cousin Kyllikki."
ZELDA = "zelda@mail.example"
REQUESTS, BATCHES = "arvio.watching.requests", "arvio.work.telling"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def secrets_of(stage: cast.Stage, *more: str) -> list[str]:
    """Every name, address, word and token that somebody of the cast has."""
    people = [*User.objects.values_list("name", "email", "ref")]
    people += [(person.name, person.email, "") for person in Person.objects.all()]
    parts = {part for row in people for value in row for part in value.replace("@", " ").split()}
    said = [*TEXT.split()[1:], *REPLY.split()[:1], COMMENT.split()[-1], ZELDA, "acme", "127.0.0.1"]
    found = {*parts, *said, *more, stage.marketplace.jwt_secret}
    return sorted(word.strip(".").casefold() for word in found if len(word) > 3)


def found_in(lines: Lines, words: Sequence[str]) -> list[str]:
    text = "\n".join([*lines.shown, *lines.raw]).casefold()
    return [word for word in words if word in text]


def test_a_whole_story_leaves_no_word_of_anybody_in_the_log(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = cast.stage()
    anna, petra, backend = signed_in(stage.anna), holder(member(stage)), server(stage)
    words = secrets_of(stage, anna.authorization, petra.authorization, backend.authorization)
    page = Client(raise_request_exception=False)
    page.force_login(member(stage).person)

    def refuse(address: str) -> str:
        return f"550 no mailbox {address} of Petra Peltonen" if "petra" in address else "250 OK"

    with written() as lines, open_sink() as (sink, smtp):
        settings.SMTP, sink.rcpt = smtp, refuse
        answers = cast.full_answers(stage.marketplace, NOW) | {"text": TEXT}
        made = anna.post("/marketplaces/store/apps/calls/reviews", answers)
        assert made.status == 201
        work_once(now=NOW + timedelta(days=3))
        review = f"/store/reviews/{made.json['id']}"
        page.post(f"/partner/reviews/{made.json['id']}/reply/", {"text": REPLY, "do": "send"})
        said = {"do": "report", "reason": "personal_data", "comment": COMMENT, "email": ZELDA}
        page.post(f"{review}/report/", said)
        report = links.token_of(report_id=Report.objects.get().pk)
        page.post(f"/store/reports/{report}/", {"do": "confirm"})
        page.get("/store/", {"q": "Anna Korhonen"})
        page.get("/accounts/login/", headers={"host": "kyllikki.example"})
        page.post("/accounts/login/code/", {"email": "petra@pixel.example"})
        backend.put("/marketplaces/store/accounts/acme/users/anna", {"name": "Anna Korhonen"})
        break_everything(monkeypatch)
        page.get("/store/", {"q": "Anna Korhonen"})
        backend.put("/marketplaces/store/accounts/acme/users/anna", {"name": "Anna Korhonen"})
        work_once(now=NOW + timedelta(days=4))
        assert stage.anna.user
        erase_everywhere(user=stage.anna.user, actor="test", now=NOW)
        work_once(now=NOW + timedelta(days=5))
        assert sink.mails and Message.objects.filter(dead_at__isnull=False).exists()
    assert found_in(lines, [*words, report.casefold()]) == []
    # It isn't clean because nothing was said.
    told = {line["status"] for line in lines.of(REQUESTS)}
    assert told >= {200, 201, 400, 500}
    assert lines.of("arvio.notify.sending", message="mail refused for good")
    broken = lines.of(BATCHES, kind="seal", message="row failed")
    assert any(one.startswith("IntegrityError (") for one in broken[0]["exception"])
    assert any(line["kind"] == "notice" for line in lines.of(BATCHES, message="row failed"))
    assert not Due.objects.filter(error__icontains="korhonen").exists()


def break_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, routes and kinds that fail with somebody's words in what they say."""
    from arvio.web.views import storefront

    def quoting(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"Anna Korhonen, anna@customer.example: {TEXT}")

    def twice(rows: Sequence[Due], now: datetime) -> None:
        Person.objects.create(email="petra@pixel.example", name="Petra Peltonen")

    monkeypatch.setattr(storefront, "storefront", quoting)
    monkeypatch.setattr("arvio.catalog.actions.put_user", quoting)
    monkeypatch.setitem(kinds.KINDS, "notice", quoting)
    monkeypatch.setitem(kinds.KINDS, "seal", twice)


# --- From a page to the worker -------------------------------------------------------------------


def test_what_a_request_is_called_goes_with_its_work(settings: Any) -> None:
    """Submission, the notice of it, the mail that the notice becomes."""
    stage = cast.stage()
    work_once(now=NOW)
    with written() as lines:
        answers = cast.full_answers(stage.marketplace, NOW)
        made = signed_in(stage.anna).post("/marketplaces/store/apps/calls/reviews", answers)
        name = made.headers["X-Request-ID"]
        asked = dict(Due.objects.filter(request_id=name).values_list("kind", "request_id"))
        assert asked.keys() >= {"publish", "notice"}
        work_once(now=NOW, kinds=["notice"])
    assert set(Due.objects.filter(kind="mail").values_list("request_id", flat=True)) == {name}
    [line] = lines.of(REQUESTS)
    assert line["request_id"] == name and line["caller"] == "viewer" and line["status"] == 201
    assert line["route"] == "api/v1/marketplaces/<marketplace>/apps/<app>/reviews"
    [batch] = lines.of(BATCHES)
    assert (batch["request_id"], batch["kind"], batch["served"], batch["left"]) == (
        *(name, "notice"),
        *(1, 0),
    )


def test_a_batch_that_many_asked_for_names_them_and_goes_on_under_a_name_of_its_own() -> None:
    stage = cast.stage()
    work_once(now=NOW)
    names = [request_id.new() for _ in range(12)]
    for name in names:
        with request_id.named(name):
            stage.review(at=NOW)
    with written() as lines:
        work_once(now=NOW, kinds=["notice"])
    [batch] = lines.of(BATCHES)
    assert batch["served"] == 12 and batch["request_id"] not in names
    assert batch["requests"] == sorted(names)[:10] and batch["more_requests"] == 2
    mails = Due.objects.filter(kind="mail").values_list("request_id", flat=True)
    assert set(mails) == {batch["request_id"]}


def test_a_later_wish_brings_its_own_name_and_a_command_none() -> None:
    stage = cast.stage()
    with request_id.named("a" * 16):
        review = stage.review(by=stage.anna)
    assert Due.objects.get(kind="publish").request_id == "a" * 16
    actions.schedule(rows=[Due(kind="publish", key=str(review.pk), due_at=NOW)])
    assert Due.objects.get(kind="publish").request_id == ""


# --- The formats ---------------------------------------------------------------------------------


def record(name: str, message: str, *args: Any, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "x.py", 1, message, args, None)
    vars(made).update(extra)
    return made


def test_a_line_is_one_line_and_json_is_one_object() -> None:
    facts = {"ms": 1.5, "requests": ["a", "b"], "error": "two words\nmore"}
    with request_id.named("c0ffee"):
        one = record("arvio.x", "done", facts=facts)
        line, found = Line().format(one), json.loads(Json().format(one))
    assert line.split(" ", 1)[1] == (
        'INFO arvio.x done request_id=c0ffee ms=1.5 requests=a,b error="two words more"'
    )
    assert found["request_id"] == "c0ffee" and found["requests"] == ["a", "b"]
    assert list(found)[:4] == ["at", "level", "logger", "message"]


def test_of_others_lines_only_what_no_value_is_in() -> None:
    assert "Anna" not in Line().format(record("django.template", "no %s at %d", "Anna", 7))
    assert Line().format(record("django.template", "no %s at %d", "Anna", 7)).endswith("no … at 7")
    assert Line().format(record("a.library", "%(who)s left", {"who": "Anna"})).endswith("… left")
    host = record("django.security.DisallowedHost", "Invalid HTTP_HOST header: 'anna.example'")
    assert Line().format(host).endswith(" DisallowedHost")
