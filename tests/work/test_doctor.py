"""What `arvio doctor` says of the working days that reports are decided in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from arvio import clock
from arvio.catalog.models import Marketplace
from tests.cast import stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]

CHECK = "the working days of each marketplace"
Doctor = Callable[[datetime], str]


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


def test_the_doctor_asks_for_the_decree_of_a_year_thirty_working_days_ahead(doctor: Doctor) -> None:
    put("moscow", "RU", "Europe/Moscow")
    put("helsinki", "FI", "Europe/Helsinki")
    assert f"✓ {CHECK}" in doctor(datetime(2026, 11, 26, tzinfo=UTC))
    words = doctor(datetime(2089, 12, 31, 20, 59, tzinfo=UTC))
    assert f"✗ {CHECK}" in words
    assert "moscow: which days are moved in 2089 isn't known for RU" in words
    assert "moscow: which days are moved in 2090 isn't known for RU" in words
    assert "pip install --upgrade holidays" in words
    assert "helsinki: " not in words


def test_the_doctor_names_a_calendar_that_nobody_knows(doctor: Doctor) -> None:
    put("nowhere", "XX", "UTC")
    put("texas", "US-ZZ", "UTC")
    words = doctor(datetime(2026, 11, 26, tzinfo=UTC))
    assert "nowhere: 'XX' is no calendar that is known." in words
    assert "texas: 'US-ZZ' is no calendar that is known. Parts of US are AK, AL," in words
