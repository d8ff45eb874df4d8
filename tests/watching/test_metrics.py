"""`/metrics`: who may read it, what it says of what stands in the database, and what it costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import Client

from arvio import cli, clock
from arvio.catalog.models import Marketplace, User
from arvio.config import shared_figures
from arvio.due.models import Due
from arvio.moderation.models import Case
from arvio.notify.models import Message, Relay, WebhookDelivery, WebhookEndpoint
from arvio.people.models import Person
from arvio.watching import state, worker
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW
from tests.moderation.desk import desk
from tests.notify.sink import free_port

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "sixteen-or-more-signs"
HOUR = timedelta(hours=1)
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(autouse=True)
def _asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(clock, "now", lambda: NOW)
    state.Collector.forget()
    yield
    state.Collector.forget()


def asked(authorization: str = f"Bearer {TOKEN}") -> Any:
    return Client().get("/metrics", headers={"authorization": authorization})


def figure(text: str, name: str, **labels: str) -> float | None:
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            said = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= said.items():
                return float(found[3])
    return None


@pytest.mark.once
def test_figures_are_for_whoever_has_the_token(settings: Any) -> None:
    assert asked().status_code == 200
    assert asked().headers["Cache-Control"] == "no-store"
    for wrong in ("", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer ё", TOKEN):
        assert asked(wrong).status_code == 401
    settings.METRICS_TOKEN = ""
    for sent in ("", "Bearer ", f"Bearer {TOKEN}"):
        assert asked(sent).status_code == 404


def test_they_say_what_waits_and_for_how_long() -> None:
    stage = cast.stage()
    work_once(now=NOW)
    Due.objects.all().delete()
    rows = [("publish", NOW - HOUR, 0), ("publish", NOW - HOUR / 2, 3), ("publish", NOW + HOUR, 0)]
    rows += [("publish", NOW + 2 * HOUR, 0), ("edit", NOW - 2 * HOUR, 10)]
    # The tenth attempt has just failed.
    rows += [("edit", NOW + HOUR / 4, 10), ("edit", NOW, 0)]
    Due.objects.bulk_create(
        Due(kind=kind, key=str(n), due_at=due_at, attempts=tried)
        for n, (kind, due_at, tried) in enumerate(rows)
    )
    Message.objects.all().delete()
    for number, (age, dead) in enumerate(((3, False), (1, False), (9, True))):
        Message.objects.create(
            to_email=f"{number}@mail.example",
            subject="x",
            text="x",
            message_id=str(number),
            created_at=NOW - age * HOUR,
            dead_at=NOW if dead else None,
        )
    Relay.objects.create(name="smtp", down_at=NOW - HOUR, retry_at=NOW, error="away")
    said = asked().content.decode()
    of_kinds = {
        (kind, state): figure(said, "arvio_due_rows", kind=kind, state=state)
        for kind in ("publish", "edit", "mail")
        for state in ("waiting", "overdue", "given_up")
    }
    assert [of_kinds[key] for key in sorted(of_kinds)] == [2, 1, 0, 0, 0, 0, 0, 2, 2]
    oldest = "arvio_due_oldest_overdue_seconds"
    assert [figure(said, oldest, kind=kind) for kind in ("publish", "edit", "mail")] == [3600, 0, 0]
    assert figure(said, "arvio_mail_messages", state="waiting") == 2
    assert figure(said, "arvio_mail_messages", state="dead") == 1
    assert figure(said, "arvio_mail_oldest_waiting_seconds") == 3 * 3600
    assert figure(said, "arvio_mail_relay_down_seconds") == 3600
    assert figure(said, "arvio_database_up") == 1
    # Nobody's name, nobody's app: a figure is of kinds, states and marketplaces.
    people = [*User.objects.values_list("name", "email")]
    people += Person.objects.values_list("name", "email")
    words = [word for row in people for word in row] + [stage.app.ref, stage.partner.ref]
    assert [word for word in words if re.search(rf"\b{word}\b", said)] == []


def test_cases_by_working_days_left_seals_and_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By each marketplace's own calendar: the two working days after Friday end on Tuesday."""
    at = desk()
    store = at.stage.marketplace
    friday = NOW + timedelta(days=4)
    assert (store.calendar, friday.strftime("%A")) == ("US", "Friday")
    for days in (-1, 1, 3, 5, 6, 30):
        at.report(at.stage.published())
        newest = Case.objects.order_by("-created_at", "-id")[:1].get()
        Case.objects.filter(pk=newest.pk).update(due_at=friday + timedelta(days=days))
    on = endpoint(at.stage)
    endpoint(at.stage, disabled_at=NOW, disabled_reason="failing")
    endpoint(at.stage, active=False)
    endpoint(at.stage, failing_since=NOW)
    endpoint(at.stage, deleted_at=NOW)
    for number in range(3):
        event(on, seq=number, created_at=NOW)
    event(on, seq=9, state="delivered")
    event(endpoint(at.stage, active=False), seq=1)
    work_once(now=NOW)
    at.stage.review()
    work_once(now=NOW, kinds=["publish"])
    monkeypatch.setattr(clock, "now", lambda: friday)
    said = asked().content.decode()
    store_has = {"marketplace": "store"}
    lefts = [figure(said, "arvio_cases", time_left=left, **store_has) for left in state.LEFTS]
    assert lefts == [1, 2, 2, 1]
    # A calendar that went with an update of its package takes no other figure with it.
    Marketplace.objects.update(calendar="XX")
    state.Collector.forget()
    lefts = [figure(asked().content.decode(), "arvio_cases", time_left=one) for one in state.LEFTS]
    assert lefts == [1, 0, 0, 5]
    endpoints = {
        one: figure(said, "arvio_webhook_endpoints", marketplace="store", state=one)
        for one in ("active", "failing", "paused", "disabled")
    }
    assert endpoints == {"active": 1, "failing": 1, "paused": 2, "disabled": 1}
    assert figure(said, "arvio_webhook_deliveries_waiting", marketplace="store") == 3
    waits = (friday - NOW).total_seconds()
    assert figure(said, "arvio_webhook_oldest_waiting_seconds", marketplace="store") == waits
    assert figure(said, "arvio_seal_age_seconds", marketplace="store") == waits
    assert figure(said, "arvio_unsealed_age_seconds", marketplace="store") == waits


def endpoint(stage: cast.Stage, **fields: Any) -> WebhookEndpoint:
    known = {"url": "https://x.example/", "created_by": "test", "created_at": NOW}
    return WebhookEndpoint.objects.create(marketplace=stage.marketplace, **known, **fields)


def event(on: WebhookEndpoint, **fields: Any) -> None:
    known = {"event": "ping", "subject": "webhook:1", "body": "{}", "created_at": NOW - HOUR}
    WebhookDelivery.objects.create(endpoint=on, next_at=NOW, **{**known, **fields})


def test_a_scrape_costs_seven_statements_and_the_next_costs_none(count_sql: Counting) -> None:
    cast.stage()
    with count_sql() as statements:
        asked()
    few = len(statements)
    for slug in ("a", "b"):
        stage = cast.stage(slug=slug)
        endpoint(stage)
        stage.review()
    state.Collector.forget()
    with count_sql() as statements:
        asked()
    assert len(statements) == few == 7
    with count_sql() as statements:
        asked()
    assert statements == []


@pytest.mark.once
def test_while_the_database_is_away_they_say_so() -> None:
    def away(*_: Any) -> None:
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(away):
        answer = asked()
    said = answer.content.decode()
    assert answer.status_code == 200 and figure(said, "arvio_database_up") == 0
    assert figure(said, "arvio_build_info", version="0.1.0") == 1
    assert "arvio_due_rows" not in said


# --- The worker ----------------------------------------------------------------------------------


@pytest.mark.once
def test_a_worker_answers_with_what_it_served() -> None:
    stage = cast.stage()
    stage.review()
    work_once(now=NOW, kinds=["notice"])
    Due.objects.create(kind="notice", key="nonsense", due_at=NOW)
    server = worker.serve_figures(address=("127.0.0.1", free_port()))
    try:
        with pytest.raises(CommandError, match="Set WORKER_METRICS to another"):
            worker.serve_figures(address=("127.0.0.1", server.server_port))
        host = f"http://127.0.0.1:{server.server_port}"
        assert httpx.get(f"{host}/metrics").status_code == 401
        assert httpx.get(f"{host}/").status_code == 404
        answer = httpx.get(f"{host}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        said = answer.text
    finally:
        server.shutdown()
        server.server_close()
    served = figure(said, "arvio_worker_rows_total", kind="notice", outcome="served")
    assert served and served >= 1
    assert figure(said, "arvio_worker_batch_duration_seconds_count", kind="notice")
    assert "_created" not in said


# --- Several processes ---------------------------------------------------------------------------

COUNTS = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from arvio.config import shared_figures
with shared_figures.one_folder() as folder:
    import django
    django.setup()
    from django.urls import get_resolver
    get_resolver().url_patterns  # as the checks of a command do, before the server forks
    from arvio.watching import figures
    def count(times):
        for _ in range(times):
            figures.count(route="web:app", method="GET", status=200, seconds=0.01)
    for times in (3, 4):
        if not (child := os.fork()):
            count(times)
            os._exit(0)
        os.waitpid(child, 0)
    count(5)
    print(figures._counted().decode())
print("left:", folder.exists())
"""


@pytest.mark.once
def test_processes_of_one_server_count_together_and_a_process_that_ended_still_counts() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COUNTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    name = {"route": "web:app", "method": "GET"}
    assert figure(ran.stdout, "arvio_http_requests_total", status="2xx", **name) == 12
    assert figure(ran.stdout, "arvio_http_request_duration_seconds_count", **name) == 12
    assert "left: False" in ran.stdout


@pytest.mark.once
def test_a_named_folder_is_emptied_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(shared_figures.NAME, str(tmp_path / "figures"))
    monkeypatch.chdir(tmp_path)
    for _ in "12":
        with shared_figures.one_folder() as folder:
            assert list(folder.iterdir()) == []
            (folder / "counter_1.db").write_bytes(b"old")


@pytest.mark.once
def test_only_a_server_gets_such_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "django.core.management.execute_from_command_line",
        lambda argv: seen.append(os.environ.get(shared_figures.NAME, "")),
    )
    for command in ("serve", "work"):
        monkeypatch.setattr(sys, "argv", ["arvio", command])
        cli.main()
    assert Path(seen[0]).name.startswith("arvio-figures-") and seen[1] == ""
