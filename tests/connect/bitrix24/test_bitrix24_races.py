"""Portals that send and open everything at once, on connections of their own."""

from __future__ import annotations

from typing import Any

import pytest

from arvio.catalog.models import Account, App
from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.models import Portal
from tests.connect.bitrix24.world import Place, later
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_eight_openings_of_a_new_portal_are_one_account_and_one_installation(
    place: Place,
) -> None:
    acme = place.acme
    answers = race([lambda: place.opens(acme).status_code] * 8)
    assert answers == [200] * 8
    assert Account.objects.filter(ref=acme.member_id).count() == 1
    assert Portal.objects.count() == 1
    assert App.objects.get(pk=place.stage.app.pk).install_count == 2


def test_an_install_that_comes_eight_times_at_once_is_one(place: Place) -> None:
    acme = place.acme
    answers = race([lambda: place.sends(acme, "ONAPPINSTALL").status_code] * 8)
    assert answers == [200] * 8
    assert Portal.objects.get().token_hash == rules.token_hash(acme.application_token)
    assert App.objects.get(pk=place.stage.app.pk).install_count == 2


def test_install_uninstall_update_and_visit_at_once_end_as_their_moments_say(
    place: Place, moment: Any
) -> None:
    acme = place.acme
    moment.now = later(days=9)
    place.sends(acme, "ONAPPINSTALL")
    runners = [
        lambda: place.sends(acme, "ONAPPUNINSTALL", at=later(days=1)).status_code,
        lambda: place.sends(acme, "ONAPPINSTALL", at=later(days=2)).status_code,
        lambda: place.sends(acme, "ONAPPUPDATE", at=later(days=3)).status_code,
        lambda: place.sends(acme, "ONAPPUNINSTALL", at=later(hours=1)).status_code,
        lambda: place.opens(acme).status_code,
    ]
    assert race(runners) == [200] * 5
    installation = place.installation(acme)
    assert installation and installation.is_live
    assert installation.uninstalled_at == later(days=1)
    assert App.objects.get(pk=place.stage.app.pk).install_count == 2
