"""What Arvio itself sends, as the client library reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from arvio.notify.webhooks import actions
from arvio_client import InvalidWebhook, verify_webhook
from tests import cast
from tests.notify.receiver import LOOPBACK, Receiver, endpoint, holder, open_receiver, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOWED = LOOPBACK
    with open_receiver() as opened:
        yield opened


def test_a_delivery_of_arvios_is_read_with_either_secret_and_no_other(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, old = endpoint(holder(stage), receiver.url, now=stage.now)
    _, new = actions.rotate_secret(
        holder=holder(stage), webhook_id=hook.pk, overlap=timedelta(days=1), now=stage.now
    )
    _, strangers = endpoint(holder(stage), now=stage.now)
    review = stage.review()
    send(stage.now)

    first = receiver.taken[0]
    body = first.body.encode()
    for secret in (old, new):
        event = verify_webhook(secrets=secret, headers=first.headers, body=body)
        assert (event.id, event.type) == (first.id, "review.created")
        assert event.timestamp == first.payload["timestamp"]
        assert event.data == {
            "marketplace": "store", "app": "calls", "review": str(review.pk), "state": "held",
        } | {key: value for key, value in first.data.items() if key == "url"}  # fmt: skip
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=strangers, headers=first.headers, body=body)
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=new, headers=first.headers, body=body + b" ")
    for came in receiver.taken:
        read = verify_webhook(secrets=new, headers=came.headers, body=came.body.encode())
        assert read.id == came.id
