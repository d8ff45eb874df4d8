"""Coming to a partner by an invitation, changing roles, and going."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog import inviting, members
from arvio.catalog.errors import MemberRefused
from arvio.catalog.inviting import Invited
from arvio.catalog.keys import create_key, key_of, keys_of, revoke_key
from arvio.catalog.members import Member
from arvio.due.models import Due
from arvio.people import queries as people
from arvio.people.models import Invitation, Key, Person, Role
from tests.cast import NOW, Stage, stage
from tests.racing import race

REAL = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NINA = "nina@pixel.example"
PASSWORD = "nine green bottles"


@pytest.fixture
def scene() -> Stage:
    return stage()


def member(scene: Stage, email: str) -> Member:
    found = members.member(person=Person.objects.get(email=email), partner_id=scene.partner.pk)
    assert found
    return found


def petra(scene: Stage) -> Member:
    return member(scene, "petra@pixel.example")


def pavel(scene: Stage) -> Member:
    return member(scene, "pavel@mail.example")


def invite(scene: Stage, *, email: str = NINA, by: Member | None = None, **fields: str) -> Invited:
    given = {"kind": "replier", "language": "en", "name": "Nina", **fields}
    return inviting.invite(
        place=scene.partner,
        by=by or petra(scene),
        email=email,
        now=NOW,
        real_now=REAL,
        **given,
    )


def token_of(sent: Invited) -> str:
    return sent.url.rstrip("/").rpartition("/")[2]


def accept(token: str, person: Person | None = None, at: datetime = REAL) -> Member:
    joined = inviting.accept(
        token=token, person=person, name="Nina Niemi", password=PASSWORD, now=NOW, real_now=at
    )
    assert isinstance(joined, Member)
    return joined


def refused(code: str, call: object) -> None:
    with pytest.raises(MemberRefused) as refusal:
        call()  # type: ignore[operator]  # a lambda
    assert refusal.value.code == code


def tags(scene: Stage) -> list[str]:
    rows = AuditRow.objects.filter(subject=f"partner:{scene.partner.pk}").order_by("seq")
    rows = rows.exclude(tag="partner:guidelines_accepted")
    return [row.tag.partition(":")[2] for row in rows]


# --- An invitation's life ----------------------------------------------------------------------


@pytest.mark.django_db
def test_an_invitation_is_mailed_and_its_link_lets_a_new_person_in(scene: Stage) -> None:
    sent = invite(scene, email=" Nina@Pixel.example ")
    message = mail.outbox[-1]
    assert (message.to, message.subject) == ([NINA], "Invitation to the reviews of Pixel")
    assert sent.url in str(message.body)
    assert "Petra Peltonen invites you" in str(message.body)
    Due.objects.all().delete()
    joined = accept(token_of(sent))
    assert (joined.kind, joined.partner) == ("replier", scene.partner)
    nina = Person.objects.get(email=NINA)
    assert (nina.name, nina.language, nina.check_password(PASSWORD)) == ("Nina Niemi", "en", True)
    assert Role.objects.get(person=nina).source == "invitation"
    assert Due.objects.filter(kind="archive_check", key=f"partner:{scene.partner.pk}").exists()
    assert tags(scene) == ["invited", "joined"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("ru", "Pixel"), ("fi", "Pixel")])
def test_an_invitation_speaks_the_language_that_was_chosen(
    scene: Stage, language: str, word: str
) -> None:
    sent = invite(scene, language=language)
    assert word in mail.outbox[-1].subject
    accept(token_of(sent))
    assert Person.objects.get(email=NINA).language == language


@pytest.mark.django_db
def test_the_database_and_the_history_know_neither_token_nor_address(scene: Stage) -> None:
    sent = invite(scene)
    kept = Invitation.objects.values().get()
    assert token_of(sent) not in map(str, kept.values())
    written = str(list(AuditRow.objects.values("before", "after", "actor")))
    assert NINA not in written
    assert "Nina" not in written


@pytest.mark.django_db
def test_a_link_works_once_for_seven_days_and_not_when_taken_back(scene: Stage) -> None:
    sent = invite(scene)
    week = timedelta(days=7)
    refused("closed", lambda: accept(token_of(sent), at=REAL + week))
    accept(token_of(sent), at=REAL + week - timedelta(seconds=1))
    refused("closed", lambda: accept(token_of(sent)))
    other = invite(scene, email="olga@pixel.example")
    inviting.revoke(invitation_id=other.invitation.pk, by=petra(scene), now=NOW, real_now=REAL)
    refused("closed", lambda: accept(token_of(other)))
    refused("closed", lambda: accept("nothing"))


@pytest.mark.django_db
def test_sending_again_makes_a_new_link_and_closes_the_old_one(scene: Stage) -> None:
    sent = invite(scene)
    later = REAL + timedelta(days=20)
    again = inviting.resend(
        invitation_id=sent.invitation.pk, by=petra(scene), now=NOW, real_now=later
    )
    assert len(mail.outbox) == 2
    refused("closed", lambda: accept(token_of(sent), at=later))
    accept(token_of(again), at=later)


@pytest.mark.django_db
def test_nobody_is_invited_twice_and_no_member_at_all(scene: Stage) -> None:
    invite(scene)
    refused("already_invited", lambda: invite(scene))
    refused("already_member", lambda: invite(scene, email="PAVEL@mail.example"))
    Invitation.objects.update(expires_at=REAL)
    invite(scene)
    assert Invitation.objects.filter(revoked_at=None).count() == 1


@pytest.mark.django_db
def test_invitations_that_are_open_are_bounded(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inviting, "MOST_OPEN", 1)
    invite(scene)
    refused("too_many", lambda: invite(scene, email="olga@pixel.example"))


@pytest.mark.django_db
def test_a_known_person_must_be_signed_in_and_be_the_one(scene: Stage) -> None:
    zed = Person.objects.create_user(email="zed@elsewhere.example", password=PASSWORD, name="Zed")
    sent = invite(scene, email=zed.email)
    refused("sign_in", lambda: accept(token_of(sent)))
    refused("other_address", lambda: accept(token_of(sent), petra(scene).person))
    joined = accept(token_of(sent), zed)
    zed.refresh_from_db()
    assert (joined.person, zed.name, zed.check_password(PASSWORD)) == (zed, "Zed", True)


@pytest.mark.django_db
def test_whom_a_server_has_only_named_sets_a_password_with_the_invitation(scene: Stage) -> None:
    Person.objects.create_user(email=NINA)
    accept(token_of(invite(scene)))
    assert Person.objects.get(email=NINA).check_password(PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_a_link_used_in_two_places_at_once_lets_in_once() -> None:
    scene = stage()
    token = token_of(invite(scene))
    answers = race([lambda: accept(token)] * 4)
    assert sum(isinstance(answer, Member) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, MemberRefused)} == {"closed"}
    assert Role.objects.filter(person__email=NINA).count() == 1


# --- Roles -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_an_owner_manages_members(scene: Stage) -> None:
    by, other = pavel(scene), petra(scene).person.pk
    refused("not_allowed", lambda: invite(scene, by=by))
    refused(
        "not_allowed",
        lambda: inviting.change_kind(by=by, person_id=other, kind="reader", now=NOW),
    )
    refused("not_allowed", lambda: inviting.remove_member(by=by, person_id=other, now=NOW))
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_role_is_changed_and_a_member_removed_with_their_keys(scene: Stage) -> None:
    token = create_key(member=pavel(scene), name="mine", now=NOW)
    by, person = petra(scene), pavel(scene).person
    inviting.change_kind(by=by, person_id=person.pk, kind="owner", now=NOW)
    assert pavel(scene).kind == "owner"
    inviting.remove_member(by=by, person_id=person.pk, now=NOW)
    assert members.member(person=person, partner_id=scene.partner.pk) is None
    assert people.key(token=token, now=NOW) is None
    assert tags(scene) == ["key_created", "member_changed", "member_removed"]
    refused("no_such_member", lambda: inviting.remove_member(by=by, person_id=person.pk, now=NOW))


@pytest.mark.django_db
def test_the_last_owner_stays_an_owner(scene: Stage) -> None:
    by = petra(scene)
    refused(
        "last_owner",
        lambda: inviting.change_kind(by=by, person_id=by.person.pk, kind="reader", now=NOW),
    )
    refused("last_owner", lambda: inviting.leave(member=by, now=NOW))
    inviting.change_kind(by=by, person_id=pavel(scene).person.pk, kind="owner", now=NOW)
    inviting.leave(member=by, now=NOW)
    assert list(Role.objects.filter(kind="owner").values_list("person__email", flat=True)) == [
        "pavel@mail.example"
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["demote", "leave"])
def test_two_owners_can_not_go_at_once(how: str) -> None:
    scene = stage()
    inviting.change_kind(by=petra(scene), person_id=pavel(scene).person.pk, kind="owner", now=NOW)
    one, two = petra(scene), pavel(scene)

    def demote(by: Member, other: Member) -> None:
        inviting.change_kind(by=by, person_id=other.person.pk, kind="reader", now=NOW)

    if how == "demote":
        answers = race([lambda: demote(one, two), lambda: demote(two, one)])
    else:
        answers = race(
            [
                lambda: inviting.leave(member=one, now=NOW),
                lambda: inviting.leave(member=two, now=NOW),
            ]
        )
    assert sum(answer is None for answer in answers) == 1
    assert Role.objects.filter(place_id=scene.partner.pk, kind="owner").count() == 1


@pytest.mark.django_db
def test_the_server_s_list_leaves_alone_whom_the_partner_invited(scene: Stage) -> None:
    accept(token_of(invite(scene)))

    def put(*named: tuple[str, str, str]) -> set[str]:
        catalog.put_partner(
            marketplace=scene.marketplace, ref="pixel", name="Pixel", members=named, now=NOW
        )
        roles = Role.objects.filter(place_id=scene.partner.pk)
        return set(roles.values_list("person__email", flat=True))

    owner = ("petra@pixel.example", "Petra", "owner")
    assert put(owner) == {"petra@pixel.example", NINA}
    assert put(owner, (NINA, "Nina", "reader")) == {"petra@pixel.example", NINA}
    assert member(scene, NINA).kind == "reader"
    assert put(owner) == {"petra@pixel.example"}


# --- Keys --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_is_its_member_s_own_and_the_owner_sees_all(scene: Stage) -> None:
    token = create_key(member=pavel(scene), name=" Helpdesk ", now=NOW)
    key = people.key(token=token, now=NOW)
    assert key
    assert (key.kind, key.name, key.scopes, key.partner_id) == (
        "partner",
        "Helpdesk",
        [],
        scene.partner.pk,
    )
    create_key(member=petra(scene), name="Office", now=NOW)
    assert [key.name for key in keys_of(member=pavel(scene))] == ["Helpdesk"]
    assert {key.name for key in keys_of(member=petra(scene))} == {"Helpdesk", "Office"}
    office = Key.objects.get(name="Office")
    refused("no_such_key", lambda: revoke_key(member=pavel(scene), key_id=office.pk, now=NOW))
    revoke_key(member=petra(scene), key_id=key.pk, now=NOW)
    assert people.key(token=token, now=NOW) is None
    refused("no_such_key", lambda: key_of(member=petra(scene), key_id=key.pk))


@pytest.mark.django_db
def test_keys_are_bounded(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arvio.catalog.keys.MOST", 1)
    create_key(member=petra(scene), name="one", now=NOW)
    refused("too_many", lambda: create_key(member=petra(scene), name="two", now=NOW))
    create_key(member=pavel(scene), name="his own", now=NOW)


# --- Commands ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_command_invites_a_partner_s_first_owner(
    scene: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--marketplace", "store", "--partner", "pixel"]
    call_command("invite", NINA, *where, "--language", "fi")
    printed = capsys.readouterr().out.strip()
    assert re.fullmatch(r"http://testserver/accounts/invitation/\S+/", printed)
    assert printed in str(mail.outbox[-1].body)
    assert inviting.opened(token=printed.split("/")[-2], real_now=datetime.now(UTC))  # noqa: TID251
    for email, *rest in (
        ["petra@pixel.example", *where],
        [NINA, *where],
        ["no address", *where],
        ["x@y.example", "--marketplace", "store", "--partner", "nobody"],
        ["x@y.example", *where, "--language", "sv"],
    ):
        with pytest.raises(CommandError):
            call_command("invite", email, *rest)


@pytest.mark.django_db
def test_a_command_makes_keys_of_every_kind(
    scene: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def made(*arguments: str) -> Key:
        call_command("key", "create", "store", *arguments)
        key = people.key(token=capsys.readouterr().out.strip(), now=NOW)
        assert key
        return key

    assert made().kind == "server"
    partner = made("--kind", "partner", "--partner", "pixel", "--person", "Petra@pixel.example")
    assert (partner.partner_id, partner.scopes) == (scene.partner.pk, [])
    assert made("--kind", "moderator", "--person", "mika@store.example").kind == "moderator"
    for wrong in (
        ["--person", "petra@pixel.example"],
        ["--kind", "partner", "--person", "petra@pixel.example"],
        ["--kind", "partner", "--partner", "pixel", "--person", "mika@store.example"],
        ["--kind", "moderator", "--person", "petra@pixel.example"],
        ["--kind", "moderator", "--person", "mika@store.example", "--partner", "pixel"],
    ):
        with pytest.raises(CommandError):
            call_command("key", "create", "store", *wrong)
    call_command("key", "list", "store")
    assert "petra" in capsys.readouterr().out
