"""The demo goes into the database through the real actions, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Count
from pytest_django import DjangoDbBlocker

from arvio.asking.models import ReviewRequest, SignInLink
from arvio.catalog.models import App, Marketplace, User
from arvio.catalog.queries import Asker, policy_in_force
from arvio.demo.build import build
from arvio.demo.content import PASSWORD, PORTALS, DemoMarketplace
from arvio.demo.listings import SLUGS
from arvio.demo.seed import load
from arvio.due.models import Due
from arvio.people.models import Person
from arvio.reviews.models import Reply, Review
from arvio.reviews.states import State
from arvio.reviews.submitting import judge
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def small(slug: str) -> DemoMarketplace:
    """The newest reviews, and all by those who withdrew, were banned or belong to the role bar."""
    whole = build(slug=slug, now=NOW)
    special = {ban.user for ban in whole.bans} | {row.user for row in whole.customers}
    kept = [
        review
        for n, review in enumerate(whole.reviews, start=120 - len(whole.reviews))
        if n >= 0 or review.withdrawn_at or review.edits or review.user in special
    ]
    return replace(whole, reviews=tuple(kept))


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, DemoMarketplace]]:
    """Both, once for this file. Each test's own changes are undone after it."""
    demos = {slug: small(slug) for slug in SLUGS}
    with django_db_blocker.unblock(), transaction.atomic():
        for demo in demos.values():
            assert load(demo=demo, now=NOW) == len(demo.reviews)
        yield demos
        transaction.set_rollback(True)


def test_the_example_portal_may_frame_pages_and_call_the_api(
    loaded: dict[str, DemoMarketplace],
) -> None:
    assert "http://127.0.0.1:9000" in PORTALS
    for marketplace in Marketplace.objects.filter(slug__in=loaded):
        assert marketplace.frame_hosts == marketplace.origins == list(PORTALS)


def states(marketplace: Marketplace) -> dict[str, int]:
    rows = Review.objects.filter(marketplace=marketplace).values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows.order_by("state")}


def test_every_state_is_there_and_nothing_differs(loaded: dict[str, DemoMarketplace]) -> None:
    demo = loaded["b24"]
    marketplace = Marketplace.objects.get(slug="b24")
    before = states(marketplace)
    assert before[State.HELD] >= 20
    assert before[State.ARCHIVED] == 2
    removed = Review.objects.filter(marketplace=marketplace, state=State.REMOVED)
    withdrawn = removed.filter(removed_rule="withdrawn").count()
    assert withdrawn == sum(bool(review.withdrawn_at) for review in demo.reviews)
    assert before[State.REMOVED] > withdrawn
    assert before[State.REJECTED] == 1
    assert Reply.objects.filter(review__state=State.HELD).exists()
    assert list(verify(now=NOW)) == []

    work_once(now=NOW)
    assert states(marketplace) == before

    later = NOW + timedelta(days=3)
    work_once(now=later)
    after = states(marketplace)
    assert State.HELD not in after
    assert after[State.PUBLISHED] == before[State.PUBLISHED] + before[State.HELD] - 1
    assert after[State.ARCHIVED] == 3, "the author who was banned while waiting"
    assert list(verify(now=later)) == []


def test_edits_are_kept_as_versions_and_one_that_lowers_still_waits(
    loaded: dict[str, DemoMarketplace],
) -> None:
    demo = loaded["b24"]
    edited = [review for review in demo.reviews if review.edits]
    assert {review.edits[0].stars > review.stars for review in edited} == {True, False}
    waiting = 0
    for review in edited:
        row = Review.objects.get(
            marketplace__slug="b24", app__ref=review.app, user__ref=review.user
        )
        assert row.version_count == 2
        if row.pending_version:
            waiting += 1
            assert (row.stars, row.pending_version.stars) == (5, 2)
            assert NOW < row.pending_version.due_at < NOW + timedelta(days=3)
        else:
            assert row.stars == review.edits[0].stars
            assert row.edited_at is not None
    assert waiting == 2
    marketplace = Marketplace.objects.get(slug="b24")
    version = policy_in_force(marketplace=marketplace, now=NOW)
    assert version.policy.editing.by_author == "never"


def test_published_reviews_were_published_when_their_hold_ended(
    loaded: dict[str, DemoMarketplace],
) -> None:
    mine = Review.objects.filter(marketplace__slug="b24", source="author")
    for review in mine.filter(published_at__isnull=False):
        assert review.published_at == review.submitted_at + timedelta(days=3)


@pytest.mark.parametrize("slug", ["b24", "hub"])
def test_the_customers_of_the_role_bar_get_the_answers_they_are_there_for(
    loaded: dict[str, DemoMarketplace], slug: str
) -> None:
    demo = loaded[slug]
    marketplace = Marketplace.objects.get(slug=slug)
    version = policy_in_force(marketplace=marketplace, now=NOW)
    failed = {}
    for customer in demo.customers:
        user = User.objects.select_related("account").get(account__ref=customer.account)
        app = App.objects.get(marketplace=marketplace, ref="ringfern-calls")
        verdict, _ = judge(
            marketplace=marketplace,
            asker=Asker(app=app, account=user.account, user=user, email=user.email),
            version=version,
            now=NOW,
        )
        failed[customer.key] = {check.code for check in verdict.failed}
    assert failed["paid"] == set()
    assert "not_installed" in failed["trial"]
    assert "test_account" in failed["test"]
    if slug == "b24":
        assert "plan_not_commercial" in failed["trial"]
        assert failed["reviewed"] == {"already_reviewed"}


def test_everybody_can_sign_in(loaded: dict[str, DemoMarketplace]) -> None:
    for person in loaded["hub"].people[:2]:
        assert Person.objects.get(email=person.email).check_password(PASSWORD)


def test_a_month_later_the_demo_asks_those_who_installed_lately(
    loaded: dict[str, DemoMarketplace],
) -> None:
    planned = Due.objects.filter(kind="review_request")
    apps = App.objects.filter(pk__in=planned.values("app_id"))
    assert set(apps.values_list("marketplace__slug", flat=True)) == {"hub"}
    month = timedelta(days=30)
    lately = [row for row in loaded["hub"].installations if row.installed_at + month >= NOW]
    assert planned.count() == sum(row.uninstalled_at is None for row in lately)
    assert not planned.filter(due_at__lt=NOW).exists()
    work_once(now=NOW + month, kinds=["review_request"])
    asked = ReviewRequest.objects.filter(code="sent")
    assert 20 <= asked.count() <= 100 and not planned.exists()
    assert SignInLink.objects.count() == asked.count()
