"""`arvio mail` and what `arvio doctor` says of mail."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from arvio.due.models import Due
from arvio.notify.models import Message, Relay
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import Rendered
from arvio.notify.server import Server
from arvio.work.loop import work_once
from tests.notify.sink import free_port, open_sink

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("mail", *words, stdout=out)
    return out.getvalue()


def write(now: datetime, *, to: str = "petra@pixel.example") -> Message:
    mail = Mail(to=to, rendered=Rendered("A new [review]", "Its words", ""))
    return post(mails=[mail], now=now)[0]


def test_it_lists_what_waits_and_what_was_given_up(settings: Any, now: datetime) -> None:
    assert said("list").split() == ["Waiting:", "0", "Given", "up:", "0"]
    settings.SMTP = Server("127.0.0.1", free_port(), security="none")
    mail = write(now)
    Message.objects.filter(pk=write(now, to="gone@pixel.example").pk).update(
        dead_at=now, error="550 no such user"
    )
    work_once(now=now, kinds=["mail"])
    words = " ".join(said("list").split())
    assert "Waiting: 1" in words and "Given up: 1" in words
    assert str(mail.pk) in words and "550 no such user" in words and "[review]" in words
    assert "The mail server can't be reached since" in words
    assert mail.message_id in said("show", str(mail.pk)) and "Its words" in said(
        "show", str(mail.pk)
    )


def test_what_was_given_up_is_sent_again(settings: Any, now: datetime) -> None:
    mail = write(now)
    Due.objects.all().delete()
    Message.objects.update(dead_at=now, refused_at=now)
    Relay.objects.create(name="smtp", down_at=now, retry_at=now, error="away")
    assert "Due now: 1." in said("retry", str(mail.pk))
    assert not Relay.objects.exists()
    row = Due.objects.get(kind="mail")
    with open_sink() as (sink, server):
        settings.SMTP = server
        work_once(now=row.due_at, kinds=["mail"])
        assert sink.ids == [mail.message_id]
    with pytest.raises(CommandError, match=r"was sent"):
        said("retry", str(mail.pk))
    assert "Due now: 0." in said("retry", "--all")
    with pytest.raises(CommandError, match=r"There is no mail"):
        said("show", str(uuid4()))


def test_a_test_goes_at_once_and_says_what_came_of_it(settings: Any) -> None:
    with pytest.raises(CommandError, match=r"SMTP_URL isn't set"):
        said("send-test", "me@example.com")
    with open_sink() as (sink, server):
        settings.SMTP = server
        assert "took the mail for me@example.com" in said("send-test", "me@example.com")
        assert sink.subjects == ["A test by Arvio"]
        sink.rcpt = lambda address: "550 no such user"
        with pytest.raises(CommandError, match=r"refused the mail: 550 no such user"):
            said("send-test", "me@example.com")
    with pytest.raises(CommandError, match=r"can't be used: ConnectionRefused"):
        said("send-test", "me@example.com")


def test_the_doctor_looks_whether_mail_leaves(
    settings: Any, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    def doctor() -> str:
        with pytest.raises(SystemExit):
            call_command("doctor")
        return " ".join(capsys.readouterr().out.split())

    Message.objects.filter(pk=write(now).pk).update(dead_at=now)
    write(now)
    words = doctor()
    assert "SMTP_URL isn't set. Mails that wait: 1." in words
    assert "mails refused for good: 1. Run: arvio mail list" in words
    settings.SMTP = Server("127.0.0.1", free_port(), security="none")
    assert "can't be used (ConnectionRefusedError" in doctor()
    with open_sink() as (_, server):
        settings.SMTP = server
        Message.objects.all().delete()
        Due.objects.all().delete()
        with suppress(SystemExit):
            call_command("doctor")
        assert "✓ mail leaves" in capsys.readouterr().out
