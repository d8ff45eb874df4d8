"""`/-/live` and `/-/ready`: asked by machines, by address, also when things are broken."""

from __future__ import annotations

import json
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client

from arvio import clock
from arvio.audit import guards
from arvio.due.actions import LAST_ATTEMPT
from arvio.due.models import Due
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import Rendered
from arvio.notify.server import Server
from arvio.watching import probes, readiness
from arvio.watching.readiness import NAMES, Readiness, State
from arvio.work.loop import work_once
from tests.notify.sink import Sink, free_port, listening

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MINUTE = timedelta(minutes=1)
Ready = tuple[int, dict[str, Any], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _as_if_just_started(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mail server that is set, and no answer kept of another test."""
    fresh = probes.Latest(lambda: readiness.look(now=clock.now()))
    monkeypatch.setattr(probes, "LATEST", fresh)
    settings.SMTP = Server("127.0.0.1", free_port(), security="none")


def ready(**headers: str) -> Ready:
    """Status, answer, and the checks by name; asked anew."""
    probes.LATEST = probes.Latest(lambda: readiness.look(now=clock.now()))
    answer = Client().get("/-/ready", headers=headers)
    said = json.loads(answer.content)
    assert (answer.status_code == 200) is said["ready"]
    assert ("Retry-After" in answer) is not said["ready"]
    return answer.status_code, said, {check["name"]: check for check in said["checks"]}


def doctor() -> dict[str, list[str]]:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--json", stdout=out)
    return {check["name"]: check["problems"] for check in json.loads(out.getvalue())["checks"]}


@contextmanager
def nothing_answers() -> Iterator[None]:
    def lost(*arguments: Any) -> Any:
        cause = psycopg.OperationalError("connection to db.secret.example refused")
        raise OperationalError(str(cause)) from cause

    with connection.execute_wrapper(lost):
        yield


def test_whoever_asks_by_address_is_answered_at_once_and_remembers_nothing() -> None:
    for path in ("/-/live", "/-/ready"):
        answer = Client().get(path, headers={"Host": "10.1.2.3:8000"})
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "no-store"
        assert not answer.cookies
        refused = Client(enforce_csrf_checks=True).post(path)
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
        assert Client().head(path).content == b""
    assert Client().get("/-/other").status_code == 404


def test_ready_asks_little_and_once_for_all(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with count_sql() as statements:
        status, said, checks = ready()
    assert (status, said["degraded"]) == (200, [])
    assert list(checks) == list(NAMES)
    assert all(check["ok"] for check in checks.values())
    assert len(statements) == 5
    with count_sql() as statements:
        assert Client().get("/-/ready").status_code == 200
    assert statements == []


def test_a_database_that_is_away_is_told_without_its_name() -> None:
    with nothing_answers():
        status, said, checks = ready()
        assert Client().get("/-/live").status_code == 200
    assert (status, checks["database"]["what"]) == (503, "can't be reached")
    assert {check["ok"] for name, check in checks.items() if name != "database"} == {None}
    assert "secret.example" not in json.dumps(said)
    assert ready()[0] == 200


def test_a_migration_that_waits_and_a_guard_that_is_gone_make_it_unready() -> None:
    guards.lift(connection)
    status, _, checks = ready()
    assert (status, checks["guards"]["ok"]) == (503, False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'due'")
    status, _, checks = ready()
    assert (status, checks["migrations"]["what"]) == (503, "1 wait")
    assert checks["guards"]["ok"] is None
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_migrations")
    assert ready()[2]["migrations"]["what"] == "some wait"


def test_a_worker_that_is_late_is_told_first_and_counts_after_an_hour(settings: Any) -> None:
    now = clock.now()
    row = Due.objects.create(kind="publish", key="x", due_at=now - 10 * MINUTE)
    status, said, checks = ready()
    assert (status, said["degraded"]) == (200, ["worker"])
    assert checks["worker"]["what"] == "something is due for 10 minutes"
    assert "Is `arvio work` running?" in doctor()["worker keeps up"][0]
    Due.objects.filter(pk=row.pk).update(due_at=now - 60 * MINUTE)
    assert ready()[0] == 503
    settings.READY_LATEST = 0
    assert ready()[0] == 200
    # What was given up waits for a person, and the worker doesn't.
    Due.objects.filter(pk=row.pk).update(attempts=LAST_ATTEMPT)
    assert ready()[1]["degraded"] == []
    assert doctor()["worker keeps up"] == []
    assert "failed 10 times" in doctor()["nothing was given up"][0]


def test_a_mail_server_that_is_away_is_told_and_its_mails_leave_once_later(settings: Any) -> None:
    now = clock.now()
    post(mails=[Mail(to="a@example.com", rendered=Rendered("Hi", "Words", ""))] * 3, now=now)
    assert not work_once(now=now, kinds=["mail"])
    status, said, checks = ready()
    assert (status, said["degraded"]) == (200, ["mail"])
    assert checks["mail"]["what"].endswith("3 mails wait")
    assert str(settings.SMTP.port) not in json.dumps(said)
    assert "Mails that wait: 3" in doctor()["mail leaves"][0]
    sink = Sink()
    with listening(sink, settings.SMTP.port):
        assert work_once(now=now + MINUTE, kinds=["mail"]) == {"mail": 3}
        assert not work_once(now=now + 60 * MINUTE, kinds=["mail"])
        assert doctor()["mail leaves"] == []
    assert len(set(sink.ids)) == len(sink.ids) == 3
    assert ready()[1]["degraded"] == []


def test_without_a_mail_server_the_mails_wait_and_it_is_told(settings: Any) -> None:
    settings.SMTP = None
    assert ready()[2]["mail"]["what"] == "no mail server is set; 0 mails wait"


def test_a_full_disk_is_told_by_both() -> None:
    """The system refuses the file that is tried, as a quota does, which no free space shows."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        status, _, checks = ready()
        told = doctor()["room on the disk"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (status, checks["disk"]["what"]) == (503, "is full: nothing can be saved")
    assert "it is full. Make room" in told[0]


def test_one_looks_and_the_others_take_what_there_was() -> None:
    looks: list[float] = []
    go_on = threading.Event()

    def look() -> Readiness:
        looks.append(time.monotonic())
        if len(looks) > 1:
            go_on.wait(5)
        return Readiness([State("database", True, f"look {len(looks)}")])

    latest = probes.Latest(look)
    assert latest.readiness().states[0].what == "look 1"
    latest._found = (0.0, latest.readiness())  # long ago
    slow = threading.Thread(target=latest.readiness)
    slow.start()
    while len(looks) < 2:
        time.sleep(0.01)
    assert {latest.readiness().states[0].what for _ in range(20)} == {"look 1"}
    go_on.set()
    slow.join()
    assert latest.readiness().states[0].what == "look 2"
