"""The database goes away: 503 and when to come again for whoever asks, and nothing lost after."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from arvio import clock
from arvio.keeping import programs
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import Rendered
from arvio.outage import AWAY, BUSY, FULL, READ_ONLY, Outage, outage
from arvio.watching.probes import KEPT
from arvio.work.loop import work_once
from tests import cast, postgres
from tests.api.caller import API, signed_in
from tests.notify.sink import OK, open_sink
from tests.watching import outage as away
from tests.watching.service import Answer, Load, Service, service

once = pytest.mark.once
on_postgresql = pytest.mark.postgresql


# --- Which errors are the database's ------------------------------------------------------------


def caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


def refused_by_sqlite(statement: str) -> Exception:
    with connection.cursor() as cursor, pytest.raises(OperationalError) as refusal:
        cursor.execute(statement)
    return refusal.value


@once
@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (psycopg.OperationalError("server closed the connection unexpectedly"), AWAY),
        (psycopg.errors.AdminShutdown(), AWAY),
        (psycopg.errors.CannotConnectNow(), AWAY),
        (psycopg.errors.TooManyConnections(), BUSY),
        (psycopg.errors.QueryCanceled(), BUSY),
        (psycopg.errors.LockNotAvailable(), BUSY),
        (psycopg.errors.DeadlockDetected(), BUSY),
        (psycopg.errors.IdleInTransactionSessionTimeout(), BUSY),
        (psycopg.errors.DiskFull(), FULL),
        (psycopg.errors.ReadOnlySqlTransaction(), READ_ONLY),
        (psycopg.errors.UndefinedTable(), None),
        (psycopg.errors.UniqueViolation(), None),
        (psycopg.errors.IndexCorrupted(), None),
    ],
)
def test_what_postgresql_says_of_itself_is_told_from_our_bugs(
    cause: Exception, said: Outage | None
) -> None:
    assert outage(caused(OperationalError(), cause)) is said


@once
def test_a_closed_connection_is_no_bug_and_what_comes_of_it_neither() -> None:
    closed = InterfaceError("connection already closed")
    assert outage(closed) is AWAY
    assert outage(caused(KeyError("x"), closed)) is AWAY
    assert outage(caused(IntegrityError(), psycopg.errors.UniqueViolation())) is None
    assert outage(ValueError()) is None


@once
@pytest.mark.django_db
def test_what_sqlite_says_of_itself_is_told_from_our_bugs() -> None:
    assert outage(refused_by_sqlite("SELECT * FROM nowhere")) is None
    assert outage(refused_by_sqlite("ATTACH '/proc/nowhere/x.sqlite3' AS gone")) is AWAY
    connection.cursor().execute("PRAGMA query_only = ON")
    try:
        assert outage(refused_by_sqlite("CREATE TABLE gone (id int)")) is READ_ONLY
    finally:
        connection.cursor().execute("PRAGMA query_only = OFF")


# --- What is answered ---------------------------------------------------------------------------


@pytest.fixture
def nothing_answers() -> Iterator[None]:
    """Every statement ends as when the server was just stopped."""

    def lost(*arguments: Any) -> Any:
        raise OperationalError("gone") from psycopg.errors.AdminShutdown()

    with connection.execute_wrapper(lost):
        yield


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """An address for every path there is."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, before + str(one.pattern))
        elif isinstance(one.pattern, RoutePattern):
            yield "/" + re.sub(r"<(?:(\w+):)?(\w+)>", filled, before + str(one.pattern))


def filled(part: re.Match[str]) -> str:
    if part[1] == "uuid" or part[2].endswith("_id"):
        return str(uuid.uuid4())
    return "1" if part[1] == "int" else "calls"


@once
@pytest.mark.django_db
def test_no_page_and_no_route_breaks_without_its_database(nothing_answers: None) -> None:
    """Whatever needs it answers 503 and when to come again; the rest answers as always."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    away_at, others = set(), set()
    for address in sorted(set(addresses(get_resolver()))):
        for method in ("get", "post"):
            answer = getattr(client, method)(
                address, HTTP_AUTHORIZATION="Bearer arv_x", HTTP_ACCEPT_LANGUAGE="fi"
            )
            assert answer.status_code != 500, address
            if answer.status_code != 503:
                others.add(address)
                continue
            away_at.add(address)
            assert int(answer["Retry-After"]) > 0
            if address.startswith("/-/"):
                continue
            if address.startswith("/api/"):
                assert answer["Content-Type"] == "application/problem+json"
                assert json.loads(answer.content)["code"] == "unavailable"
            else:
                assert "hetkeen" in answer.content.decode(), address
                assert "no-store" in answer["Cache-Control"]
    assert len(away_at) > 100
    assert {"/calls/", "/partner/", "/desk/", "/operator/", "/accounts/login/"} <= away_at


@once
@pytest.mark.django_db
def test_who_wrote_a_form_keeps_the_words(nothing_answers: None) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post("/store/in/calls/", {"text": "Twenty minutes of <work>"})
    assert answer.status_code == 503
    assert "Twenty minutes of &lt;work&gt;" in answer.content.decode()
    # Inside a portal too, whose frames can't be asked for now.
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert client.get("/store/")["X-Frame-Options"] == "DENY"


@once
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_refuses_a_review_and_takes_it_later_once() -> None:
    """SQLite's own words: its file may have no more pages."""
    stage = cast.stage()
    anna = signed_in(stage.anna)
    path = f"{API}/marketplaces/store/apps/calls/reviews"
    body = cast.full_answers(stage.marketplace, stage.now) | {"text": "Long words. " * 300}
    key = {"Idempotency-Key": "one"}
    with connection.cursor() as cursor:
        # What other tests have left free would be taken first.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            refused = anna.send("POST", path, body, key)
            assert refused.status == 503
            assert refused.headers["Retry-After"] == "60"
            assert Client().get("/store/").status_code == 200
        finally:
            cursor.execute("PRAGMA max_page_count = 1000000")
    made = anna.send("POST", path, body, key)
    assert made.status == 201
    again = anna.send("POST", path, body, key)
    assert (again.json["id"], again.headers["Idempotency-Replayed"]) == (made.json["id"], "true")


# --- What has left already ----------------------------------------------------------------------


@once
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_left_as_the_database_went_is_noted_later_and_not_sent_again(
    settings: Any,
) -> None:
    lost: list[str] = []

    def stop(mail: EmailMessage) -> str:
        lost[:] = ["statement"] * 2
        return OK

    def lose(execute: Any, *arguments: Any) -> Any:
        if lost:
            lost.pop()
            raise OperationalError("gone") from psycopg.errors.AdminShutdown()
        return execute(*arguments)

    now = clock.now()
    with open_sink() as (sink, smtp), connection.execute_wrapper(lose):
        settings.SMTP, sink.data = smtp, stop
        post(mails=[Mail(to="a@example.com", rendered=Rendered("Hi", "Words", ""))] * 2, now=now)
        assert work_once(now=now, kinds=["mail"]) == {"mail": 2}
        assert not work_once(now=now + timedelta(hours=1), kinds=["mail"])
    assert len(set(sink.ids)) == len(sink.ids) == 2


# --- A real server that stops -------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[postgres.Server]:
    """With the tables of the run's own database: whoever asks for it is marked `django_db`."""
    with postgres.own() as server:
        found = [programs.find(name, server=postgres.OLDEST) for name in ("pg_dump", "psql")]
        told = programs.environment(connection.get_connection_params())
        dump = subprocess.run([found[0]], env=told, capture_output=True, check=True).stdout
        subprocess.run(
            [found[1], "-q", "-v", "ON_ERROR_STOP=1", server.url],
            input=dump,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield server


@pytest.fixture(scope="module")
def stage(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with service(server.url, tmp_path_factory.mktemp("stage")) as running:
        made: dict[str, Any] = running.stage("make")
    return made


@on_postgresql
@pytest.mark.django_db
def test_postgresql_stops_under_load_and_nothing_is_lost_or_doubled(
    server: postgres.Server, stage: dict[str, Any], tmp_path: Path
) -> None:
    away.run(server=server, folder=tmp_path, stage=stage, away=2, authors=40, pause=0.05)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own that can be filled. Only root may mount one."""
    folder.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], capture_output=True
    )
    if tried.returncode:
        pytest.skip("no disk of its own: only root may mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def database_on(server: postgres.Server, folder: Path) -> Iterator[str]:
    """A copy of the stage's database, all of it on that disk; its history of writes isn't."""
    owner = server.folder.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    with psycopg.connect(server.url, autocommit=True, dbname="template1") as connected:
        connected.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        connected.execute("CREATE DATABASE small TEMPLATE postgres TABLESPACE small")
        try:
            yield server.url.replace("/postgres", "/small")
        finally:
            connected.execute("DROP DATABASE small WITH (FORCE)")
            connected.execute("DROP TABLESPACE small")


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return filler


def asked_anew(running: Service, status: int) -> Answer:
    """What `/-/ready` says as soon as what it said last isn't kept any more."""
    deadline = time.monotonic() + KEPT + 0.5
    while (ready := running.get("/-/ready")).status != status:
        assert time.monotonic() < deadline, ready.json["checks"]
        time.sleep(0.1)
    return ready


@on_postgresql
@pytest.mark.django_db
def test_a_full_disk_and_a_held_table_are_told_and_over_when_they_are(
    server: postgres.Server, stage: dict[str, Any], tmp_path: Path
) -> None:
    with (
        small_disk(server.folder / "small") as disk,
        database_on(server, disk) as url,
        # No worker runs here, so everything is late.
        service(url, tmp_path, READY_LATEST="0", DATABASE_TIMEOUT="3") as running,
    ):
        running.start("serve")
        assert running.get("/-/ready").status == 200
        load = Load(running, stage["secret"], {**stage["answers"], "text": "Words. " * 600}, [], 0)
        filler = fill(disk)
        answers = {name: load.submit(name) for name in map("late-{}".format, range(12))}
        refused = [name for name, answer in answers.items() if answer.status == 503]
        assert {answer.status for answer in answers.values()} <= {201, 503} and refused
        assert answers[refused[0]].headers["retry-after"] == "60"
        assert running.get("/store/").status == 200
        assert "PostgreSQL's disk is full" in running.arvio("doctor").stdout
        ready = asked_anew(running, 503)
        assert ready.headers["retry-after"]
        told = {check["name"]: check["what"] for check in ready.json["checks"]}
        assert told["disk"] == "is full: nothing can be saved"
        filler.unlink()
        for name in refused:
            assert load.submit(name).status == 201
        kept = [user for user, _ in running.stage("count")["reviews"].values()]
        assert sorted(user for user in kept if user in answers) == sorted(answers)
        asked_anew(running, 200)
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE review IN ACCESS EXCLUSIVE MODE")
            waited = load.submit("waiting")
        assert (waited.status, waited.headers["retry-after"]) == (503, "2")
        assert load.submit("waiting").status == 201
