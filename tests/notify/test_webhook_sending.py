"""What leaves, in which order, how often, and what becomes of a receiver that doesn't take it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from arvio import clock
from arvio.audit.models import AuditRow
from arvio.catalog.marketplaces import put_staff
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.models import Message
from arvio.notify.webhooks import actions, queries, rules, sending
from arvio.notify.webhooks.errors import InvalidWebhook
from arvio.notify.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from arvio.notify.webhooks.recording import new
from arvio.notify.webhooks.taking_turns import wake
from arvio.people.models import Person
from tests import cast
from tests.cast import member
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

pytestmark = pytest.mark.django_db
HOLD, DAY, HOUR = timedelta(days=3), timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED = settings.OUTBOUND_ALLOWED_TO_PARTNERS = LOOPBACK


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


def event(
    hook: WebhookEndpoint, now: datetime, *, subject: str = "", seq: int = 0
) -> WebhookDelivery:
    """An event as an action writes it, of a review that only it knows."""
    made = new(
        endpoint=hook,
        event="review.edited",
        subject=subject or f"review:{uuid7()}",
        seq=seq,
        data={"marketplace": "store", "review": subject},
        app_id=None,
        at=now,
    )
    made.save(force_insert=True)
    wake(endpoint_ids=[hook.pk], now=now)
    return made


def fresh(row: Any) -> Any:
    row.refresh_from_db()
    return row


# --- A signature ---------------------------------------------------------------------------------


def test_the_librarys_own_verification_takes_what_came(receiver: Receiver) -> None:
    stage = cast.stage()
    _, secret = endpoint(holder(stage), receiver.url, now=stage.now)
    stage.review()
    send(stage.now)
    assert receiver.events == ["review.created", "review.held"]
    for came in receiver.taken:
        assert Webhook(secret).verify(came.body, came.headers) == came.payload
        assert came.headers["content-type"] == "application/json"
    came = receiver.taken[0]
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(came.body.replace("created", "removed"), came.headers)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(came.body, {**came.headers, "webhook-id": str(uuid7())})


@pytest.mark.parametrize(("minutes", "right"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_a_receiver_refuses_what_is_older_or_newer_than_five_minutes(
    minutes: int, right: bool
) -> None:
    stage = cast.stage()
    hook, secret = endpoint(holder(stage), now=stage.now)
    made = event(hook, stage.now)
    at = clock.real() + timedelta(minutes=minutes)
    sent = sending.headers(delivery=made, secrets=[secret], at=at)
    if right:
        Webhook(secret).verify(made.body, sent)
    else:
        with pytest.raises(WebhookVerificationError, match="timestamp too"):
            Webhook(secret).verify(made.body, sent)


def test_both_secrets_sign_until_the_old_one_ends(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, old = endpoint(holder(stage), receiver.url, now=stage.now)
    _, fresh_one = actions.rotate_secret(
        holder=holder(stage), webhook_id=hook.pk, overlap=DAY, now=stage.now
    )
    event(hook, stage.now)
    send(stage.now)
    (came,) = receiver.taken
    assert len(came.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, fresh_one):
        Webhook(secret).verify(came.body, came.headers)
    event(hook, stage.now + DAY)
    send(stage.now + DAY)
    came = receiver.taken[-1]
    Webhook(fresh_one).verify(came.body, came.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(came.body, came.headers)


def test_who_ends_the_old_secret_at_once_ends_all_before_it(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    rotate: dict[str, Any] = {"holder": holder(stage), "webhook_id": hook.pk, "now": stage.now}
    actions.rotate_secret(**rotate, overlap=DAY)
    _, last = actions.rotate_secret(**rotate, overlap=timedelta(0))
    event(hook, stage.now)
    send(stage.now)
    (came,) = receiver.taken
    assert " " not in came.headers["webhook-signature"]
    Webhook(last).verify(came.body, came.headers)
    for wrong in (timedelta(days=7, seconds=1), timedelta(seconds=-1)):
        with pytest.raises(InvalidWebhook):
            actions.rotate_secret(**rotate, overlap=wrong)


def test_times_are_of_the_real_clock_whatever_the_demos_says(
    receiver: Receiver, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))
    clock.advance(timedelta(days=90))
    stage = cast.stage()
    hook, secret = endpoint(holder(stage), receiver.url, now=clock.now())
    event(hook, clock.now())
    send(clock.now())
    Webhook(secret).verify(receiver.taken[0].body, receiver.taken[0].headers)


# --- A receiver that fails ----------------------------------------------------------------------


def test_a_receiver_that_fails_for_a_day_gets_everything_later_and_in_order(
    receiver: Receiver,
) -> None:
    """Each id once, or the same one again; reviews with real lives, one of them edited and gone."""
    stage = cast.stage(preset="bitrix24-2025")
    endpoint(holder(stage), receiver.url, now=stage.now)
    receiver.answer = lambda came: 503
    review = stage.review(by=stage.anna, stars=4)
    others = [stage.review() for _ in range(4)]
    now = stage.now
    while now < stage.now + HOLD:
        settle(now)
        now += HOUR
    hook = WebhookEndpoint.objects.get()
    assert hook.disabled_at is None or hook.failing_since
    receiver.answer = lambda came: 204
    if hook.disabled_at:
        actions.change_webhook(
            holder=holder(stage), webhook_id=hook.pk, changes={"active": True}, now=now
        )
    for hours in range(3):
        settle(now + hours * HOUR)
    of = [came for came in receiver.taken if came.data.get("review") == str(review.pk)]
    assert [came.event for came in of] == ["review.created", "review.held", "review.published"]
    ids = [came.id for came in receiver.taken]
    assert len(ids) == len(set(ids)) == WebhookDelivery.objects.count()
    assert {came.id for came in receiver.came} == set(ids), "a failed try had another id"
    assert not WebhookDelivery.objects.exclude(state="delivered").exists()
    for other in others:
        mine = [c.event for c in receiver.taken if c.data.get("review") == str(other.pk)]
        assert mine == ["review.created", "review.held", "review.published"]


def test_one_event_that_is_refused_holds_up_its_own_review_alone(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    bad = event(hook, stage.now, subject="review:bad", seq=1)
    after = event(hook, stage.now, subject="review:bad", seq=2)
    others = [event(hook, stage.now) for _ in range(5)]
    receiver.answer = lambda came: 400 if came.id == str(bad.pk) else 200
    send(stage.now)
    assert {came.id for came in receiver.taken} == {str(one.pk) for one in others}
    assert fresh(after).attempts == 0 and fresh(bad).attempts == 1
    assert fresh(hook).rest_until is None
    receiver.answer = lambda came: 200
    send(stage.now + timedelta(seconds=10))
    assert [came.id for came in receiver.taken[-2:]] == [str(bad.pk), str(after.pk)]


def test_an_event_that_is_refused_for_three_days_is_given_up_and_the_next_goes(
    receiver: Receiver,
) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    bad = event(hook, stage.now, subject="review:bad", seq=1)
    after = event(hook, stage.now, subject="review:bad", seq=2)
    receiver.answer = lambda came: 422 if came.id == str(bad.pk) else 200
    now = stage.now
    while fresh(bad).state == "waiting" and now < stage.now + timedelta(days=4):
        event(hook, now)
        send(now)
        now += HOUR
    assert timedelta(days=3) <= now - stage.now <= timedelta(days=3, hours=3)
    assert fresh(bad).state == "failed" and fresh(bad).last_status == 422
    send(now)
    assert fresh(after).state == "delivered"
    assert fresh(hook).state == "active" and not Message.objects.exists()


@pytest.mark.once
def test_waits_grow_to_an_hour_and_are_never_quite_the_same() -> None:
    middle = [rules.wait(attempts=n, jitter=0.5) for n in range(1, 12)]
    assert [wait.total_seconds() for wait in middle] == [
        5, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600,
    ]  # fmt: skip
    assert rules.wait(attempts=9, jitter=0) == timedelta(minutes=48)
    assert rules.wait(attempts=9, jitter=1) == timedelta(minutes=72)
    assert rules.wait(attempts=10**6, jitter=0.5) == HOUR


def test_an_endpoint_that_is_away_rests_and_is_asked_by_one_event_at_a_time(
    receiver: Receiver,
) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    for _ in range(30):
        event(hook, stage.now)
    receiver.answer = lambda came: 503
    send(stage.now)
    assert len(receiver.came) == 1
    assert fresh(hook).rest_until == stage.now + timedelta(seconds=30)
    send(stage.now + timedelta(seconds=29))
    assert len(receiver.came) == 1
    now = stage.now
    for _ in range(24 * 4):
        now += timedelta(minutes=15)
        send(now)
    assert len(receiver.came) == 1 + 24 * 4, "all thirty don't knock again and again"
    receiver.answer = lambda came: 200
    send(now + timedelta(minutes=15))
    assert len(receiver.taken) == 30


def test_when_it_is_back_nothing_sits_out_its_time(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    for _ in range(4):
        event(hook, stage.now)
    receiver.answer = lambda came: 503
    now = stage.now
    for _ in range(24 * 4):
        send(now)
        now += timedelta(minutes=15)
    receiver.answer = lambda came: 200
    while not receiver.taken:
        send(now)
        now += timedelta(minutes=1)
    assert len(receiver.taken) == 4


def test_many_refusals_in_a_row_are_the_receivers_own(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    for _ in range(30):
        event(hook, stage.now)
    receiver.answer = lambda came: 404
    send(stage.now)
    assert len(receiver.came) == 3 and fresh(hook).rest_until


# --- Turned off ----------------------------------------------------------------------------------


def fail_for_days(hook: WebhookEndpoint, start: datetime, days: int = 4) -> datetime:
    now = start
    while now < start + timedelta(days=days) and fresh(hook).disabled_at is None:
        send(now)
        now += HOUR
    return now


@pytest.mark.parametrize("who", ["operators", "owners"])
def test_after_three_days_it_is_turned_off_with_one_mail_and_what_waits_is_kept(
    receiver: Receiver, who: str
) -> None:
    stage = cast.stage()
    put_staff(
        marketplace=stage.marketplace,
        members=[
            ("olli@store.example", "Olli", "operator"),
            ("mika@store.example", "", "moderator"),
        ],
    )
    held_by = holder(stage) if who == "operators" else partners(member(stage))
    hook, _ = endpoint(held_by, receiver.url, now=stage.now)
    stage.review()
    receiver.answer = lambda came: 500
    now = fail_for_days(hook, stage.now)
    assert timedelta(days=3) <= now - stage.now <= timedelta(days=3, hours=2)
    assert fresh(hook).disabled_reason == "failing"
    (mail,) = Message.objects.all()
    assert mail.to_email == ("olli@store.example" if who == "operators" else "petra@pixel.example")
    assert "127.0.0.1" in mail.text and f"/webhooks/{hook.pk}/" in mail.text
    assert receiver.url not in mail.text
    assert AuditRow.objects.get(subject=hook.subject, tag="webhook:disabled").after == {
        "reason": "failing"
    }
    tries = len(receiver.came)
    stage.review(at=now)
    send(now + DAY)
    assert len(receiver.came) == tries and Message.objects.count() == 1
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    receiver.answer = lambda came: 200
    actions.change_webhook(
        holder=held_by, webhook_id=hook.pk, changes={"active": True}, now=now + DAY
    )
    send(now + DAY)
    assert receiver.events == ["review.created", "review.held"] * 2
    assert fresh(hook).state == "active" and fresh(hook).failing_since is None


def test_after_a_standstill_of_the_worker_nothing_is_turned_off_for_one_failure(
    receiver: Receiver,
) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    made = event(hook, stage.now)
    receiver.answer = lambda came: 500
    send(stage.now)
    send(stage.now + timedelta(days=10))
    assert fresh(hook).state == "active" and fresh(made).state == "waiting"


def test_who_answers_that_it_is_gone_is_turned_off_at_once(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(partners(member(stage)), receiver.url, now=stage.now)
    made = event(hook, stage.now)
    receiver.answer = lambda came: 410
    send(stage.now)
    assert fresh(hook).disabled_reason == "gone" and fresh(made).state == "waiting"
    assert Message.objects.get().to_email == "petra@pixel.example"
    assert "410" in Message.objects.get().text


def test_the_mail_is_in_the_readers_language(receiver: Receiver) -> None:
    stage = cast.stage()
    Person.objects.filter(email="petra@pixel.example").update(language="fi")
    hook, _ = endpoint(partners(member(stage)), receiver.url, now=stage.now)
    event(hook, stage.now)
    receiver.answer = lambda came: 410
    send(stage.now)
    assert Message.objects.get().subject == "Webhook on poistettu käytöstä: Pixel"


def test_a_paused_one_gets_later_what_happened_meanwhile(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    change: dict[str, Any] = {"holder": holder(stage), "webhook_id": hook.pk}
    actions.change_webhook(**change, changes={"active": False}, now=stage.now)
    stage.review()
    send(stage.now)
    assert not receiver.came
    actions.change_webhook(**change, changes={"active": True}, now=stage.now + DAY)
    send(stage.now + DAY)
    assert receiver.events == ["review.created", "review.held"]


def test_what_is_deleted_is_sent_nothing_and_its_log_goes(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    stage.review()
    actions.delete_webhook(holder=holder(stage), webhook_id=hook.pk, now=stage.now)
    stage.review()
    send(stage.now)
    assert not receiver.came and not WebhookDelivery.objects.exists()
    # An action that had read of it before is still under way.
    event(fresh(hook), stage.now)
    send(stage.now)
    settle(stage.now + timedelta(days=2))
    assert not receiver.came and not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


# --- Answers -------------------------------------------------------------------------------------


def tried(hook: WebhookEndpoint, now: datetime) -> WebhookAttempt:
    event(hook, now)
    send(now)
    return WebhookAttempt.objects.latest("id")


def test_the_log_keeps_status_time_and_the_beginning_of_the_answer(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    receiver.answer, receiver.text, receiver.delay = lambda came: 418, "\x00<b>ä" * 400, 0.05
    one = tried(hook, stage.now)
    assert (one.status, one.code, len(one.answer)) == (418, "", 500)
    assert one.answer.startswith("\N{REPLACEMENT CHARACTER}<b>ä") and one.milliseconds >= 50
    receiver.answer = lambda came: 200
    assert tried(hook, stage.now + HOUR).status == 200


def test_a_redirect_isnt_followed_and_a_huge_answer_isnt_read(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    receiver.answer, receiver.headers = lambda came: 302, {"Location": receiver.url + "/two"}
    assert tried(hook, stage.now).code == "redirected"
    assert {came.path for came in receiver.came} == {"/hook"}
    receiver.answer, receiver.headers, receiver.text = lambda came: 200, {}, "x" * 2_000_000
    assert tried(hook, stage.now + HOUR).code == "too_large"
    assert fresh(hook).failures == 2


@pytest.mark.parametrize(
    "url",
    ["https://169.254.169.254/latest", "https://[::1]/", "http://[::1]:8000/", "https://10.0.0.1/",
     "https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://127.0.0.2/"],
)  # fmt: skip
def test_a_private_address_is_refused_when_it_is_entered(url: str) -> None:
    stage = cast.stage()
    with pytest.raises(InvalidWebhook) as refused:
        endpoint(holder(stage), url, now=stage.now)
    assert (refused.value.field, refused.value.code) == ("url", "private_address")
    assert not WebhookEndpoint.objects.exists()


def test_networks_that_the_operator_names_are_open_to_no_partner(
    receiver: Receiver, settings: Any
) -> None:
    stage = cast.stage()
    theirs = partners(member(stage))
    hook, _ = endpoint(theirs, receiver.url, now=stage.now)
    settings.OUTBOUND_ALLOWED_TO_PARTNERS = []
    endpoint(holder(stage), receiver.url, now=stage.now)
    with pytest.raises(InvalidWebhook, match="url: private_address"):
        endpoint(theirs, receiver.url, now=stage.now)
    assert tried(hook, stage.now).code == "private_address" and not receiver.came


@pytest.mark.parametrize("address", ["169.254.169.254", "::1"])
def test_a_name_that_leads_to_a_private_address_is_refused_at_each_delivery(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), "https://hooks.example/", now=stage.now)
    found = [(None, None, None, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    one = tried(hook, stage.now)
    assert (one.status, one.code) == (0, "private_address")
    assert fresh(hook).failing_since == stage.now


@pytest.mark.once
@pytest.mark.parametrize(
    ("url", "code"),
    [("hooks.example", "not_an_address"), ("ftp://hooks.example/", "not_an_address"),
     ("https://a:b@hooks.example/", "not_an_address"), ("https://h.example/ä", "not_an_address"),
     ("https://hooks.example/#a", "not_an_address"), ("https://h.example/a b", "not_an_address"),
     ("", "not_an_address"), ("http://hooks.example/", "https_only"),
     ("http://93.184.215.14/", "https_only"), ("https://hooks.example/" + "x" * 500, "too_long")],
)  # fmt: skip
def test_other_addresses_are_refused_by_name(url: str, code: str) -> None:
    stage = cast.stage()
    with pytest.raises(InvalidWebhook) as refused:
        endpoint(holder(stage), url, now=stage.now)
    assert (refused.value.field, refused.value.code) == ("url", code)


# --- Again ---------------------------------------------------------------------------------------


def test_one_event_is_sent_again_under_its_id(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    made = event(hook, stage.now)
    send(stage.now)
    for _ in range(2):
        actions.redeliver(
            holder=holder(stage), webhook_id=hook.pk, delivery_id=made.pk, now=stage.now
        )
        send(stage.now)
    assert [came.id for came in receiver.taken] == [str(made.pk)] * 3
    assert made.tries.count() == 3


def test_all_that_was_given_up_since_a_moment_is_sent_again(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    early, late, taken = (event(hook, stage.now + n * HOUR) for n in range(3))
    WebhookDelivery.objects.filter(pk__in=[early.pk, late.pk]).update(state="failed")
    WebhookDelivery.objects.filter(pk=taken.pk).update(state="delivered")
    again: dict[str, Any] = {"holder": holder(stage), "webhook_id": hook.pk, "now": stage.now + DAY}
    assert actions.redeliver_failed(**again, since=stage.now + HOUR) == 1
    send(stage.now + DAY)
    assert [came.id for came in receiver.taken] == [str(late.pk)]


def test_events_and_their_log_are_forgotten_after_thirty_days(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    actions.change_webhook(
        holder=holder(stage), webhook_id=hook.pk, changes={"active": False}, now=stage.now
    )
    tried_one = event(hook, stage.now)
    tried_one.tries.create(at=stage.now, status=500, milliseconds=5)
    young = event(hook, stage.now + DAY)
    settle(stage.now + timedelta(days=30, hours=1))
    assert list(WebhookDelivery.objects.all()) == [young] and not WebhookAttempt.objects.exists()
    assert Due.objects.filter(kind="old_webhooks").count() == 1


# --- Several at once -----------------------------------------------------------------------------


def test_one_that_is_dead_holds_up_no_other(receiver: Receiver) -> None:
    stage = cast.stage()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    dead, _ = endpoint(holder(stage), f"http://127.0.0.1:{port}/", now=stage.now)
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)
    for _ in range(120):
        event(dead, stage.now)
    for _ in range(120):
        event(hook, stage.now)
    send(stage.now)
    assert len(receiver.taken) == 120
    assert WebhookAttempt.objects.filter(delivery__endpoint=dead).count() == 1
    found = queries.webhook(holder=holder(stage), webhook_id=dead.pk, now=stage.now)
    assert found.waiting == 120


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_event_once_and_in_order(receiver: Receiver) -> None:
    stage = cast.stage()
    hooks = [endpoint(holder(stage), f"{receiver.url}/{n}", now=stage.now)[0] for n in range(3)]
    for hook in hooks:
        for seq in range(4):
            for review in range(5):
                event(hook, stage.now, subject=f"review:{review}", seq=seq)
    receiver.delay = 0.002

    def work() -> None:
        for _ in range(3):
            send(stage.now)
            time.sleep(0.02)

    assert race([work] * 3) == [None] * 3
    assert len(receiver.taken) == len({came.id for came in receiver.taken}) == 60
    order = {str(row.pk): row for row in WebhookDelivery.objects.all()}
    lanes: dict[Any, list[int]] = {}
    for came in receiver.taken:
        row = order[came.id]
        lanes.setdefault((row.endpoint_id, row.subject), []).append(row.seq)
    assert set(map(tuple, lanes.values())) == {(0, 1, 2, 3)}


@pytest.mark.django_db(transaction=True)
def test_what_is_told_while_a_turn_ends_is_never_forgotten(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, now=stage.now)

    def tell() -> None:
        for _ in range(40):
            event(hook, stage.now)

    def work() -> None:
        for _ in range(60):
            send(stage.now)

    assert race([tell, work, work]) == [None] * 3
    send(stage.now)
    assert len(receiver.taken) == len({came.id for came in receiver.taken}) == 40
    assert not Due.objects.filter(kind="webhook").exists()


def test_a_body_is_the_same_at_every_try(receiver: Receiver) -> None:
    stage = cast.stage()
    endpoint(holder(stage), receiver.url, now=stage.now)
    stage.review()
    answers = iter([500, 500, 200])
    receiver.answer = lambda came: next(answers) if came.event == "review.created" else 200
    for minutes in (0, 1, 5):
        send(stage.now + timedelta(minutes=minutes))
    same = [came for came in receiver.came if came.event == "review.created"]
    assert len(same) == 3 and len({(came.id, came.body) for came in same}) == 1
    assert json.loads(same[0].body)["timestamp"] == "2026-03-02T09:30:00Z"


def test_a_test_is_sent_whatever_was_chosen(receiver: Receiver) -> None:
    stage = cast.stage()
    hook, _ = endpoint(holder(stage), receiver.url, "review.edited", now=stage.now)
    actions.send_test(holder=holder(stage), webhook_id=hook.pk, now=stage.now)
    send(stage.now)
    (came,) = receiver.taken
    assert (came.event, came.data) == ("ping", {"marketplace": "store"})
