"""Settings from the environment: documented both ways, and loud when they can't be read."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from arvio.config import env
from arvio.config.env import SETTINGS

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "docs" / "settings.md"


def documented() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in rows}


def code(value: str) -> str:
    return f"`{value}`" if value else "empty"


def test_the_table_says_what_the_code_says() -> None:
    assert documented() == {
        setting.name: [
            setting.kind,
            "required" if setting.default is None else code(setting.default),
            code(setting.example),
            setting.meaning,
        ]
        for setting in SETTINGS.values()
    }


def test_nothing_else_is_read_from_the_environment() -> None:
    """Only `env.py` reads it, the clock's file apart; whatever it is asked for is in the table."""
    asked, readers = set[str](), set[str]()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"env\.(?:text|flag|number|names|optional)\(\s*\"(\w+)\"", text))
        if re.search(r"os\.environ(?!\.setdefault|\.pop|\[)|os\.getenv", text):
            readers.add(path.relative_to(ROOT / "src" / "arvio").as_posix())
    assert asked <= set(SETTINGS)
    assert readers <= {"config/env.py", "clock.py"} | READ_FOR_A_CHILD


# Passes its whole environment on to the processes that it starts.
READ_FOR_A_CHILD = {
    "demo/management/commands/demo.py",
    "keeping/programs.py",
    "work/management/commands/serve.py",
}


@pytest.mark.parametrize("value", ["", "on", "2", "YES please"])
def test_a_bad_value_stops_with_name_value_and_example(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ARVIO_DEMO", value)
    monkeypatch.setenv("PORT", value or "eighty")
    for read, name in ((env.flag, "ARVIO_DEMO"), (env.number, "PORT")):
        if name == "PORT" and value == "2":
            continue
        with pytest.raises(ImproperlyConfigured) as refusal:
            read(name)
        said = str(refusal.value)
        assert name in said
        assert f"{name}={SETTINGS[name].example}" in said


def test_a_missing_value_stops_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.text("SECRET_KEY")


def test_names_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example, ,b.example ")
    assert env.names("ALLOWED_HOSTS") == ["a.example", "b.example"]


def test_an_address_has_a_host_and_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, read in (("[::1]:9102", ("::1", 9102)), ("h:1", ("h", 1)), ("", None)):
        monkeypatch.setenv("WORKER_METRICS", value)
        assert env.address("WORKER_METRICS") == read
    for value in ("9102", ":9102", "h:", "h:0", "h:65536", "h:x"):
        monkeypatch.setenv("WORKER_METRICS", value)
        with pytest.raises(ImproperlyConfigured, match=r"such as WORKER_METRICS=127.0.0.1:9102"):
            env.address("WORKER_METRICS")


def test_a_file_fills_in_what_the_environment_leaves_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.delenv("HOST", raising=False)
    file = tmp_path / "arvio.env"
    file.write_text("# a comment = x\n\nPORT=1\nHOST = 192.0.2.7 \nno line\n", encoding="utf-8")
    env.read_file(file)
    try:
        assert (env.number("PORT"), env.text("HOST")) == (9000, "192.0.2.7")
    finally:
        os.environ.pop("HOST", None)
    env.read_file(tmp_path / "not-there")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set"),
        ({"DATABASE_URL": "mysql://x:sesame@x/y"}, "Arvio runs on SQLite and on PostgreSQL"),
        ({"ARVIO_PROCESSES": "0"}, "ARVIO_PROCESSES is '0'. It takes whole number"),
        ({"DATABASE_TIMEOUT": "-1"}, "DATABASE_TIMEOUT is '-1'. It takes whole number"),
        ({"DATABASE_URL": "no url"}, "DATABASE_URL"),
        ({"ARVIO_DEMO": "maybe"}, "ARVIO_DEMO is 'maybe'"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN has 5 characters"),
        ({"WORKER_METRICS": "127.0.0.1:9102"}, "METRICS_TOKEN has to be"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'. It takes line or json"),
        ({"BASE_URL": "reviews.example.com"}, "BASE_URL is 'reviews.example.com'"),
    ],
)
def test_the_start_stops_with_a_sentence(
    tmp_path: Path, changed: dict[str, str | None], said: str
) -> None:
    values: dict[str, str | None] = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "a.example",
        "DATABASE_URL": "sqlite:///:memory:",
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
        **changed,
    }
    ran = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={name: value for name, value in values.items() if value is not None},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert said in ran.stderr
    assert "sesame" not in ran.stderr, "a password"


def test_behind_a_proxy_that_ends_tls_our_own_pages_are_https(tmp_path: Path) -> None:
    code = (
        "from django.conf import settings; "
        "print(settings.CSRF_TRUSTED_ORIGINS, settings.ACCOUNT_DEFAULT_HTTP_PROTOCOL)"
    )
    values = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "reviews.example.com",
        "BASE_URL": "https://reviews.example.com/",
        "DJANGO_SETTINGS_MODULE": "arvio.config.settings",
    }
    said = subprocess.run(
        [sys.executable, "-c", code], env=values, cwd=tmp_path, capture_output=True, text=True
    )
    assert said.stdout.strip() == "['https://reviews.example.com'] https"
