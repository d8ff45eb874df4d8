"""What a read costs in statements: the same for ten reviews and for two thousand."""

from __future__ import annotations

from typing import Any

import pytest

from arvio.catalog import queries as catalog
from arvio.catalog.models import Account, Installation, User
from arvio.ratings import queries
from arvio.ratings.storefront import storefront
from arvio.reviews import actions
from arvio.reviews import queries as reviews
from arvio.reviews.actions import Submission
from arvio.reviews.models import Review
from arvio.reviews.submitting import asker_of
from tests import cast

pytestmark = pytest.mark.django_db

QUALITIES = {"ease_of_use": 5, "features": 0, "value": 3}


def fill(stage: cast.Stage, number: int) -> None:
    """So many public reviews, each by a user of an account of their own, made in one action."""
    accounts = Account.objects.bulk_create(
        Account(marketplace=stage.marketplace, ref=f"bulk-{n}", name=f"Bulk {n}", plan="pro")
        for n in range(number)
    )
    users = User.objects.bulk_create(
        User(account=account, ref=account.ref, name="Bulk User") for account in accounts
    )
    Installation.objects.bulk_create(
        Installation(
            app=stage.app, account=account, installed_at=cast.LONG_AGO, heard_at=cast.LONG_AGO
        )
        for account in accounts
    )
    answers = cast.full_answers(stage.marketplace, stage.now) | {"qualities": QUALITIES}
    submissions = [
        Submission(
            asker=asker_of(viewer=viewer_of(stage, user), app=stage.app),
            answers=answers | {"stars": 1 + n % 5},
            at=stage.now,
        )
        for n, user in enumerate(users)
    ]
    actions.submit_reviews(marketplace=stage.marketplace, submissions=submissions, now=stage.now)


def viewer_of(stage: cast.Stage, user: User) -> catalog.Viewer:
    return catalog.Viewer(
        marketplace=stage.marketplace,
        surface="web",
        name=user.name,
        email="",
        locale="en",
        account=user.account,
        user=user,
    )


@pytest.fixture(params=[10, 2000], ids=["ten reviews", "two thousand"])
def stage(request: pytest.FixtureRequest) -> cast.Stage:
    stage = cast.stage(preset="hubspot-2022")
    fill(stage, request.param)
    assert Review.objects.filter(state="published").count() == request.param
    return stage


def test_reads_and_a_submission_cost_the_same_however_many_there_are(
    stage: cast.Stage, count_sql: Any
) -> None:
    answers = cast.full_answers(stage.marketplace, stage.now)
    with count_sql() as statements:
        rated = queries.rating(marketplace="store", app="calls", now=stage.now)
    assert len(statements) == 1
    with count_sql() as statements:
        rated = queries.rating(marketplace="store", app="calls", now=stage.now)
        page = reviews.page(app=rated.app, version=rated.policy_version, now=stage.now)
    assert len(statements) == 3
    assert len(page.items) in (10, 20)
    with count_sql() as statements:
        queries.ratings(marketplace="store", apps=["calls", "other"], now=stage.now)
    assert len(statements) == 1
    for qualities, categories, most in ((False, False, 2), (True, False, 3), (False, True, 3)):
        with count_sql() as statements:
            storefront(slug="store", now=stage.now, qualities=qualities, categories=categories)
        assert len(statements) <= most
    viewer = stage.viewer()
    words = "Nobody else has said it like this: calls come in and land where they belong."
    answers |= {"qualities": QUALITIES, "text": words}
    with count_sql() as statements:
        actions.submit_review(viewer=viewer, app=stage.app, answers=answers, now=stage.now)
    assert len(statements) == SUBMIT


# The rules, the guidelines, facts and places 6, the review's tables 5 with the inbox, the rating 9,
# history and draft 2, the notice to the partner 2, screening 7 with a burst to flag, who listens 2.
SUBMIT = 34


def test_many_apps_cost_no_more_than_one(count_sql: Any) -> None:
    stage = cast.stage(preset="bitrix24-2024")
    catalog.policy_in_force(marketplace=stage.marketplace, now=stage.now)
    costs = []
    for number in range(2):
        with count_sql() as statements:
            storefront(slug="store", now=stage.now, qualities=True, categories=True)
        costs.append(len(statements))
        for place in range(20):
            cast.make_app(stage.marketplace, stage.partner, f"app-{number}-{place}")
    assert costs[0] == costs[1] == 4


def test_own_reviews_cost_the_same_for_one_and_for_many(count_sql: Any) -> None:
    stage = cast.stage(preset="hubspot-2022")
    costs = []
    for number in range(2):
        app = cast.make_app(stage.marketplace, stage.partner, f"app-{number}")
        cast.install(app, stage.acme)
        answers = cast.full_answers(stage.marketplace, stage.now)
        actions.submit_review(viewer=stage.anna, app=app, answers=answers, now=stage.now)
        with count_sql() as statements:
            own, _ = reviews.mine(viewer=stage.anna, now=stage.now)
        assert len(own) == number + 1
        costs.append(len(statements))
    assert costs[0] == costs[1]
