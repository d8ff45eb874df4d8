"""From held to public at the due time, whoever looks when; frozen rules and rules in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.ratings import queries as ratings
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, queries
from arvio.reviews.errors import NotYours
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.states import State
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

HOLD = timedelta(days=3)
TICK = timedelta(microseconds=1)


def state(review: Review) -> str:
    review.refresh_from_db()
    return str(review.state)


def shown(stage: cast.Stage, now: datetime) -> ratings.Rating:
    return ratings.rating(marketplace=stage.marketplace.slug, app="calls", now=now).rating


def test_a_review_is_published_at_its_due_time_and_not_before() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    assert work_once(now=stage.now + HOLD - TICK).get("publish") is None
    assert state(review) == State.HELD
    with pytest.raises(NotYours):
        queries.public_review(review_id=review.pk, now=stage.now + HOLD - TICK)
    assert shown(stage, stage.now + HOLD - TICK).count == 0
    assert work_once(now=stage.now + HOLD)["publish"] == 1
    assert state(review) == State.PUBLISHED
    assert review.published_at == stage.now + HOLD
    assert ReviewVersion.objects.get().effective_at == stage.now + HOLD
    assert shown(stage, stage.now + HOLD).count == 1
    assert queries.public_review(review_id=review.pk, now=stage.now + HOLD)[0].stars == 4


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Helsinki", datetime(2026, 3, 28, 22, 30)),  # noqa: DTZ001 - local, the clocks go forward
        ("Europe/Helsinki", datetime(2026, 10, 24, 22, 30)),  # noqa: DTZ001 - and back
        ("America/New_York", datetime(2026, 3, 7, 1, 59)),  # noqa: DTZ001 - forward
        ("America/New_York", datetime(2026, 11, 1, 1, 30)),  # noqa: DTZ001 - the hour that comes twice
    ],
)
def test_three_days_are_72_hours_when_clocks_change(zone: str, day: datetime) -> None:
    stage = cast.stage(preset="bitrix24-2024")
    at = day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    review = stage.review(by=stage.anna, at=at)
    assert review.publishes_at == at + timedelta(hours=72)
    work_once(now=at + timedelta(hours=72) - TICK)
    assert state(review) == State.HELD
    work_once(now=at + timedelta(hours=72))
    assert state(review) == State.PUBLISHED


def test_a_worker_that_was_down_publishes_late_and_once() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    back = stage.now + timedelta(days=9)
    assert work_once(now=back)["publish"] == 1
    assert "publish" not in work_once(now=back)
    actions.publish_due(review_ids=[review.pk], now=back + HOLD)
    assert state(review) == State.PUBLISHED
    assert (review.publishes_at, review.published_at) == (stage.now + HOLD, back)
    tags = AuditRow.objects.filter(subject=review.subject).order_by("seq")
    assert [row.tag for row in tags] == ["review:submitted", "review:published"]
    assert RatingSummary.objects.get().count == 1


def test_what_is_held_counts_nowhere() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    stage.published(stars=5)
    stage.review(stars=1)
    rating = shown(stage, stage.now)
    assert (rating.count, str(rating.mean)) == (1, "5.00")
    found = ratings.rating(marketplace="store", app="calls", now=stage.now)
    page = queries.page(app=found.app, version=found.policy_version, now=stage.now)
    assert [item.stars for item in page.items] == [5]


def test_an_answer_given_during_the_hold_comes_out_with_the_review() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    actions.add_replies(replies=[(review, "We fixed it.", "person:petra", stage.now)])
    work_once(now=stage.now + HOLD)
    public, _ = queries.public_review(review_id=review.pk, now=stage.now + HOLD)
    assert public.reply is not None
    assert (public.reply.text, public.reply.about_earlier_version) == ("We fixed it.", False)


# --- The second look (R15) ---------------------------------------------------------------------


def banned(stage: cast.Stage) -> None:
    catalog.ban(account=stage.acme, user=stage.anna.user, reason="spam", now=stage.now)


def account_banned(stage: cast.Stage) -> None:
    catalog.ban(account=stage.acme, reason="spam", now=stage.now)


def hired(stage: cast.Stage, *extra: tuple[str, str, str], domains: tuple[str, ...] = ()) -> None:
    catalog.put_partner(
        marketplace=stage.marketplace,
        ref="pixel",
        name="Pixel",
        domains=domains,
        members=[("petra@pixel.example", "Petra", "owner"), *extra],
        now=stage.now,
    )


def became_a_member(stage: cast.Stage) -> None:
    hired(stage, ("anna@customer.example", "Anna", "reader"))


def partner_took_the_domain(stage: cast.Stage) -> None:
    hired(stage, domains=("customer.example",))


def became_a_test_account(stage: cast.Stage) -> None:
    put_acme(stage, kind="sandbox")


def put_acme(stage: cast.Stage, **changes: Any) -> None:
    values = {"name": "Acme Oy", "plan": "commercial", "kind": "production", **changes}
    catalog.put_account(marketplace=stage.marketplace, ref="acme", now=stage.now, **values)


def lifted(stage: cast.Stage) -> None:
    from arvio.catalog.models import Ban

    for ban in Ban.objects.all():
        catalog.lift_ban(ban=ban, now=stage.now)


MEANWHILE = pytest.mark.parametrize(
    ("happens", "reason", "ends"),
    [
        (banned, "banned", lifted),
        (account_banned, "banned", lifted),
        (became_a_member, "affiliated", hired),
        (partner_took_the_domain, "affiliated", hired),
        (became_a_test_account, "test_account", put_acme),
    ],
)


@MEANWHILE
def test_a_held_review_goes_to_the_archive_and_comes_back(
    happens: Any, reason: str, ends: Any
) -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna, stars=1)
    happens(stage)
    work_once(now=stage.now + HOLD)
    assert (state(review), review.archived_reason) == (State.ARCHIVED, reason)
    assert (review.person_place, review.account_place) == (1, 1)
    assert review.published_at is None
    assert shown(stage, stage.now + HOLD).count == 0
    ends(stage)
    back = stage.now + HOLD + HOLD
    work_once(now=back)
    assert (state(review), review.archived_reason) == (State.PUBLISHED, "")
    assert Review.objects.get().published_at == back
    assert ReviewVersion.objects.get().effective_at == back
    assert shown(stage, back).histogram == {1: 1, 2: 0, 3: 0, 4: 0, 5: 0}


@MEANWHILE
def test_a_public_review_goes_and_comes_back_on_its_old_day(
    happens: Any, reason: str, ends: Any
) -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna, stars=5)
    was = review.published_at
    happens(stage)
    work_once(now=stage.now)
    assert (state(review), review.archived_reason) == (State.ARCHIVED, reason)
    assert shown(stage, stage.now).count == 0
    with pytest.raises(NotYours):
        queries.public_review(review_id=review.pk, now=stage.now)
    ends(stage)
    work_once(now=stage.now + HOLD)
    assert (state(review), review.published_at) == (State.PUBLISHED, was)
    assert shown(stage, stage.now).count == 1
    tags = AuditRow.objects.filter(subject=review.subject).order_by("seq")
    assert [row.tag for row in tags][2:] == ["review:archived", "review:unarchived"]
    assert {row.policy_version for row in tags} == {1}


def test_a_ban_with_an_end_ends_by_itself() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    until = stage.now + timedelta(days=30)
    catalog.ban(
        account=stage.acme, user=stage.anna.user, reason="spam", now=stage.now, until_at=until
    )
    work_once(now=stage.now)
    work_once(now=until - TICK)
    assert state(review) == State.ARCHIVED
    work_once(now=until)
    assert state(review) == State.PUBLISHED


def test_of_two_bans_the_longer_counts() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    for days, user in ((30, stage.anna.user), (10, stage.anna.user), (20, None)):
        until = stage.now + timedelta(days=days)
        catalog.ban(account=stage.acme, user=user, reason="x", now=stage.now, until_at=until)
    for days, expected in ((0, State.ARCHIVED), (10, State.ARCHIVED), (20, State.ARCHIVED)):
        work_once(now=stage.now + timedelta(days=days))
        assert state(review) == expected
    work_once(now=stage.now + timedelta(days=30))
    assert state(review) == State.PUBLISHED


def test_what_came_after_submission_and_is_not_looked_at_again_changes_nothing() -> None:
    """Uninstalling and downgrading (CONTRACT 5)."""
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    catalog.end_installation(
        app=stage.app, account=stage.acme, uninstalled_at=stage.now, now=stage.now
    )
    put_acme(stage, plan="demo")
    work_once(now=stage.now + HOLD)
    assert state(review) == State.PUBLISHED


def test_only_what_the_policy_names_is_looked_at_again() -> None:
    stage = cast.stage(
        preset="bitrix24-2024", overrides={"publication": {"recheck": ["test_account"]}}
    )
    review = stage.review(by=stage.anna)
    banned(stage)
    work_once(now=stage.now + HOLD)
    assert state(review) == State.PUBLISHED
    became_a_test_account(stage)
    work_once(now=stage.now + HOLD)
    assert state(review) == State.ARCHIVED


def test_a_colleague_s_ban_touches_nobody_else() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    mine, other = stage.published(by=stage.anna), stage.published(by=stage.arvo)
    banned(stage)
    work_once(now=stage.now)
    assert (state(mine), state(other)) == (State.ARCHIVED, State.PUBLISHED)


def test_an_app_that_changes_hands_is_looked_at_with_its_new_partner() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    buyer, _ = catalog.put_partner(
        marketplace=stage.marketplace,
        ref="buyer",
        name="Buyer",
        domains=["customer.example"],
        members=[],
        now=stage.now,
    )
    work_once(now=stage.now)
    assert state(review) == State.PUBLISHED
    cast.make_app(stage.marketplace, buyer, "calls")
    work_once(now=stage.now)
    assert state(review) == State.ARCHIVED
    cast.make_app(stage.marketplace, stage.partner, "calls")
    work_once(now=stage.now)
    assert state(review) == State.PUBLISHED


def test_imported_reviews_are_nobody_s_to_archive() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    Review.objects.filter(pk=review.pk).update(source="imported")
    account_banned(stage)
    work_once(now=stage.now)
    assert state(review) == State.PUBLISHED
