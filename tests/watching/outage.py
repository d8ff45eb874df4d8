"""A database that is away for a while, under load: what clients see of it, and what is there after.

`tests/watching/test_outage.py` runs it for seconds, `python -m benchmarks.outage` for a minute.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from arvio.watching.probes import KEPT
from tests import postgres
from tests.notify.sink import Sink, free_port, listening
from tests.watching.service import Load, Service, service


def run(
    *,
    server: postgres.Server,
    folder: Path,
    stage: dict[str, Any] | None = None,
    away: float,
    authors: int,
    pause: float,
    say: Callable[[str], None] = lambda words: None,
) -> None:
    """`stage` is what `tests.watching.stage make` said, where it is made already. Raises
    AssertionError where something was lost, doubled or badly answered.
    """
    sink, mail_port = Sink(), free_port()
    smtp = f"smtp://127.0.0.1:{mail_port}?tls=no"
    with (
        listening(sink, mail_port),
        service(server.url, folder, SMTP_URL=smtp, MAIL_FROM="R <r@store.example>") as running,
    ):
        made = stage or running.stage("make")
        running.start("serve", "work")
        names = [f"author-{number}" for number in range(authors)]
        load = Load(running, made["secret"], made["answers"], names, pause)
        began = time.monotonic()
        load.start(writers=4)
        try:
            _interrupt(running, server, load, away, say)
            load.finish(seconds=away + 60)
        finally:
            load.abandon()
        say(f"{authors} reviews were taken {time.monotonic() - began:.1f} s after the first")
        found = _settled(running, server.url, sink, authors, say)
        _check_answers(load, say)
        _check_kept(running, load, found, sink)


def _interrupt(
    running: Service,
    server: postgres.Server,
    load: Load,
    away: float,
    say: Callable[[str], None],
) -> None:
    """A crash and its length, then an orderly stop that is soon over."""
    for how, seconds in ((signal.SIGQUIT, away), (signal.SIGINT, min(away / 3, 2))):
        reached = len(load.taken)
        _until(lambda reached=reached: len(load.taken) >= reached + 10, load.tell)
        server.stop(how)
        stopped = time.monotonic()
        if how == signal.SIGQUIT:
            _look_at_it_away(running)
        time.sleep(max(stopped + seconds - time.monotonic(), 0))
        taken = len(load.taken)
        server.start()
        back = time.monotonic()
        _until(lambda taken=taken: len(load.taken) > taken, load.tell)
        say(
            f"away for {back - stopped:.1f} s ({how.name}); the first review was taken "
            f"{time.monotonic() - back:.2f} s after it was back"
        )


def _look_at_it_away(running: Service) -> None:
    assert running.get("/-/live").status == 200
    doctor = running.arvio("doctor")
    assert doctor.returncode == 1
    assert "the database can't be used" in doctor.stdout
    # What was said before is kept for a moment.
    deadline = time.monotonic() + KEPT
    while (ready := running.get("/-/ready")).status == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (ready.status, ready.json["ready"]) == (503, False)
    assert ready.json["checks"][0]["what"] == "can't be reached"


def _until(true: Callable[..., bool], otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


def _settled(
    running: Service, url: str, sink: Sink, authors: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """When the worker has published all and told everybody, with no restart."""
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connected:

        def state() -> tuple[int, int, int]:
            found = connected.execute(
                "SELECT (SELECT count(*) FROM review WHERE state = 'published'), "
                "(SELECT count(*) FROM message WHERE sent_at IS NULL), "
                "(SELECT count(*) FROM due WHERE kind IN ('notice', 'mail') AND due_at <= now())"
            ).fetchone()
            assert found
            return (found[0], found[1], found[2])

        _until(
            lambda: state() == (authors, 0, 0), lambda: f"{state()} {running.log('work')[-999:]}"
        )
    say(f"the worker was through {time.monotonic() - began:.1f} s later")
    found: dict[str, Any] = running.stage("count")
    assert found["mails"] == len(set(sink.ids)) > 0
    return found


def _check_answers(load: Load, say: Callable[[str], None]) -> None:
    """Only 2xx and 503, each 503 with its sentence and when to come again."""
    say(f"answers: {dict(sorted(load.statuses().items()))}")
    assert load.broken == []
    assert set(load.statuses()) == {200, 201, 503}
    away = [(path, answer) for _, path, answer in load.seen if answer.status == 503]
    for path, answer in away:
        assert int(answer.headers["retry-after"]) > 0, path
        if path.startswith("/api/"):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json["code"] == "unavailable"
        elif path.startswith("/store/"):
            assert "be used for a moment" in answer.body.decode()
        assert b"Traceback" not in answer.body
    kinds = {path for path, _ in away}
    assert {"/-/ready", "/store/"} <= kinds and any(path.startswith("/api/") for path in kinds)


def _check_kept(running: Service, load: Load, found: dict[str, Any], sink: Sink) -> None:
    """What was answered 201 is there once, was published once and told once."""
    assert [process.poll() for process in running.processes] == [None, None]
    assert sorted(load.taken) == sorted(load.authors)
    reviews = {user: pk for pk, (user, _) in found["reviews"].items()}
    assert reviews == load.taken and len(found["reviews"]) == len(load.authors)
    events = found["events"]
    for pk in found["reviews"]:
        assert events[f"review:{pk} review:submitted"] == 1
        assert events[f"review:{pk} review:published"] == 1
    assert found["given_up"] == []
    assert max(Counter(sink.ids).values()) == 1, "a mail was sent twice"
    for name in ("serve", "work"):
        assert "Traceback" not in running.log(name)
    verified = running.arvio("verify")
    assert verified.returncode == 0, verified.stdout
    assert running.get("/-/ready").status == 200
