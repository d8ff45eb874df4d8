"""The page where a member chooses what is mailed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from arvio.notify.models import Preference
from arvio.notify.preferences import Stop, set_stopped, settings_of
from arvio.people.models import Person
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = "/partner/settings/notifications/"
AT_ONCE = {"review_new": "at_once", "review_edited": "at_once"}
DAILY = {"review_new": "daily", "review_edited": "off"}


@pytest.fixture
def scene() -> cast.Stage:
    return cast.stage()


def signed_in(email: str = "rita@mail.example") -> Client:
    client = Client()
    client.force_login(Person.objects.get(email=email))
    return client


def chosen(scene: cast.Stage, email: str = "rita@mail.example") -> tuple[object, object]:
    found = settings_of(reader_id=Person.objects.get(email=email).pk, partner=scene.partner)
    return found.defaults, found.apps


def test_a_member_chooses_for_all_apps_and_only_for_themselves(scene: cast.Stage) -> None:
    assert signed_in().post(PAGE, DAILY).status_code == 303
    assert chosen(scene) == (DAILY, {})
    assert chosen(scene, "petra@pixel.example") == (AT_ONCE, {})
    page = signed_in().get(PAGE).content.decode()
    assert page.count('value="daily" checked') == 1 and page.count('value="off" checked') == 1


def test_a_single_app_gets_its_own_and_gives_it_up_again(scene: cast.Stage) -> None:
    client = signed_in()
    client.post(PAGE, {"app": "calls", **DAILY})
    assert chosen(scene) == (AT_ONCE, {scene.app.pk: DAILY})
    assert 'name="app" value="calls"' in client.get(PAGE).content.decode()
    client.post(PAGE, {"app": "calls", "drop": "1"})
    assert chosen(scene) == (AT_ONCE, {})


def test_what_a_link_stopped_is_said_and_starts_again(scene: cast.Stage) -> None:
    rita = Person.objects.get(email="rita@mail.example")
    set_stopped(stop=Stop(rita.pk, scene.partner.pk, "review_new"), stopped=True)
    client = signed_in()
    assert "Mails about new reviews are stopped." in client.get(PAGE).content.decode()
    client.post(PAGE, AT_ONCE)
    assert "are stopped" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"review_new": "at_once"},
        {**AT_ONCE, "review_new": "hourly"},
        {**AT_ONCE, "app": "nobody-s"},
    ],
)
def test_what_is_no_choice_changes_nothing(scene: cast.Stage, sent: dict[str, str]) -> None:
    assert signed_in().post(PAGE, sent).status_code == 400
    assert not Preference.objects.exists()


def test_another_partner_s_app_is_none_of_ours(scene: cast.Stage) -> None:
    from arvio.catalog import actions as catalog

    other, _ = catalog.put_partner(
        marketplace=scene.marketplace, ref="other", name="Other", members=[], now=scene.now
    )
    cast.make_app(scene.marketplace, other, "theirs")
    assert signed_in().post(PAGE, {"app": "theirs", **DAILY}).status_code == 400
    assert "Theirs" not in signed_in().get(PAGE).content.decode()


def test_who_is_no_member_comes_to_the_sign_in_or_nowhere(scene: cast.Stage) -> None:
    assert Client().get(PAGE).status_code == 302
    assert Client().post(PAGE, DAILY).status_code == 302
    assert signed_in("mika@store.example").get(PAGE).status_code == 403


def test_the_settings_begin_here(scene: cast.Stage) -> None:
    assert signed_in().get("/partner/settings/").headers["Location"] == PAGE


def test_many_apps_take_no_more_statements(
    scene: cast.Stage, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    client = signed_in()
    client.post(PAGE, {"app": "calls", **DAILY})
    counts = []
    for more in (1, 30):
        for number in range(more):
            ref = f"app-{more}-{number}"
            cast.make_app(scene.marketplace, scene.partner, ref)
            client.post(PAGE, {"app": ref, **DAILY})
        client.get(PAGE)  # says what was saved
        with count_sql() as statements:
            client.get(PAGE)
        counts.append(len(statements))
    assert counts[0] == counts[1]
