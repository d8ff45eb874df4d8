"""An import that is killed is started again and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.connect import store

pytestmark = pytest.mark.once

ROWS = 1300
TIMEOUT = 120


@pytest.fixture
def arvio(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start `arvio` with a database of its own."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/arvio.sqlite3",
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "localhost",
        "BASE_URL": "http://localhost",
        "ARVIO_DEMO": "no",
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "arvio.cli", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def said(process: subprocess.Popen[str]) -> str:
    out, error = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, error
    return out


def test_a_killed_import_goes_on_and_takes_each_row_once(
    tmp_path: Path, arvio: Callable[..., subprocess.Popen[str]]
) -> None:
    rows = store.many(ROWS)
    file = str(store.write(tmp_path, rows))
    said(arvio("migrate", "-v0"))
    said(arvio("marketplace", "create", "shop", "--policy", "bitrix24-2024"))

    running = arvio("import", file, "--format", "shopify-csv", "--marketplace", "shop")
    database = sqlite3.connect(tmp_path / "arvio.sqlite3", timeout=20)
    deadline = time.monotonic() + TIMEOUT
    while taken(database) == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=TIMEOUT)
    killed_at = taken(database)
    assert 0 < killed_at < ROWS

    again = said(arvio("import", file, "--format", "shopify-csv", "--marketplace", "shop"))
    assert f"{ROWS - killed_at:,}" in again
    assert taken(database) == ROWS
    assert histograms(database) == expected(rows)
    assert "no differences" in said(arvio("verify"))
    database.close()


def taken(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM imported_row").fetchone()[0])


def histograms(database: sqlite3.Connection) -> dict[str, list[int]]:
    query = (
        "SELECT a.name, s.stars_1, s.stars_2, s.stars_3, s.stars_4, s.stars_5"
        " FROM rating_summary s JOIN app a ON a.id = s.app_id"
    )
    return {name: list(counts) for name, *counts in database.execute(query)}


def expected(rows: list[list[str]]) -> dict[str, list[int]]:
    counted = {app: [0] * 5 for app in store.APPS}
    for cells in rows:
        counted[cells[6]][int(cells[3]) - 1] += 1
    return counted
