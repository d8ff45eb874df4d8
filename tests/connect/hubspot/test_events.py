"""What the partner's backend tells, and what of it the platform vouches for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from arvio import clock
from arvio.catalog import actions as catalog
from arvio.catalog.models import Account, Installation, User
from arvio.connect.erasing import erase_everywhere
from arvio.connect.hubspot import actions, asking, platform, sealing
from arvio.connect.hubspot.models import Grant
from arvio.due.models import Due
from tests.cast import NOW
from tests.connect.hubspot.scene import ANNA, EMAIL, EVENTS, HUB, Scene, connected
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Count = Callable[[], AbstractContextManager[list[str]]]


def nothing_is_known() -> bool:
    return not Account.objects.filter(ref=str(HUB)).exists() and not Grant.objects.exists()


# --- Installed ---------------------------------------------------------------------------------


def test_a_refresh_token_makes_account_person_and_installation_known(scene: Scene) -> None:
    one = scene.install()
    said = scene.event({"event": "installed", "refresh_token": one.refresh_token})
    assert said == (200, {"done": "installed"})
    account, anna, installation = scene.account, scene.anna, scene.installation
    assert (account.kind, account.domain, account.name) == (
        "production", "hub-7001.example", "hub-7001.example",
    )  # fmt: skip
    assert (anna.ref, anna.email) == (str(ANNA), EMAIL)
    assert (installation.source, installation.installed_by) == ("hubspot", str(ANNA))
    assert installation.installed_at == NOW and installation.is_live
    check = Due.objects.get(kind=actions.CHECK)
    assert check.key == str(scene.grant.pk) and check.app_id == scene.stage.app.pk
    assert timedelta(hours=12) <= check.due_at - NOW < timedelta(hours=36)


def test_an_access_token_proves_the_same_and_leaves_nothing_to_watch_with(scene: Scene) -> None:
    token = scene.pretend.access_token(scene.install())
    assert scene.event({"event": "installed", "access_token": token})[1] == {"done": "installed"}
    assert scene.installation.is_live
    assert not scene.grant.watched
    assert not Due.objects.filter(kind=actions.CHECK).exists()


@pytest.mark.parametrize("api", ["2026-03", "v3", "v1"])
def test_each_version_of_the_api_is_asked_its_own_way(db: None, api: str) -> None:
    with connected(api=api) as scene:
        scene.installed()
        asked = " ".join(scene.pretend.asked)
    assert f"POST /oauth/{api}/token " in asked
    assert ("GET /oauth/v1/access-tokens/" in asked) is (api == "v1")
    assert (f"POST /oauth/{api}/token/introspect" in asked) is (api != "v1")
    version = "2026-03" if api == "2026-03" else "v3"
    assert f"GET /account-info/{version}/details" in asked


@pytest.mark.parametrize(
    ("account_type", "kind"),
    [("STANDARD", "production"), ("SANDBOX", "sandbox"), ("DEVELOPER_TEST", "developer"),
     ("APP_DEVELOPER", "developer"), ("SOMETHING_NEW", "sandbox")],
)  # fmt: skip
def test_the_platforms_word_for_the_account_is_its_kind(
    scene: Scene, account_type: str, kind: str
) -> None:
    one = scene.pretend.install(HUB, ANNA, EMAIL, account_type)
    scene.event({"event": "installed", "refresh_token": one.refresh_token})
    assert (scene.account.kind, scene.grant.account_type) == (kind, account_type)


def test_words_that_can_not_be_kept_are_left_out(scene: Scene) -> None:
    scene.trouble(
        "introspect", status=200, change={"hub_domain": "x\0y", "user": "\ud800@b.example"}
    )
    scene.installed()
    assert (scene.account.name, scene.account.domain, scene.anna.email) == ("HubSpot 7001", "", "")


def test_what_the_marketplace_has_told_of_an_account_stays(scene: Scene) -> None:
    catalog.put_account(
        marketplace=scene.stage.marketplace, ref=str(HUB), name="Acme", plan="pro",
        kind="production", industry="retail", size="50", domain="old.example", now=NOW,
    )  # fmt: skip
    catalog.put_user(
        account=scene.account, ref=str(ANNA), name="Anna", email="a@b.example", locale="fi", now=NOW
    )
    scene.installed()
    account, anna = scene.account, scene.anna
    assert (account.name, account.plan, account.industry, account.size) == (
        "Acme", "pro", "retail", "50",
    )  # fmt: skip
    assert account.domain == "hub-7001.example"
    assert (anna.name, anna.email, anna.locale) == ("Anna", EMAIL, "fi")


def test_an_event_that_comes_again_changes_nothing(scene: Scene) -> None:
    one = scene.installed()
    before = list(Installation.objects.values()), list(Due.objects.values())
    for at in (NOW, NOW + timedelta(hours=3), NOW + 40 * DAY):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "now", lambda at=at: at)
            said = scene.event({"event": "installed", "refresh_token": one.refresh_token})
        assert said == (200, {"done": "known"})
    assert (list(Installation.objects.values()), list(Due.objects.values())) == before
    assert (
        Account.objects.filter(ref=str(HUB)).count() == User.objects.filter(ref="41").count() == 1
    )


@pytest.mark.django_db(transaction=True)
def test_events_at_the_same_moment_make_one_of_each() -> None:
    with connected() as scene:
        one = scene.install()
        event = {"event": "installed", "refresh_token": one.refresh_token}
        answers = race([lambda: scene.event(event)] * 6)
        assert {status for status, _ in answers} == {200}, answers
        assert Installation.objects.filter(account=scene.account).count() == 1
        assert Grant.objects.count() == Due.objects.filter(kind=actions.CHECK).count() == 1
        scene.stage.app.refresh_from_db()
        assert scene.stage.app.install_count == 2


def test_a_persons_erasure_outlasts_repeated_events(scene: Scene) -> None:
    one = scene.installed()
    erase_everywhere(user=scene.anna, actor="test", now=NOW)
    scene.event({"event": "installed", "refresh_token": one.refresh_token})
    anna = scene.anna
    assert (anna.email, anna.name, scene.installation.installed_by) == ("", "", "")
    assert anna.erased_at == NOW and anna.ref.startswith("erased-")


def test_the_token_is_sealed_and_nothing_of_it_is_logged(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    one = scene.installed()
    secrets = [one.refresh_token, *scene.pretend.access, scene.pretend.client_secret]
    held = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            held += [str(value) for row in cursor.fetchall() for value in row]
    assert [secret for secret in secrets if any(secret in value for value in held)] == []
    assert sealing.unseal(scene.grant.refresh_token) == one.refresh_token
    assert caplog.text == ""


def test_the_statements_of_an_event_are_as_many_whatever_is_known(
    scene: Scene, count_sql: Count
) -> None:
    counts = []
    for hub_id in (1, 2, 3):
        with count_sql() as statements:
            scene.installed(hub_id)
        counts.append(len(statements))
    assert counts[1] == counts[2] <= 40


# --- Lies, delays and nonsense ------------------------------------------------------------------


def refused(scene: Scene, status: int, code: str, **event: Any) -> None:
    token = scene.pretend.installs[HUB].refresh_token
    said = scene.event({"event": "installed", "refresh_token": token, **event})
    assert (said[0], said[1]["code"]) == (status, code)
    assert token not in json.dumps(said[1])
    assert nothing_is_known()


def test_a_token_that_nobody_was_given_is_refused(scene: Scene) -> None:
    scene.install()
    refused(scene, 403, "token_not_active", refresh_token="refresh-of-nobody")
    said = scene.event({"event": "installed", "access_token": "access-of-nobody"})
    assert (said[0], said[1]["code"]) == (403, "token_not_active")
    assert nothing_is_known()


def test_a_token_of_an_app_that_was_uninstalled_is_refused(scene: Scene) -> None:
    one = scene.install()
    token = scene.pretend.access_token(one)
    scene.pretend.uninstall(HUB)
    for key, value in (("refresh_token", one.refresh_token), ("access_token", token)):
        said = scene.event({"event": "installed", key: value})
        assert (said[0], said[1]["code"]) == (403, "token_not_active")
    assert nothing_is_known()


@pytest.mark.parametrize("api", ["2026-03", "v1"])
@pytest.mark.parametrize(
    ("path", "change", "status", "code"),
    [
        ("info", {"app_id": 6}, 403, "other_app"),
        ("info", {"signed_access_token": {"appId": 6}}, 403, "other_app"),
        ("info", {"hub_id": "x"}, 503, "token_info_incomplete"),
        ("details", {"portalId": 7002}, 403, "contradiction"),
        ("details", {"accountType": None}, 503, "unclear_answer"),
        ("details", {"accountType": "STAN\0DARD"}, 503, "unclear_answer"),
    ],
)
def test_a_token_that_the_platform_says_is_anothers_is_refused(
    db: None, api: str, path: str, change: dict[str, Any], status: int, code: str
) -> None:
    with connected(api=api) as scene:
        scene.install()
        where = {"info": "access-tokens" if api == "v1" else "introspect"}.get(path, path)
        scene.trouble(where, status=200, change=change)
        refused(scene, status, code)


@pytest.mark.parametrize("path", ["/token", "introspect", "details"])
@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"status": 500}, "answered_500"),
        ({"status": 503}, "answered_503"),
        ({"status": 429, "retry_after": "30"}, "rate_limited"),
        ({"status": 200, "body": "<html>"}, "unclear_answer"),
        ({"status": 200, "body": "[1]"}, "unclear_answer"),
        ({"status": 200, "body": "["*100_000}, "unclear_answer"),
        ({"status": 302, "body": ""}, "redirected"),
    ],
)  # fmt: skip
def test_a_platform_that_can_not_answer_is_asked_later(
    scene: Scene, path: str, trouble: dict[str, Any], code: str
) -> None:
    one = scene.install()
    scene.trouble(path, **trouble)
    refused(scene, 503, code)
    said = scene.event({"event": "installed", "refresh_token": one.refresh_token})
    assert said == (200, {"done": "installed"})


def test_a_slow_platform_holds_nobody_for_long(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.2)
    scene.install()
    scene.trouble("introspect", status=200, delay=1.0)
    start = time.monotonic()
    refused(scene, 503, "timeout")
    assert time.monotonic() - start < 0.9


def test_a_platform_that_is_not_there_is_asked_later(scene: Scene) -> None:
    scene.install()
    type(scene.connection).objects.update(api_base="http://127.0.0.1:9")
    refused(scene, 503, "unreachable")


def test_a_private_address_is_not_called(scene: Scene, settings: Any) -> None:
    scene.install()
    settings.OUTBOUND_ALLOWED = []
    refused(scene, 503, "private_address")
    assert scene.pretend.asked == []


def test_a_wrong_client_secret_is_our_trouble_and_no_customers(scene: Scene) -> None:
    scene.install()
    scene.pretend.client_secret = "another"
    refused(scene, 503, "refused_token")


def test_a_secret_sealed_with_another_key_is_asked_for_again(scene: Scene, settings: Any) -> None:
    one = scene.install()
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-" + "y" * 50
    refused(scene, 503, "secret_unreadable")
    settings.SECRET_KEY_FALLBACKS = [old]
    said = scene.event({"event": "installed", "refresh_token": one.refresh_token})
    assert said == (200, {"done": "installed"})


@pytest.mark.parametrize(
    ("said", "status", "what"),
    [
        (b"", 403, "unexpected_body"),
        (b"[1]", 403, "unexpected_body"),
        (b"{", 403, "unexpected_body"),
        (b"[" * 100_000, 403, "unexpected_body"),
        (b"\xff\xfe", 403, "unexpected_body"),
        ({}, 422, "event"),
        ({"event": ["installed"]}, 422, "event"),
        ({"event": "INSTALLED"}, 422, "event"),
        ({"event": "installed"}, 422, "refresh_token"),
        ({"event": "installed", "refresh_token": "x" * 9, "access_token": "y" * 9}, 422,
         "refresh_token"),
        ({"event": "installed", "refresh_token": None}, 422, "refresh_token"),
        ({"event": "installed", "access_token": "short"}, 422, "access_token"),
        ({"event": "installed", "access_token": "x" * 1001}, 422, "access_token"),
        ({"event": "installed", "access_token": "a\u0000bcdefgh"}, 422, "access_token"),
        ({"event": "installed", "access_token": "../../etc%2F\n"}, 422, "access_token"),
        ({"event": "installed", "refresh_token": "x" * 9, "hub_id": 1}, 422, "hub_id"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_by_the_name_of_the_field(
    scene: Scene, said: Any, status: int, what: str
) -> None:
    answered, body = scene.event(said)
    assert (answered, body.get("field", body["code"])) == (status, what)
    assert scene.pretend.asked == []


def test_an_app_that_is_not_connected_has_no_door(scene: Scene) -> None:
    actions.disconnect_app(app=scene.stage.app)
    status, said = scene.event({"event": "installed", "refresh_token": "x" * 20})
    assert (status, said["code"]) == (404, "not_found")
    for path in (EVENTS.replace("calls", "other"), EVENTS.replace("hubspot", "nobody")):
        assert scene.event({}, path=path)[0] == 404


def test_only_so_many_unsigned_events_make_us_ask_the_platform(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "UNSIGNED_AN_HOUR", 2)
    one = scene.install()
    said = {"event": "installed", "refresh_token": one.refresh_token}
    assert [scene.event(said)[0] for _ in range(4)] == [200, 200, 503, 503]
    assert scene.event(said, signed=True) == (200, {"done": "known"})


def test_a_signature_that_is_wrong_is_worse_than_none(scene: Scene) -> None:
    one = scene.install()
    scene.at(NOW - timedelta(minutes=5, seconds=1))
    said = {"event": "installed", "refresh_token": one.refresh_token}
    status, body = scene.event(said, signed=True)
    assert (status, body["code"]) == (403, "signature_too_old")
    assert nothing_is_known()


# --- Uninstalled -------------------------------------------------------------------------------

GONE = {"event": "uninstalled", "portalId": HUB}


def test_a_partners_word_that_the_platform_confirms_ends_the_installation(scene: Scene) -> None:
    scene.installed()
    scene.pretend.uninstall(HUB)
    assert scene.event(GONE, signed=True) == (200, {"done": "uninstalled"})
    assert scene.installation.uninstalled_at == NOW and not scene.installation.is_live
    grant = scene.grant
    assert (grant.refresh_token, grant.ended_at) == ("", NOW)
    assert not Due.objects.filter(kind=actions.CHECK).exists()
    assert scene.event(GONE, signed=True) == (200, {"done": "ignored"})


def test_a_partners_word_that_the_platform_denies_ends_nothing(scene: Scene) -> None:
    scene.installed()
    assert scene.event(GONE, signed=True) == (200, {"done": "still_installed"})
    assert scene.installation.is_live
    assert scene.grant.told_gone_at is None


def test_a_word_without_signature_ends_nothing(scene: Scene) -> None:
    scene.installed()
    scene.pretend.uninstall(HUB)
    status, said = scene.event(GONE)
    assert (status, said["code"]) == (403, "not_signed")
    scene.pretend.client_secret = "another"
    status, said = scene.event(GONE, signed=True)
    assert (status, said["code"]) == (403, "bad_signature")
    assert scene.installation.is_live and scene.grant.told_gone_at is None


def test_a_word_told_while_the_platform_is_away_is_looked_at_later(scene: Scene) -> None:
    scene.installed()
    scene.pretend.uninstall(HUB)
    scene.trouble("/token", status=503)
    assert scene.event(GONE, signed=True) == (200, {"done": "checking"})
    assert scene.installation.is_live
    assert scene.checked(NOW + timedelta(minutes=59)) == {}
    assert scene.checked(NOW + timedelta(hours=1)) == {actions.CHECK: 1}
    assert scene.installation.uninstalled_at == NOW


def test_without_a_token_the_partners_word_is_all_there_is(scene: Scene) -> None:
    token = scene.pretend.access_token(scene.install())
    scene.event({"event": "installed", "access_token": token})
    assert scene.event(GONE, signed=True) == (200, {"done": "uninstalled"})
    assert not scene.installation.is_live


def test_of_an_account_that_nobody_knows_nothing_ends(scene: Scene) -> None:
    assert scene.event(GONE, signed=True) == (200, {"done": "ignored"})
    for number in ("7001", 0, -1, True, 7001.0, 2**64, None):
        status, said = scene.event({**GONE, "portalId": number}, signed=True)
        assert (status, said.get("field")) == (422, "portalId"), number
    assert scene.event({**GONE, "why": "x"}, signed=True)[1]["field"] == "why"


def test_a_new_token_installs_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.installed()
    scene.pretend.uninstall(HUB)
    scene.event(GONE, signed=True)
    later = NOW + 3 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    scene.installed()
    assert scene.installation.is_live and scene.installation.installed_at == later
    assert scene.grant.ended_at is None and scene.grant.watched
    scene.stage.app.refresh_from_db()
    assert scene.stage.app.install_count == 2
