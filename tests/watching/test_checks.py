"""What `arvio doctor` finds, and that it always comes to an end."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from arvio import clock
from arvio.catalog.models import Marketplace
from arvio.config.serving import limit_statements
from arvio.people.actions import create_key, key_hash, rotate_key
from arvio.people.models import Key
from arvio.watching import checks, database, flow, keys, place
from arvio.work.loop import work_once
from tests.cast import stage

pytestmark = pytest.mark.django_db
once = pytest.mark.once

DAYS = "the working days of each marketplace"
Doctor = Callable[[datetime], str]
HTTPS = {
    "BASE_URL": "https://reviews.example.com",
    "ALLOWED_HOSTS": ["reviews.example.com"],
    "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    "SECRET_KEY": "".join(map(chr, range(40, 100))),
    "OUTBOUND_ALLOWED": [],
}


@pytest.fixture
def doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Doctor:
    """What it says at a moment."""
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))

    def said(at: datetime) -> str:
        clock.advance(at - clock.now())
        with suppress(SystemExit):
            call_command("doctor")
        return " ".join(capsys.readouterr().out.split())

    return said


def put(slug: str, calendar: str, time_zone: str) -> None:
    made = stage(slug=slug).marketplace
    Marketplace.objects.filter(pk=made.pk).update(calendar=calendar, time_zone=time_zone)


@once
def test_the_doctor_asks_for_the_decree_of_a_year_thirty_working_days_ahead(doctor: Doctor) -> None:
    put("moscow", "RU", "Europe/Moscow")
    put("helsinki", "FI", "Europe/Helsinki")
    assert f"✓ {DAYS}" in doctor(datetime(2026, 11, 26, tzinfo=UTC))
    words = doctor(datetime(2089, 12, 31, 20, 59, tzinfo=UTC))
    assert f"✗ {DAYS}" in words
    assert "moscow: which days are moved in 2089 isn't known for RU" in words
    assert "moscow: which days are moved in 2090 isn't known for RU" in words
    assert "pip install --upgrade holidays" in words
    assert "helsinki: which" not in words


@once
def test_the_doctor_names_a_calendar_and_a_zone_that_nobody_knows(doctor: Doctor) -> None:
    put("nowhere", "XX", "UTC")
    put("texas", "US-ZZ", "UTC")
    put("mars", "FI", "Mars/Olympus")
    words = doctor(datetime(2026, 11, 26, tzinfo=UTC))
    assert "nowhere: 'XX' is no calendar that is known." in words
    assert "texas: 'US-ZZ' is no calendar that is known. Parts of US are AK, AL," in words
    assert "mars: the time zone Mars/Olympus isn't known here." in words


@once
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"BASE_URL": "http://reviews.example.com"}, "nobody can sign in"),
        ({"ALLOWED_HOSTS": ["*"]}, "Name the hosts"),
        ({"ALLOWED_HOSTS": ["other.example.com"]}, "its pages answer 400"),
        ({"ALLAUTH_TRUSTED_PROXY_COUNT": 0}, "Set TRUSTED_PROXIES=1"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY can be guessed"),
        ({"OUTBOUND_ALLOWED": ["10.0.0.0/8"]}, ""),
        ({"OUTBOUND_ALLOWED": ["0.0.0.0/0"]}, "OUTBOUND_ALLOWED has 0.0.0.0/0"),
        ({"OUTBOUND_ALLOWED": ["169.254.169.254/32"]}, "its cloud's own services"),
        ({"DEMO": True}, "Set ARVIO_DEMO=no"),
        ({"DEMO": True, "BASE_URL": "http://127.0.0.1:8000", "SECRET_KEY": "x"}, ""),
    ],
)
def test_settings_that_contradict_or_endanger_are_told(
    settings: Any, changed: dict[str, Any], said: str
) -> None:
    import ipaddress

    for name, value in {**HTTPS, **changed}.items():
        networks = [*map(ipaddress.ip_network, value)] if name == "OUTBOUND_ALLOWED" else value
        setattr(settings, name, networks)
    found = list(place.choices())
    assert [said in found[0]] == [True] if said else found == []
    assert len(found) == bool(said)


def test_the_database_of_the_tests_is_as_it_should_be() -> None:
    """All but what the tests' server does without on purpose."""
    found = [one for one in database.itself() if not one.startswith(database.SAFE_ONLY_ON)]
    assert found == []
    assert list(database.migrations()) == list(database.standing()) == []
    assert list(place.time_there()) == []


@once
def test_a_database_that_is_away_is_told_once_and_the_rest_not_looked_at() -> None:
    def lost(*arguments: Any) -> Any:
        raise OperationalError("gone") from psycopg.OperationalError("gone")

    out = StringIO()
    with connection.execute_wrapper(lost), pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (ended.value.code, said["ok"]) == (1, False)
    by_name = {check["name"]: check for check in said["checks"]}
    assert "Does it run, and is DATABASE_URL right?" in by_name["the database"]["problems"][0]
    unseen = {name for name, check in by_name.items() if check["ok"] is None}
    asking = {name for name, check in checks.CHECKS.items() if check.asks_database}
    assert unseen == asking - {"the database"}


@once
def test_no_check_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SECONDS", 0.1)

    def look() -> Iterator[str]:
        time.sleep(5)
        yield "it came to its end"

    slow = checks.Check(look, asks_database=False)
    monkeypatch.setattr(checks, "CHECKS", {"slow": slow})
    began = time.monotonic()
    (result,) = checks.run()
    assert "no answer within" in (result.problems or [""])[0]
    assert time.monotonic() - began < 3


@once
def test_a_history_that_isnt_sealed_is_told() -> None:
    made = stage()
    made.review(by=made.anna)
    assert "store: what happened since 2025-" in next(iter(flow.seals()))
    work_once(now=clock.now())
    assert list(flow.seals()) == []


@once
def test_a_key_that_ends_soon_is_told_until_its_successor_is_in_use(count_sql: Any) -> None:
    marketplace, now = stage().marketplace, clock.now()

    def made(name: str, days: int) -> Key:
        at, ends_at = now - timedelta(days=60), now + timedelta(days=days)
        token = create_key(
            kind="server", marketplace_id=marketplace.pk, name=name, ends_at=ends_at, now=at
        )
        return Key.objects.get(hash=key_hash(token))

    made("long", 30)
    soon = made("of Anna", 6)
    with count_sql() as statements:
        [said] = keys.ending()
    assert len(statements) == 3
    assert said.startswith(f"store: the key {soon.prefix}… ends at ") and "Anna" not in said
    assert f"Run: arvio key rotate {soon.prefix}" in said
    rotate_key(key=soon, keep=timedelta(days=1), now=now)
    assert list(keys.ending()) == [], "nobody uses the old one"
    Key.objects.filter(pk=soon.pk).update(last_used_at=now + timedelta(hours=1))
    [said] = keys.ending()
    assert "is still used, though another was made for it" in said


@pytest.mark.postgresql
def test_room_for_connections_is_counted_for_each_process(settings: Any) -> None:
    settings.THREADS, settings.PROCESSES = 40, 1
    assert [one for one in database.itself() if "connections" in one] == []
    settings.PROCESSES = 8
    assert [one for one in database.itself() if "may want 328 more" in one]


@once
def test_only_serving_on_postgresql_has_an_end_to_its_statements() -> None:
    made: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"options": "-a"}}
    limit_statements(database=made, seconds=0)
    assert made["OPTIONS"]["options"] == "-a"
    limit_statements(database=made, seconds=60)
    assert made["OPTIONS"]["options"].startswith("-a -c statement_timeout=60000 -c lock_timeout=2")
    sqlite = {"ENGINE": "django.db.backends.sqlite3"}
    limit_statements(database=sqlite, seconds=60)
    assert "OPTIONS" not in sqlite


@once
def test_every_check_has_its_line_in_the_document() -> None:
    document = Path(__file__).parent.parent.parent / "docs" / "doctor.md"
    lines = re.findall(r"^\| ([^|`-][^|]*?) \|", document.read_text(encoding="utf-8"), re.M)
    assert [line for line in lines if line in checks.CHECKS] == list(checks.CHECKS)
