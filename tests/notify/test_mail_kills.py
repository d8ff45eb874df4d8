"""The worker is killed again and again while mails go out: none is lost, and who gets one twice
can tell, because both have the same Message-ID.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from arvio import clock
from arvio.due.models import Due
from arvio.notify.actions import tell
from arvio.notify.models import Message, OutboxNotice
from arvio.people.models import Person, Role
from arvio.work.loop import work_once
from tests import cast
from tests.notify import notices
from tests.notify.sink import Sink, open_sink

MAILS, MEMBERS, KILLS = 500, 5, 80
KINDS = ["notice", "mail"]

# A nursery of workers: Django starts once, then each line it reads is a worker more, a fork that
# lives until the test kills it. It answers with the worker's number.
NURSERY = """
import os, sys
from datetime import timedelta
import django
django.setup()
from arvio import clock
from arvio.work import kinds, loop

loop.LEASE, loop.PAUSE = timedelta(seconds=1), 0.005
kinds.BATCH.update(notice=5, mail=5)
for line in sys.stdin:
    worker = os.fork()
    if not worker:
        loop.work_forever(time_now=clock.now, stop=lambda: False)
    print(worker, flush=True)
    os.waitpid(worker, 0)
"""


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def nursery(port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
        "SMTP_URL": f"smtp://127.0.0.1:{port}?tls=no",
    }
    started = subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        yield started


def kill_one(started: subprocess.Popen[str], sink: Sink) -> None:
    """Bring up a worker and kill it within milliseconds, some of them once it has sent a few."""
    assert started.stdin and started.stdout
    started.stdin.write("one\n")
    started.stdin.flush()
    worker = int(started.stdout.readline())
    enough, patience = len(sink.mails) + random.randrange(5), time.monotonic() + 0.25
    while len(sink.mails) < enough and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.03))
    os.kill(worker, signal.SIGKILL)


def prepare() -> None:
    stage = cast.stage()
    for number in range(MEMBERS - 3):
        person = Person.objects.create_user(email=f"member-{number}@pixel.example")
        Role.objects.create(
            person=person,
            marketplace_id=stage.marketplace.pk,
            place_id=stage.partner.pk,
            kind="reader",
        )
    now = clock.now()
    tell(notices=[notices.new(stage, at=now) for _ in range(MAILS // MEMBERS)])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_no_mail_is_lost_however_often_the_worker_is_killed(
    settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare()
    with open_sink() as (sink, server):
        with nursery(server.port) as started:
            for _ in range(KILLS):
                kill_one(started, sink)
            taken = len(sink.mails)
        settings.SMTP = server
        finish()
    everything_came(sink)
    assert taken >= KILLS // 4, "hardly anything went out between the kills"
    with capfd.disabled():
        print(  # noqa: T201 - the number is to be seen
            f"\n{KILLS} workers killed while {taken} of {MAILS} mails went out: none lost, "
            f"{len(sink.mails) - MAILS} came twice, each with the Message-ID it had"
        )


def finish() -> None:
    """What the killed have leased is free again in a second; then one worker is left alone."""
    Due.objects.update(leased_until=None)
    work_once(now=clock.now() + timedelta(hours=1), kinds=KINDS)


def everything_came(sink: Sink) -> None:
    assert not OutboxNotice.objects.exists()
    assert not Due.objects.filter(kind__in=KINDS).exists()
    assert Message.objects.count() == MAILS
    assert not Message.objects.filter(sent_at=None).exists()
    came = Counter(sink.ids)
    assert set(came) == set(Message.objects.values_list("message_id", flat=True))
    for mail in sink.mails:
        known = Message.objects.get(message_id=mail["Message-ID"])
        assert (mail["To"], mail["Subject"]) == (known.to_email, known.subject)
