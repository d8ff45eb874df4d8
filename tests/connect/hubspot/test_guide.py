"""docs/hubspot.md: its backend runs, its commands exist, and its codes are ours."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from arvio import clock
from arvio.connect.hubspot import actions, asking, platform, rules
from arvio.connect.hubspot.management.commands.hubspot import Command
from arvio.connect.hubspot.pretend import Pretend, Server
from arvio.people import tokens
from tests import cast
from tests.connect.hubspot.scene import EMAIL, HUB

pytestmark = pytest.mark.once
GUIDE = Path(__file__).resolve().parents[3].joinpath("docs", "hubspot.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def get(url: str, said: Any = None) -> Any:
    request = Request(url, data=None if said is None else json.dumps(said).encode())  # noqa: S310
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - on this machine
        text = answer.read().decode()
    return json.loads(text) if text.startswith("{") else text


@pytest.fixture
def backend(
    transactional_db: None, live_server: Any, settings: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., str]]:  # fmt: skip
    """The guide's backend, the stand-in and Arvio, each on a port of its own, by the real clock."""
    monkeypatch.setattr(clock, "now", clock.real)
    settings.BASE_URL = live_server.url
    stage = cast.stage(preset="hubspot-2022")
    pretend = Pretend(client_secret="pretend-secret")
    [code] = blocks("python")
    program = tmp_path / "app.py"
    program.write_text(code)
    with socket.socket() as free, Server(pretend) as platform_url:
        free.bind(("127.0.0.1", 0))
        app_url = f"http://127.0.0.1:{free.getsockname()[1]}"
        free.close()
        values = {
            "platform_app_id": pretend.app_id, "client_id": pretend.client_id,
            "api_base": platform_url,
        }  # fmt: skip
        actions.connect_app(
            app=stage.app, values=values, client_secret=pretend.client_secret, now=clock.now()
        )
        env = {
            "APP_URL": app_url, "HUBSPOT_API": platform_url,
            "HUBSPOT_AUTHORIZE": f"{platform_url}/oauth/authorize",
            "ARVIO_MARKETPLACE": f"{live_server.url}/store", "ARVIO_APP": "calls",
            "CLIENT_ID": pretend.client_id,
            "CLIENT_SECRET": pretend.client_secret, "PATH": os.environ["PATH"],
        }  # fmt: skip

        def run(*words: str) -> str:
            found = subprocess.run(
                [sys.executable, program, *words], env=env, capture_output=True, check=True
            )
            return found.stdout.decode().strip()

        served = subprocess.Popen(
            [sys.executable, program], env=env, stderr=subprocess.DEVNULL, text=True
        )
        run.stage, run.pretend, run.app, run.platform = (  # type: ignore[attr-defined]
            stage, pretend, app_url, platform_url,
        )  # fmt: skip
        try:
            wait_for(app_url)
            yield run
        finally:
            served.terminate()
            served.wait()


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            get(url)
        except HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} doesn't listen")


def test_the_guides_backend_installs_opens_reviews_and_uninstalls(backend: Any) -> None:
    assert get(f"{backend.app}/install") == {"done": "installed"}
    fetch = {
        "url": f"{backend.app}/reviews-link?name=Anna%20Korhonen&locale=en",
        "hub_id": HUB, "user_id": 41, "email": EMAIL,
    }  # fmt: skip
    page = get(get(f"{backend.platform}/pretend/fetch", fetch)["url"])
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    secret = backend.stage.marketplace.jwt_secret
    said = tokens.read(token=token[1], secrets=[secret], marketplace="store")
    assert (said.account, said.user, said.name, said.email) == (
        str(HUB), "41", "Anna Korhonen", EMAIL,
    )  # fmt: skip
    with pytest.raises(HTTPError):
        get(f"{backend.app}/reviews-link", {})
    assert backend("uninstalled", str(HUB)) == "{'done': 'still_installed'}"
    backend.pretend.uninstall(HUB)
    assert backend("uninstalled", str(HUB)) == "{'done': 'uninstalled'}"


def test_the_guides_commands_can_be_typed() -> None:
    parser = ArgumentParser(exit_on_error=False)
    Command().add_arguments(parser)
    lines = "\n".join(blocks("sh")).splitlines()
    typed = [line for line in lines if "arvio hubspot " in line]
    assert len(typed) >= 7
    for line in typed:
        parser.parse_args(shlex.split(line.split("arvio hubspot ")[1]))


def test_every_code_in_the_guide_is_one_of_ours() -> None:
    ours = "".join(Path(one.__file__ or "").read_text() for one in (rules, asking, platform))
    told = re.findall(r"\(`([a-z_]+)`", GUIDE) + re.findall(r", `([a-z_]+)`\)", GUIDE)
    assert {"bad_signature", "named_twice", "nobody_named"} <= set(told)
    assert [code for code in told if f'"{code}"' not in ours] == []


def test_the_guide_decodes_what_we_decode() -> None:
    pairs = dict(re.findall(r'"(%[0-9A-F]{2})": "(.)"', GUIDE))
    assert pairs == rules.DECODED
