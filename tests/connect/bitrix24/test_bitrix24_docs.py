"""docs/bitrix24.md says what the code does, and its code runs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import get_commands, load_command_class

from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.pretend import event_form
from tests.cast import NOW
from tests.connect.bitrix24.world import EVENTS, Place

pytestmark = pytest.mark.once
GUIDE = (Path(__file__).parents[3] / "docs" / "bitrix24.md").read_text(encoding="utf-8")


def test_the_usual_servers_and_families_are_those_of_the_code() -> None:
    table = GUIDE.split("| option of `set` |")[1].split("\n\n")[0]
    for server in rules.AUTHORIZATION_SERVERS:
        assert f"`{server}`" in table
    for families in (rules.COMMERCIAL_FAMILIES, rules.NON_COMMERCIAL_FAMILIES):
        assert f"| {', '.join(families)} |" in table


def test_every_option_of_the_command_is_there_and_is_said() -> None:
    command = load_command_class(get_commands()["bitrix24"], "bitrix24")
    parser: Any = command.create_parser("arvio", "bitrix24")
    verbs = parser._subparsers._group_actions[0].choices
    for verb in verbs:
        assert f"arvio bitrix24 {verb}" in GUIDE
    said = set(re.findall(r"`(--[a-z-]+)", GUIDE)) | set(re.findall(r" (--[a-z-]+) ", GUIDE))
    known = {name for name in verbs["set"]._option_string_actions if name.startswith("--")}
    usual = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    usual |= {"--no-color", "--force-color", "--skip-checks"}
    assert known - usual <= said


def forwarder() -> str:
    found = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.django_db(transaction=True)
def test_the_forwarding_server_of_the_guide_passes_an_event_on(
    place: Place, live_server: Any, tmp_path: Path
) -> None:
    script = tmp_path / "forward.py"
    script.write_text(forwarder(), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {**os.environ, "ARVIO_EVENTS": live_server.url + EVENTS, "PORT": port}
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            assert "listening" in server.stdout.readline()
            form = event_form(place.server, place.acme, "ONAPPINSTALL", at=int(NOW.timestamp()))
            assert httpx.post(f"http://127.0.0.1:{port}/", data=form).status_code == 200
            until = time.monotonic() + 20
            while place.installation(place.acme) is None and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            server.terminate()
    installation = place.installation(place.acme)
    assert installation and installation.is_live
