"""Mail over a real SMTP server: sent once, put off, given up, waiting while the server is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from arvio import clock
from arvio.due.models import Due
from arvio.notify.models import Message, Relay
from arvio.notify.posting import Mail, post, retry
from arvio.notify.rendering import Rendered
from arvio.notify.server import Server
from arvio.notify.smtp import TIMEOUT_SECONDS
from arvio.work.loop import LEASE, work_once
from tests import cast
from tests.notify import notices
from tests.notify.sink import Sink, free_port, listening, open_sink

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KINDS = ["urgent_mail", "mail"]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with open_sink() as (sink, server):
        settings.SMTP = server
        yield sink


def write(number: int, now: datetime, *, urgent: bool = False) -> list[Message]:
    return post(
        mails=[
            Mail(
                to=f"to-{n}@example.com", rendered=Rendered(f"Mail {n}", "Words", ""), urgent=urgent
            )
            for n in range(number)
        ],
        now=now,
    )


def work(now: datetime) -> dict[str, int]:
    return work_once(now=now, kinds=KINDS)


def test_a_review_comes_to_a_member_s_mailbox(sink: Sink) -> None:
    stage = cast.stage()
    stage.review(by=stage.anna, stars=2)
    work_once(now=stage.now)
    mail = next(mail for mail in sink.mails if mail["To"] == "petra@pixel.example")
    assert mail["Subject"] == "New review of Calls: 2 stars, publishes on Thu 5 Mar, 09:30"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Anna K." in str(mail.get_body(("plain",)))
    assert mail["From"] == "The Store <reviews@store.example>"


def test_mails_leave_once_in_order_over_few_connections(sink: Sink, now: datetime) -> None:
    write(120, now)
    assert work(now) == {"mail": 120}
    assert sink.subjects == [f"Mail {n}" for n in range(120)]
    assert sink.connections == 3
    assert work(now + DAY) == {}
    assert not Due.objects.filter(kind="mail").exists()
    assert set(Message.objects.values_list("sent_at", flat=True)) == {now}


def test_what_somebody_waits_for_goes_first(sink: Sink, now: datetime) -> None:
    write(120, now - HOUR)
    write(1, now, urgent=True)

    def ask_for_a_code(kind: str, served: int, failed: int) -> None:
        if len(sink.mails) == 51:
            write(1, now, urgent=True)

    work_once(now=now, kinds=KINDS, progress=ask_for_a_code)
    assert len(sink.mails) == 122
    codes = Message.objects.filter(urgent=True).order_by("id")
    assert [sink.ids.index(code.message_id) for code in codes] == [0, 51]
    assert {(code.text, code.html) for code in codes} == {("", "")}


def test_who_is_told_to_stop_leaves_the_rest_to_others(sink: Sink, now: datetime) -> None:
    write(5, now)
    work_once(now=now, kinds=KINDS, stop=lambda: len(sink.mails) == 2)
    assert sink.subjects == ["Mail 0", "Mail 1"]
    assert work(now) == {"mail": 3}


def test_while_the_server_is_away_mails_wait_and_then_come_once_each(
    settings: Any, now: datetime
) -> None:
    """An hour without a server: nothing is counted against any mail, and none comes twice."""
    sink, port = Sink(), free_port()
    settings.SMTP = Server("127.0.0.1", port, security="none")
    mails, tries = write(60, now), 0
    for minute in range(61):
        mails += write(1, now + minute * MINUTE)
        before = Relay.objects.values_list("retry_at", flat=True).first()
        work(now + minute * MINUTE)
        tries += before != Relay.objects.values_list("retry_at", flat=True).first()
    assert tries <= 10
    assert set(Message.objects.values_list("attempts", "sent_at", "dead_at")) == {(0, None, None)}
    relay = Relay.objects.get()
    assert relay.down_at == now and "refused" in relay.error
    with listening(sink, port):
        for minute in range(61, 61 + 16):
            work(now + minute * MINUTE)
    assert sorted(sink.ids) == sorted(mail.message_id for mail in mails)
    assert not Relay.objects.exists()


def test_an_address_that_does_not_exist_is_given_up_at_once(sink: Sink, now: datetime) -> None:
    sink.rcpt = lambda address: "550 no such user" if address == "to-1@example.com" else "250 OK"
    write(3, now)
    assert work(now) == {"mail": 3}
    assert sink.subjects == ["Mail 0", "Mail 2"]
    dead = Message.objects.get(to_email="to-1@example.com")
    assert dead.dead_at == now and dead.error == "550 no such user"
    assert not Due.objects.filter(kind="mail").exists()


def test_a_mail_that_is_put_off_is_tried_for_three_days(sink: Sink, now: datetime) -> None:
    sink.data = lambda mail: "451 try later" if mail["Subject"] == "Mail 0" else "250 OK"
    write(2, now)
    tried = []
    at = now
    while Message.objects.filter(dead_at=None, sent_at=None).exists():
        before = Message.objects.get(subject="Mail 0").attempts
        work(at)
        if Message.objects.get(subject="Mail 0").attempts > before:
            tried.append(at - now)
        at += MINUTE if at - now < 3 * HOUR else 20 * MINUTE
    assert sink.subjects == ["Mail 1"]
    assert tried[:7] == [n * MINUTE for n in (0, 1, 3, 7, 15, 31, 63)]
    assert all(two - one <= 80 * MINUTE for one, two in pairwise(tried))
    assert 3 * DAY < tried[-1] < 3 * DAY + 2 * HOUR
    sink.data = lambda mail: "250 OK"
    assert retry(messages=None, now=at) == 1
    work(at)
    assert sink.subjects == ["Mail 1", "Mail 0"]


def test_a_mail_that_breaks_the_line_does_not_hold_up_the_others(sink: Sink, now: datetime) -> None:
    sink.data = lambda mail: "421 closing" if mail["Subject"] == "Mail 0" else "250 OK"
    write(4, now)
    for minute in range(3):
        work(now + minute * MINUTE)
    assert sink.subjects == ["Mail 1", "Mail 2", "Mail 3"]
    broken = Message.objects.get(subject="Mail 0")
    assert broken.attempts >= 1 and broken.dead_at is None and broken.refused_at is None


def test_after_a_break_the_others_go_on_at_once(sink: Sink, now: datetime) -> None:
    sink.data = lambda mail: "421 closing" if mail["Subject"] == "Mail 1" else "250 OK"
    write(4, now)
    work(now)
    assert sink.subjects == ["Mail 0", "Mail 2", "Mail 3"]
    assert not Relay.objects.exists()


def test_without_smtp_mails_wait_until_it_is_set_up(settings: Any, now: datetime) -> None:
    write(2, now)
    assert work(now) == {}
    with open_sink() as (sink, server):
        settings.SMTP = server
        assert work(now + MINUTE) == {"mail": 2}
        assert len(sink.mails) == 2


def test_the_demo_keeps_mails_to_be_read(settings: Any, now: datetime) -> None:
    settings.DEMO = True
    write(2, now, urgent=True)
    assert work(now) == {"urgent_mail": 2}
    assert set(Message.objects.values_list("sent_at", "text")) == {(now, "Words")}
    assert not Due.objects.filter(kind="old_mail").exists()


def test_a_mail_that_is_gone_is_not_missed(sink: Sink, now: datetime) -> None:
    write(2, now)
    Message.objects.filter(subject="Mail 0").delete()
    assert work(now) == {"mail": 2}
    assert sink.subjects == ["Mail 1"]


def test_an_address_nobody_can_write_to_is_given_up(sink: Sink, now: datetime) -> None:
    post(
        mails=[
            Mail(to=to, rendered=Rendered("Hello", "Words", ""))
            for to in ("пётр@пример.example", "no address", "", "anna@käsi.example")
        ],
        now=now,
    )
    work(now)
    assert [mail["To"] for mail in sink.mails] == ["anna@xn--ksi-qla.example"]
    assert Message.objects.filter(dead_at=now).count() == 3


def test_a_lease_is_longer_than_a_mail_takes() -> None:
    assert LEASE.total_seconds() / 2 > 4 * TIMEOUT_SECONDS


def test_leased_mails_are_left_alone_until_the_lease_is_over(sink: Sink, now: datetime) -> None:
    write(1, now)
    rows = Due.objects.filter(kind="mail")
    rows.update(leased_until=clock.real() + MINUTE)
    assert work(now) == {}
    rows.update(leased_until=clock.real() - MINUTE)
    assert work(now) == {"mail": 1}


def test_mails_go_after_thirty_days(sink: Sink, now: datetime) -> None:
    write(1, now)
    work(now)
    work_once(now=now + 29 * DAY, kinds=["old_mail"])
    assert Message.objects.count() == 1
    work_once(now=now + 31 * DAY + HOUR, kinds=["old_mail"])
    assert Message.objects.count() == 0


def test_mail_that_others_write_goes_the_same_way(sink: Sink) -> None:
    outbox = get_connection("arvio.notify.backend.Outbox")
    mail = EmailMultiAlternatives(
        "Your code\n", "123456", "Arvio <x@y.example>", ["Anna <anna@customer.example>"]
    )
    mail.attach_alternative("<p>123456</p>", "text/html")
    with transaction.atomic():
        assert outbox.send_messages([mail]) == 1
        transaction.set_rollback(True)
    work(clock.now())
    assert sink.mails == []
    assert outbox.send_messages([mail]) == 1
    assert work(clock.now()) == {"urgent_mail": 1}
    assert (sink.mails[0]["To"], sink.subjects) == ("anna@customer.example", ["Your code"])
    assert sink.mails[0]["From"] == "Arvio <reviews@store.example>"
    assert "123456" in str(sink.mails[0].get_body(("html",)))


def test_a_reply_and_what_it_is_about_come_to_the_author(sink: Sink) -> None:
    stage = cast.stage()
    notices.mails_of(notices.replied(stage), stage=stage)
    work(stage.now)
    (mail,) = sink.mails
    assert mail["To"] == "anna@customer.example"
    assert "Thank you for writing." in str(mail.get_body(("plain",)))
