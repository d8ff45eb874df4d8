"""`arvio bitrix24`, and the stand-in that it starts."""

from __future__ import annotations

import html
import io
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from django.core.management import CommandError, call_command

from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.models import Connection, Portal
from arvio.connect.bitrix24.pretend import Pretend, Said
from tests import cast
from tests.connect.bitrix24.world import APP_INFO, CLIENT_ID, CODE, Place

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NAMED = ("--code", CODE, "--client-id", CLIENT_ID)


def run(*words: str, capsys: Any = None) -> str:
    call_command("bitrix24", *words, stdout=io.StringIO())
    return str(capsys.readouterr().out) if capsys else ""


def test_an_app_is_connected_with_the_usual_servers_and_families(capsys: Any) -> None:
    stage = cast.stage()
    said = run("set", "store", "calls", *NAMED, capsys=capsys)
    assert f"Connected: {CODE}" in said
    assert "http://testserver/store/in/calls/from/bitrix24/" in said
    assert "http://testserver/store/connect/calls/bitrix24/events/" in said
    assert "http://testserver/store/connect/calls/bitrix24/token/" in said
    connection = Connection.objects.get(app=stage.app)
    assert connection.authorization_servers == list(rules.AUTHORIZATION_SERVERS)
    assert connection.commercial_families == sorted(rules.COMMERCIAL_FAMILIES)
    assert connection.non_commercial_families == sorted(rules.NON_COMMERCIAL_FAMILIES)


def test_setting_again_replaces_what_was(capsys: Any) -> None:
    cast.stage()
    run("set", "store", "calls", *NAMED)
    more = (
        "--authorization-server", "https://auth.example/",
        "--commercial", "Team", "--commercial", "ent",
        "--non-commercial", "edu",
    )  # fmt: skip
    assert "Changed" in run("set", "store", "calls", *NAMED, *more, capsys=capsys)
    connection = Connection.objects.get()
    assert connection.authorization_servers == ["https://auth.example"]
    assert connection.commercial_families == ["ent", "team"]
    assert connection.non_commercial_families == ["edu"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--authorization-server", "http://auth.example"), "authorization_server: .*isn't https"),
        (("--authorization-server", "http://127.0.0.1:1"), "authorization_server: .*isn't https"),
        (("--commercial", "ent", "--non-commercial", "ENT"), "families: ent"),
        (("--code", "two words"), "code"),
        (("--client-id", ""), "client_id"),
    ],
)
def test_what_cant_be_set_is_named(words: tuple[str, ...], problem: str) -> None:
    cast.stage()
    with pytest.raises(CommandError, match=problem):
        run("set", "store", "calls", *NAMED, *words)
    assert not Connection.objects.exists()


@pytest.mark.parametrize("words", [("store", "none"), ("none", "calls")])
def test_an_app_that_isnt_there_is_named(words: tuple[str, str]) -> None:
    cast.stage()
    for verb in (("set", *words, *NAMED), ("check", *words), ("remove", *words)):
        with pytest.raises(CommandError, match="There is no"):
            run(*verb)


def test_what_is_connected_is_shown_without_tokens(place: Place, capsys: Any) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    said = run("show", "store", capsys=capsys)
    assert "calls" in said
    assert place.acme.application_token not in said
    assert Portal.objects.get().token_hash not in said


def test_a_check_asks_each_server(place: Place, capsys: Any) -> None:
    said = run("check", "store", "calls", capsys=capsys)
    assert f"✓ {place.server.url}: no_auth_found." in said


@pytest.mark.parametrize("answer", [Said(200, b"<html>"), Said(503, b"")])
def test_a_check_fails_where_a_server_doesnt_speak_as_the_platform(
    place: Place, answer: Said
) -> None:
    place.server.world.said[APP_INFO] = answer
    with pytest.raises(CommandError):
        run("check", "store", "calls")


def test_a_removed_connection_takes_its_tokens_and_leaves_the_facts(
    place: Place, capsys: Any
) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    assert "1 portals" in run("remove", "store", "calls", capsys=capsys)
    assert not Connection.objects.exists() and not Portal.objects.exists()
    installation = place.installation(place.acme)
    assert installation and installation.is_live
    assert place.opens(place.acme).headers["Arvio-Refusal"] == "not_connected"
    with pytest.raises(CommandError, match="isn't connected"):
        run("remove", "store", "calls")


def test_a_port_that_is_taken_is_named(place: Place) -> None:
    with pytest.raises(CommandError, match=str(place.server.server_port)):
        run("pretend", "store", "calls", "--port", str(place.server.server_port))


# --- The stand-in's page -----------------------------------------------------------------------


def buttons(server: Pretend) -> dict[str, tuple[str, dict[str, str]]]:
    """Address and fields of each button of the page, by its words and its portal."""
    with urllib.request.urlopen(f"{server.url}/") as answer:  # noqa: S310 - our own address
        page = answer.read().decode()
    found = {}
    for part in page.split("<h2>")[1:]:
        portal = part.partition(".")[0]
        for form in re.findall(r"<form .*?</form>", part):
            action = re.search(r"action='([^']*)'", form)
            words = re.search(r"<button>(.*?)</button>", form)
            assert action and words
            fields = {
                html.unescape(name): html.unescape(value)
                for name, value in re.findall(r"name='([^']*)' value='([^']*)'", form)
            }
            found[f"{portal}: {html.unescape(words[1])}"] = (html.unescape(action[1]), fields)
    return found


@pytest.mark.django_db(transaction=True)
def test_the_buttons_of_the_page_do_what_they_say(place: Place, live_server: Any) -> None:
    place.server.arvio = (live_server.url, "store", "calls")
    known = buttons(place.server)

    def press(words: str) -> str:
        action, fields = known[words]
        return httpx.post(urljoin(place.server.url, action), data=fields, timeout=20).text

    assert press("acme: ONAPPINSTALL") == '200 {"done": "installed"}'
    assert press("acme: ONAPPUPDATE") == '200 {"done": "updated"}'
    assert press("acme: ONAPPPAYMENT") == '200 {"done": "noted"}'
    assert "wrong_application_token" in press("acme: ONAPPUNINSTALL with a wrong token")
    assert press("acme: ONAPPUNINSTALL") == '200 {"done": "uninstalled"}'
    assert 'name="token"' in press("liar: Zed opens the app")
    account = place.account(place.liar)
    assert account and account.plan == "project"


def test_the_stand_in_has_nothing_else(server: Pretend) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server.url}/etc/passwd")  # noqa: S310 - our own address
