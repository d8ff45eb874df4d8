"""Events of portals: what proves them, what they change, and what a liar gets."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio.catalog.models import Account, Installation
from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.models import Portal
from arvio.connect.bitrix24.pretend import Said, event_form
from tests.cast import NOW
from tests.connect.bitrix24.world import APP_INFO, EVENTS, Place, later, refusal

WRONG = "not-the-token-of-anybody"


def done(response: Any) -> str:
    assert response.status_code == 200, response.content
    return str(response.json()["done"])


def live(place: Place) -> bool:
    installation = place.installation(place.acme)
    return installation is not None and installation.is_live


# --- Installing --------------------------------------------------------------------------------


def test_an_install_is_proved_and_its_application_token_kept_as_a_hash(place: Place) -> None:
    assert done(place.sends(place.acme, "ONAPPINSTALL", at=later(minutes=-5))) == "installed"
    installation = place.installation(place.acme)
    assert installation and installation.installed_at == later(minutes=-5)
    assert (installation.installed_by, installation.version) == ("1", "3")
    account = place.account(place.acme)
    assert account and (account.plan, account.name) == ("commercial", place.acme.domain)
    portal = Portal.objects.get()
    assert portal.token_hash == rules.token_hash(place.acme.application_token)
    assert place.acme.application_token not in portal.token_hash


def test_an_install_without_proof_is_kept_nowhere(place: Place) -> None:
    response = place.sends(place.acme, "ONAPPINSTALL", access_token="expired-" + "x" * 20)
    assert refusal(response) == (403, "expired_token")
    assert not Portal.objects.exists()
    assert place.account(place.acme) is None


def test_an_install_that_names_one_portal_with_a_token_of_another_is_refused(place: Place) -> None:
    response = place.sends(place.liar, "ONAPPINSTALL", member_id=place.acme.member_id)
    assert refusal(response) == (403, "wrong_portal")
    assert not Portal.objects.exists()
    assert not Account.objects.filter(ref__in=[place.acme.member_id, place.liar.member_id]).exists()


def test_an_install_while_the_authorization_server_is_away_can_come_again(place: Place) -> None:
    place.server.world.said[APP_INFO] = Said(503, b"")
    response = place.sends(place.acme, "ONAPPINSTALL")
    assert refusal(response) == (503, "authority_unavailable")
    assert response.headers["Retry-After"] == "60"
    place.server.world.said.clear()
    assert done(place.sends(place.acme, "ONAPPINSTALL")) == "installed"


def test_an_install_that_isnt_finished_is_no_installation_and_its_token_counts(
    place: Place,
) -> None:
    place.acme.installed = False
    assert done(place.sends(place.acme, "ONAPPINSTALL")) == "unfinished"
    assert place.installation(place.acme) is None
    place.acme.installed = True
    told = {"data[INSTALLED]": "N"}
    assert done(place.sends(place.acme, "ONAPPINSTALL", over=told)) == "unfinished"
    assert done(place.sends(place.acme, "ONAPPUNINSTALL", at=later(hours=1))) == "uninstalled"


def test_a_plan_in_an_event_is_nobodys_word(place: Place) -> None:
    over = {"data[LICENSE_FAMILY]": "ent", "auth[status]": "S"}
    place.sends(place.liar, "ONAPPINSTALL", over=over)
    account = place.account(place.liar)
    assert account and account.plan == "project"


# --- Uninstalling ------------------------------------------------------------------------------


@pytest.mark.parametrize("clean", ["0", "1", ""])
def test_the_application_token_ends_the_installation_whether_data_is_cleaned_or_not(
    place: Place, moment: Any, clean: str
) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    moment.now = later(days=2)
    response = place.sends(
        place.acme, "ONAPPUNINSTALL", at=later(days=1), over={"data[CLEAN]": clean}
    )
    assert done(response) == "uninstalled"
    installation = place.installation(place.acme)
    assert installation and installation.uninstalled_at == later(days=1)
    asked = place.server.world.asked
    assert asked == [APP_INFO], "an uninstall has no token that could be asked about"


@pytest.mark.parametrize("token", [WRONG, "", "application-token-of-liar"])
def test_a_wrong_application_token_uninstalls_nothing(place: Place, token: str) -> None:
    place.sends(place.liar, "ONAPPINSTALL")
    place.sends(place.acme, "ONAPPINSTALL")
    response = place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=1), application_token=token)
    assert refusal(response) == (403, "wrong_application_token")
    assert live(place)


def test_an_access_token_proves_no_uninstall(place: Place) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    response = place.sends(
        place.acme,
        "ONAPPUNINSTALL",
        application_token=WRONG,
        access_token="token-of-anna-at-acme",
    )
    assert refusal(response) == (403, "wrong_application_token")
    assert live(place)


def test_a_portal_that_we_dont_know_gets_the_same_answer_as_one_we_do(place: Place) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    known = place.sends(place.acme, "ONAPPUNINSTALL", application_token=WRONG)
    unknown = place.sends(place.liar, "ONAPPUNINSTALL", application_token=WRONG)
    assert known.content == unknown.content
    assert known.status_code == unknown.status_code == 403


def test_a_portal_seen_only_by_its_frame_has_no_token_to_match(place: Place) -> None:
    """Whoever opens the app could write any token into the form of the frame."""
    place.opens(place.acme)
    response = place.sends(place.acme, "ONAPPUNINSTALL")
    assert refusal(response) == (403, "wrong_application_token")
    assert live(place)


def test_the_token_of_one_app_is_none_of_another(place: Place) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    form = event_form(place.server, place.acme, "ONAPPUNINSTALL", at=int(NOW.timestamp()))
    response = Client().post(EVENTS.replace("calls", "mail"), form)
    assert response.status_code == 404
    assert live(place)


def test_the_next_visit_mends_an_uninstall_that_never_was(place: Place, moment: Any) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    place.sends(place.acme, "ONAPPUNINSTALL", at=later(seconds=30))
    moment.now = later(days=3)
    place.opens(place.acme)
    installation = place.installation(place.acme)
    assert installation and installation.is_live
    assert installation.installed_at == later(days=3)


def test_an_event_from_the_future_counts_from_now(place: Place, moment: Any) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=3000))
    moment.now = later(hours=1)
    assert not live(place)
    assert done(place.sends(place.acme, "ONAPPINSTALL", at=later(hours=1))) == "installed"
    assert live(place)


# --- A new application token -------------------------------------------------------------------


def test_a_new_token_takes_the_old_ones_place_only_with_a_proved_access_token(
    place: Place,
) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    second = "second-application-token"
    response = place.sends(
        place.acme,
        "ONAPPINSTALL",
        at=later(days=1),
        application_token=second,
        access_token="expired-" + "x" * 20,
    )
    assert refusal(response) == (403, "expired_token")
    assert refusal(place.sends(place.acme, "ONAPPUNINSTALL", application_token=second))[0] == 403
    assert live(place)


def test_after_a_reinstall_the_old_token_ends_nothing(place: Place, moment: Any) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    moment.now = later(days=2)
    second = "second-application-token"
    place.sends(place.acme, "ONAPPINSTALL", at=later(days=1), application_token=second)
    old = place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=2))
    assert refusal(old) == (403, "wrong_application_token")
    assert live(place)
    new = place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=2), application_token=second)
    assert done(new) == "uninstalled"
    assert not live(place)


def test_an_earlier_install_that_comes_late_brings_no_older_token_back(
    place: Place, moment: Any
) -> None:
    moment.now = later(days=2)
    second = "second-application-token"
    place.sends(place.acme, "ONAPPINSTALL", at=later(days=1), application_token=second)
    place.sends(place.acme, "ONAPPINSTALL")
    assert Portal.objects.get().token_hash == rules.token_hash(second)


# --- Updates and payments ----------------------------------------------------------------------


def test_an_update_brings_the_version_and_keeps_the_moment(place: Place, moment: Any) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    place.acme.version = 4
    moment.now = later(days=8)
    renewed = "renewed-application-token"
    response = place.sends(place.acme, "ONAPPUPDATE", at=later(days=8), application_token=renewed)
    assert done(response) == "updated"
    installation = place.installation(place.acme)
    assert installation and (installation.version, installation.installed_at) == ("4", NOW)
    assert Portal.objects.get().token_hash == rules.token_hash(renewed)


def test_an_update_without_an_access_token_rests_on_the_application_token(
    place: Place, moment: Any
) -> None:
    place.sends(place.acme, "ONAPPINSTALL")
    place.acme.version = 4
    moment.now = later(days=8)
    wrong = place.sends(
        place.acme, "ONAPPUPDATE", at=later(days=8), access_token="", application_token=WRONG
    )
    assert refusal(wrong) == (403, "wrong_application_token")
    assert done(place.sends(place.acme, "ONAPPUPDATE", at=later(days=8), access_token=""))
    installation = place.installation(place.acme)
    assert installation and installation.version == "4"


def test_an_update_that_comes_before_its_install_is_no_installation(
    place: Place, moment: Any
) -> None:
    place.acme.version = 4
    moment.now = later(days=9)
    assert done(place.sends(place.acme, "ONAPPUPDATE", at=later(days=8))) == "updated"
    assert place.installation(place.acme) is None
    place.sends(place.acme, "ONAPPINSTALL", over={"data[VERSION]": "3"})
    installation = place.installation(place.acme)
    assert installation and (installation.version, installation.installed_at) == ("4", NOW)


def test_a_payment_is_a_moment_to_look_at_the_plan(place: Place) -> None:
    place.sends(place.liar, "ONAPPINSTALL")
    place.liar.family = "std"
    token = "token-of-zed-at-liar"
    assert done(place.sends(place.liar, "ONAPPPAYMENT", access_token=token)) == "refreshed"
    account = place.account(place.liar)
    assert account and account.plan == "commercial"


def test_a_payment_without_a_token_is_noted_and_changes_nothing(place: Place) -> None:
    over = {"data[STATUS]": "S", "data[LICENSE_FAMILY]": "ent"}
    assert done(place.sends(place.liar, "ONAPPPAYMENT", over=over)) == "noted"
    assert place.account(place.liar) is None
    assert place.server.world.asked == []


# --- Again, late, in any order -----------------------------------------------------------------


Story = list[Callable[[Place], Any]]
STORY: Story = [
    lambda place: place.sends(place.acme, "ONAPPINSTALL", at=later(days=0)),
    lambda place: place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=2)),
    lambda place: place.sends(place.acme, "ONAPPINSTALL", at=later(days=3)),
    lambda place: place.sends(place.acme, "ONAPPUPDATE", at=later(days=4)),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_events_in_any_order_and_twice_end_the_same(
    place: Place, moment: Any, order: tuple[int, ...]
) -> None:
    """The platform sends a refused event again, here once all others have come."""
    moment.now = later(days=5)
    for place_in_story in (*order, *order):
        assert STORY[place_in_story](place).status_code in (200, 403)
    installation = place.installation(place.acme)
    assert installation and installation.is_live
    assert installation.installed_at == later(days=3)
    assert installation.uninstalled_at == later(days=2)
    assert Installation.objects.filter(app=place.stage.app).count() == 2
    place.stage.app.refresh_from_db()
    assert place.stage.app.install_count == 2
    portal = Portal.objects.get()
    assert portal.token_at == later(days=4)


# --- What can't be read ------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"ts": ""}, "ts"),
        ({"ts": "soon"}, "ts"),
        ({"ts": "99999999999"}, "ts"),
        ({"ts": "١٤٦٦٤٣٩٧١٤"}, "ts"),
        ({"auth[member_id]": ""}, "auth[member_id]"),
        ({"auth[member_id]": "a/b"}, "auth[member_id]"),
        ({"auth[member_id]": "a\0b"}, "auth[member_id]"),
        ({"auth[member_id]": "x" * 101}, "auth[member_id]"),
        ({"auth[application_token]": ""}, "auth[application_token]"),
        ({"auth[application_token]": "a b c d e f"}, "auth[application_token]"),
        ({"auth[access_token]": "ключ" * 8}, "auth[access_token]"),
        ({"data[VERSION]": "1\n2"}, "data[VERSION]"),
        ({"data[VERSION]": "9" * 61}, "data[VERSION]"),
    ],
)
def test_a_field_that_cant_be_read_is_named(place: Place, over: dict[str, str], field: str) -> None:
    response = place.sends(place.acme, "ONAPPINSTALL", over=over)
    assert response.status_code == 422
    assert (response.json()["code"], response.json()["field"]) == ("invalid", field)
    assert place.server.world.asked == []
    assert not Portal.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("kind", ["", "ONCRMDEALADD", "ONAPPINSTALL[]", "\0"])
def test_events_of_other_things_are_ignored(place: Place, kind: str) -> None:
    assert done(Client().post(EVENTS, {"event": kind})) == "ignored"


@pytest.mark.once
def test_a_body_that_is_too_large_or_odd_gets_a_clear_code(place: Place) -> None:
    large = Client().post(EVENTS, {"event": "ONAPPINSTALL", "x": "y" * 600_000})
    assert refusal(large) == (413, "too_large")
    many = Client().post(EVENTS, {f"data[{n}]": "" for n in range(1100)})
    assert refusal(many) == (413, "too_large")
    odd = Client().post(EVENTS, b"--x\r\nnothing", content_type="multipart/form-data; boundary=")
    assert refusal(odd) == (400, "unreadable_body")
    json = Client().post(EVENTS, {"event": "ONAPPINSTALL"}, content_type="application/json")
    assert done(json) == "ignored"
    assert Client().get(EVENTS).status_code == 405


def test_moments_are_kept_in_order_by_the_events_and_not_by_their_coming(
    place: Place, moment: Any
) -> None:
    moment.now = later(days=5)
    place.sends(place.acme, "ONAPPINSTALL", at=later(days=3))
    place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=3) - timedelta(seconds=1))
    assert live(place)
    place.sends(place.acme, "ONAPPUNINSTALL", at=later(days=3))
    assert not live(place), "at the same moment the uninstall wins"
