"""The page of a partner's members, and the door that an invitation opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from arvio.catalog import actions as catalog
from arvio.people.models import Invitation, Person, Role
from tests.cast import NOW, Stage, stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MEMBERS = "/partner/settings/members/"
NINA = "nina@pixel.example"
PASSWORD = "nine green bottles"


@pytest.fixture
def scene() -> Stage:
    return stage()


def person(email: str) -> Person:
    return Person.objects.get(email=email)


def client_of(email: str) -> Client:
    client = Client()
    client.force_login(person(email))
    return client


def petra() -> Client:
    return client_of("petra@pixel.example")


def pavel() -> Client:
    return client_of("pavel@mail.example")


def invite(client: Client, **fields: str) -> int:
    given = {"email": NINA, "name": "Nina", "kind": "reader", "language": "en", **fields}
    return client.post(MEMBERS, given).status_code


def link() -> str:
    found = re.search(r"http://testserver(/accounts/invitation/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def words(client: Client, path: str = MEMBERS) -> str:
    return client.get(path).content.decode()


# --- The page ----------------------------------------------------------------------------------


def test_the_owner_manages_and_others_see_the_list(scene: Stage) -> None:
    owner, other = words(petra()), words(pavel())
    for page in (owner, other):
        assert "Petra Peltonen" in page
        assert "pavel@mail.example" in page
    assert "Send the invitation" in owner
    assert "named by the marketplace" in owner
    for only in ("Send the invitation", "Remove", "<select"):
        assert only not in other


@pytest.mark.parametrize(
    "path",
    ["{person}/", "{person}/remove/", "invitations/{person}/"],
)
def test_whoever_may_not_manage_is_refused(scene: Stage, path: str) -> None:
    target = MEMBERS + path.format(person=person("petra@pixel.example").pk)
    assert pavel().post(target, {"kind": "reader"}).status_code == 403
    assert invite(pavel()) == 403
    assert Client().get(MEMBERS)["Location"] == f"/accounts/login/?next={MEMBERS}"
    assert invite(Client()) == 302
    assert not Invitation.objects.exists()


def test_an_invitation_shows_on_the_page_until_it_is_accepted(scene: Stage) -> None:
    assert invite(petra()) == 302
    page = words(petra())
    assert "Invited" in page
    assert NINA in page
    assert "the link works before" in page
    assert "Invited" in words(pavel())
    Invitation.objects.update(expires_at=NOW - timedelta(days=1))
    assert "Invitation too old" in words(petra())


def test_what_was_typed_is_kept_beside_the_errors(scene: Stage) -> None:
    answer = petra().post(MEMBERS, {"email": "nina at pixel", "name": "Nina", "kind": "boss"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for kept in ('value="nina at pixel"', 'value="Nina"'):
        assert kept in page
    assert page.count('aria-invalid="true"') == 3
    assert mail.outbox == []


def test_a_refusal_stands_at_the_address(scene: Stage) -> None:
    client = petra()
    invite(client)
    for email, said in ((NINA, "invited already"), ("pavel@mail.example", "a member already")):
        answer = client.post(
            MEMBERS, {"email": email, "name": "", "kind": "reader", "language": "en"}
        )
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_an_invitation_is_sent_again_and_taken_back(scene: Stage) -> None:
    client = petra()
    invite(client)
    first = link()
    target = f"{MEMBERS}invitations/{Invitation.objects.get().pk}/"
    client.post(target, {"action": "resend"})
    assert link() != first
    assert Client().get(first).status_code == 404
    assert Client().get(link()).status_code == 200
    client.post(target, {"action": "revoke"})
    assert Client().get(link()).status_code == 404
    assert "isn’t open any more" in client.post(target, follow=True).content.decode()


def test_a_role_is_changed_and_a_member_removed_after_a_question(scene: Stage) -> None:
    client, target = petra(), f"{MEMBERS}{person('pavel@mail.example').pk}/"
    client.post(target, {"kind": "reader"})
    assert Role.objects.get(person__email="pavel@mail.example").kind == "reader"
    assert client.post(target, {"kind": "moderator"}).status_code == 404
    assert "Remove Pavel Petrov?" in words(client, f"{target}remove/")
    assert Role.objects.filter(person__email="pavel@mail.example").exists()
    client.post(f"{target}remove/")
    assert not Role.objects.filter(person__email="pavel@mail.example").exists()


def test_the_last_owner_is_told_why_they_stay(scene: Stage) -> None:
    answer = petra().post(f"{MEMBERS}leave/", follow=True)
    assert "A partner keeps one owner" in answer.content.decode()
    pavel().post(f"{MEMBERS}leave/")
    assert not Role.objects.filter(person__email="pavel@mail.example").exists()


def test_members_of_another_partner_are_not_there(scene: Stage) -> None:
    catalog.put_partner(
        marketplace=scene.marketplace,
        ref="rival",
        name="Rival",
        members=[("roman@rival.example", "Roman", "owner")],
        now=NOW,
    )
    roman = client_of("roman@rival.example")
    assert "Petra" not in words(roman)
    for path in ("", "remove/"):
        answer = roman.post(
            f"{MEMBERS}{person('petra@pixel.example').pk}/{path}", {"kind": "reader"}
        )
        assert answer.status_code in (302, 404)
    invite(petra())
    roman.post(f"{MEMBERS}invitations/{Invitation.objects.get().pk}/", {"action": "revoke"})
    assert Invitation.objects.get().revoked_at is None
    assert Role.objects.get(person__email="petra@pixel.example").kind == "owner"


def test_the_page_costs_the_same_for_any_number_of_members(
    scene: Stage, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    client = petra()
    costs = []
    for number in (1, 12):
        named = [("petra@pixel.example", "Petra", "owner")]
        named += [(f"m{n}@pixel.example", f"M{n}", "reader") for n in range(number)]
        catalog.put_partner(
            marketplace=scene.marketplace, ref="pixel", name="Pixel", members=named, now=NOW
        )
        for n in range(number):
            invite(client, email=f"i{number}-{n}@pixel.example")
        words(client)
        with count_sql() as statements:
            words(client)
        costs.append(len(statements))
    assert costs[0] == costs[1]


# --- The door ----------------------------------------------------------------------------------


def test_a_new_person_names_themselves_sets_a_password_and_is_in(scene: Stage) -> None:
    invite(petra(), language="fi")
    client, door = Client(), link()
    assert client.get(door)["Content-Language"] == "fi"
    weak = client.post(door, {"name": "Nina Niemi", "password": "nina"})
    assert weak.status_code == 422
    assert 'value="Nina Niemi"' in weak.content.decode()
    assert not Person.objects.filter(email=NINA).exists()
    answer = client.post(door, {"name": "Nina Niemi", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, MEMBERS)
    assert "Nina Niemi" in words(client)
    assert client.get(MEMBERS)["Content-Language"] == "fi"
    assert Client().get(door).status_code == 404


def test_a_known_person_signs_in_first_and_comes_back(scene: Stage) -> None:
    Person.objects.create_user(email=NINA, password=PASSWORD, name="Nina")
    invite(petra())
    client, door = Client(), link()
    assert "password" not in words(client, door)
    led = client.post(door)["Location"]
    assert led == f"/accounts/login/?next={door}"
    back = client.post(led, {"login": NINA, "password": PASSWORD, "next": door})["Location"]
    assert back == door
    client.get(door)
    assert not Role.objects.filter(person__email=NINA).exists()
    client.post(door)
    assert Role.objects.get(person__email=NINA).kind == "reader"


def test_an_invitation_is_for_nobody_else_who_is_signed_in(scene: Stage) -> None:
    invite(petra())
    client, door = pavel(), link()
    for page in (client.get(door), client.post(door)):
        assert f"The invitation is for {NINA}" in page.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_a_link_that_opens_nothing_says_the_same_whatever_it_was(scene: Stage) -> None:
    client = petra()
    invite(client)
    taken_back = link()
    Invitation.objects.update(revoked_at=NOW)
    invite(client)
    too_old = link()
    Invitation.objects.filter(revoked_at=None).update(expires_at=NOW)
    answers = [
        Client().get(path) for path in (taken_back, too_old, "/accounts/invitation/never-was/")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "ask whoever invited you" in answers[0].content.decode()


def test_one_person_switches_between_two_partners(scene: Stage) -> None:
    rival, _ = catalog.put_partner(
        marketplace=scene.marketplace,
        ref="rival",
        name="Rival",
        members=[("petra@pixel.example", "Petra", "reader")],
        now=NOW,
    )
    client = petra()
    page = words(client)
    assert "Pixel" in page
    assert str(rival.pk) in page
    client.post("/partner/switch/", {"partner": str(rival.pk)})
    assert "Send the invitation" not in words(client)
