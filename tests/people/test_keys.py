"""An API key's life: made with an end, used, rotated, revoked, and told of before it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from arvio.audit.models import AuditRow
from arvio.catalog.marketplaces import create_marketplace, put_staff
from arvio.due.models import Due
from arvio.notify.models import Message
from arvio.people import actions, queries
from arvio.people.errors import KeyRefused
from arvio.people.models import Key
from arvio.work.loop import work_once
from tests.cast import LONG_AGO, NOW
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def made(now: datetime = NOW, **fields: Any) -> tuple[Key, str]:
    place = create_marketplace(slug="store", name="Store", preset="bitrix24-2024", now=LONG_AGO)
    token = actions.create_key(
        kind="server",
        marketplace_id=place.pk,
        name="Backend",
        scopes=["catalog"],
        now=now,
        **fields,
    )
    return Key.objects.get(), token


def works(token: str, at: datetime) -> bool:
    return queries.key(token=token, now=at) is not None


def history(key: Key) -> list[tuple[str, Any]]:
    rows = AuditRow.objects.filter(subject=f"key:{key.pk}").order_by("seq")
    return list(rows.values_list("tag", "after"))


def test_a_key_ends_at_its_moment_and_not_before(count_sql: Any) -> None:
    _, token = made(ends_at=NOW + DAY)
    with count_sql() as statements:
        assert works(token, NOW + DAY - timedelta(microseconds=1))
    assert len(statements) == 1
    assert not works(token, NOW + DAY)
    with pytest.raises(KeyRefused, match="ends"):
        actions.create_key(
            kind="server", marketplace_id=Key.objects.get().marketplace_id, name="", now=NOW,
            ends_at=NOW,
        )  # fmt: skip


def test_a_rotated_key_works_as_long_as_it_is_kept_and_its_successor_from_now_on() -> None:
    key, old = made()
    new = actions.rotate_key(key=key, keep=HOUR, actor="person:olli", now=NOW)
    both = [works(token, NOW + HOUR - timedelta(seconds=1)) for token in (old, new)]
    after = [works(token, NOW + HOUR) for token in (old, new)]
    assert (both, after) == ([True, True], [False, True])
    successor = Key.objects.get(rotated_from=key)
    assert (successor.name, successor.scopes, successor.created_by, successor.ends_at) == (
        "Backend", ["catalog"], "person:olli", None,
    )  # fmt: skip
    ends = {"key": key.prefix, "ends_at": (NOW + HOUR).isoformat(), "successor": new[:10]}
    assert history(key)[1:] == [("key:rotated", ends)]
    assert [tag for tag, _ in history(successor)] == ["key:created"]
    kept = str(list(AuditRow.objects.values_list("before", "after")))
    assert old not in kept and new not in kept


def test_rotating_at_once_ends_the_old_one_and_never_lets_a_key_live_longer() -> None:
    key, old = made(ends_at=NOW + 10 * DAY)
    new = actions.rotate_key(key=key, keep=30 * DAY, now=NOW + 9 * DAY)
    assert not works(old, NOW + 10 * DAY)
    successor = Key.objects.get(rotated_from=key)
    assert successor.ends_at == NOW + 19 * DAY, "it lasts as long as the old one was made to"
    actions.rotate_key(key=successor, keep=timedelta(0), now=NOW + 9 * DAY)
    assert not works(new, NOW + 9 * DAY)


@pytest.mark.parametrize("keep", [timedelta(seconds=-1), timedelta(days=30, seconds=1)])
def test_a_time_out_of_bounds_is_refused(keep: timedelta) -> None:
    key, _ = made()
    with pytest.raises(KeyRefused, match="keep"):
        actions.rotate_key(key=key, keep=keep, now=NOW)
    assert Key.objects.count() == 1


def test_a_key_that_is_over_has_no_successor_and_is_revoked_once() -> None:
    key, token = made()
    keys = Key.objects.filter(pk=key.pk)
    assert actions.revoke_keys(keys=keys, reason="In a public log", now=NOW) == 1
    assert actions.revoke_keys(keys=keys, now=NOW) == 0
    assert not works(token, NOW)
    with pytest.raises(KeyRefused, match="over"):
        actions.rotate_key(key=key, keep=HOUR, now=NOW)
    said = {"key": key.prefix, "reason": "In a public log"}
    assert history(key)[1:] == [("key:revoked", said)]


def test_a_revoked_successor_leaves_room_for_another() -> None:
    key, _ = made()
    actions.rotate_key(key=key, keep=DAY, now=NOW)
    with pytest.raises(KeyRefused, match="rotated"):
        actions.rotate_key(key=key, keep=DAY, now=NOW)
    actions.revoke_keys(keys=Key.objects.filter(rotated_from=key), now=NOW)
    actions.rotate_key(key=key, keep=DAY, now=NOW)
    last = Key.objects.get(rotated_from=key, revoked_at=None)
    assert last.ends_at is None, "it lasts as long as the first did before it had a successor"


def test_a_key_that_ends_at_the_end_of_all_days_is_rotated_too() -> None:
    last = datetime(9999, 1, 1, tzinfo=UTC)
    key, _ = made(ends_at=last)
    actions.rotate_key(key=key, keep=DAY, now=NOW)
    assert Key.objects.get(rotated_from=key).ends_at == last


@pytest.mark.django_db(transaction=True)
def test_of_two_who_rotate_at_once_one_makes_the_successor() -> None:
    key, _ = made()
    found = race([lambda: actions.rotate_key(key=key, keep=HOUR, now=NOW)] * 4)
    assert sum(isinstance(one, str) for one in found) == 1
    assert {str(one) for one in found if not isinstance(one, str)} == {"rotated"}


@pytest.mark.django_db(transaction=True)
def test_a_use_is_noted_once_an_hour_by_whoever_is_first() -> None:
    made()
    race([lambda: actions.note_use(key=Key.objects.get(), now=NOW)] * 4)
    for later, noted in ((HOUR - timedelta(seconds=1), NOW), (HOUR, NOW + HOUR)):
        actions.note_use(key=Key.objects.get(), now=NOW + later)
        assert Key.objects.get().last_used_at == noted


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writing_refuses_no_reader() -> None:
    key, _ = made()
    with connection.cursor() as cursor:
        off, on = {
            "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
            "postgresql": (
                "SET default_transaction_read_only = on",
                "SET default_transaction_read_only = off",
            ),
        }[connection.vendor]
        cursor.execute(off)
        try:
            actions.note_use(key=key, now=NOW)
        finally:
            cursor.execute(on)
    assert Key.objects.get().last_used_at is None


# --- Told of -------------------------------------------------------------------------------------


def mails() -> list[tuple[str, str]]:
    return list(
        Message.objects.order_by("created_at", "to_email").values_list("to_email", "subject")
    )


@pytest.fixture
def operated() -> tuple[Key, str]:
    from arvio.catalog.models import Marketplace

    key, token = made(ends_at=NOW + 30 * DAY)
    staff = [("olli@store.example", "Olli", "operator"), ("mika@store.example", "", "moderator")]
    put_staff(marketplace=Marketplace.objects.get(), members=staff)
    return key, token


@pytest.mark.once
def test_operators_are_told_a_week_and_a_day_before(operated: tuple[Key, str]) -> None:
    for day in range(20, 32):
        work_once(now=NOW + day * DAY)
    told = ("olli@store.example", "The key “Backend” of Store ends on 1 Apr 2026, 09:30")
    assert mails() == [told, told]
    days = [(at - NOW) for at in Message.objects.values_list("created_at", flat=True)]
    assert sorted(days) == [23 * DAY, 29 * DAY]
    text = Message.objects.first()
    assert text and operated[1] not in text.text and "/operator/keys/" in text.text
    assert not Due.objects.filter(kind=actions.ENDING).exists()


@pytest.mark.once
def test_nobody_is_told_of_one_that_was_replaced_unless_it_is_used_still(
    operated: tuple[Key, str],
) -> None:
    key = operated[0]
    actions.note_use(key=key, now=NOW)
    actions.rotate_key(key=key, keep=20 * DAY, now=NOW + DAY)
    assert queries.ending(now=NOW + 15 * DAY).count() == 0
    work_once(now=NOW + 15 * DAY)
    assert mails() == []
    actions.note_use(key=Key.objects.get(pk=key.pk), now=NOW + 16 * DAY)
    assert [one.pk for one in queries.ending(now=NOW + 16 * DAY)] == [key.pk]


@pytest.mark.once
def test_nobody_is_told_of_one_that_was_revoked(operated: tuple[Key, str]) -> None:
    actions.revoke_keys(keys=Key.objects.all(), now=NOW)
    work_once(now=NOW + 23 * DAY)
    assert mails() == []
