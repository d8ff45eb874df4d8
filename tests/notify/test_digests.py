"""Once a day, at eight o'clock where the marketplace is, all that was collected in one mail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.actions import tell
from arvio.notify.models import DigestItem, Message
from arvio.notify.preferences import Stop, save_defaults, set_stopped
from arvio.notify.rules import next_digest
from arvio.people.models import Person, Role
from arvio.work.loop import work_once
from tests import cast
from tests.notify import notices

DAY = timedelta(days=1)
NEW_YORK, MOSCOW = ZoneInfo("America/New_York"), ZoneInfo("Europe/Moscow")


def daily(stage: cast.Stage, email: str = "petra@pixel.example") -> Person:
    reader = Person.objects.get(email=email)
    how = {"review_new": "daily", "review_edited": "daily"}
    save_defaults(reader_id=reader.pk, partner=stage.partner, how=how)
    return reader


def digests(at: datetime) -> list[Message]:
    """Those written by then, apart from what others get at once."""
    work_once(now=at, kinds=["notice", "digest"])
    return [mail for mail in notices.mails() if mail.review_id is None]


@pytest.mark.parametrize(
    ("zone", "after", "at"),
    [
        # In New York clocks go forward on 8 March and back on 1 November 2026; in Moscow never.
        (NEW_YORK, "2026-03-07T18:00:00Z", "2026-03-08T12:00:00Z"),
        (NEW_YORK, "2026-03-06T18:00:00Z", "2026-03-07T13:00:00Z"),
        (NEW_YORK, "2026-11-01T04:30:00Z", "2026-11-01T13:00:00Z"),
        (NEW_YORK, "2026-10-31T11:59:59Z", "2026-10-31T12:00:00Z"),
        (MOSCOW, "2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z"),
        (MOSCOW, "2026-03-29T05:00:00Z", "2026-03-30T05:00:00Z"),
        (MOSCOW, "2026-03-29T04:59:59Z", "2026-03-29T05:00:00Z"),
    ],
)
def test_the_next_eight_o_clock(zone: ZoneInfo, after: str, at: str) -> None:
    found = next_digest(after=datetime.fromisoformat(after), zone=zone)
    assert found == datetime.fromisoformat(at)


@given(
    st.timedeltas(timedelta(0), timedelta(days=3650)),
    st.sampled_from(
        ["America/New_York", "Europe/Moscow", "Europe/Helsinki", "Australia/Lord_Howe"]
    ),
)
def test_it_is_always_eight_there_and_within_a_day(later: timedelta, name: str) -> None:
    zone, moment = ZoneInfo(name), datetime(2020, 1, 1, tzinfo=UTC) + later
    at = next_digest(after=moment, zone=zone)
    assert at.astimezone(zone).strftime("%H:%M:%S") == "08:00:00"
    assert timedelta(0) < at - moment <= timedelta(hours=25)


@pytest.mark.django_db
def test_the_digest_lists_all_in_their_order_and_leads_to_each() -> None:
    stage = cast.stage()
    daily(stage)
    second = cast.make_app(stage.marketplace, stage.partner, "second")
    ids = [uuid7(), uuid7()]
    tell(notices=[notices.new(stage, review=ids[0], title="The first")])
    stage.app = second
    edit = notices.edited(
        stage, review=ids[1], title="The second", at=stage.now + timedelta(hours=1)
    )
    tell(notices=[edit])
    assert digests(stage.now + timedelta(hours=2)) == []
    eight = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert digests(eight - timedelta(seconds=1)) == []
    (mail,) = digests(eight)
    assert mail.subject == "2 new or edited reviews for Pixel, 3 Mar 2026"
    for words in (mail.text, mail.html):
        places = [words.index(part) for part in ("Calls", "The first", "Second", "The second")]
        assert places == sorted(places)
        assert all(f"/partner/reviews/{review}/" in words for review in ids)
    assert digests(eight + DAY) == [mail]
    assert not Due.objects.filter(kind="digest").exists()


@pytest.mark.django_db
def test_others_are_told_at_once_all_the_same() -> None:
    stage = cast.stage()
    daily(stage)
    tell(notices=[notices.new(stage)])
    work_once(now=stage.now, kinds=["notice"])
    assert [mail.to_email for mail in notices.mails()] == [
        "pavel@mail.example",
        "rita@mail.example",
    ]


@pytest.mark.django_db
def test_what_comes_while_the_worker_is_late_does_not_put_the_digest_off() -> None:
    stage = cast.stage()
    daily(stage)
    eight = datetime(2026, 3, 3, 8, tzinfo=UTC)
    tell(notices=[notices.new(stage, at=eight - timedelta(seconds=1), title="Before")])
    work_once(now=eight - timedelta(seconds=1), kinds=["notice"])
    tell(notices=[notices.new(stage, at=eight + timedelta(seconds=1), title="After")])
    (mail,) = digests(eight + timedelta(minutes=5))
    assert "Before" in mail.text


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["left", "stopped", "off"])
def test_who_wants_it_no_more_gets_none(gone: str) -> None:
    stage = cast.stage()
    petra = daily(stage)
    tell(notices=[notices.new(stage)])
    work_once(now=stage.now, kinds=["notice"])
    if gone == "left":
        Role.objects.filter(person=petra).delete()
    elif gone == "stopped":
        set_stopped(stop=Stop(petra.pk, stage.partner.pk, "digest"), stopped=True)
    else:
        how = {"review_new": "off", "review_edited": "daily"}
        save_defaults(reader_id=petra.pk, partner=stage.partner, how=how)
    assert digests(stage.now + DAY) == []
    assert not DigestItem.objects.exists()


@pytest.mark.django_db
def test_an_app_that_has_moved_is_its_new_partners_and_in_no_digest_of_the_old_one() -> None:
    stage = cast.stage()
    daily(stage)
    vera, _ = cast.rival(stage)
    tell(notices=[notices.new(stage, title="Of Calls")])
    moved, stage.app = stage.app.ref, cast.make_app(stage.marketplace, stage.partner, "second")
    tell(notices=[notices.new(stage, title="Of Second")])
    work_once(now=stage.now, kinds=["notice"])
    cast.make_app(stage.marketplace, vera.partner, moved)
    (mail,) = digests(stage.now + DAY)
    assert mail.subject == "1 new or edited review for Pixel, 3 Mar 2026"
    assert "Of Second" in mail.text and "Of Calls" not in mail.text and "Vector" not in mail.text
    assert DigestItem.objects.get().message == mail


@pytest.mark.django_db
def test_many_digests_take_no_more_statements(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    counts = []
    for number, slug in ((1, "warm"), (1, "small"), (12, "large")):
        stage = cast.stage(slug=slug)
        for email in ("petra@pixel.example", "pavel@mail.example", "rita@mail.example"):
            daily(stage, email)
        tell(notices=[notices.new(stage) for _ in range(number)])
        work_once(now=stage.now, kinds=["notice"])
        with count_sql() as statements:
            work_once(now=stage.now + DAY, kinds=["digest"])
        counts.append([key for key, _ in groupby(sql[:30] for sql in statements)])
        stage.marketplace.time_zone = "UTC"
    assert counts[1] == counts[2]
