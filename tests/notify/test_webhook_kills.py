"""The worker is killed again and again while events go out: none is lost, each review's come in
their order, and who gets one twice can tell, because both have the same id.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from arvio import clock
from arvio.due.models import Due
from arvio.notify.webhooks.models import WebhookDelivery
from tests import cast
from tests.notify.receiver import LOOPBACK, Receiver, endpoint, holder, open_receiver, send
from tests.notify.test_mail_kills import database_url
from tests.notify.test_webhook_sending import event

REVIEWS, EACH, KILLS = 30, 5, 20

# A nursery of workers: each line it reads is one more, a fork that lives until the test kills it.
NURSERY = """
import os, sys
from datetime import timedelta
import django
django.setup()
from arvio import clock
from arvio.work import loop

loop.LEASE, loop.PAUSE = timedelta(seconds=1), 0.005
for line in sys.stdin:
    worker = os.fork()
    if not worker:
        loop.work_forever(time_now=clock.now, stop=lambda: False)
    print(worker, flush=True)
    os.waitpid(worker, 0)
"""


def nursery() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
            "OUTBOUND_ALLOWED": "127.0.0.1",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_one(started: subprocess.Popen[str], receiver: Receiver) -> None:
    assert started.stdin and started.stdout
    # What the last one had leased is free again in a second; we don't wait for it.
    Due.objects.update(leased_until=None)
    started.stdin.write("one\n")
    started.stdin.flush()
    worker = int(started.stdout.readline())
    enough, patience = len(receiver.came) + random.randrange(1, 8), time.monotonic() + 1
    while len(receiver.came) < enough and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.02))
    os.kill(worker, signal.SIGKILL)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_no_event_is_lost_however_often_the_worker_is_killed(
    settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.OUTBOUND_ALLOWED = LOOPBACK
    stage, now = cast.stage(), clock.now()
    with open_receiver() as receiver:
        hook, _ = endpoint(holder(stage), receiver.url, now=now)
        for seq in range(EACH):
            for review in range(REVIEWS):
                event(hook, now, subject=f"review:{review}", seq=seq)
        with nursery() as started:
            for _ in range(KILLS):
                kill_one(started, receiver)
            tries = len(receiver.came)
        Due.objects.update(leased_until=None)
        for hours in range(1, 4):
            send(now + timedelta(hours=hours))
    everything_came_in_order(receiver)
    assert tries >= KILLS // 4, "hardly anything went out between the kills"
    with capfd.disabled():
        print(  # noqa: T201 - the number is to be seen
            f"\n{KILLS} workers killed during {tries} tries of {REVIEWS * EACH} events: none "
            f"lost, {len(receiver.came) - REVIEWS * EACH} came twice, each with the id it had"
        )


def everything_came_in_order(receiver: Receiver) -> None:
    rows = {str(row.pk): row for row in WebhookDelivery.objects.all()}
    assert {row.state for row in rows.values()} == {"delivered"}
    assert {came.id for came in receiver.came} == set(rows)
    first: dict[str, list[int]] = defaultdict(list)
    for came in receiver.came:
        row = rows[came.id]
        assert came.body == row.body
        if row.seq not in first[row.subject]:
            first[row.subject].append(row.seq)
    assert all(seen == list(range(EACH)) for seen in first.values())
