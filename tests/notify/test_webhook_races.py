"""Whoever changes a webhook, tells of something or sends: nobody waits for the other for ever."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from arvio.due.models import Due
from arvio.notify.webhooks import actions
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.errors import NoSuchWebhook
from arvio.notify.webhooks.models import WebhookDelivery, WebhookEndpoint
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from tests import cast
from tests.cast import Stage, member
from tests.notify.receiver import (
    LOOPBACK,
    Receiver,
    endpoint,
    holder,
    open_receiver,
    partners,
    send,
    settle,
)
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OUTBOUND_ALLOWED = settings.OUTBOUND_ALLOWED_TO_PARTNERS = LOOPBACK
    with open_receiver() as opened:
        yield opened


@dataclass(frozen=True)
class Crowd:
    """What goes on at once, around a webhook of the marketplace and one of a partner."""

    stage: Stage
    url: str
    hooks: list[tuple[Holder, WebhookEndpoint]]
    reviews: list[Review]

    def review(self) -> None:
        for _ in range(8):
            self.stage.review()

    def reply(self) -> None:
        who = member(self.stage)
        for one in self.reviews:
            reviews.send_reply(member=who, review_id=one.pk, text="Thanks.", now=self.stage.now)

    def work(self) -> None:
        for minutes in range(15):
            settle(self.stage.now + timedelta(minutes=minutes))

    def change(self) -> None:
        now = self.stage.now
        for turn in range(10):
            for who, hook in self.hooks:
                named: dict[str, Any] = {"holder": who, "webhook_id": hook.pk, "now": now}
                actions.rotate_secret(**named, overlap=timedelta(0))
                actions.change_webhook(**named, changes={"active": turn % 2 == 1})
                actions.redeliver_failed(**named, since=now - timedelta(days=1))

    def replace(self) -> None:
        now = self.stage.now
        for _ in range(10):
            hook, _ = endpoint(holder(self.stage), f"{self.url}/short", now=now)
            named: dict[str, Any] = {
                "holder": holder(self.stage), "webhook_id": hook.pk, "now": now,
            }  # fmt: skip
            actions.send_test(**named)
            actions.delete_webhook(**named)
            with pytest.raises(NoSuchWebhook):
                actions.send_test(**named)
            actions.forget_old(now=now)


def test_actions_sendings_and_changes_of_the_same_webhooks_all_come_to_their_end(
    receiver: Receiver,
) -> None:
    stage = cast.stage(preset="hubspot-2024")
    holders = [holder(stage), partners(member(stage))]
    hooks = [(who, endpoint(who, receiver.url, now=stage.now)[0]) for who in holders]
    numbers = itertools.count()
    receiver.answer = lambda came: 500 if next(numbers) % 7 == 0 else 204
    crowd = Crowd(stage, receiver.url, hooks, [stage.review() for _ in range(6)])
    acts = [crowd.review, crowd.reply, crowd.work, crowd.work, crowd.change, crowd.replace]

    assert race(acts) == [None] * len(acts)

    receiver.answer = lambda came: 204
    for hours in range(1, 4):
        send(stage.now + timedelta(hours=hours))
    # What was told to one that is deleted by then goes with it, a day later.
    left = WebhookDelivery.objects.exclude(state="delivered")
    assert not left.filter(endpoint__in=[hook.pk for _, hook in hooks]).exists()
    assert not Due.objects.filter(kind="webhook").exists()
    actions.forget_old(now=stage.now + timedelta(days=1))
    assert set(WebhookEndpoint.objects.values_list("pk", flat=True)) == {
        hook.pk for _, hook in hooks
    }
    assert not left.exists()
