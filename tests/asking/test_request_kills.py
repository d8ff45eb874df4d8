"""Workers are killed between any two steps of asking, and ask at the same moment: nobody is asked
twice, nobody is forgotten.
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
from urllib.parse import urlsplit

import pytest
from django.db import connection

from arvio import clock
from arvio.asking.models import ReviewRequest, SignInLink
from arvio.catalog import planning
from arvio.due.models import Due
from arvio.notify.models import Message
from arvio.work.loop import serve_batch, work_once
from tests.asking.mailing import someone, stage
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
PEOPLE, KILLS = 120, 40
MONTH = timedelta(days=30)

# A nursery of workers: Django starts once, then each line it reads is a worker more, a fork that
# lives until it is killed: by itself after the step that the line names, or by the test.
NURSERY = """
import os, signal, sys
import django
django.setup()
from arvio import clock
from arvio.asking import requesting, signing_in
from arvio.due import actions as due
from arvio.work import kinds, loop

kinds.BATCH["review_request"] = 3
places = {"done": due, "_note": requesting, "save_links": signing_in, "post": requesting}

def die_after(step):
    kept = getattr(places[step], step)
    def last(**fields):
        kept(**fields)
        os.kill(os.getpid(), signal.SIGKILL)
    def last_note(*fields):
        kept(*fields)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(places[step], step, last_note if step == "_note" else last)

for line in sys.stdin:
    worker = os.fork()
    if not worker:
        if line.strip() in places:
            die_after(line.strip())
        while True:
            loop.work_once(now=clock.now(), kinds=["review_request"])
    print(worker, flush=True)
    os.waitpid(worker, 0)
    print("gone", flush=True)
"""


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        yield started


def worker(started: subprocess.Popen[str], *, step: str = "") -> None:
    """Let a worker live until it has killed itself after the step, or until it has begun."""
    assert started.stdin and started.stdout
    started.stdin.write(f"{step or 'none'}\n")
    started.stdin.flush()
    number = int(started.stdout.readline())
    if not step:
        before, patience = waiting(), time.monotonic() + 1
        while waiting() == before and time.monotonic() < patience:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.03))
        os.kill(number, signal.SIGKILL)
    assert started.stdout.readline() == "gone\n"


def waiting() -> int:
    return Due.objects.filter(kind=planning.REQUEST).count()


def prepare(people: int) -> None:
    on, now = stage(), clock.now()
    for number in range(people):
        someone(on, f"u{number}", installed_at=now - MONTH + timedelta(microseconds=number))
    Due.objects.filter(kind=planning.REQUEST).update(due_at=now)


def everybody_was_asked_once(people: int) -> None:
    wanted = Counter(f"u{number}@customer.example" for number in range(people))
    assert Counter(Message.objects.values_list("to_email", flat=True)) == wanted
    assert Counter(ReviewRequest.objects.values_list("code", flat=True)) == {"sent": people}
    assert SignInLink.objects.count() == people
    assert waiting() == 0
    assert Due.objects.filter(kind="mail").count() == people


def test_killed_between_any_two_steps_it_has_done_nothing() -> None:
    prepare(7)
    with nursery() as started:
        for step in ("done", "_note", "save_links", "post"):
            worker(started, step=step)
            assert waiting() == 7, step
            assert not Message.objects.exists() and not ReviewRequest.objects.exists(), step
            assert not SignInLink.objects.exists(), step
    assert work_once(now=clock.now(), kinds=[planning.REQUEST]) == {planning.REQUEST: 7}
    everybody_was_asked_once(7)


def test_killed_again_and_again_it_asks_everybody_once() -> None:
    prepare(PEOPLE)
    hits = 0
    with nursery() as started:
        for _ in range(KILLS):
            if not waiting():
                break
            worker(started)
            hits += waiting() > 0
    assert hits >= 3, "the work was over before the kills"
    assert Message.objects.exists(), "the workers died before they did anything"
    work_once(now=clock.now(), kinds=[planning.REQUEST])
    everybody_was_asked_once(PEOPLE)


def test_two_workers_at_once_ask_everybody_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio.work import kinds

    prepare(40)
    monkeypatch.setitem(kinds.BATCH, planning.REQUEST, 4)
    now = clock.now()

    def serve() -> int:
        served = 0
        while batch := serve_batch(kind=planning.REQUEST, now=now):
            served += sum(batch)
        return served

    answers = race([serve, serve])
    assert all(isinstance(answer, int) for answer in answers), answers
    work_once(now=now, kinds=[planning.REQUEST])
    everybody_was_asked_once(40)
