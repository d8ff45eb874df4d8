"""Whatever is done, in whatever order: the histogram adds up and `verify` finds nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import Ban, User
from arvio.catalog.queries import Viewer
from arvio.policy.form import Cleaned
from arvio.ratings.models import RatingDay, RatingSummary
from arvio.reviews import actions as reviews
from arvio.reviews.errors import NotYours, Refused
from arvio.reviews.importing import Incoming, IncomingVersion, take_reviews
from arvio.reviews.models import Reply, Review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import NOW, full_answers, stage, viewer

pytestmark = pytest.mark.django_db

PRESETS = ("bitrix24-2024", "bitrix24-2025", "hubspot-2022", "hubspot-2024")
OVERRIDES: tuple[dict[str, Any], ...] = (
    {},
    {"ranking": {"half_life": "P30D"}},
    {"ranking": {"prior_mean": 2.5}, "aggregates": {"min_reviews": 2}},
    {"limits": {"user_scope": "marketplace"}},
    {"limits": {"user_scope": "account"}},
)
STARS = st.integers(1, 5)
QUALITIES = st.sampled_from(({}, {"ease_of_use": 0}, {"ease_of_use": 5, "features": 2}))
SOMEBODY = st.integers(0, 4)


class AnySequence(RuleBasedStateMachine):
    """Five users on three accounts and one app; each example is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.now: datetime = NOW
        self.imported = 0

    @initialize(preset=st.sampled_from(PRESETS))
    def open_the_store(self, preset: str) -> None:
        self.store = stage(preset=preset)
        made = self.store
        self.people: list[Viewer] = [
            made.anna,
            made.arvo,
            made.viewer(),
            made.viewer(),
            viewer(made.marketplace, made.acme, "third"),
        ]

    @rule(who=SOMEBODY, stars=STARS, qualities=QUALITIES)
    def submit(self, who: int, stars: int, qualities: dict[str, int]) -> None:
        answers = full_answers(self.store.marketplace, self.now) | {"stars": stars}
        if answers["qualities"]:
            answers["qualities"] = answers["qualities"] | qualities
        with suppress(Refused):
            reviews.submit_review(
                viewer=self.people[who], app=self.store.app, answers=answers, now=self.now
            )

    @rule(who=SOMEBODY, stars=STARS, text=st.sampled_from(("Changed.", "Изменено.")))
    def edit(self, who: int, stars: int, text: str) -> None:
        self._own(
            who,
            lambda person, review: reviews.edit_review(
                viewer=person,
                review_id=review.pk,
                changes={"stars": stars, "text": text},
                now=self.now,
            ),
        )

    @rule(who=SOMEBODY)
    def withdraw(self, who: int) -> None:
        self._own(
            who,
            lambda person, review: reviews.withdraw_review(
                viewer=person, review_id=review.pk, now=self.now
            ),
        )

    def _own(self, who: int, act: Any) -> None:
        person = self.people[who]
        review = Review.objects.filter(user=person.user).order_by("-submitted_at", "-id").first()
        if review is not None:
            with suppress(Refused, NotYours):
                act(person, review)

    @rule(who=SOMEBODY, whole_account=st.booleans(), days=st.sampled_from((None, 2)))
    def ban(self, who: int, whole_account: bool, days: int | None) -> None:
        person = self.people[who]
        assert person.account
        catalog.ban(
            account=person.account,
            user=None if whole_account else person.user,
            reason="Spam.",
            until_at=self.now + timedelta(days=days) if days else None,
            now=self.now,
        )

    @rule()
    def lift(self) -> None:
        ban = Ban.objects.filter(lifted_at=None).order_by("since_at", "id").first()
        if ban is not None:
            catalog.lift_ban(ban=ban, now=self.now)

    @rule()
    def reply(self) -> None:
        standing = Review.objects.filter(state="published", answered=False)
        review = standing.select_related("live_version").order_by("id").first()
        if review is not None and not Reply.objects.filter(review=review).exists():
            reviews.add_replies(replies=[(review, "Thank you.", "person:petra", self.now)])

    @rule(who=SOMEBODY)
    def erase(self, who: int) -> None:
        user = User.objects.get(pk=self.people[who].user.pk)  # type: ignore[union-attr]
        if user.erased_at is None:
            reviews.erase_user(user=user, actor="test", now=self.now)

    @rule(stars=STARS)
    def take_one_from_a_file(self, stars: int) -> None:
        self.imported += 1
        words = IncomingVersion(
            answers=Cleaned(stars=stars, qualities={"value": 0}),
            language="en",
            submitted_at=NOW,
            effective_at=NOW,
        )
        item = Incoming(
            key=str(self.imported),
            app=self.store.app,
            account=self.store.acme,
            versions=[words],
            submitted_at=NOW,
            published_at=NOW,
        )
        version = self.store.marketplace.policy_versions.order_by("-number")[0]
        take_reviews(
            marketplace=self.store.marketplace, incoming=[item], version=version, now=self.now
        )

    @rule(
        preset=st.sampled_from(PRESETS),
        overrides=st.sampled_from(OVERRIDES),
        days=st.sampled_from((0, 0, 2)),
    )
    def change_policy(self, preset: str, overrides: dict[str, Any], days: int) -> None:
        set_policy(
            marketplace=self.store.marketplace,
            preset=preset,
            overrides=overrides,
            effective_at=self.now + timedelta(days=days),
            actor="test",
            now=self.now,
        )

    @rule(hours=st.sampled_from((1, 48, 72, 24 * 40)))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def work(self) -> None:
        work_once(now=self.now)

    @invariant()
    def the_histogram_adds_up(self) -> None:
        published = Review.objects.filter(state="published").count()
        summary = RatingSummary.objects.first()
        histogram = summary.histogram if summary else (0, 0, 0, 0, 0)
        assert sum(histogram) == (summary.count if summary else 0) == published
        assert sum(RatingDay.objects.values_list("count", flat=True)) == published

    @invariant()
    def verify_finds_nothing(self) -> None:
        assert list(verify(now=self.now)) == []

    def teardown(self) -> None:
        connection.check_constraints()
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)


def test_after_any_sequence_of_actions_nothing_differs() -> None:
    run_state_machine_as_test(
        AnySequence, settings=settings(max_examples=20, stateful_step_count=15)
    )
