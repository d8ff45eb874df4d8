"""Who is told, how and in which language."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from django.utils import translation

from arvio.catalog import actions as catalog
from arvio.catalog.models import User
from arvio.ids import uuid7
from arvio.notify import letters
from arvio.notify.actions import tell
from arvio.notify.models import Message
from arvio.notify.preferences import save_app, save_defaults
from arvio.people.models import Person, Role
from arvio.work import kinds
from arvio.work.loop import work_once
from tests import cast
from tests.notify import notices

MEMBERS = ["pavel@mail.example", "petra@pixel.example", "rita@mail.example"]


def how(new: str = "at_once", edited: str = "at_once") -> dict[str, str]:
    return {"review_new": new, "review_edited": edited}


def person(email: str) -> Person:
    return Person.objects.get(email=email)


@pytest.mark.django_db
def test_every_member_is_told_of_a_new_review_and_nobody_else() -> None:
    stage = cast.stage()
    other, _ = catalog.put_partner(
        marketplace=stage.marketplace,
        ref="other",
        name="Other",
        members=[("olga@other.example", "Olga", "owner")],
        now=stage.now,
    )
    cast.make_app(stage.marketplace, other, "other-app")
    mails = notices.mails_of(notices.new(stage), stage=stage)
    assert sorted(mail.to_email for mail in mails) == MEMBERS


@pytest.mark.django_db
def test_who_has_left_meanwhile_is_not_told() -> None:
    stage = cast.stage()
    Role.objects.filter(person__email="pavel@mail.example").delete()
    Person.objects.filter(email="rita@mail.example").update(is_active=False)
    assert [mail.to_email for mail in notices.mails_of(notices.new(stage), stage=stage)] == [
        "petra@pixel.example"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held", "fact"),
    [
        (True, "Publishes on Thu 5 Mar, 09:39, in 3 days.\nIt happens by itself"),
        (False, "The edit publishes on Thu 5 Mar, 09:39, in 3 days.\nUntil then the page keeps"),
    ],
)
def test_an_edit_of_a_held_review_promises_no_page(held: bool, fact: str) -> None:
    stage, gathers = cast.stage(), timedelta(minutes=10)
    until = (stage.now + gathers + timedelta(days=3) - timedelta(seconds=1)).isoformat()
    edit = notices.edited(stage, publishes_at=until, held=held)
    assert fact in notices.mails_of(edit, stage=stage, after=gathers)[0].text


@pytest.mark.django_db
def test_a_held_review_says_when_it_publishes_in_the_time_of_the_marketplace() -> None:
    stage = cast.stage()
    stage.marketplace.time_zone = "Europe/Moscow"
    stage.marketplace.save()
    until = (stage.now + timedelta(days=2, hours=23)).isoformat()
    mail = notices.mails_of(notices.new(stage, publishes_at=until), stage=stage)[0]
    assert mail.subject == "New review of Calls: 2 stars, publishes on Thu 5 Mar, 11:30"
    for words in (mail.text, mail.html):
        assert "Publishes on Thu 5 Mar, 11:30, in 2 days 23 hours." in words
        assert "If you reply before that, both appear together." in words
        assert f"http://testserver/partner/reviews/{mail.review_id}/" in words


@pytest.mark.django_db
def test_text_and_html_both_say_everything() -> None:
    stage = cast.stage()
    mail = notices.mails_of(notices.edited(stage), stage=stage, after=timedelta(hours=1))[0]
    for words in (mail.text, mail.html):
        for part in (
            "Edited review of Calls",
            "★★☆☆☆",
            "2 stars now, 5 before",
            *(notices.WORDS[key] for key in ("title", "text", "pros", "cons", "display_name")),
            "Edit notifications",
            "Unsubscribe",
            "because you are a member of Pixel on The Store",
        ):
            assert part in words


@pytest.mark.django_db
def test_what_people_wrote_is_text_in_html() -> None:
    stage = cast.stage()
    evil = notices.new(stage, title="<img src=x>", text="a & b <script>", display_name="<b>")
    mail = notices.mails_of(evil, stage=stage)[0]
    assert "<script>" not in mail.html and "<img" not in mail.html and "<b>" not in mail.html
    assert "a & b <script>" in mail.text


@pytest.mark.django_db
def test_a_reader_is_not_asked_to_reply() -> None:
    stage = cast.stage()
    said = {mail.to_email: mail.text for mail in notices.mails_of(notices.new(stage), stage=stage)}
    assert "Read it and reply:" in said["petra@pixel.example"]
    assert "Read it and reply:" not in said["rita@mail.example"]
    assert "Open the review:" in said["rita@mail.example"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "sentence", "path"),
    [
        ({"published": True}, "The reply is public, below your review.", "/store/reviews/{}/"),
        (
            {"published": False, "publishes_at": "2026-03-04T09:30:00Z"},
            "Your review isn’t public yet. It and the reply appear together on Wed 4 Mar, 09:30, "
            "in 2 days.",
            "/store/apps/calls/",
        ),
        (
            {"published": False},
            "Your review isn’t public now. The reply appears together with it.",
            "/store/apps/calls/",
        ),
    ],
)
def test_the_author_gets_the_reply_itself(facts: dict[str, Any], sentence: str, path: str) -> None:
    stage = cast.stage()
    (mail,) = notices.mails_of(notices.replied(stage, **facts), stage=stage)
    assert mail.to_email == "anna@customer.example"
    assert mail.subject == "Pixel replied to your review of Calls"
    for words in (mail.text, mail.html):
        assert sentence in words and "Thank you for writing." in words
        assert f"http://testserver{path.format(mail.review_id)}" in words


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["banned", "affiliated", "test_account", "operator_staff"])
def test_the_author_of_an_archived_review_learns_why(reason: str) -> None:
    stage = cast.stage()
    (mail,) = notices.mails_of(notices.archived(stage, reason=reason), stage=stage)
    assert mail.subject == "Your review of Calls isn’t shown now"
    assert "comes back by itself when the reason for that ends" in mail.text


@pytest.mark.django_db
def test_authors_without_an_address_and_erased_ones_are_told_nothing() -> None:
    stage = cast.stage()
    User.objects.filter(ref="anna").update(email="")
    assert notices.mails_of(notices.replied(stage), stage=stage) == []
    User.objects.filter(ref="anna").update(email="anna@customer.example", erased_at=stage.now)
    assert notices.mails_of(notices.replied(stage), stage=stage) == []


@pytest.mark.django_db
def test_everybody_is_told_in_their_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = cast.stage()
    stage.marketplace.languages = ["fi", "en"]
    stage.marketplace.save()
    Person.objects.filter(email="petra@pixel.example").update(language="ru")
    User.objects.filter(ref="anna").update(locale="ru-RU")
    spoken: list[str | None] = []

    def heard(facts: letters.Facts, scene: letters.Scene) -> letters.Letter:
        spoken.append(translation.get_language())
        return letters.Letter(subject="", heading="", fact="")

    for event in ("review_new", "reply_sent"):
        monkeypatch.setitem(letters.LETTERS, event, heard)
    mails = notices.mails_of(notices.new(stage), notices.replied(stage), stage=stage)
    # The members in the order of their addresses, then the author.
    assert spoken == ["fi", "ru", "fi", "ru"]
    assert '<html lang="ru">' in mails[1].html


@pytest.mark.django_db
def test_a_preference_for_an_app_goes_before_the_one_for_all() -> None:
    stage = cast.stage()
    second = cast.make_app(stage.marketplace, stage.partner, "second")
    petra, pavel = person("petra@pixel.example").pk, person("pavel@mail.example").pk
    save_defaults(reader_id=petra, partner=stage.partner, how=how(new="off"))
    save_app(reader_id=petra, app=second, how=how(new="at_once"))
    save_app(reader_id=pavel, app=second, how=how(new="off"))
    of_first = notices.mails_of(notices.new(stage), stage=stage)
    assert [mail.to_email for mail in of_first] == ["pavel@mail.example", "rita@mail.example"]
    Message.objects.all().delete()
    stage.app = second
    of_second = notices.mails_of(notices.new(stage), stage=stage)
    assert [mail.to_email for mail in of_second] == ["petra@pixel.example", "rita@mail.example"]


@pytest.mark.django_db
def test_each_event_has_its_own_preference() -> None:
    stage = cast.stage()
    save_defaults(
        reader_id=person("petra@pixel.example").pk, partner=stage.partner, how=how(edited="off")
    )
    mails = notices.mails_of(
        notices.new(stage), notices.edited(stage), stage=stage, after=timedelta(hours=1)
    )
    mine = [mail.subject for mail in mails if mail.to_email == "petra@pixel.example"]
    assert mine == ["New review of Calls: 2 stars"]


@pytest.mark.django_db
def test_the_mail_names_the_marketplace_and_carries_the_headers_of_rfc_8058() -> None:
    stage = cast.stage()
    mail = notices.mails_of(notices.new(stage), stage=stage)[0]
    assert mail.from_name == "The Store"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Unsubscribe"].startswith("<http://testserver/me/mail/")
    assert mail.message_id == f"<{mail.pk}@store.example>"


@pytest.mark.django_db
def test_a_name_with_line_breaks_makes_no_header() -> None:
    stage = cast.stage()
    stage.app.name = "Calls\r\nBcc: everybody@example.com\u2028x"
    stage.app.save()
    mail = notices.mails_of(notices.new(stage), stage=stage)[0]
    assert mail.subject.splitlines() == [mail.subject]


@pytest.mark.django_db
def test_telling_many_takes_no_more_statements(
    count_sql: Callable[[], AbstractContextManager[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = cast.stage()
    counts = []
    monkeypatch.setitem(kinds.BATCH, "notice", 200)
    for number in (1, 5, 200):  # the first reads the policy, which is kept
        tell(notices=[notices.new(stage, review=uuid7()) for _ in range(number)])
        with count_sql() as statements:
            work_once(now=stage.now, kinds=["notice"])
        # Rows of one table go in several statements when they are more than one can hold.
        counts.append([key for key, _ in groupby(sql[:30] for sql in statements)])
    assert counts[1] == counts[2]
    assert len(counts[1]) <= 16
    assert len(notices.mails()) == 3 * 206
