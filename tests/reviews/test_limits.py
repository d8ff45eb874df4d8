"""One review a person, so many an account, and whose place is whose (R5-R8, CONTRACT 2 and 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import Account
from arvio.catalog.queries import Viewer
from arvio.reviews import actions
from arvio.reviews.errors import Refused
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db


def colleague(stage: cast.Stage, ref: str, account: Account | None = None) -> Viewer:
    return cast.viewer(stage.marketplace, account or stage.acme, ref)


def refusal_of(stage: cast.Stage, by: Viewer, **kwargs: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        stage.review(by=by, **kwargs)
    return [check.code for check in refusal.value.verdict.failed]


def places() -> list[tuple[int | None, int | None]]:
    rows = Review.objects.order_by("submitted_at", "id")
    return list(rows.values_list("person_place", "account_place"))


@pytest.mark.parametrize("preset", ["bitrix24-2024", "hubspot-2022"])
def test_a_user_reviews_an_app_once(preset: str) -> None:
    stage = cast.stage(preset=preset)
    stage.review(by=stage.anna)
    assert refusal_of(stage, stage.anna) == ["already_reviewed"]
    assert Review.objects.count() == 1


def test_the_fourth_user_of_an_account_is_refused_until_one_of_three_withdraws() -> None:
    stage = cast.stage(preset="hubspot-2022")
    users = [colleague(stage, f"user-{number}") for number in range(5)]
    first, second, _ = [stage.review(by=user) for user in users[:3]]
    assert refusal_of(stage, users[3]) == ["account_cap_reached"]
    actions.withdraw_review(viewer=users[1], review_id=second.pk, now=stage.now)
    stage.review(by=users[3])
    assert sorted(place for _, place in places() if place) == [1, 2, 3]
    assert refusal_of(stage, users[4]) == ["account_cap_reached"]
    assert refusal_of(stage, users[1]) == ["account_cap_reached"]
    actions.withdraw_review(viewer=users[0], review_id=first.pk, now=stage.now)
    stage.review(by=users[1])
    assert Review.objects.filter(account_place__isnull=False).count() == 3


def test_who_withdrew_may_write_anew() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    actions.withdraw_review(viewer=stage.anna, review_id=review.pk, now=stage.now)
    again = stage.review(by=stage.anna)
    assert (again.person_place, again.account_place) == (1, 1)


def test_without_a_cap_a_whole_account_may_review() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    for number in range(6):
        stage.review(by=colleague(stage, f"user-{number}"))
    assert places() == [(1, number + 1) for number in range(6)]


def test_limits_are_counted_for_each_app_alone() -> None:
    stage = cast.stage(preset="hubspot-2022")
    other = cast.make_app(stage.marketplace, stage.partner, "other")
    cast.install(other, stage.acme)
    for number in range(3):
        stage.review(by=colleague(stage, f"user-{number}"))
    answers = cast.full_answers(stage.marketplace, stage.now)
    for number in range(3):
        actions.submit_review(
            viewer=colleague(stage, f"user-{number}"), app=other, answers=answers, now=stage.now
        )
    assert Review.objects.count() == 6


def two_accounts(overrides: Mapping[str, Any] | None = None) -> tuple[cast.Stage, Viewer, Viewer]:
    """The same user signed in to two accounts that both have the app."""
    stage = cast.stage(preset="hubspot-2022", overrides=overrides)
    globex = cast.installed_account(stage, "globex")
    return stage, colleague(stage, "42"), colleague(stage, "42", globex)


def test_where_users_are_the_marketplace_s_one_in_two_accounts_is_one() -> None:
    stage, here, there = two_accounts()
    review = stage.review(by=here)
    assert refusal_of(stage, there) == ["already_reviewed"]
    actions.withdraw_review(viewer=here, review_id=review.pk, now=stage.now)
    stage.review(by=there)
    assert refusal_of(stage, here) == ["already_reviewed"]


def test_where_users_are_the_account_s_one_in_two_accounts_is_two() -> None:
    stage, here, there = two_accounts({"limits": {"user_scope": "account"}})
    stage.review(by=here)
    stage.review(by=there)
    assert Review.objects.count() == 2


def test_users_of_one_ref_in_two_marketplaces_are_two() -> None:
    one, two = cast.stage(preset="hubspot-2022"), cast.stage(preset="hubspot-2022", slug="other")
    one.review(by=colleague(one, "42"))
    two.review(by=colleague(two, "42"))
    assert Review.objects.count() == 2


@pytest.mark.parametrize("scope", ["account", "marketplace"])
def test_a_change_of_scope_counts_standing_reviews_anew(scope: str) -> None:
    """Both stay, for limits bind at submission; a third is refused by whoever counts now."""
    other = "account" if scope == "marketplace" else "marketplace"
    stage, here, there = two_accounts({"limits": {"user_scope": other}})
    stage.review(by=here)
    if other == "account":
        stage.review(by=there)
    later = stage.now + timedelta(days=1)
    set_policy(
        marketplace=stage.marketplace,
        preset="hubspot-2022",
        overrides={"limits": {"user_scope": scope}},
        effective_at=later,
        actor="test",
        now=stage.now,
    )
    work_once(now=later)
    if scope == "marketplace":
        assert refusal_of(stage, here, at=later) == ["already_reviewed"]
        assert refusal_of(stage, there, at=later) == ["already_reviewed"]
        assert {person for person, _ in places()} == {1, 2}
    else:
        assert refusal_of(stage, here, at=later) == ["already_reviewed"]
        stage.review(by=there, at=later)
        assert {person for person, _ in places()} == {1}


def test_two_reviews_a_person_where_the_policy_says_two() -> None:
    stage = cast.stage(preset="bitrix24-2024", overrides={"limits": {"per_user": 2}})
    stage.review(by=stage.anna)
    stage.review(by=stage.anna)
    assert refusal_of(stage, stage.anna) == ["already_reviewed"]
    assert [person for person, _ in places()] == [1, 2]


def test_held_and_archived_reviews_keep_their_places() -> None:
    stage = cast.stage(preset="bitrix24-2024", overrides={"limits": {"per_account": 1}})
    stage.review(by=stage.anna)
    assert refusal_of(stage, stage.arvo) == ["account_cap_reached"]
    user = stage.anna.user
    catalog.ban(account=stage.acme, user=user, reason="spam", now=stage.now)
    later = stage.now + timedelta(days=3)
    work_once(now=later)
    assert Review.objects.get().state == "archived"
    assert refusal_of(stage, stage.arvo, at=later) == ["account_cap_reached"]
