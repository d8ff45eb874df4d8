"""A portal opens the app's frame: who is there, on which plan, and who isn't believed."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from django.test import Client

from arvio.catalog import actions as catalog
from arvio.catalog.models import Account, App, User
from arvio.connect.bitrix24 import authority
from arvio.connect.bitrix24.models import Portal
from arvio.connect.bitrix24.pretend import Said
from tests.cast import LONG_AGO, NOW, make_app
from tests.connect.bitrix24 import world
from tests.connect.bitrix24.world import (
    APP_INFO,
    DOOR,
    TOKEN,
    Place,
    inside,
    later,
    posted_token,
    refusal,
)


def claims(response: Any) -> dict[str, Any]:
    token = posted_token(response)
    return dict(jwt.decode(token, options={"verify_signature": False}))


def nothing_was_taken(place: Place) -> bool:
    refs = set(Account.objects.values_list("ref", flat=True))
    return refs == {"acme", "zed-inc"} and not Portal.objects.exists()


# --- Who is believed ---------------------------------------------------------------------------


def test_an_opened_frame_leads_inside_as_whoever_the_authorization_server_names(
    place: Place,
) -> None:
    response = place.opens(place.acme, place.acme.people[1], language="fi")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    said = claims(response)
    assert (said["account"], said["sub"]) == (place.acme.member_id, "27")
    assert (said["name"], said["email"]) == ("Arvo Aalto", "arvo@acme.example")
    assert (said["surface"], said["locale"]) == ("in_product", "fi")
    page = inside(response)
    assert 'name="stars"' in page
    assert User.objects.filter(account__ref=place.acme.member_id, ref="27").exists()


def test_the_facts_that_came_along_are_taken(place: Place) -> None:
    place.opens(place.acme)
    account, installation = place.account(place.acme), place.installation(place.acme)
    assert account and installation
    assert (account.name, account.domain) == ("acme.bitrix24.example", "acme.bitrix24.example")
    assert (account.plan, account.kind) == ("commercial", "production")
    assert installation.is_live and installation.installed_at == NOW
    assert (installation.version, installation.source) == ("3", "bitrix24")


def test_a_portal_that_claims_a_commercial_plan_is_refused_on_its_real_one(place: Place) -> None:
    assert (place.liar.family, place.liar.claims) == ("project", "ent")
    response = place.opens(place.liar, status="S")
    account = place.account(place.liar)
    assert account and account.plan == "project"
    page = inside(response)
    assert "Your account’s plan, “project”, isn’t a paid one." in page
    assert 'name="stars"' not in page


def test_a_plan_of_an_unknown_family_is_left_to_the_policy(place: Place) -> None:
    newcomer = place.server.world.portal("newcomer")
    page = inside(place.opens(newcomer))
    account = place.account(newcomer)
    assert account and account.plan == "galaxy"
    assert "We don’t know whether your account’s plan, “galaxy”, is a paid one." in page
    assert 'name="stars"' not in page


def test_opening_again_takes_the_plan_as_it_is_now(place: Place, moment: Any) -> None:
    assert 'name="stars"' in inside(place.opens(place.acme))
    place.acme.family = "demo"
    moment.now = later(days=1)
    assert 'name="stars"' not in inside(place.opens(place.acme))
    place.acme.family = "pro"
    assert 'name="stars"' in inside(place.opens(place.acme))


def test_a_portal_that_names_another_portal_is_refused(place: Place) -> None:
    response = place.opens(place.liar, member_id=place.acme.member_id)
    assert refusal(response) == (403, "wrong_portal")
    assert nothing_was_taken(place)


def test_addresses_in_the_request_are_never_called(place: Place) -> None:
    with world.listening() as foreign:
        foreign.world.portals = place.server.world.portals
        place.liar.family = "project"
        foreign.world.said[APP_INFO] = Said(200, b"{}")
        response = place.opens(
            place.liar, SERVER_ENDPOINT=f"{foreign.url}/rest/", DOMAIN=foreign.url
        )
        assert foreign.world.asked == []
    assert response.status_code == 200
    assert f"/portals/{place.liar.name}/rest/user.current" in place.server.world.asked


def test_a_token_of_another_app_is_refused(place: Place) -> None:
    place.server.world.code = "rival.mail"
    assert refusal(place.opens(place.acme)) == (403, "wrong_app")
    place.server.world.code, place.server.world.client_id = world.CODE, "app.other"
    assert refusal(place.opens(place.acme)) == (403, "wrong_app")
    assert nothing_was_taken(place)


def test_an_app_that_isnt_connected_is_refused(place: Place) -> None:
    make_app(place.stage.marketplace, place.stage.partner, "mail")
    response = place.opens(place.acme, door="/store/in/mail/from/bitrix24/")
    assert refusal(response) == (403, "not_connected")
    assert place.server.world.asked == []


@pytest.mark.once
@pytest.mark.parametrize("given", ["", "short", "a b" * 10, "\0" * 32, "x" * 513, "тoken" * 6])
def test_what_cant_be_a_token_isnt_even_asked_about(place: Place, given: str) -> None:
    assert refusal(place.opens(place.acme, AUTH_ID=given)) == (403, "no_token")
    assert place.server.world.asked == []


@pytest.mark.once
def test_a_frame_that_is_only_looked_at_is_refused(place: Place) -> None:
    assert refusal(Client().get(DOOR, {"AUTH_ID": "token-of-anna-at-acme"})) == (403, "no_token")


# --- What the authorization server may answer --------------------------------------------------


def error(code: str, description: str = "") -> bytes:
    return json.dumps({"error": code, "error_description": description}).encode()


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(401, error("expired_token")), (403, "expired_token")),
        (Said(401, error("NO_AUTH_FOUND")), (403, "no_auth_found")),
        (Said(400, error("ACCESS_DENIED", "Application context required")), (403, "access_denied")),
        (
            Said(403, error("ACCESS_DENIED", "REST API is available only on commercial plans")),
            (403, "not_commercial"),
        ),
        (Said(402, error("PAYMENT_REQUIRED")), (403, "payment_required")),
        (Said(500, error("PORTAL_DELETED")), (403, "portal_deleted")),
        (Said(400, error("SOMETHING_<b>NEW</b>")), (403, "refused")),
        (Said(503, error("QUERY_LIMIT_EXCEEDED")), (503, "authority_unavailable")),
        (Said(500, error("INTERNAL_SERVER_ERROR")), (503, "authority_unavailable")),
        (Said(429, b""), (503, "authority_unavailable")),
        (Said(502, b"<html>Bad gateway</html>"), (503, "authority_unavailable")),
        (Said(200, b"<html>"), (503, "unreadable_answer")),
        (Said(200, b"[" * 100_000), (503, "unreadable_answer")),
        (Said(200, b'{"result": null}'), (503, "unreadable_answer")),
        (Said(200, b'{"result": []}'), (503, "unreadable_answer")),
        (Said(404, b"{}"), (503, "unreadable_answer")),
        (Said(200, b"x" * 2_000_000), (503, "authority_too_large")),
        (Said(302, b""), (503, "authority_redirected")),
    ],
    ids=lambda value: value.body[:40].decode() if isinstance(value, Said) else None,
)
def test_each_answer_has_its_refusal(place: Place, said: Said, expected: tuple[int, str]) -> None:
    place.server.world.said[APP_INFO] = said
    response = place.opens(place.acme)
    assert refusal(response) == expected
    assert ("Retry-After" in response.headers) == (expected[0] == 503)
    assert nothing_was_taken(place)


@pytest.mark.once
def test_an_expired_token_is_refused(place: Place) -> None:
    response = place.opens(place.acme, AUTH_ID="expired-token-of-anna-at-acme")
    assert refusal(response) == (403, "expired_token")


@pytest.mark.once
def test_a_slow_authorization_server_is_waited_for_no_longer_than_a_person_would(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "SECONDS", 0.3)
    place.server.world.said[APP_INFO] = Said(200, b"{}", seconds=1.5)
    began = time.monotonic()
    assert refusal(place.opens(place.acme)) == (503, "authority_timeout")
    assert time.monotonic() - began < 1.2


@pytest.mark.once
def test_an_authorization_server_that_is_down_can_be_tried_again(place: Place) -> None:
    place.connection.authorization_servers = ["http://127.0.0.1:9"]
    place.connection.save()
    assert refusal(place.opens(place.acme)) == (503, "authority_unreachable")


def test_an_answer_that_doesnt_bind_the_token_proves_nobody(place: Place) -> None:
    """The documented answer alone names neither portal nor user."""
    documented = {"CODE": world.CODE, "INSTALLED": True, "LICENSE_FAMILY": "ent", "VERSION": 3}
    place.server.world.said[APP_INFO] = Said(200, json.dumps({"result": documented}).encode())
    assert refusal(place.opens(place.acme)) == (403, "account_not_named")


def sdk_answer(place: Place) -> Said:
    """What the vendor's SDKs read from the authorization server: no licence in it."""
    result = {
        "client_id": world.CLIENT_ID,
        "scope": "user_brief",
        "expires": "2026-03-02T10:30:00+00:00",
        "user_id": 27,
        "install": {
            "installed": True,
            "version": 4,
            "domain": place.acme.domain,
            "client_endpoint": f"{place.server.url}/portals/acme/rest/",
            "member_id": place.acme.member_id,
        },
    }
    return Said(200, json.dumps({"result": result}).encode())


def test_where_the_authorization_server_is_silent_the_plan_is_unknown(place: Place) -> None:
    place.server.world.said[APP_INFO] = sdk_answer(place)
    page = inside(place.opens(place.acme, place.acme.people[1]))
    account = place.account(place.acme)
    assert account and account.plan == ""
    assert "We don’t know which plan your account is on." in page
    assert "/portals/acme/rest/app.info" not in place.server.world.asked


def test_silence_takes_no_plan_away(place: Place) -> None:
    place.opens(place.acme)
    place.server.world.said[APP_INFO] = sdk_answer(place)
    place.opens(place.acme, place.acme.people[1])
    account = place.account(place.acme)
    assert account and account.plan == "commercial"


# --- The portal's word -------------------------------------------------------------------------


def test_without_the_scope_the_name_comes_from_the_profile_and_no_mail(place: Place) -> None:
    place.acme.scope = "crm"
    said = claims(place.opens(place.acme))
    assert said["name"] == "Anna Korhonen"
    assert "email" not in said
    assert "/portals/acme/rest/profile" in place.server.world.asked


@pytest.mark.once
@pytest.mark.parametrize(
    "said",
    [
        Said(403, error("insufficient_scope")),
        Said(500, b""),
        Said(200, b"nonsense"),
        Said(200, b'{"result": {"ID": "999", "NAME": "Somebody", "LAST_NAME": "Else"}}'),
        Said(302, b""),
    ],
    ids=["scope", "broken", "garbage", "somebody else", "elsewhere"],
)
def test_a_portal_that_doesnt_say_the_name_keeps_nobody_out(place: Place, said: Said) -> None:
    place.server.world.said["/portals/acme/rest/user.current"] = said
    response = place.opens(place.acme)
    assert claims(response)["name"] == ""
    assert 'name="stars"' in inside(response)


@pytest.mark.once
def test_a_slow_portal_costs_the_name_and_not_the_review(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "PORTAL_SECONDS", 0.2)
    place.server.world.said["/portals/acme/rest/user.current"] = Said(200, b"{}", seconds=1)
    assert claims(place.opens(place.acme))["name"] == ""


@pytest.mark.once
def test_a_name_of_odd_characters_is_cleaned_and_an_odd_address_left_out(place: Place) -> None:
    result = {
        "ID": "1",
        "NAME": " Anna\r\n\u0000",
        "LAST_NAME": "Korhonen\u202e",
        "EMAIL": "anna@acme.example, victim@example.org",
    }
    said = Said(200, json.dumps({"result": result}).encode())
    place.server.world.said["/portals/acme/rest/user.current"] = said
    got = claims(place.opens(place.acme))
    assert got["name"] == "Anna Korhonen"
    assert "email" not in got


# --- Facts that last ---------------------------------------------------------------------------


def test_an_installation_that_lasts_keeps_its_moment_and_gets_the_version(
    place: Place, moment: Any
) -> None:
    place.opens(place.acme)
    place.acme.version = 4
    moment.now = later(days=90)
    place.opens(place.acme)
    installation = place.installation(place.acme)
    assert installation and installation.installed_at == NOW
    assert installation.version == "4"
    assert App.objects.get(pk=place.stage.app.pk).install_count == 2


def test_an_installation_that_isnt_finished_is_none_yet(place: Place) -> None:
    place.acme.installed = False
    page = inside(place.opens(place.acme))
    assert place.installation(place.acme) is None
    assert 'name="stars"' not in page
    place.acme.installed = True
    assert 'name="stars"' in inside(place.opens(place.acme))


def test_what_the_marketplaces_server_told_of_an_account_stays(place: Place) -> None:
    catalog.put_account(
        marketplace=place.stage.marketplace,
        ref=place.acme.member_id,
        name="Acme Oy",
        plan="demo",
        kind="sandbox",
        industry="Bakery",
        size="11-50",
        now=LONG_AGO,
    )
    place.opens(place.acme)
    account = place.account(place.acme)
    assert account
    assert (account.name, account.kind, account.industry, account.size) == (
        "Acme Oy",
        "sandbox",
        "Bakery",
        "11-50",
    )
    assert (account.plan, account.domain) == ("commercial", place.acme.domain)


def test_an_account_named_by_its_domain_follows_the_domain(place: Place) -> None:
    acme = place.acme
    place.opens(acme)
    acme.name = "acme-group"
    place.opens(acme)
    account = place.account(acme)
    assert account and account.name == "acme-group.bitrix24.example"


def test_opening_again_writes_nothing_when_nothing_changed(place: Place, count_sql: Any) -> None:
    place.opens(place.acme)
    with count_sql() as statements:
        place.opens(place.acme)
    writing = [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writing == []
    assert len(statements) <= 12, statements


# --- The door for tokens -----------------------------------------------------------------------


def test_the_apps_own_page_gets_a_token_of_the_same_worth(place: Place) -> None:
    place.stage.marketplace.origins = ["https://app.pixel.example"]
    place.stage.marketplace.save()
    form = {"AUTH_ID": "token-of-arvo-at-acme", "member_id": place.acme.member_id}
    response = Client().post(TOKEN, form, headers={"Origin": "https://app.pixel.example"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.pixel.example"
    token = response.json()["token"]
    said = jwt.decode(token, options={"verify_signature": False})
    assert (said["account"], said["sub"]) == (place.acme.member_id, "27")
    answer = Client().get(
        "/api/v1/marketplaces/store/apps/calls/eligibility",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json()["allowed"] is True


@pytest.mark.once
def test_a_foreign_page_may_not_read_the_token(place: Place) -> None:
    form = {"AUTH_ID": "token-of-arvo-at-acme"}
    response = Client().post(TOKEN, form, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.once
def test_a_refused_token_says_why_to_the_page_that_asked(place: Place) -> None:
    place.stage.marketplace.origins = ["https://app.pixel.example"]
    place.stage.marketplace.save()
    origin = {"Origin": "https://app.pixel.example"}
    response = Client().post(TOKEN, {"AUTH_ID": "expired-" + "x" * 20}, headers=origin)
    assert response.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert refusal(response) == (403, "expired_token")
    assert "x" * 20 not in response.content.decode()
