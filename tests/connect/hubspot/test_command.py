"""`arvio hubspot`: what an operator types, and what is never printed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio.connect.hubspot import actions, sealing
from arvio.connect.hubspot.models import Connection, Grant
from arvio.due.models import Due
from tests import cast
from tests.cast import NOW
from tests.connect.hubspot.scene import HUB, Scene

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRET = "0a1b2c3d-secret"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    call_command("hubspot", *words)
    return capsys.readouterr().out


def put(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> str:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    return run(
        capsys, "set", "store", "calls", "--app-id", "5", "--client-id", "c",
        "--client-secret-file", str(file), *words,
    )  # fmt: skip


def test_a_connection_is_made_changed_shown_and_removed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cast.stage()
    said = put(capsys, tmp_path)
    assert "connected" in said
    assert "http://testserver/store/connect/calls/hubspot/events/" in said
    made = Connection.objects.get()
    assert (made.platform_app_id, made.client_id) == (5, "c")
    assert (made.api_base, made.api) == ("https://api.hubapi.com", "2026-03")
    assert sealing.unseal(made.client_secret) == SECRET and SECRET not in made.client_secret
    said += run(capsys, "set", "store", "calls", "--api", "v1", "--kind", "DEMO=developer")
    made.refresh_from_db()
    assert (made.api, made.kinds["DEMO"], made.kinds["STANDARD"]) == (
        "v1", "developer", "production",
    )  # fmt: skip
    assert sealing.unseal(made.client_secret) == SECRET
    said += run(capsys, "show", "store", "calls")
    assert "DEMO developer" in said and "0 with a token" in said
    said += run(capsys, "remove", "store", "calls")
    assert not Connection.objects.exists()
    assert SECRET not in said and made.client_secret not in said


def test_the_secret_may_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.stage()
    put(capsys, tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("another-secret\n"))
    assert "changed" in run(capsys, "set", "store", "calls", "--client-secret-file", "-")
    assert sealing.unseal(Connection.objects.get().client_secret) == "another-secret"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--api-base", "http://api.hubapi.com"], "begins with https"),
        (["--api-base", "http://10.0.0.7"], "private address"),
        (["--api-base", "https://10.0.0.7"], "private address"),
        (["--api-base", "ftp://api.hubapi.com"], "https"),
        (["--api-base", "https://a:b@api.hubapi.com"], "name and password"),
        (["--api-base", "https://api.hubapi.com?x=1"], "no query"),
        (["--kind", "STANDARD"], "write TYPE="),
        (["--kind", "STANDARD=real"], "write TYPE="),
        (["--app-id", "0"], "above 0"),
        (["--client-secret-file", "/nowhere/secret"], "No such file"),
        (["--client-secret-file", "/dev/null"], "holds no secret"),
    ],
)
def test_what_can_not_be_is_refused_with_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], said: str
) -> None:
    cast.stage()
    put(capsys, tmp_path)
    with pytest.raises(CommandError, match=said):
        run(capsys, "set", "store", "calls", *words)


def test_http_is_for_allowed_networks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cast.stage()
    put(capsys, tmp_path, "--api-base", "http://127.0.0.1:8790/")
    assert Connection.objects.get().api_base == "http://127.0.0.1:8790"


def test_a_new_connection_needs_everything(capsys: pytest.CaptureFixture[str]) -> None:
    cast.stage()
    with pytest.raises(CommandError, match="needs platform_app_id, client_id, client_secret"):
        run(capsys, "set", "store", "calls", "--api", "v3")
    for verb in ("show", "check", "remove"):
        with pytest.raises(CommandError, match="isn't connected"):
            run(capsys, verb, "store", "calls")
    with pytest.raises(CommandError, match="no app"):
        run(capsys, "show", "store", "nothing")


def test_check_says_whether_the_platform_knows_us(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "weren't refused" in run(capsys, "check", "store", "calls")
    right = scene.pretend.client_secret
    scene.pretend.client_secret = "another"
    with pytest.raises(CommandError, match="client id or secret"):
        run(capsys, "check", "store", "calls")
    scene.pretend.client_secret = right
    Connection.objects.update(api="v1")
    assert "v1 says nothing" in run(capsys, "check", "store", "calls")
    scene.trouble("access-tokens", status=503)
    with pytest.raises(CommandError, match="answered 503"):
        run(capsys, "check", "store", "calls")
    Connection.objects.update(client_secret="x")
    with pytest.raises(CommandError, match="SECRET_KEY has changed"):
        run(capsys, "check", "store", "calls")


def test_show_tells_troubles_and_types_that_nobody_told_us_of(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    one = scene.pretend.install(HUB, 1, "a@b.example", "SOMETHING_NEW")
    scene.event({"event": "installed", "refresh_token": one.refresh_token})
    Grant.objects.update(trouble="answered_503")
    said = run(capsys, "show", "store", "calls")
    assert "1: 1 with a token, 0 failing, 0 ended" in said
    assert "answered_503: 1" in said
    assert "accountType SOMETHING_NEW: 1, taken as sandbox" in said
    assert one.refresh_token not in said and scene.pretend.client_secret not in said


def test_remove_forgets_tokens_and_leaves_installations(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.installed()
    assert "1 accounts" in run(capsys, "remove", "store", "calls")
    assert not Grant.objects.exists() and not Due.objects.filter(kind=actions.CHECK).exists()
    assert scene.installation.is_live


def test_the_migration_taken_back_leaves_no_work_behind() -> None:
    from importlib import import_module

    from django.apps import apps

    Due.objects.create(kind=actions.CHECK, key="x", due_at=NOW)
    Due.objects.create(kind="publish", key="x", due_at=NOW)
    migration: Any = import_module("arvio.connect.hubspot.migrations.0001_initial")
    migration.forget_checks(apps, None)
    assert list(Due.objects.values_list("kind", flat=True)) == ["publish"]
