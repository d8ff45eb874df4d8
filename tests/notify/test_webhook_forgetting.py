"""What is forgotten, or changed, while something waits or is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from arvio.notify.webhooks import actions
from arvio.notify.webhooks.models import WebhookAttempt, WebhookDelivery
from tests import cast
from tests.notify.receiver import LOOPBACK, Came, Receiver, endpoint, holder, open_receiver, send
from tests.notify.test_webhook_sending import event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOWED = LOOPBACK
    with open_receiver() as opened:
        yield opened


@pytest.mark.parametrize("status", [200, 400, 503])
def test_what_is_forgotten_in_the_middle_of_its_try_troubles_nobody(
    receiver: Receiver, status: int
) -> None:
    """The night's cleaning takes an event that waited too long, while somebody sends it."""
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    late = stage.now + timedelta(days=31)
    old, young = event(hook, stage.now), event(hook, late)

    def forget(came: Came) -> int:
        if came.id != str(old.pk):
            return 200
        actions.forget_old(now=late)
        connection.close()
        return status

    receiver.answer = forget
    send(late)
    assert [came.id for came in receiver.came] == [str(old.pk), str(young.pk)]
    assert WebhookDelivery.objects.get().state == "delivered"
    assert WebhookAttempt.objects.get().delivery == young


def test_another_address_begins_anew(receiver: Receiver) -> None:
    """It is asked at once, and the old one's three days don't turn it off at its first trouble."""
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    made = event(hook, stage.now)
    receiver.answer = lambda came: 503
    now = stage.now
    for _ in range(71):
        send(now)
        now += timedelta(hours=1)
    hook.refresh_from_db()
    assert hook.failures > 8 and hook.rest_until

    def change(path: str, at: datetime) -> None:
        actions.change_webhook(
            holder=holder(stage), webhook_id=hook.pk, changes={"url": receiver.url + path}, now=at
        )
        send(at)
        hook.refresh_from_db()

    asked = len(receiver.came)
    change("/first", hook.rest_until - timedelta(seconds=1))
    assert [came.path for came in receiver.came[asked:]] == ["/hook/first"]
    assert hook.failures == 1
    send(now + timedelta(hours=2))
    hook.refresh_from_db()
    assert hook.state == "active"
    receiver.answer = lambda came: 204
    change("/second", now + timedelta(hours=2))
    made.refresh_from_db()
    assert made.state == "delivered" and hook.failures == 0
