"""Who is told of a ban, of its end and of the answer to an appeal, and what the mails say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.catalog import banning
from arvio.catalog.models import Ban
from arvio.notify.models import Message
from arvio.reviews.telling_bans import tell_bans
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage

DAY = timedelta(days=1)


@pytest.fixture
def stage(db: None) -> Stage:
    return cast.stage()


def ban(stage: Stage, **fields: Any) -> Ban:
    values = {
        "user": stage.anna.user,
        "reason": "Sent 40 adverts.",
        "rule": "spam",
        "actor": "person:mika",
    }
    return banning.ban(account=stage.acme, now=NOW, **{**values, **fields})


def told(now: Any = NOW) -> list[tuple[str, str]]:
    """Work, then (who, subject) of the mails about bans that this made."""
    before = set(Message.objects.values_list("pk", flat=True))
    work_once(now=now, kinds=("archive_check", "ban_notice"))
    new = Message.objects.exclude(pk__in=before).order_by("to_email")
    return [(mail.to_email.partition("@")[0], mail.subject) for mail in new]


BANNED = "You can’t write reviews on The Store now"
OVER = "A ban on The Store has ended"


def test_the_banned_user_reads_reason_rule_end_and_how_to_appeal(stage: Stage) -> None:
    ban(stage, until_at=NOW + 30 * DAY)
    assert told() == [("anna", BANNED)]
    mail = Message.objects.get()
    for words in (
        "Sent 40 adverts.",
        "It rests on rule G-1 of the review guidelines: No advertising or spam.",
        "The ban ends on 1 Apr 2026, 09:30.",
        "You can appeal before 2 Sep 2026, 09:30",
        "/store/in/appeal/",
        "/store/guidelines/1/#spam",
        "A person decided this, not a program.",
        "there is no way to unsubscribe",
    ):
        assert words in mail.text and words in mail.html, words
    assert "List-Unsubscribe" not in mail.headers
    assert (mail.marketplace_id, mail.reader_id) == (stage.marketplace.pk, stage.anna.user.pk)  # type: ignore[union-attr]
    assert told() == []


def test_of_an_account_those_who_wrote_reviews_are_told(stage: Stage) -> None:
    stage.review(by=stage.arvo)
    cast.viewer(stage.marketplace, stage.acme, "silent")
    ban(stage, user=None)
    assert told() == [("arvo", BANNED)]
    assert (
        "Nobody in the account Acme Oy can write reviews"
        in Message.objects.get(subject=BANNED).text
    )


def test_who_has_no_address_is_told_nothing_by_mail(stage: Stage) -> None:
    assert stage.anna.user
    stage.anna.user.email = ""
    stage.anna.user.save()
    ban(stage)
    assert told() == []


def test_the_end_is_told_once_when_it_comes(stage: Stage) -> None:
    ban(stage, until_at=NOW + DAY)
    told()
    assert told(NOW + DAY) == [("anna", OVER)]
    assert "has come to its end" in Message.objects.get(subject=OVER).text
    assert told(NOW + 2 * DAY) == []


def test_lifting_is_told_with_its_reason_and_the_end_then_is_not(stage: Stage) -> None:
    made = ban(stage, until_at=NOW + DAY)
    told()
    banning.lift_ban(ban=made, actor="person:olli", reason="Not hers.", now=NOW)
    assert told() == [("anna", OVER)]
    assert "Not hers." in Message.objects.get(subject=OVER).text
    assert told(NOW + 2 * DAY) == []
    # A worker that had taken the row of the end before the ban was lifted says nothing either.
    tell_bans(keys=[f"ended:{made.pk}"], now=NOW + DAY)
    assert Message.objects.filter(subject=OVER).count() == 1


def test_while_another_ban_stands_nobody_is_told_that_they_can_write(stage: Stage) -> None:
    first = ban(stage)
    ban(stage, user=None)
    told()
    banning.lift_ban(ban=first, reason="Twice.", now=NOW)
    told()
    mail = Message.objects.get(subject=OVER)
    assert "Another ban is still in force" in mail.text and "again" not in mail.text


@pytest.mark.parametrize(("lift", "subject"), [
    (False, "Your appeal on The Store is answered"), (True, OVER),
])  # fmt: skip
def test_the_answer_to_an_appeal_is_told_to_who_appealed(
    stage: Stage, lift: bool, subject: str
) -> None:
    ban(stage, user=None)
    told()
    filed = banning.appeal(viewer=stage.arvo, text="Why?", now=NOW)
    banning.answer_appeal(
        appeal=filed, lift=lift, answer="Looked at it.", actor="person:olli", now=NOW
    )
    assert told() == [("arvo", subject)]
    assert "Looked at it." in Message.objects.get(subject=subject).text


def test_the_reviews_go_to_the_archive_and_come_back(stage: Stage) -> None:
    review = stage.published(by=stage.anna)
    made = ban(stage)
    told()
    review.refresh_from_db()
    assert review.state == "archived"
    banning.lift_ban(ban=made, now=NOW)
    told()
    review.refresh_from_db()
    assert review.state == "published"
