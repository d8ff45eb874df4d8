"""Webhooks on pages, by both doors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from arvio import clock
from arvio.ids import uuid7
from arvio.notify.webhooks.disabling import disable
from arvio.notify.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSecret
from arvio.people.models import Person
from tests.cast import NOW, Stage, member, rival
from tests.notify.receiver import (
    LOOPBACK,
    Receiver,
    endpoint,
    holder,
    open_receiver,
    partners,
    send,
)
from tests.web.desk.staffed import MIKA, OLLI, ONA, staffed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DOORS = {"operator": "/operator/webhooks/", "partner": "/partner/settings/webhooks/"}
PETRA = "petra@pixel.example"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.OUTBOUND_ALLOWED = settings.OUTBOUND_ALLOWED_TO_PARTNERS = LOOPBACK


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture(params=DOORS)
def door(request: Any) -> tuple[Stage, Client, str]:
    stage = staffed()
    client = browser(OLLI if request.param == "operator" else PETRA)
    return stage, client, DOORS[request.param]


Door = tuple[Stage, Client, str]


def browser(email: str = "") -> Client:
    client = Client(raise_request_exception=False)
    if email:
        client.force_login(Person.objects.get(email=email))
    return client


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def secret_in(answer: Any) -> str:
    return unescape(re.findall(r'value="(whsec_[^"]+)"', answer.content.decode())[0])


def form(url: str, *events: str, description: str = "Ours") -> dict[str, Any]:
    return {"url": url, "description": description, "events": events or ["review.created"]}


def test_a_webhook_from_the_empty_list_to_its_deletion(door: Door, receiver: Receiver) -> None:
    stage, client, home = door
    assert "No webhooks yet" in text(client.get(home))
    made = client.post(f"{home}new/", form(receiver.url))
    assert made.status_code == 200
    secret, one = secret_in(made), f"{home}{WebhookEndpoint.objects.get().pk}/"
    shown = text(client.get(one))
    assert secret not in shown and "Nothing was sent yet" in shown and receiver.url in shown

    tested = client.post(f"{one}test/", follow=True)
    assert "Not tried yet." in text(tested) and "A test is on its way" in text(tested)
    send(NOW)
    delivery = tested.redirect_chain[-1][0]
    assert "Answered with 204." in text(client.get(delivery))
    Webhook(secret).verify(receiver.taken[0].body, receiver.taken[0].headers)
    client.post(f"{delivery}redeliver/")
    send(NOW)
    assert len(receiver.taken) == 2

    client.post(f"{one}switch/", {"to": "off"})
    stage.review()
    send(NOW)
    assert len(receiver.taken) == 2 and "1 event waits" in text(client.get(one))
    assert "Turn it on first" in text(client.post(f"{one}test/", follow=True))
    client.post(f"{one}switch/", {"to": "on"})
    send(NOW)
    assert receiver.events[-1] == "review.created"

    changed = form(receiver.url, "review.removed", "review.edited", description="")
    assert client.post(f"{one}edit/", changed).status_code == 303
    assert WebhookEndpoint.objects.get().events == ["review.edited", "review.removed"]
    assert 'value="review.edited" checked' in text(client.get(f"{one}edit/"))

    rotated = client.post(f"{one}rotate/", {"overlap": "day"})
    assert secret_in(rotated) != secret and "An old one signs too" in text(rotated)
    assert client.post(f"{one}rotate/", {"overlap": "year"}).status_code == 422
    assert WebhookSecret.objects.count() == 2

    assert "It can’t be undone." in text(client.get(f"{one}delete/"))
    assert WebhookDelivery.objects.exists()
    assert "The webhook is deleted." in text(client.post(f"{one}delete/", follow=True))
    assert client.get(one).status_code == 404 and not WebhookDelivery.objects.exists()


def test_what_cant_be_taken_is_said_at_its_field_and_what_was_typed_stays(door: Door) -> None:
    _, client, home = door
    answer = client.post(f"{home}new/", form("https://169.254.169.254/x", "review.removed"))
    shown = text(answer)
    assert answer.status_code == 422
    assert "This is a private address" in shown and 'id="url-error"' in shown
    assert 'value="https://169.254.169.254/x"' in shown
    assert 'value="review.removed" checked' in shown
    for wrong, sentence in (
        ({"url": "hooks"}, "Give an address such as"),
        ({"url": "http://hooks.example/"}, "has to begin with https://"),
        ({"events": []}, "Choose at least one event."),
        ({"events": ["review.liked"]}, "There is no event “review.liked”."),
        ({"description": "a\x00b"}, "without control characters"),
    ):
        answer = client.post(f"{home}new/", form("https://hooks.example/") | wrong)
        assert answer.status_code == 422 and sentence in text(answer), wrong
    assert not WebhookEndpoint.objects.exists()


def test_reports_are_offered_to_operators_alone() -> None:
    staffed()
    assert "report.created" in text(browser(OLLI).get(f"{DOORS['operator']}new/"))
    petra = browser(PETRA)
    assert "report.created" not in text(petra.get(f"{DOORS['partner']}new/"))
    answer = petra.post(f"{DOORS['partner']}new/", form("https://h.example/", "report.created"))
    assert "Partners don’t get the event" in text(answer)


def test_the_log_shows_answers_as_text_and_is_filtered(door: Door, receiver: Receiver) -> None:
    stage, client, home = door
    who = holder(stage) if "operator" in home else partners(member(stage))
    hook, _ = endpoint(who, receiver.url, now=NOW)
    receiver.answer, receiver.text = lambda came: 500, "<script>alert(1)</script>"
    stage.review()
    send(NOW)
    one = f"{home}{hook.pk}/"
    failed = WebhookDelivery.objects.get(attempts=1)
    shown = client.get(f"{one}deliveries/{failed.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert" not in shown
    assert "Answered with 500." in shown and str(failed.pk) in shown
    assert "review.held" in text(client.get(one))
    only = text(client.get(f"{one}?event=review.held&state=waiting"))
    assert f"/deliveries/{failed.pk}/" not in only and "/deliveries/" in only
    assert "Nothing found" in text(client.get(f"{one}?state=failed"))
    for odd in ("state=lost", "event=x", "cursor=x"):
        assert client.get(f"{one}?{odd}").status_code == 200


def test_what_was_given_up_is_sent_again(door: Door, receiver: Receiver) -> None:
    stage, client, home = door
    who = holder(stage) if "operator" in home else partners(member(stage))
    hook, _ = endpoint(who, receiver.url, now=NOW)
    stage.review()
    WebhookDelivery.objects.update(state="failed")
    one = f"{home}{hook.pk}/"
    assert "2 events are sent now." in text(
        client.post(f"{one}redeliver/", {"days": "1"}, follow=True)
    )
    assert "Choose since when." in text(
        client.post(f"{one}redeliver/", {"days": "999999999"}, follow=True)
    )
    send(NOW)
    assert receiver.events == ["review.created", "review.held"]


def test_one_that_fails_and_one_that_was_turned_off_say_so(door: Door) -> None:
    stage, client, home = door
    who = holder(stage) if "operator" in home else partners(member(stage))
    hook, _ = endpoint(who, now=NOW)
    WebhookEndpoint.objects.update(failing_since=NOW - timedelta(hours=5))
    assert "Nothing is taken since 2 Mar 2026" in text(client.get(f"{home}{hook.pk}/"))
    disable(endpoint=hook, reason="failing", now=NOW)
    shown = text(client.get(f"{home}{hook.pk}/"))
    assert "Turned off on 2 Mar 2026" in shown and "Turn the webhook on" in shown
    assert "Turned off" in text(client.get(home))
    client.post(f"{home}{hook.pk}/switch/", {"to": "on"})
    assert WebhookEndpoint.objects.get().state == "active"


def test_operators_alone_come_in_by_their_pages_and_owners_by_the_partners() -> None:
    stage = staffed()
    vera, _ = rival(stage)
    ours, _ = endpoint(holder(stage), now=NOW)
    theirs, _ = endpoint(partners(member(stage)), now=NOW)
    assert browser(MIKA).get(DOORS["operator"]).status_code == 403
    assert 'href="/operator/webhooks/"' not in text(browser(MIKA).get("/desk/"))
    assert 'href="/operator/webhooks/"' in text(browser(OLLI).get("/operator/"))
    for who in ("pavel@mail.example", "rita@mail.example"):
        assert browser(who).get(DOORS["partner"]).status_code == 403
        assert DOORS["partner"] not in text(browser(who).get("/partner/settings/keys/"))
    assert DOORS["partner"] in text(browser(PETRA).get("/partner/settings/keys/"))
    for email, path, pk in (
        (ONA, DOORS["operator"], ours.pk), (OLLI, DOORS["operator"], theirs.pk),
        (OLLI, DOORS["operator"], uuid7()), (PETRA, DOORS["partner"], ours.pk),
        (vera.person.email, DOORS["partner"], theirs.pk), (PETRA, DOORS["partner"], uuid7()),
    ):  # fmt: skip
        client = browser(email)
        answers = [client.get(f"{path}{pk}/{page}") for page in ("", "edit/", "rotate/", "delete/")]
        answers += [
            client.post(f"{path}{pk}/{page}", {"to": "off", "days": "1", "overlap": "day"})
            for page in ("edit/", "rotate/", "delete/", "switch/", "test/", "redeliver/")
        ]
        answers.append(client.get(f"{path}{pk}/deliveries/{uuid7()}/"))
        assert {answer.status_code for answer in answers} == {404}, (email, path)
    assert WebhookEndpoint.objects.filter(deleted_at=None, active=True).count() == 2


def test_nothing_is_changed_by_looking(door: Door) -> None:
    stage, client, home = door
    who = holder(stage) if "operator" in home else partners(member(stage))
    hook, _ = endpoint(who, now=NOW)
    for page in ("switch/", "test/", "redeliver/"):
        assert client.get(f"{home}{hook.pk}/{page}").status_code == 405
    for page in ("rotate/", "delete/", "edit/"):
        assert client.get(f"{home}{hook.pk}/{page}").status_code == 200
    hook.refresh_from_db()
    assert hook.state == "active" and hook.secrets.count() == 1


@pytest.mark.parametrize("language", ["ru", "fi"])
def test_pages_speak_three_languages(door: Door, language: str) -> None:
    stage, client, home = door
    who = holder(stage) if "operator" in home else partners(member(stage))
    hook, _ = endpoint(who, now=NOW)
    stage.review()
    delivery = WebhookDelivery.objects.first()
    assert delivery
    for page in ("", f"{hook.pk}/", "new/", f"{hook.pk}/deliveries/{delivery.pk}/"):
        answer = client.get(f"{home}{page}?lang={language}", follow=True)
        assert answer.status_code == 200 and f'lang="{language}"' in text(answer)
        assert not re.search(r"\b(Webhooks|Deliveries|Secret)\b", text(answer))


def test_the_list_and_the_log_cost_the_same_for_any_number(count_sql: Any) -> None:
    stage = staffed()
    client, costs = browser(OLLI), []
    hook, _ = endpoint(holder(stage), now=NOW)
    for many in (1, 12):
        for _ in range(many):
            stage.review()
        for _ in range(many - 1):
            endpoint(holder(stage), now=NOW)
        with count_sql() as statements:
            client.get(DOORS["operator"])
            client.get(f"{DOORS['operator']}{hook.pk}/")
        costs.append(len(statements))
    assert costs[0] == costs[1]
