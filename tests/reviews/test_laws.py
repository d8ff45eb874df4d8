"""After any sequence of what people do, the sums are what the reviews add up to."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from arvio.audit import rules as chain
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog.models import Ban
from arvio.catalog.queries import Viewer
from arvio.ratings import rules as formulas
from arvio.ratings.models import STARS, QualitySummary, RatingDay, RatingSummary
from arvio.reviews import actions
from arvio.reviews.errors import Refused
from arvio.reviews.models import Review
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast

QUALITIES = {
    "ease_of_use": st.integers(0, 5),
    "features": st.integers(0, 5),
    "value": st.none() | st.integers(0, 5),
}
WHO = st.integers(0, 3)


class Life(RuleBasedStateMachine):
    """Four users of two accounts, two apps, a hold, an edit delay, bans; time only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        try:
            self.every_history_is_whole()
            assert list(verify(now=getattr(self, "now", cast.NOW))) == []
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(hold=st.sampled_from(["PT0S", "P3D"]), cap=st.sampled_from(["none", 1, 2]))
    def begin(self, hold: str, cap: str | int) -> None:
        self.now: datetime = cast.NOW
        self.stage = cast.stage(
            preset="hubspot-2024",
            overrides={"publication": {"hold": hold}, "limits": {"per_account": cap}},
        )
        self.limit = cap if isinstance(cap, int) else None
        second = cast.make_app(self.stage.marketplace, self.stage.partner, "second")
        self.apps = [self.stage.app, second]
        globex = cast.installed_account(self.stage, "globex")
        for account in (self.stage.acme, globex):
            cast.install(second, account)
        self.people: list[Viewer] = [
            cast.viewer(self.stage.marketplace, account, f"{account.ref}-{n}")
            for account in (self.stage.acme, globex)
            for n in range(2)
        ]

    @rule(
        who=WHO,
        app=st.integers(0, 1),
        stars=st.integers(1, 5),
        qualities=st.fixed_dictionaries(QUALITIES),
    )
    def submit(self, who: int, app: int, stars: int, qualities: dict[str, Any]) -> None:
        answers = cast.full_answers(self.stage.marketplace, self.now)
        answers |= {"stars": stars, "qualities": qualities}
        self.attempt(
            actions.submit_review,
            viewer=self.people[who],
            app=self.apps[app],
            answers=answers,
        )

    @rule(who=WHO, stars=st.integers(1, 5), value=st.none() | st.integers(0, 5))
    @precondition(lambda self: Review.objects.exists())
    def edit(self, who: int, stars: int, value: int | None) -> None:
        # All answers, for the words of somebody erased stand no more.
        changes = cast.full_answers(self.stage.marketplace, self.now)
        changes |= {"stars": stars, "qualities": {"value": value}}
        for review in self.reviews_of(who):
            self.attempt(
                actions.edit_review,
                viewer=self.people[who],
                review_id=review.pk,
                changes=changes,
            )

    @rule(who=WHO)
    @precondition(lambda self: Review.objects.exists())
    def withdraw(self, who: int) -> None:
        for review in self.reviews_of(who)[:1]:
            self.attempt(actions.withdraw_review, viewer=self.people[who], review_id=review.pk)

    @rule(who=WHO, whole_account=st.booleans(), days=st.none() | st.integers(1, 4))
    def ban(self, who: int, whole_account: bool, days: int | None) -> None:
        person = self.people[who]
        assert person.account is not None
        catalog.ban(
            account=person.account,
            user=None if whole_account else person.user,
            reason="spam",
            now=self.now,
            until_at=self.now + timedelta(days=days) if days else None,
        )

    @rule()
    @precondition(lambda self: Ban.objects.filter(lifted_at=None).exists())
    def lift(self) -> None:
        ban = Ban.objects.filter(lifted_at=None).order_by("pk")[0]
        catalog.lift_ban(ban=ban, now=self.now)

    @rule(who=WHO, member=st.booleans())
    def hire(self, who: int, member: bool) -> None:
        catalog.put_partner(
            marketplace=self.stage.marketplace,
            ref="pixel",
            name="Pixel",
            members=[(self.people[who].email, "Hired", "reader")] if member else [],
            now=self.now,
        )

    @rule(who=WHO)
    def erase(self, who: int) -> None:
        user = self.people[who].user
        assert user is not None
        actions.erase_user(user=user, actor="command", now=self.now)

    @rule(hours=st.sampled_from([0, 1, 24, 48, 72, 100]))
    def work(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        work_once(now=self.now)

    def attempt(self, action: Any, **arguments: Any) -> None:
        try:
            action(now=self.now, **arguments)
        except Refused as refusal:
            assert refusal.verdict.failed  # noqa: PT017 - a refusal always has its reason

    def reviews_of(self, who: int) -> list[Review]:
        found = Review.objects.filter(user=self.people[who].user, state__in=sorted(HOLDS_PLACE))
        return list(found.order_by("submitted_at", "pk"))

    @invariant()
    def sums_are_what_the_reviews_add_up_to(self) -> None:
        for app in getattr(self, "apps", []):
            public = Review.objects.filter(app=app, state=State.PUBLISHED)
            versions = [review.live_version for review in public.select_related("live_version")]
            stars = Counter(version.stars for version in versions)
            summary = RatingSummary.objects.filter(app=app).first()
            histogram = summary.histogram if summary else (0,) * 5
            assert histogram == tuple(stars[n] for n in STARS)
            assert sum(histogram) == (summary.count if summary else 0) == len(versions)
            mean = formulas.mean(histogram)
            assert mean is None or mean * len(versions) == sum(v.stars for v in versions)
            answers: dict[str, list[int]] = {}
            for version in versions:
                for dimension, value in version.qualities.items():
                    answers.setdefault(dimension, []).append(value)
            sums = {
                row.dimension: (row.total, row.count, row.zeros)
                for row in QualitySummary.objects.filter(app=app, count__gt=0)
            }
            assert sums == {
                name: (sum(given), len(given), given.count(0)) for name, given in answers.items()
            }
            days = RatingDay.objects.filter(app=app).values_list("count", flat=True)
            assert sum(days) == len(versions)

    @invariant()
    def nobody_has_more_places_than_the_policy_gives(self) -> None:
        holding = Review.objects.filter(state__in=sorted(HOLDS_PLACE))
        persons = Counter(holding.values_list("app_id", "person_key"))
        accounts = Counter(holding.values_list("app_id", "account_id"))
        assert max(persons.values(), default=0) <= 1
        limit = getattr(self, "limit", None)
        assert limit is None or max(accounts.values(), default=0) <= limit
        assert not Review.objects.exclude(state__in=sorted(HOLDS_PLACE)).exclude(
            person_place=None, account_place=None
        )

    def every_history_is_whole(self) -> None:
        for subject in AuditRow.objects.values_list("subject", flat=True).distinct():
            rows = AuditRow.objects.filter(subject=subject).order_by("seq")
            assert chain.broken(rows) is None


@pytest.mark.django_db
def test_the_sums_hold_after_anything() -> None:
    assert connection.in_atomic_block
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )
