"""Work outside the database: an endpoint's turn (DESIGN 6).

At least once, always with the same webhook-id. One worker at a time holds an endpoint's turn, so
the events of a review go out in their order; a turn is short, and who doesn't answer ends it, so
that the others have theirs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from standardwebhooks.webhooks import Webhook

from arvio import clock, outbound
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks import checking, rules
from arvio.notify.webhooks.disabling import disable
from arvio.notify.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from arvio.notify.webhooks.rules import Outcome
from arvio.notify.webhooks.taking_turns import TURN
from arvio.outage import outlast

# A turn: at most so many events, and none begun after so many seconds.
MOST, SECONDS = 50, 10.0
WAITING = WebhookDelivery.State.WAITING


def deliver(*, rows: Sequence[Due], now: datetime, keep: Callable[[], bool]) -> list[bool]:
    """Give each leased row's endpoint its turn; answers for each whether an event was taken."""
    return [_turn(row, now, keep) for row in rows]


def _turn(row: Due, now: datetime, keep: Callable[[], bool]) -> bool:
    endpoint_id, until, taken = UUID(row.key), time.monotonic() + SECONDS, False
    for _ in range(MOST):
        if not keep() or time.monotonic() > until:
            break
        delivery = _head(endpoint_id, now)
        if delivery is None:
            break
        outcome = _try(delivery, now)
        taken = taken or outcome.ok
        if not _written_down(delivery, outcome, now, keep):
            break
    _end_turn(row, endpoint_id, now)
    return taken


def heads(endpoint_id: UUID) -> QuerySet[WebhookDelivery]:
    """What may go: nothing waits while something earlier of the same subject does."""
    lane = WebhookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), state=WAITING
    )
    earlier = lane.filter(seq__lt=OuterRef("seq"))
    same = lane.filter(seq=OuterRef("seq"), pk__lt=OuterRef("pk"))
    return WebhookDelivery.objects.filter(
        ~Exists(earlier),
        ~Exists(same),
        endpoint=endpoint_id,
        state=WAITING,
        endpoint__active=True,
        endpoint__disabled_at=None,
        endpoint__deleted_at=None,
    ).order_by("next_at", "id")


def _head(endpoint_id: UUID, now: datetime) -> WebhookDelivery | None:
    found = heads(endpoint_id).filter(next_at__lte=now).select_related("endpoint").first()
    if found and found.endpoint.rest_until and found.endpoint.rest_until > now:
        return None
    return found


def _try(delivery: WebhookDelivery, now: datetime) -> Outcome:
    """Whoever is killed in here leaves `sending_at`, and the event is sent again."""
    secrets = [one.value for one in delivery.endpoint.secrets.order_by("-created_at", "-id")
               if one.signs(now)]  # fmt: skip
    WebhookDelivery.objects.filter(pk=delivery.pk).update(sending_at=now)
    began = time.monotonic()
    status, code, answer = 0, "", ""
    try:
        found = outbound.call(
            method="POST",
            url=delivery.endpoint.url,
            headers=headers(delivery=delivery, secrets=secrets, at=clock.real()),
            content=delivery.body.encode(),
            allowed=checking.allowed(partner=delivery.endpoint.partner_id is not None),
        )
        status, answer = found.status, found.text
    except outbound.OutboundError as error:
        code, answer = error.code, error.detail
    spent = round((time.monotonic() - began) * 1000)
    return Outcome(status, code, rules.readable(answer), spent)


def headers(*, delivery: WebhookDelivery, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """As Standard Webhooks has them: a signature by each secret, with spaces between. Receivers
    compare the time with their own clock, so it is never the demo's.
    """
    pk = str(delivery.pk)
    signed = [Webhook(one).sign(pk, at, delivery.body) for one in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": pk,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _written_down(
    delivery: WebhookDelivery, outcome: Outcome, now: datetime, keep: Callable[[], bool]
) -> bool:
    """The receiver has it: a database that is away right now makes no second sending."""
    return outlast(lambda: _write_down(delivery, outcome, now), keep=keep)


def _write_down(delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> bool:
    """What came of it, all at once; answers whether the turn goes on."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = locked.filter(pk=delivery.endpoint_id, deleted_at=None).first()
        if endpoint is None:
            return False
        waits = WebhookDelivery.objects.select_for_update().filter(pk=delivery.pk)
        if not waits.values_list("pk", flat=True):
            return True  # it had waited for thirty days, and was forgotten meanwhile
        WebhookAttempt.objects.create(
            delivery=delivery,
            app_id=delivery.app_id,
            at=now,
            status=outcome.status,
            code=outcome.code,
            milliseconds=outcome.milliseconds,
            answer=outcome.answer,
        )
        if outcome.ok:
            _taken(endpoint, delivery, outcome, now)
            return True
        return _failed(endpoint, delivery, outcome, now)


def _taken(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome, now: datetime
) -> None:
    _set(delivery, outcome, state=WebhookDelivery.State.DELIVERED, ended_at=now)
    if endpoint.failures >= rules.IN_A_ROW:
        # It is back: what failed meanwhile needn't sit out its time.
        waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WAITING)
        waiting.filter(next_at__gt=now).update(next_at=now)
    endpoint.failing_since, endpoint.failures, endpoint.rest_until = None, 0, None
    endpoint.last_success_at = now
    endpoint.save(update_fields=["failing_since", "failures", "rest_until", "last_success_at"])


def _failed(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome, now: datetime
) -> bool:
    since = endpoint.failing_since or now
    endpoint.failing_since, endpoint.failures = since, endpoint.failures + 1
    over = rules.is_over(since=since, tries=endpoint.failures, now=now)
    if endpoint.active and endpoint.disabled_at is None and (outcome.gone or over):
        reasons = WebhookEndpoint.Reason
        disable(
            endpoint=endpoint, reason=reasons.GONE if outcome.gone else reasons.FAILING, now=now
        )
    elif outcome.away or endpoint.failures >= rules.IN_A_ROW:
        endpoint.rest_until = now + rules.rest(failing_since=since, now=now)
    endpoint.save(update_fields=["failing_since", "failures", "rest_until"])
    _put_off(endpoint, delivery, outcome, now)
    return endpoint.disabled_at is None and endpoint.rest_until is None


def _put_off(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, outcome: Outcome, now: datetime
) -> None:
    """Tried again later. Given up after three days, unless the endpoint was disabled: then it
    waits with the others.
    """
    tries, since = delivery.attempts + 1, delivery.failing_since or now
    if endpoint.disabled_at is None and rules.is_over(since=since, tries=tries, now=now):
        _set(delivery, outcome, state=WebhookDelivery.State.FAILED, ended_at=now)
        return
    wait = rules.wait(attempts=tries, jitter=random.random())  # noqa: S311 - no secret
    _set(delivery, outcome, failing_since=since, next_at=now + wait)


def _set(delivery: WebhookDelivery, outcome: Outcome, **fields: object) -> None:
    WebhookDelivery.objects.filter(pk=delivery.pk, state=WAITING).update(
        attempts=F("attempts") + 1,
        sending_at=None,
        last_status=outcome.status,
        last_code=outcome.code,
        **fields,
    )


@transaction.atomic
def _end_turn(row: Due, endpoint_id: UUID, now: datetime) -> None:
    """The row is written anew, behind those of all others that are due as well.

    It is held before it is looked what waits: whoever wakes the endpoint meanwhile either sees the
    new row or is seen.
    """
    list(Due.objects.select_for_update().filter(pk=row.pk))
    due.done(rows=[row])
    head = heads(endpoint_id).select_related("endpoint").first()
    if head is not None:
        at = max(head.next_at, now, head.endpoint.rest_until or now)
        due.schedule(rows=[Due(kind=TURN, key=row.key, due_at=at)])
