"""The folder can be deleted, and everything else goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import arvio

pytestmark = pytest.mark.once
LOOK = """
import django
django.setup()
from django.core.management import call_command
from arvio.connect import platforms
from arvio.work import loop
assert "hubspot" not in platforms.NAMES and platforms.platform("hubspot") is None
assert not [kind for kind in loop.OUTSIDE if "hubspot" in kind], loop.OUTSIDE
call_command("check")
call_command("makemigrations", check=True, dry_run=True)
call_command("migrate", verbosity=0)
call_command("work", once=True)
"""


def test_without_the_folder_everything_else_goes_on(tmp_path: Path) -> None:
    source = Path(arvio.__file__).parent
    shutil.copytree(source, tmp_path / "arvio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(tmp_path / "arvio" / "connect" / "hubspot")
    env = {
        "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
        "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "localhost", "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", LOOK], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr[-2000:]
