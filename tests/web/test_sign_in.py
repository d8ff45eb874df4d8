"""Who comes in, by what, and who doesn't."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from arvio.catalog.marketplaces import put_staff
from arvio.people.models import CacheRow, Person
from tests.cast import stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PASSWORD = "nine green bottles"
PETRA = "petra@pixel.example"
LOGIN, CODE, CONFIRM = "/accounts/login/", "/accounts/login/code/", "/accounts/login/code/confirm/"
SECURITY = "/accounts/security/"


@pytest.fixture
def petra() -> Person:
    return Person.objects.create_user(email=PETRA, password=PASSWORD, name="Petra Peltonen")


def is_in(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


def sign_in(client: Client, **fields: str) -> Any:
    return client.post(LOGIN, {"login": PETRA, "password": PASSWORD, **fields})


def mailed_code() -> str:
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found
    return found[0]


# --- By password -------------------------------------------------------------------------------


def test_a_person_signs_in_by_password_in_any_case_of_the_address(petra: Person) -> None:
    client = Client()
    answer = sign_in(client, login=" Petra@PIXEL.example ")
    assert (answer.status_code, answer["Location"]) == (302, "/partner/")
    assert is_in(client)


def test_staff_who_belong_to_no_partner_are_led_to_the_desk() -> None:
    put_staff(marketplace=stage().marketplace, members=[("mika@store.example", "", "moderator")])
    mika = Person.objects.get(email="mika@store.example")
    mika.set_password(PASSWORD)
    mika.save()

    answer = sign_in(Client(), login=mika.email)

    assert (answer.status_code, answer["Location"]) == (302, "/desk/")


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/partner/settings/keys/", "/partner/settings/keys/"),
        ("https://evil.example/", "/partner/"),
        ("//evil.example/", "/partner/"),
        ("javascript:alert(1)", "/partner/"),
    ],
)
def test_whoever_signs_in_comes_back_to_this_service_only(
    petra: Person, asked: str, led: str
) -> None:
    assert sign_in(Client(), next=asked)["Location"] == led


def test_signing_in_changes_the_session_and_its_cookie_is_guarded(petra: Person) -> None:
    client = Client()
    client.session.save()
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != before
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)


def test_a_wrong_password_says_the_same_as_an_unknown_address(petra: Person) -> None:
    said = [
        re.sub(
            r"(csrfmiddlewaretoken\" value|name=\"login\" type=\"email\" value)=\"[^\"]*\"",
            "",
            sign_in(Client(), **given).content.decode(),
        )
        for given in ({"password": "something else"}, {"login": "nobody@pixel.example"})
    ]
    assert said[0] == said[1]
    assert "not correct" in said[0]


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://testserver", 302), ("https://testserver", 403), ("http://evil.example", 403)],
)
def test_a_form_is_trusted_from_the_address_that_browsers_see(
    petra: Person, origin: str, status: int
) -> None:
    """BASE_URL, whatever a proxy in front makes of scheme and host."""
    client = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    client.get(LOGIN)
    sent = {"login": PETRA, "password": PASSWORD}
    sent["csrfmiddlewaretoken"] = client.cookies[settings.CSRF_COOKIE_NAME].value
    assert client.post(LOGIN, sent, HTTP_ORIGIN=origin).status_code == status


def test_no_cache_keeps_what_a_signed_in_person_sees(petra: Person) -> None:
    client = Client()
    sign_in(client)
    for path in (SECURITY, "/accounts/password/change/", "/accounts/logout/"):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_a_closed_person_does_not_come_in(petra: Person) -> None:
    Person.objects.update(is_active=False)
    client = Client()
    sign_in(client)
    assert not is_in(client)


def test_signing_out_takes_a_post(petra: Person) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_in(client)
    client.post("/accounts/logout/")
    assert not is_in(client)


# --- By a code ---------------------------------------------------------------------------------


def test_a_person_whom_a_server_named_signs_in_by_a_mailed_code() -> None:
    scene = stage()
    client = Client()
    assert client.post(CODE, {"email": PETRA})["Location"] == CONFIRM
    message = mail.outbox[-1]
    assert message.to == [PETRA]
    assert isinstance(message, EmailMultiAlternatives)
    assert mailed_code() in str(message.alternatives[0][0])
    answer = client.post(CONFIRM, {"code": mailed_code().lower()})
    assert (answer.status_code, answer["Location"]) == (302, "/partner/")
    assert is_in(client)
    assert scene.partner.name.encode() in client.get(SECURITY).content


def test_a_code_keeps_where_one_was_going(petra: Person) -> None:
    client = Client()
    led = client.post(CODE, {"email": PETRA, "next": "/partner/settings/keys/"})["Location"]
    page = client.get(led).content.decode()
    field = re.search(r'name="next" value="([^"]*)"', page)
    assert field
    answer = client.post(CONFIRM, {"code": mailed_code(), "next": field[1]})
    assert answer["Location"] == "/partner/settings/keys/"


def test_three_wrong_codes_end_the_attempt(petra: Person) -> None:
    client = Client()
    client.post(CODE, {"email": PETRA})
    right = mailed_code()
    for _ in range(3):
        client.post(CONFIRM, {"code": "ZZZZ-ZZZZ"})
    client.post(CONFIRM, {"code": right})
    assert not is_in(client)


def test_a_code_for_an_unknown_address_looks_the_same_and_mails_nobody() -> None:
    client = Client()
    answer = client.post(CODE, {"email": "nobody@pixel.example"})
    assert answer["Location"] == CONFIRM
    assert client.get(CONFIRM).status_code == 200
    assert mail.outbox == []
    client.post(CONFIRM, {"code": "ABCD-EFGH"})
    assert not is_in(client)


# --- Passwords ---------------------------------------------------------------------------------


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(petra: Person) -> None:
    client = Client()
    answer = client.post("/accounts/password/reset/", {"email": PETRA})
    assert answer["Location"] == "/accounts/password/reset/done/"
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[-1].body))
    assert link
    form = client.get(link[1], follow=True)
    action = form.redirect_chain[-1][0]
    weak = client.post(action, {"password1": "password12", "password2": "password12"})
    assert weak.status_code == 200
    client.post(action, {"password1": "ten red lorries", "password2": "ten red lorries"})
    assert sign_in(Client(), password="ten red lorries").status_code == 302
    again = Client().get(link[1], follow=True)
    assert b"Bad token" in again.content


def test_asking_for_a_stranger_s_password_says_the_same_and_mails_nobody() -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "nobody@pixel.example"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


def test_changing_the_password_is_mailed_to_its_person(petra: Person) -> None:
    client = Client()
    sign_in(client)
    new = {"password1": "ten red lorries", "password2": "ten red lorries"}
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    assert "password has been changed" in str(mail.outbox[-1].body)
    assert is_in(client)
    assert not is_in_by(PASSWORD)


def is_in_by(password: str) -> bool:
    client = Client()
    sign_in(client, password=password)
    return is_in(client)


# --- The second factor -------------------------------------------------------------------------


def totp(secret: str) -> str:
    now = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, now[len(now) // 2])))


def turn_on(client: Client) -> str:
    """Walk through the pages to a second factor; answers its secret."""
    reached = client.get("/accounts/security/totp/activate/")
    if reached.status_code == 302:
        client.post(reached["Location"], {"password": PASSWORD})
        reached = client.get("/accounts/security/totp/activate/")
    secret = str(reached.context["form"].secret)
    answer = client.post("/accounts/security/totp/activate/", {"code": totp(secret)})
    assert answer.status_code == 302
    return secret


def test_a_second_factor_is_asked_after_the_password_and_after_a_code(
    petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    sign_in(client)
    secret = turn_on(client)
    # A code works once, so the next sign-ins happen in the half-minutes that follow.
    real = time.time
    for step, begin in enumerate((sign_in, by_code), start=1):
        monkeypatch.setattr(time, "time", lambda ahead=60 * step: real() + ahead)
        other = Client()
        assert begin(other)["Location"] == "/accounts/security/authenticate/"
        assert not is_in(other)
        wrong = other.post("/accounts/security/authenticate/", {"code": "000000"})
        assert wrong.status_code == 200
        assert not is_in(other)
        other.post("/accounts/security/authenticate/", {"code": totp(secret)})
        assert is_in(other)


@pytest.mark.django_db(transaction=True)
def test_turning_the_second_factor_on_and_off_is_mailed_to_its_person(petra: Person) -> None:
    client = Client()
    sign_in(client)
    turn_on(client)
    assert "activated" in str(mail.outbox[-1].body)
    assert "If that wasn’t you" in str(mail.outbox[-1].body)
    client.post("/accounts/security/totp/deactivate/")
    assert "deactivated" in str(mail.outbox[-1].body)
    assert not Authenticator.objects.exists()


def by_code(client: Client) -> Any:
    client.post(CODE, {"email": PETRA})
    return client.post(CONFIRM, {"code": mailed_code()})


def test_a_recovery_code_comes_in_once(petra: Person) -> None:
    client = Client()
    sign_in(client)
    turn_on(client)
    kept = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().get_unused_codes()[0]
    assert code.encode() in client.get("/accounts/security/codes/").content
    for comes_in in (True, False):
        other = Client()
        sign_in(other)
        other.post("/accounts/security/authenticate/", {"code": code})
        assert is_in(other) is comes_in


def test_the_second_factor_is_set_up_only_after_the_password_was_given_lately(
    petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    sign_in(client)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    led = client.get("/accounts/security/totp/activate/")["Location"]
    assert led.startswith("/accounts/reauthenticate/")


# --- Limits ------------------------------------------------------------------------------------


def test_guessing_a_password_ends_after_five_attempts_from_anywhere(petra: Person) -> None:
    for number in range(5):
        sign_in(Client(REMOTE_ADDR=f"198.51.100.{number}"), password=f"guess {number}")
    client = Client(REMOTE_ADDR="203.0.113.9")
    assert b"Too many" in sign_in(client).content
    assert not is_in(client)
    assert CacheRow.objects.exists()


def test_an_address_is_not_believed_from_a_header(petra: Person) -> None:
    """Ten failures a minute from one address, whatever it says of itself."""
    for number in range(10):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        Client().post(
            LOGIN, {"login": f"guess{number}@x.example", "password": "x"}, headers=headers
        )
    answer = Client().post(
        LOGIN,
        {"login": PETRA, "password": PASSWORD},
        headers={"X-Forwarded-For": "203.0.113.9"},
    )
    assert b"Too many" in answer.content


def test_asking_for_codes_is_limited(petra: Person) -> None:
    answers = [Client().post(CODE, {"email": PETRA}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert b"Too many" in answers[-1].content
    assert len(mail.outbox) == 3


def test_whoever_asks_much_too_often_gets_a_page_that_says_so(petra: Person) -> None:
    for _ in range(6):
        answer = Client().post("/accounts/password/reset/", {"email": PETRA})
    assert answer.status_code == 429
    assert b"Wait five minutes" in answer.content


def test_who_signs_in_often_is_not_locked_out(petra: Person) -> None:
    for _ in range(12):
        assert sign_in(Client()).status_code == 302


# --- Doors that aren't there -------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/3rdparty/",
        "/accounts/3rdparty/signup/",
        "/accounts/security/webauthn/",
        "/accounts/phone/change/",
        "/accounts/oidc/oidc/login/",
    ],
)
def test_what_is_not_needed_is_not_there(petra: Person, path: str) -> None:
    client = Client()
    assert client.get(path).status_code == 404
    sign_in(client)
    assert client.post(path).status_code == 404


OPEN = [
    "account_login",
    "account_request_login_code",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
    "socialaccount_login_cancelled",
]
OWN = [
    "account_logout",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
]


@pytest.mark.parametrize("language", ["en", "ru", "fi"])
def test_every_page_has_our_look_and_no_inline_script_or_style(
    petra: Person, language: str
) -> None:
    client = Client(headers={"Accept-Language": language})
    pages = [client.get(reverse(name)) for name in OPEN]
    sign_in(client)
    pages += [client.get(reverse(name)) for name in OWN]
    turn_on(client)
    for name in (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_deactivate_totp",
    ):
        pages.append(client.get(reverse(name)))
    for page in pages:
        words = page.content.decode()
        assert page.status_code == 200, page.request["PATH_INFO"]
        assert f'<html lang="{language}"' in words
        assert '<div class="door">' in words
        assert not re.search(r"<script(?![^>]*src=)|<style|style=\"|\son\w+=", words)


# --- The language ------------------------------------------------------------------------------


def test_the_switch_remembers_the_language_of_a_person(
    petra: Person, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    client = Client()
    client.get("/accounts/login/?lang=fi")
    petra.refresh_from_db()
    assert petra.language == ""
    sign_in(client)
    client.get(f"{SECURITY}?lang=fi")
    petra.refresh_from_db()
    assert petra.language == "fi"
    with count_sql() as statements:
        client.get(f"{SECURITY}?lang=fi")
    assert not [sql for sql in statements if sql.startswith("UPDATE")]
    elsewhere = Client()
    sign_in(elsewhere)
    assert elsewhere.get(SECURITY)["Content-Language"] == "fi"


def test_the_storefront_costs_a_signed_in_person_no_more_and_sets_no_cookie(
    petra: Person, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    scene = stage()
    paths = [
        f"/{scene.marketplace.slug}/",
        f"/{scene.marketplace.slug}/apps/{scene.app.ref}/",
        f"/{scene.marketplace.slug}/how-reviews-work/",
    ]
    known = Client()
    sign_in(known)
    for path in paths:
        cost = []
        known.get(path)
        for client in (Client(), known):
            with count_sql() as statements:
                answer = client.get(path)
            cost.append(len(statements))
            assert not answer.cookies
            assert answer["Vary"] == "Accept-Language, Cookie"
            assert b'href="/accounts/login/"' in answer.content
        assert cost[0] == cost[1]
