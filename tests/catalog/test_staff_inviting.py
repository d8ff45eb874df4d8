"""Coming to a marketplace's staff by an invitation, changing roles there, and going."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from arvio.audit.models import AuditRow
from arvio.catalog import inviting, roster, staff
from arvio.catalog.errors import MemberRefused
from arvio.catalog.inviting import Invited
from arvio.catalog.marketplaces import put_staff
from arvio.catalog.staff import Moderator
from arvio.due.models import Due
from arvio.people import actions as people
from arvio.people.models import Invitation, Key, Person, Role
from tests.cast import NOW, Stage, stage
from tests.racing import race
from tests.web.desk.staffed import MIKA, OLLI, ONA

REAL = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NINA = "nina@store.example"
OTTO = "otto@store.example"


@pytest.fixture
def scene() -> Stage:
    made = stage()
    members = [(MIKA, "Mika Moilanen", "moderator"), (OLLI, "Olli Oja", "operator")]
    put_staff(marketplace=made.marketplace, members=members)
    return made


def sits(scene: Stage, email: str) -> Moderator:
    found = staff.moderator(
        person=Person.objects.get(email=email), marketplace_id=scene.marketplace.pk
    )
    assert found
    return found


def invite(scene: Stage, by: str = OLLI, *, email: str = NINA, language: str = "en") -> Invited:
    return inviting.invite(
        place=scene.marketplace,
        by=sits(scene, by),
        email=email,
        kind="moderator",
        language=language,
        now=NOW,
        real_now=REAL,
    )


def refused(code: str, call: object) -> None:
    with pytest.raises(MemberRefused) as refusal:
        call()  # type: ignore[operator]  # a lambda
    assert refusal.value.code == code


def tags(scene: Stage) -> list[str]:
    rows = AuditRow.objects.filter(subject=f"marketplace:{scene.marketplace.pk}").order_by("seq")
    tags = [row.tag.partition(":")[2] for row in rows]
    return [tag for tag in tags if not tag.endswith("_set")]


@pytest.mark.django_db
def test_who_is_invited_comes_to_the_desk_and_one_address_has_one_open_invitation(
    scene: Stage,
) -> None:
    sent = invite(scene, email=" Nina@Store.example ")
    message = mail.outbox[-1]
    assert (message.to, message.subject) == ([NINA], "Invitation to the staff of The Store")
    assert "Olli Oja invites you to the staff of The Store." in message.body
    assert "As a moderator you decide" in message.body
    refused("already_invited", lambda: invite(scene))
    refused("already_member", lambda: invite(scene, email=MIKA))
    refused("not_allowed", lambda: invite(scene, by=MIKA, email=OTTO))
    again = inviting.resend(
        invitation_id=sent.invitation.pk, by=sits(scene, OLLI), now=NOW, real_now=REAL
    )
    token = again.url.rstrip("/").rpartition("/")[2]
    assert inviting.opened(token=sent.url.rstrip("/").rpartition("/")[2], real_now=REAL) is None
    joined = inviting.accept(
        token=token, person=None, name="Nina", password="nine green", now=NOW, real_now=REAL
    )
    assert isinstance(joined, Moderator) and joined.kind == "moderator"
    nina = roster.sitting(marketplace=scene.marketplace)[-1]
    assert (nina.person.email, nina.role.source, nina.second_factor) == (NINA, "invitation", False)
    assert tags(scene) == ["invited", "invited_again", "joined"]
    # The server's list leaves alone whoever came by an invitation.
    put_staff(marketplace=scene.marketplace, members=[(OLLI, "", "operator")])
    assert {one.person.email for one in roster.sitting(marketplace=scene.marketplace)} == {
        NINA,
        OLLI,
    }


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize(("language", "word"), [("ru", "команду"), ("fi", "henkilökuntaan")])
def test_the_mail_speaks_the_language_that_was_chosen(
    scene: Stage, language: str, word: str
) -> None:
    invite(scene, language=language)
    assert word in mail.outbox[-1].subject


@pytest.mark.django_db
def test_the_last_operator_stays_and_who_goes_keeps_no_key_and_no_case(scene: Stage) -> None:
    olli, mika = sits(scene, OLLI), sits(scene, MIKA)
    for act in (
        lambda: inviting.change_kind(by=olli, person_id=olli.person.pk, kind="moderator", now=NOW),
        lambda: inviting.remove_member(by=olli, person_id=olli.person.pk, now=NOW),
        lambda: inviting.leave(member=olli, now=NOW),
    ):
        refused("last_operator", act)
    keys = {
        kind: people.create_key(
            kind=kind,
            marketplace_id=scene.marketplace.pk,
            name="k",
            person=mika.person,
            partner_id=None if kind == "moderator" else scene.partner.pk,
            now=NOW,
        )[:10]
        for kind in ("moderator", "partner")
    }
    inviting.remove_member(by=olli, person_id=mika.person.pk, now=NOW)
    assert staff.moderator(person=mika.person, marketplace_id=scene.marketplace.pk) is None
    assert list(Key.objects.exclude(revoked_at=None).values_list("prefix", flat=True)) == [
        keys["moderator"]
    ]
    assert Due.objects.filter(
        kind="staff_left", key=f"{scene.marketplace.pk}:{mika.person.pk}"
    ).exists()
    refused(
        "no_such_member",
        lambda: inviting.remove_member(by=olli, person_id=mika.person.pk, now=NOW),
    )
    assert tags(scene) == ["member_removed"]


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_demote_each_other_at_once_one_stays(scene: Stage) -> None:
    members = [(OLLI, "", "operator"), (OTTO, "", "operator")]
    put_staff(marketplace=scene.marketplace, members=members)
    one, two = sits(scene, OLLI), sits(scene, OTTO)
    answers = race(
        [
            lambda: inviting.change_kind(
                by=one, person_id=two.person.pk, kind="moderator", now=NOW
            ),
            lambda: inviting.remove_member(by=two, person_id=one.person.pk, now=NOW),
        ]
    )
    assert sorted(str(answer) for answer in answers) == ["None", "not_allowed"]
    operators = Role.objects.filter(place_id=scene.marketplace.pk, kind="operator")
    assert operators.count() == 1


@pytest.mark.django_db
def test_an_operator_invites_a_partners_owner_and_that_of_no_other_marketplace(
    scene: Stage,
) -> None:
    def owner(by: Moderator) -> Invited:
        return inviting.invite(
            place=scene.partner,
            by=by,
            email="new@pixel.example",
            kind="owner",
            language="en",
            now=NOW,
            real_now=REAL,
        )

    from arvio.catalog.marketplaces import create_marketplace

    market = create_marketplace(slug="market", name="M", preset="bitrix24-2024", now=NOW)
    put_staff(marketplace=market, members=[(ONA, "Ona", "operator")])
    ona = staff.moderator(person=Person.objects.get(email=ONA), marketplace_id=market.pk)
    assert ona
    refused("not_allowed", lambda: owner(ona))
    refused("not_allowed", lambda: owner(sits(scene, MIKA)))
    made = owner(sits(scene, OLLI))
    assert "You are invited to the reviews of Pixel" in mail.outbox[-1].body
    (listed,), following = roster.partners(marketplace=scene.marketplace, q="pix")
    assert (listed.invited, following) == ([made.invitation], None)
    assert [person.email for person in listed.owners] == ["petra@pixel.example"]
    assert roster.partners(marketplace=scene.marketplace, ownerless=True) == ([], None)


@pytest.mark.django_db
def test_the_command_adds_and_removes_one_by_one_and_writes_it_down(scene: Stage) -> None:
    def run(*options: str) -> None:
        call_command("marketplace", "staff", "store", *options, stdout=StringIO())

    run("--add", f"{NINA}:operator", "--add", f"{MIKA}:operator", "--remove", OLLI)
    kinds = {
        one.person.email: one.role.kind for one in roster.sitting(marketplace=scene.marketplace)
    }
    assert kinds == {NINA: "operator", MIKA: "operator"}
    assert sorted(tags(scene)) == ["member_changed", "member_named", "member_removed"]
    run(f"{MIKA}:operator")
    assert [one.person.email for one in roster.sitting(marketplace=scene.marketplace)] == [MIKA]
    assert Due.objects.filter(kind="staff_left").count() == 2
    with pytest.raises(CommandError, match="isn't on the staff"):
        run("--remove", OLLI)
    with pytest.raises(CommandError, match="not both"):
        run(f"{MIKA}:operator", "--add", f"{OLLI}:operator")


@pytest.mark.django_db
def test_the_command_alone_shows_the_staff_and_takes_nobody_away(scene: Stage) -> None:
    out = StringIO()
    call_command("marketplace", "staff", "store", stdout=out)
    assert len(roster.sitting(marketplace=scene.marketplace)) > 1


@pytest.mark.django_db
def test_the_first_operator_is_invited_by_a_command(
    scene: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("invite", NINA, "--marketplace", "store", "--operator")
    made = Invitation.objects.get(email=NINA)
    assert (made.kind, made.place_id) == ("operator", scene.marketplace.pk)
    assert "/accounts/invitation/" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("invite", NINA, "--marketplace", "store", "--operator", "--partner", "pixel")
