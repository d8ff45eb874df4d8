"""Signing in with another provider, which says who somebody is and never that there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client, override_settings

from arvio.people.models import Person
from tests.web import provider
from tests.web.provider import SECRET, Provider
from tests.web.test_sign_in import LOGIN, PASSWORD, PETRA, is_in, sign_in, turn_on

pytestmark = [pytest.mark.django_db, pytest.mark.once]

START, BACK = "/accounts/oidc/oidc/login/", "/accounts/oidc/oidc/login/callback/"


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    with provider.running() as other:
        app = {
            "provider_id": "oidc",
            "name": "Example Login",
            "client_id": "arvio",
            "secret": SECRET,
            "settings": {"server_url": other.issuer},
        }
        providers = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
            other.claims = {"sub": "p-1", "email": PETRA, "email_verified": True}
            yield other


@pytest.fixture
def petra() -> Person:
    return Person.objects.create_user(email=PETRA, password=PASSWORD, name="Petra")


def come_back(client: Client, **query: str) -> Any:
    """Leave for the provider and return from it as its user."""
    led = client.get(START, query)
    asked = parse_qs(urlsplit(led["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    return client.get(BACK, {"code": "c", "state": asked["state"][0]})


def test_the_button_is_there_when_a_provider_is(elsewhere: Provider) -> None:
    assert b"Sign in with Example Login" in Client().get(LOGIN).content
    with override_settings(SOCIALACCOUNT_PROVIDERS={}):
        assert b"Sign in with Example" not in Client().get(LOGIN).content
        assert Client().get(START).status_code == 404


def test_a_person_with_that_verified_address_comes_in(elsewhere: Provider, petra: Person) -> None:
    client = Client()
    answer = come_back(client, next="/partner/settings/keys/")
    assert answer["Location"] == "/partner/settings/keys/"
    assert is_in(client)
    assert elsewhere.asked[0]["client_secret"] == [SECRET]
    assert SocialAccount.objects.get().user == petra
    petra.refresh_from_db()
    assert petra.check_password(PASSWORD), "the password that was set stays"


def test_a_provider_may_write_the_claim_as_text(elsewhere: Provider, petra: Person) -> None:
    elsewhere.claims["email_verified"] = "true"
    client = Client()
    come_back(client)
    assert is_in(client)


def test_later_the_provider_s_name_for_somebody_counts(elsewhere: Provider, petra: Person) -> None:
    come_back(Client())
    elsewhere.claims = {"sub": "p-1", "email": "other@pixel.example", "email_verified": False}
    client = Client()
    come_back(client)
    assert is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": PETRA, "email_verified": False},
        {"email": PETRA, "email_verified": "false"},
        {"email": PETRA},
        {"email": "nobody@pixel.example", "email_verified": True},
        {},
    ],
)
def test_nobody_else_comes_in_and_nobody_is_made(
    elsewhere: Provider, petra: Person, claims: dict[str, Any]
) -> None:
    elsewhere.claims = {"sub": "p-2", **claims}
    client = Client()
    page = come_back(client)
    assert "no person here has that verified" in page.content.decode()
    assert not is_in(client)
    assert (Person.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_an_answer_that_was_not_asked_for_is_refused(elsewhere: Provider, petra: Person) -> None:
    client = Client()
    page = client.get(BACK, {"code": "c", "state": "guessed"})
    assert "gave no answer that can be believed" in page.content.decode()
    assert not is_in(client)


def test_the_second_factor_is_asked_here_too(elsewhere: Provider, petra: Person) -> None:
    owner = Client()
    sign_in(owner)
    turn_on(owner)
    client = Client()
    assert come_back(client)["Location"] == "/accounts/security/authenticate/"
    assert not is_in(client)


def test_a_person_who_is_in_can_not_tie_another_identity_to_themselves(
    elsewhere: Provider, petra: Person
) -> None:
    client = Client()
    sign_in(client)
    elsewhere.claims = {"sub": "p-3", "email": "x@evil.example", "email_verified": True}
    come_back(client, process="connect")
    assert not SocialAccount.objects.exists()
