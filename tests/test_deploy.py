"""What is given to who runs the service: commands that exist, files that fit each other."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from arvio.config.env import SETTINGS
from tools import follow, systemctl

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(r"^\s*(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?arvio ([^|>\n]*)", re.MULTILINE)
UNITS = sorted((DEPLOY / "systemd").glob("*"))


def typed() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = "\n".join(follow.blocks(page)).replace("\\\n", " ")
        found += [(page.name, line.strip()) for line in TYPED.findall(text)]
    compose = (DEPLOY / "container" / "compose.yml").read_text(encoding="utf-8")
    found += [
        ("compose.yml", line.replace(",", ""))
        for line in re.findall(r"command: \[arvio, (.*)\]", compose)
    ]
    for unit in UNITS:
        found += [
            (unit.name, line)
            for line in re.findall(r"^ExecStart=\S+/arvio (.*)$", unit.read_text(), re.MULTILINE)
        ]
    return found


@pytest.mark.parametrize(("page", "line"), typed())
def test_a_command_that_a_page_tells_to_type_is_one(page: str, line: str) -> None:
    name, *arguments = shlex.split(line.replace("$", ""), comments=True)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("arvio", name).parse_args(arguments)


def test_what_the_guide_writes_into_a_file_of_settings_are_settings() -> None:
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    files = re.findall(r"\.env <<END\n(.*?)^END$", page, re.MULTILINE | re.DOTALL)
    names = {line.partition("=")[0] for one in files for line in one.splitlines()}
    assert {"SECRET_KEY", "DATABASE_URL", "ARVIO_DEMO"} <= names <= set(SETTINGS)


def test_a_link_of_a_page_leads_to_a_file() -> None:
    lost = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|mailto:|#|<)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert lost == []


def test_units_name_one_another_and_the_folders_that_the_guide_makes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(systemctl, "UNITS", DEPLOY / "systemd")
    guide = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    names = {unit.name for unit in UNITS}
    assert names == {
        "arvio-backup@.service",
        "arvio-backup@.timer",
        "arvio-web@.service",
        "arvio-work@.service",
        "arvio@.target",
    }
    for service in ("arvio-web@main.service", "arvio-work@main.service"):
        # Neither by itself: a machine may have one of them alone.
        assert systemctl.read(service)["WantedBy"] == "arvio@main.target"
        assert service in guide
    assert "Wants" not in systemctl.read("arvio@main.target")
    assert "systemctl enable --now arvio@main.target" in guide
    for name in sorted(names - {"arvio@.target", "arvio-backup@.timer"}):
        unit = systemctl.read(name.replace("@", "@main"))
        assert unit["User"] == "arvio" and unit["NoNewPrivileges"] == "yes"
        for folder in [unit["WorkingDirectory"], *unit["ReadWritePaths"].split()]:
            assert f"{folder}" in guide, folder


def test_the_proxy_and_the_container_name_what_is_there() -> None:
    proxy = (DEPLOY / "nginx" / "arvio.conf").read_text(encoding="utf-8")
    assert proxy.count("{") == proxy.count("}")
    assert {"HOST_NAME", "INSTANCE", "PORT"} <= set(re.findall(r"[A-Z_]{4,}", proxy))
    # What git isn't to hold no image is to hold either: it goes to registries and to others.
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for secret in (DEPLOY / "container" / ".gitignore").read_text(encoding="utf-8").splitlines():
        assert f"deploy/container/{secret}" in left_out
    steps = follow.container()
    assert "make install" in steps and "setpriv --reuid arvio" in steps
