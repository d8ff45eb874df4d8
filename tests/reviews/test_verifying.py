"""`verify` finds nothing after any actions, and finds whatever somebody changed behind Arvio."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from arvio.audit import guards
from arvio.catalog.marketplaces import set_policy
from arvio.due.models import Due
from arvio.ratings.models import RatingDay, RatingSummary
from arvio.ratings.verifying import Difference
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.reviews.one_moment import one_moment
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import NOW, Stage, stage
from tests.repeating import repeated

pytestmark = pytest.mark.django_db


def found(now: Any = NOW) -> list[Difference]:
    return list(verify(now=now))


def whats() -> set[str]:
    return {difference.what for difference in found()}


@pytest.fixture
@repeated
def store() -> Stage:
    """A review in every state, one edited, one answered, one with an edit that waits."""
    made = stage(preset="bitrix24-2025")
    made.published(by=made.anna, stars=2)
    edited = made.viewer()
    made.published(by=edited, stars=5)
    answered = made.published(stars=4)
    reviews.add_replies(replies=[(answered, "Thank you.", "person:petra", NOW)])
    reviews.edit_review(
        viewer=edited, review_id=of(edited).pk, changes={"stars": 1, "text": "No more."}, now=NOW
    )
    made.review(by=made.arvo, at=NOW)
    gone = made.viewer()
    made.published(by=gone)
    reviews.withdraw_review(viewer=gone, review_id=of(gone).pk, now=NOW)
    return made


def of(viewer: Any) -> Review:
    return Review.objects.get(user=viewer.user)


def change(sql: str, *values: Any) -> None:
    """Go past Arvio: the guards are lifted, the row is changed."""
    guards.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    guards.install(connection)


def test_an_empty_database_has_no_differences() -> None:
    assert found() == []


def test_nothing_is_found_where_nobody_went_past_arvio(store: Stage) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("UPDATE rating_summary SET stars_4 = stars_4 + 1, count = count + 1", "summary"),
        ("UPDATE rating_summary SET stars_2 = 0, stars_3 = stars_3 + 1", "summary"),
        ("UPDATE rating_summary SET score_micros = score_micros + 1", "score"),
        ("UPDATE rating_day SET count = count + 1 WHERE stars = 4", "day counts"),
        ("DELETE FROM rating_day", "day counts"),
        ("DELETE FROM rating_summary", "summary"),
        ("UPDATE review SET answered = true WHERE NOT answered", "answered"),
        ("UPDATE review SET answered = false", "answered"),
        ("UPDATE review SET stars = 3 WHERE state = 'held'", "stars"),
        ("UPDATE review SET language = 'fi'", "language"),
        ("UPDATE review SET has_text = false", "has_text"),
        ("UPDATE review SET search_text = 'x'", "search_text is that of the words"),
        ("UPDATE review SET version_count = 9", "version_count"),
        ("UPDATE review SET edits_used = 2", "edits_used"),
        ("UPDATE review SET publishes_at = NULL WHERE state = 'held'", "publishes_at"),
        ("UPDATE review SET person_place = NULL WHERE state = 'held'", "holds a person's place"),
        ("UPDATE review SET account_place = NULL WHERE state = 'held'", "holds an account's place"),
        ("UPDATE review SET person_key = 'x' WHERE state = 'held'", "person_key"),
        ("UPDATE review SET verified_install = false", "verified_install"),
        ("UPDATE review SET source = 'imported'", "verified_install"),
        ("UPDATE review SET removed_at = submitted_at WHERE state = 'held'", "removed_at is set"),
        ("UPDATE review SET state = 'archived' WHERE state = 'held'", "state"),
        ("UPDATE review SET pending_version_id = NULL", "pending version"),
        ("DELETE FROM due WHERE kind = 'publish'", "due row publish"),
        ("DELETE FROM due WHERE kind = 'edit'", "due row edit"),
        ("UPDATE due SET due_at = '2030-01-01 00:00:00+00:00' WHERE kind = 'edit'", "due row edit"),
        ("UPDATE review_version SET effective_at = NULL WHERE number = 1", "published_at"),
        (
            "UPDATE review_version SET text = 'Best app ever.' WHERE number = 1",
            "version 1: words are those of history",
        ),
        ("UPDATE review_version SET stars = 5 WHERE number = 1", "version 1: stars"),
        ("UPDATE review_version SET evidence = '{}' WHERE number = 1", "version 1: evidence"),
        ("UPDATE review_reply SET text = 'Go away.'", "reply: words are those of history"),
        ("UPDATE audit_row SET actor = 'policy' WHERE seq = 1", "history's chain"),
        ("DELETE FROM audit_row WHERE tag = 'review:edited'", "version 2: words in history"),
        ("DELETE FROM audit_row WHERE subject LIKE 'review:%%'", "history"),
    ],
)
def test_what_was_changed_past_arvio_is_found(store: Stage, sql: str, what: str) -> None:
    change(sql)
    assert any(name.startswith(what) for name in whats()), whats()


def test_a_changed_quality_sum_is_found() -> None:
    made = stage(preset="hubspot-2022")
    made.published(qualities={"ease_of_use": 0, "features": 3})
    assert found() == []
    change("UPDATE rating_quality SET zeros = 0, total = 5 WHERE dimension = 'ease_of_use'")
    change("UPDATE rating_quality_day SET total = 4 WHERE dimension = 'features'")
    assert [difference.what.split()[0] for difference in found()] == ["quality", "quality"]


def test_a_changed_policy_history_is_found(store: Stage) -> None:
    change("UPDATE audit_row SET actor = 'nobody' WHERE subject LIKE 'marketplace:%%'")
    assert [row.what for row in found()] == [f"history of marketplace:{store.marketplace.pk}"]


def test_a_missing_guard_is_found(store: Stage) -> None:
    try:
        guards.lift(connection)
        assert "guard guard_review_version_update" in whats()
    finally:
        guards.install(connection)
    assert found() == []


def test_a_due_row_for_no_review_is_found() -> None:
    Due.objects.create(kind="publish", key=str(uuid4()), due_at=NOW)
    Due.objects.create(kind="edit", key="nonsense", due_at=NOW)
    assert [row.recounted for row in found()] == ["there is no such review"] * 2


def test_a_due_row_for_a_published_review_is_found(store: Stage) -> None:
    published = Review.objects.filter(state="published", pending_version=None)[:1].get()
    Due.objects.create(kind="edit", key=str(published.pk), due_at=NOW)
    assert [(row.what, row.review) for row in found()] == [("due row edit", str(published.pk))]


def test_a_due_row_that_could_not_be_served_is_no_difference(store: Stage) -> None:
    Due.objects.filter(kind="publish").update(attempts=3, due_at=NOW + timedelta(days=9))
    assert found() == []


def test_a_deleted_review_is_found_by_its_history(store: Stage) -> None:
    review = of(store.arvo)
    Due.objects.filter(key=str(review.pk)).delete()
    guards.lift(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            "DELETE FROM inbox_item WHERE review_id IN (SELECT id FROM review WHERE state = 'held')"
        )
        for table, column in (
            ("review_about", "version_id"),
            ("review_consent", "version_id"),
        ):
            cursor.execute(
                f"DELETE FROM {table} WHERE {column} IN "  # noqa: S608 - names from this list
                "(SELECT v.id FROM review_version v JOIN review r ON r.id = v.review_id"
                " WHERE r.state = 'held')"
            )
        cursor.execute(
            "DELETE FROM review_version WHERE review_id IN"
            " (SELECT id FROM review WHERE state = 'held')"
        )
        cursor.execute("DELETE FROM review WHERE state = 'held'")
    guards.install(connection)
    assert [(row.what, row.review) for row in found()] == [("review", str(review.pk))]


def test_a_score_that_waits_for_the_worker_is_no_difference(store: Stage) -> None:
    set_policy(
        marketplace=store.marketplace,
        preset="bitrix24-2025",
        overrides={"ranking": {"prior_mean": 2.0}, "limits": {"user_scope": "marketplace"}},
        effective_at=NOW,
        actor="test",
        now=NOW,
    )
    assert found() == []
    work_once(now=NOW)
    assert found() == []
    assert RatingSummary.objects.get().score_micros != 3_500_000
    RatingSummary.objects.update(score_micros=3_500_000)
    assert whats() == {"score"}


def test_an_ageing_score_is_recomputed_for_the_day_it_was_made() -> None:
    made = stage(overrides={"ranking": {"half_life": "P90D"}})
    made.published(stars=5)
    work_once(now=NOW)
    assert found() == []
    assert list(verify(now=NOW + timedelta(days=30))) == []
    RatingDay.objects.update(day_date=NOW.date() - timedelta(days=300))
    assert "score" in whats()


def test_erasure_is_no_difference_but_words_blanked_past_it_are(store: Stage) -> None:
    assert store.anna.user
    reviews.erase_user(user=store.anna.user, actor="test", now=NOW)
    assert found() == []
    review = Review.objects.filter(state="held").get()
    change(
        "UPDATE review_version SET title = '', text = '', pros = '', cons = '', affiliation = '',"
        " salt = '', erased_at = submitted_at WHERE due_at > %s AND number = 1",
        NOW,
    )
    assert {row.review for row in found()} == {str(review.pk)}
    assert "version 1: its erasure is in history" in whats()


def test_differences_name_app_review_and_both_values(store: Stage) -> None:
    review = of(store.arvo)
    change("UPDATE review SET version_count = 7 WHERE state = 'held'")
    assert found() == [Difference("calls", str(review.pk), "version_count", "7", "1")]


def test_the_command_says_no_differences(store: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify")
    assert "5 reviews: no differences" in capsys.readouterr().out


def test_the_command_fails_and_says_what_differs(
    store: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    change("UPDATE review SET answered = true WHERE state = 'held'")
    with pytest.raises(CommandError, match=r"^4 differences\.$"):  # and the inbox's of it
        call_command("verify")
    assert "answered" in capsys.readouterr().out


def test_the_statements_do_not_grow_with_the_reviews(
    store: Stage, count_sql: Callable[[], Any]
) -> None:
    with count_sql() as few:
        assert found() == []
    for _ in range(10):
        store.published()
    with count_sql() as many:
        assert found() == []
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_while_others_write() -> None:
    """What is committed while `verify` reads is no part of what it sees; nobody waits for it."""
    made = stage(preset="hubspot-2022")
    made.published()
    with one_moment():
        assert RatingSummary.objects.get().count == 1
        _elsewhere(made.published)
        assert RatingSummary.objects.get().count == 1
        assert found() == []
    assert RatingSummary.objects.get().count == 2


def _elsewhere(act: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert errors == []
