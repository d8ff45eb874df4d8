"""The worker is killed, again and again, in the middle of its work: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import IO
from urllib.parse import urlsplit

import pytest
from django.db import connection

from arvio import clock
from arvio.audit import rules
from arvio.audit.models import AuditRow
from arvio.due.models import Due
from arvio.ratings.models import RatingDay, RatingSummary
from arvio.reviews import actions
from arvio.reviews.actions import Submission
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.states import State
from arvio.reviews.submitting import asker_of
from arvio.work.loop import work_once
from tests import cast

HELD, EDITED, KILLS = 320, 80, 8

# The command itself, with batches so small that the work takes longer than a worker lives.
WORK = """
import django
django.setup()
from django.core.management import call_command
from arvio.work import kinds
kinds.BATCH.update(publish=5, edit=5)
call_command("work")
"""


def prepare(now: datetime) -> None:
    """320 publications and 80 edits that are due, spread over two apps."""
    stage = cast.stage(preset="bitrix24-2025")
    second = cast.make_app(stage.marketplace, stage.partner, "second")
    cast.install(second, stage.acme)
    full = cast.full_answers(stage.marketplace, now)
    users = [cast.viewer(stage.marketplace, stage.acme, f"u{n}") for n in range(HELD // 2)]
    submissions = [
        Submission(asker_of(viewer=user, app=app), full | {"stars": 1 + n % 5}, now)
        for app in (stage.app, second)
        for n, user in enumerate(users)
    ]
    early = [cast.viewer(stage.marketplace, stage.acme, f"early-{n}") for n in range(EDITED)]
    first = [
        Submission(asker_of(viewer=user, app=stage.app), full | {"stars": 5}, now) for user in early
    ]
    at, edited_at, held_at = (now - timedelta(days=days) for days in (20, 10, 5))
    public = actions.submit_reviews(
        marketplace=stage.marketplace, submissions=dated(first, at), now=at
    )
    work_once(now=edited_at)
    for user, review in zip(early, public, strict=True):
        actions.edit_review(viewer=user, review_id=review.pk, changes={"stars": 1}, now=edited_at)
    actions.submit_reviews(
        marketplace=stage.marketplace, submissions=dated(submissions, held_at), now=held_at
    )


def dated(submissions: list[Submission], at: datetime) -> list[Submission]:
    return [Submission(one.asker, one.answers, at) for one in submissions]


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def start() -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-u", "-c", WORK], env=environment, stdout=subprocess.PIPE, text=True
    )


def kill_at_work(worker: subprocess.Popen[str]) -> bool:
    """Let it begin and kill it soon after; answers if there was work left to lose."""
    said: IO[str] | None = worker.stdout
    assert said is not None
    said.readline()
    time.sleep(random.uniform(0, 0.12))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    said.close()
    assert worker.returncode == -signal.SIGKILL
    return Due.objects.filter(kind__in=["publish", "edit"]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_told_to_stop_ends_in_order() -> None:
    worker = start()
    assert worker.stdout is not None
    assert "Ctrl-C stops" in worker.stdout.readline()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    worker.stdout.close()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_and_nothing_twice_however_often_the_worker_is_killed() -> None:
    now = clock.now()
    prepare(now)
    assert Due.objects.filter(kind="publish", due_at__lte=now).count() == HELD
    assert Due.objects.filter(kind="edit", due_at__lte=now).count() == EDITED
    workers = [start(), start()]
    hits = 0
    for _ in range(KILLS):
        hits += kill_at_work(workers.pop(0))
        workers.append(start())
    for worker in workers:
        kill_at_work(worker)
    assert hits >= 5, "the work was over before the kills"
    work_once(now=clock.now())
    everything_happened_once()


def everything_happened_once() -> None:
    assert not Due.objects.filter(kind__in=["publish", "edit"]).exists()
    assert Counter(Review.objects.values_list("state", flat=True)) == {
        State.PUBLISHED: HELD + EDITED
    }
    assert not ReviewVersion.objects.filter(effective_at=None).exists()
    fifth = HELD // 2 // 5
    first, second = RatingSummary.objects.order_by("-count")
    assert first.histogram == (fifth + EDITED, fifth, fifth, fifth, fifth)
    assert second.histogram == (fifth,) * 5
    for summary in (first, second):
        days = RatingDay.objects.filter(app_id=summary.app_id)
        assert sum(days.values_list("count", flat=True)) == summary.count
    tags = Counter(
        AuditRow.objects.filter(subject__startswith="review:").values_list("tag", flat=True)
    )
    assert tags == {
        "review:submitted": HELD + EDITED,
        "review:published": HELD + EDITED,
        "review:edited": EDITED,
        "review:edit_applied": EDITED,
    }
    chains: dict[str, list[AuditRow]] = {}
    for row in AuditRow.objects.order_by("subject", "seq"):
        chains.setdefault(row.subject, []).append(row)
    assert [broken for rows in chains.values() if (broken := rules.broken(rows))] == []
