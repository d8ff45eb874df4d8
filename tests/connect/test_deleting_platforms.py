"""A platform's folder can be deleted, and the rest works."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arvio.connect import platforms

pytestmark = pytest.mark.once
SOURCE = Path(platforms.HERE).parents[1]
WITHOUT = """
import django
django.setup()
from django.core.management import call_command, get_commands
from django.test import Client
from arvio.connect import platforms
assert platforms.NAMES == (), platforms.NAMES
assert not any(platforms.platform(name) for name in {names!r})
call_command("check")
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
call_command("migrate", verbosity=0)
call_command("work", once=True)
import arvio.config.urls, arvio.work.kinds, arvio.demo.seed
assert not set({names!r}) & set(get_commands())
for name in {names!r}:
    assert Client().post(f"/store/connect/calls/{{name}}/events/").status_code == 404
"""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("name", platforms.NAMES)
def test_nobody_imports_a_platform(name: str) -> None:
    package = f"arvio.connect.{name}"
    strangers = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if platforms.HERE / name not in path.parents
        and any(one == package or one.startswith(f"{package}.") for one in imported(path))
    ]
    assert strangers == []


def test_without_any_platform_all_else_is_whole(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for platform in platforms.NAMES:
        shutil.rmtree(tmp_path / "src" / "arvio" / "connect" / platform)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(names=platforms.NAMES)],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path / "src"),
            "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path}/without.sqlite3",
            "ALLOWED_HOSTS": "testserver",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
