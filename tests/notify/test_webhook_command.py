"""`arvio webhook`, and what `arvio doctor` says of webhooks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio import clock
from arvio.notify.webhooks.disabling import disable
from arvio.notify.webhooks.models import WebhookDelivery, WebhookEndpoint
from arvio.notify.webhooks.rules import EVENTS, PARTNER_EVENTS
from tests import cast
from tests.cast import NOW
from tests.notify.receiver import endpoint, holder

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/token-abc"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def said(*words: Any, **options: Any) -> str:
    out = StringIO()
    call_command("webhook", *words, stdout=out, **options)
    return out.getvalue()


def doctor(capsys: pytest.CaptureFixture[str]) -> str:
    with suppress(SystemExit):
        call_command("doctor")
    return " ".join(capsys.readouterr().out.split())


def test_a_webhook_is_made_and_listed() -> None:
    cast.stage()
    pk, secret = said("create", "store", URL).split()
    made = WebhookEndpoint.objects.get()
    assert (str(made.pk), made.secrets.get().value) == (pk, secret)
    assert (made.events, made.created_by) == (list(EVENTS), "command")
    theirs, _ = said("create", "store", URL, partner="pixel", event=["review.created"]).split()
    listed = said("list", "store")
    assert pk in listed and theirs in listed and "pixel" in listed and secret not in listed
    assert WebhookEndpoint.objects.get(pk=theirs).events == ["review.created"]
    everything, _ = said("create", "store", URL, partner="pixel").split()
    assert WebhookEndpoint.objects.get(pk=everything).events == list(PARTNER_EVENTS)


@pytest.mark.once
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("create", "store", "https://10.0.0.1/"), "url: This is a private address"),
        (("create", "nowhere", URL), "marketplace"),
        (("create", "store", URL, "--partner", "nobody"), "partner"),
        (("create", "store", URL, "--event", "review.liked"), "no event “review.liked”"),
        (
            ("redeliver", "01999a3c-8f70-7b3e-9d0a-6d3f5c1b2a10", "--since", "2026-03-01"),
            "no such webhook",
        ),
    ],
)
def test_what_cant_be_done_is_said(words: tuple[str, ...], error: str) -> None:
    cast.stage()
    with pytest.raises(CommandError, match=error):
        said(*words)


def test_what_was_given_up_is_sent_again() -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), now=NOW)
    stage.review()
    WebhookDelivery.objects.update(state="failed")
    assert "Due now: 2." in said("redeliver", str(hook.pk), "--since", "2026-03-01")
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    one = WebhookDelivery.objects.first()
    assert one and "Due now: 1." in said("redeliver", str(hook.pk), "--delivery", str(one.pk))


@pytest.mark.once
def test_the_doctor_names_what_was_turned_off_and_what_is_late(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage = cast.stage()
    assert "✓ webhooks arrive" in doctor(capsys)
    hook, _ = endpoint(holder(stage), URL, now=NOW)
    stage.review(at=NOW - timedelta(minutes=61))
    words = doctor(capsys)
    assert "✗ webhooks arrive" in words and "token-abc" not in words
    assert "of store at hooks.example takes nothing: 2 events wait for over an hour" in words
    disable(endpoint=hook, reason="failing", now=NOW)
    assert "of store at hooks.example is turned off since 2026-03-02 09:30 UTC" in doctor(capsys)
