"""A database is backed up while others write, lost, and restored."""

from __future__ import annotations

import json
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from arvio import clock
from arvio.audit import guards
from arvio.audit.models import Seal
from arvio.catalog.models import User
from arvio.connect.erasing import erase_everywhere
from arvio.due.models import Due
from arvio.keeping import postgresql, restoring, sqlite
from arvio.keeping.archive import DATABASE, MANIFEST
from arvio.notify.models import Message
from arvio.notify.posting import MAIL
from arvio.reviews.models import Review, ReviewVersion
from arvio.work.loop import work_once
from tests import cast
from tests.keeping.stage import lose

WRITERS, BEFORE = 8, 40


class Writers:
    """Eight customers' threads that submit one review after the other until they are stopped."""

    def __init__(self, stage: cast.Stage) -> None:
        self.stage, self.answers = stage, cast.full_answers(stage.marketplace, stage.now)
        self.answered: list[UUID] = []
        self.errors: list[BaseException] = []
        self.enough, self.stop = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(WRITERS)]

    def __enter__(self) -> Writers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _write(self, writer: int) -> None:
        number = 0
        try:
            while not self.stop.is_set():
                number += 1
                by = cast.viewer(self.stage.marketplace, self.stage.acme, f"w{writer}-{number}")
                self.answered.append(self.stage.review(by=by).pk)
                if len(self.answered) >= BEFORE:
                    self.enough.set()
        except BaseException as error:
            self.errors.append(error)
            self.enough.set()
        finally:
            connection.close()


def said(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.usefixtures("kept")
def test_whatever_was_answered_before_a_backup_is_there_when_the_database_was_lost(
    tmp_path: Path,
) -> None:
    stage = cast.stage(preset="bitrix24-2025")
    early = stage.published()
    work_once(now=stage.now + timedelta(hours=2))
    root = Seal.objects.order_by("-number")[0].hash
    file = tmp_path / "kept.zip"
    with Writers(stage) as writers:
        assert writers.enough.wait(60)
        before = list(writers.answered)
        said("backup", str(file))
        during = writers.answered[len(before) :]
    assert writers.errors == []
    assert during, "nobody wrote while the backup was made"

    lose()
    # One that isn't what it says leaves nothing of itself for somebody to serve.
    lying = tmp_path / "lying.zip"
    repacked(file, lying, rows={"review": -7})
    with pytest.raises(CommandError, match="review: -7 rows in the backup"):
        said("restore", str(lying))
    assert restoring.standing() is None
    words = said("restore", str(file))

    assert "The guards of what is append-only stand." in words
    assert "no differences" in words
    assert "The newest seal of each marketplace (1) is that of the backup." in words
    assert "Whoever was erased since is back" in words
    kept = set(Review.objects.values_list("pk", flat=True))
    assert {early.pk, *before} - kept == set()
    assert kept - {early.pk, *before, *during} == set()
    assert "no differences" in said("verify")
    proof = tmp_path / "proof.jsonl"
    proof.write_text(said("export", marketplace="store", format="proof"))
    said("verify", proof=str(proof), root=root)
    # And life goes on, under the same guards.
    assert guards.missing(connection) == []
    work_once(now=stage.now + timedelta(days=4))
    assert Review.objects.get(pk=before[0]).state == "published"
    connection.close()


@pytest.mark.usefixtures("kept")
def test_what_is_there_is_replaced_only_on_demand_and_only_by_what_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = cast.stage()
    anna, other = stage.review(by=stage.anna), stage.review()
    work_once(now=stage.now)
    Session.objects.create(
        session_key="anna", session_data="", expire_date=datetime(2099, 1, 1, tzinfo=UTC)
    )
    file = tmp_path / "kept.zip"
    said("backup", str(file))
    waiting = Message.objects.filter(sent_at=None, review_id=other.pk).count()
    assert waiting
    assert file.stat().st_mode & 0o777 == 0o600

    erase_everywhere(user=stage.anna.user or User(), actor="command", now=clock.now())
    later = stage.review(by=stage.arvo)
    with pytest.raises(CommandError, match=r"isn't empty \(1 marketplaces, 3 reviews"):
        said("restore", str(file))
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="Nobody is there to be asked"):
        said("restore", str(file), replace=True)

    # One whose rows aren't what it says: found out when it is in, and taken out again.
    lying = tmp_path / "lying.zip"
    repacked(file, lying, rows={"review": 7})
    with pytest.raises(CommandError, match="review: 7 rows in the backup, 2 restored"):
        said("restore", str(lying), replace=True, yes=True)
    assert Review.objects.filter(pk=later.pk).exists()
    assert guards.missing(connection) == []

    words = said("restore", str(file), replace=True, yes=True, hold_mail=True)

    assert list(Review.objects.order_by("pk").values_list("pk", flat=True)) == [anna.pk, other.pk]
    assert "1 persons who had been erased since were erased again." in words
    assert ReviewVersion.objects.get(review=anna).text == ""
    assert not Session.objects.exists()
    assert f"{waiting} mails are held" in words
    assert Message.objects.filter(sent_at=None, dead_at=None).count() == 0
    assert not Due.objects.filter(kind=MAIL).exists()
    assert [path.name for path in tmp_path.glob("*restoring*")] == []
    assert postgresql.ASIDE not in schemas()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {postgresql.ASIDE}")
        with pytest.raises(CommandError, match="A restore was stopped here"):
            said("restore", str(file), replace=True, yes=True)


def repacked(file: Path, other: Path, **changes: dict[str, int]) -> None:
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(other, "w") as target:
        manifest = json.loads(source.read(MANIFEST))
        for key, values in changes.items():
            manifest[key] |= values
        target.writestr(DATABASE, source.read(DATABASE))
        target.writestr(MANIFEST, json.dumps(manifest))


def schemas() -> list[str]:
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.usefixtures("kept")
def test_nothing_is_restored_under_somebody_who_works(tmp_path: Path) -> None:
    file = tmp_path / "kept.zip"
    said("backup", str(file))
    working, done = threading.Event(), threading.Event()

    def work() -> None:
        list(Review.objects.all())
        working.set()
        done.wait(30)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert working.wait(30)
        with pytest.raises(CommandError, match="Stop `arvio serve` and `arvio work`"):
            said("restore", str(file), replace=True, yes=True)
    finally:
        done.set()
        thread.join()


@pytest.mark.once
@pytest.mark.usefixtures("kept")
def test_a_database_that_is_damaged_is_replaced_as_well(tmp_path: Path) -> None:
    stage = cast.stage()
    stage.review()
    file = tmp_path / "kept.zip"
    said("backup", str(file))
    connection.close()
    path = sqlite.path_of(connection)
    path.write_bytes(b"no database any more" * 500)
    with pytest.raises(CommandError, match=r"isn't empty \(.* can't be read as a database"):
        said("restore", str(file))
    words = said("restore", str(file), replace=True, yes=True)
    assert "no differences" in words
    assert "Whoever was erased since is back" in words
    assert Review.objects.count() == 1
