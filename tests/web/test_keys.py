"""A partner's API keys: made, shown once, seen by whom they concern, revoked."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from arvio.people import queries as people
from arvio.people.models import Key
from tests.cast import NOW, Stage, stage
from tests.web.test_members import pavel, petra, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

KEYS = "/partner/settings/keys/"


@pytest.fixture
def scene() -> Stage:
    return stage()


def make(client: Client, name: str = "Helpdesk") -> str:
    found = re.search(r'value="(arv_[^"]+)"', client.post(KEYS, {"name": name}).content.decode())
    assert found
    return found[1]


def test_a_key_is_shown_once_and_works(scene: Stage) -> None:
    client = pavel()
    token = make(client)
    key = people.key(token=token, now=NOW)
    assert key
    assert (key.person, key.partner_id) == (Key.objects.get().person, scene.partner.pk)
    page = words(client, KEYS)
    assert token not in page
    assert token[:10] in page
    answer = client.post(KEYS, {"name": "Another"})
    assert "no-store" in answer["Cache-Control"]


def test_a_key_needs_a_name(scene: Stage) -> None:
    answer = pavel().post(KEYS, {"name": "  "})
    assert answer.status_code == 422
    assert not Key.objects.exists()


def test_a_member_sees_and_revokes_their_own_and_the_owner_all(scene: Stage) -> None:
    his, hers = make(pavel(), "His"), make(petra(), "Hers")
    assert "Hers" not in words(pavel(), KEYS)
    page = words(petra(), KEYS)
    assert "His" in page
    assert "Pavel Petrov" in page
    path = f"{KEYS}{Key.objects.get(name='Hers').pk}/revoke/"
    assert pavel().post(path).status_code == 404
    assert people.key(token=hers, now=NOW)
    client, path = petra(), f"{KEYS}{Key.objects.get(name='His').pk}/revoke/"
    assert "Revoke the key “His”?" in words(client, path)
    assert people.key(token=his, now=NOW)
    assert client.post(path)["Location"] == KEYS
    assert people.key(token=his, now=NOW) is None
    assert "His" not in words(client, KEYS)


def test_a_stranger_is_led_to_the_sign_in(scene: Stage) -> None:
    assert Client().get(KEYS)["Location"] == f"/accounts/login/?next={KEYS}"
