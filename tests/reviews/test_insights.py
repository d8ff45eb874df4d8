"""The partner's insights against the reviews themselves, whatever has happened to them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.ids import uuid7
from arvio.ratings import rules as ratings
from arvio.reviews import actions
from arvio.reviews.errors import Refused
from arvio.reviews.inbox_rows import item_of
from arvio.reviews.insight_rules import BadSpan, Span, nearest_rank
from arvio.reviews.insights import Asked, Insights, insights
from arvio.reviews.models import InboxItem, Reply, Review, ReviewVersion
from arvio.work.loop import work_once
from tests.cast import NOW, Stage, install, make_app, member, rival, stage
from tests.reviews.test_any_sequence import AnySequence

pytestmark = pytest.mark.django_db
Counted = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)
ALL = Asked(preset="all")


@pytest.fixture
def store() -> Stage:
    return stage(preset="bitrix24-2025", overrides={"aggregates": {"min_reviews": 10}})


def look(store: Stage, asked: Asked = ALL, now: datetime | None = None) -> Insights:
    return insights(member=member(store), asked=asked, now=now or store.now)


def answer(store: Stage, review: Review, at: datetime, text: str = "Thank you.") -> None:
    actions.send_reply(member=member(store), review_id=review.pk, text=text, now=at)


def mean(stars: list[int]) -> Fraction | None:
    return Fraction(sum(stars), len(stars)) if stars else None


class Figures(AnySequence):
    """After every step the insights say what the tables of reviews and replies say."""

    @rule(held=st.booleans())
    def answer_one(self, held: bool) -> None:
        waiting = Review.objects.filter(state="held" if held else "published", answered=False)
        review = waiting.order_by("id").first()
        if review is not None:
            with suppress(Refused):
                answer(self.store, review, self.now)

    @invariant()
    def figures_are_those_of_the_reviews(self) -> None:
        for zone, preset in (("UTC", "all"), ("Pacific/Kiritimati", "30d")):
            Marketplace.objects.update(time_zone=zone)
            self.compare(
                insights(member=member(self.store), asked=Asked(preset=preset), now=self.now)
            )

    def compare(self, found: Insights) -> None:
        reviews = list(Review.objects.exclude(state__in=["removed", "rejected"]))
        public = [review for review in reviews if review.state == "published"]
        assert found.mean == (lambda m: None if m is None else ratings.decimal(m, 2))(
            mean([review.stars for review in public])
        )
        self.compare_rating(found, public)
        standing = found.standing
        assert standing.published == len(public) == found.count
        assert standing.answered == sum(review.answered for review in public)
        held = [review for review in reviews if review.state == "held"]
        assert standing.held == len(held)
        assert standing.held_waiting == sum(not review.answered for review in held)
        self.compare_replies(found, reviews)

    def compare_rating(self, found: Insights, public: list[Review]) -> None:
        days = [(r.published_at.date(), r.stars) for r in public if r.published_at]
        border = self.now.date() - 90 * DAY
        assert found.past.lately == sum(day > border for day, _ in days)
        assert found.past.mean_before == mean([n for day, n in days if day <= border])
        for one in found.past.months:
            part = found.span.part(one.month)
            inside = [n for day, n in days if part.since <= day <= part.until]
            assert one.new == tuple(inside.count(stars) for stars in range(1, 6))
            assert one.mean == mean([n for day, n in days if day <= part.until])

    def compare_replies(self, found: Insights, reviews: list[Review]) -> None:
        zone = ZoneInfo(Marketplace.objects.get().time_zone)
        live = {reply.review_id: reply for reply in Reply.objects.filter(state="live")}

        def inside(at: datetime | None) -> bool:
            return (
                at is not None
                and found.span.since <= at.astimezone(zone).date() <= found.span.until
            )

        own = [review for review in reviews if review.source == "author"]
        waits, sent, in_week = [], 0, 0
        before, after = [], []
        for review in own:
            reply = live.get(review.pk)
            wait = reply.replied_at - review.submitted_at if reply else None
            if inside(review.submitted_at):
                sent += 1
                in_week += wait is not None and wait <= 7 * DAY
            if reply and inside(reply.replied_at):
                waits.append(int(wait.total_seconds()) if wait else 0)
                versions = {v.number: v for v in ReviewVersion.objects.filter(review=review)}
                live_number = versions_number(review)
                if live_number > reply.version_number:
                    before.append(versions[reply.version_number].stars)
                    after.append(versions[live_number].stars)
        past = found.replies
        assert (past.sent, past.in_week) == (sent, in_week)
        assert past.times.count == len(waits)
        assert past.times.median == nearest_rank(sorted(waits), 50)
        assert past.times.ninetieth == nearest_rank(sorted(waits), 90)
        changed = found.changed
        moves = [b - a for a, b in zip(before, after, strict=True)]
        assert changed.raised == sum(move > 0 for move in moves)
        assert changed.lowered == sum(move < 0 for move in moves)
        assert changed.unchanged == moves.count(0)
        assert (changed.before, changed.after) == (mean(before), mean(after))


def versions_number(review: Review) -> int:
    return ReviewVersion.objects.get(pk=review.live_version_id).number


def test_after_any_sequence_the_figures_are_those_of_the_reviews() -> None:
    run_state_machine_as_test(Figures, settings=settings(max_examples=12, stateful_step_count=15))


def test_months_stand_by_the_marketplaces_days(store: Stage) -> None:
    Marketplace.objects.update(time_zone="America/New_York")
    review = store.review(at=datetime(2026, 1, 1, 4, tzinfo=UTC))
    answer(store, review, datetime(2026, 1, 1, 6, tzinfo=UTC))
    found = look(store, Asked(preset="days", since=date(2025, 12, 31), until=date(2026, 1, 1)))
    december, january = found.replies.months
    assert (december.sent, december.times.count) == (1, 0), "New York had New Year at 05:00 UTC"
    assert (january.sent, january.times.count, january.times.median) == (0, 1, 2 * 3600)
    assert (december.in_week, january.in_week) == (1, 0)


def test_what_is_published_on_tomorrows_utc_day_belongs_to_today(store: Stage) -> None:
    Marketplace.objects.update(time_zone="America/New_York")
    store.review(at=datetime(2026, 2, 26, 3, tzinfo=UTC))
    late = datetime(2026, 3, 1, 3, tzinfo=UTC)
    work_once(now=late)
    found = look(store, now=late)
    assert found.span.until == date(2026, 2, 28)
    assert [one.count for one in found.past.months] == [1] and found.count == 1


def test_an_edit_after_the_reply_is_told_with_the_stars_before_and_after(store: Stage) -> None:
    people = [store.viewer() for _ in range(4)]
    reviews = [store.published(by=one, stars=3) for one in people]
    for review in reviews:
        answer(store, review, store.now)
    for who, review, stars in zip(people[:3], reviews, (5, 1, 3), strict=False):
        actions.edit_review(
            viewer=who, review_id=review.pk, changes={"stars": stars, "text": "Seen again."},
            now=store.now + DAY,
        )  # fmt: skip
    later = store.now + 10 * DAY
    work_once(now=later)
    changed = look(store, now=later).changed
    assert (changed.raised, changed.lowered, changed.unchanged) == (1, 1, 1)
    assert (changed.before, changed.after) == (Fraction(3), Fraction(3))
    untouched = Asked(preset="days", since=later.date(), until=later.date())
    assert look(store, untouched, later).changed.count == 0, "the replies were sent before"
    until = store.now.date() - DAY
    assert look(store, replace(untouched, since=until, until=until), later).changed.count == 0


def test_an_edit_before_the_reply_changes_nothing_after_it(store: Stage) -> None:
    who = store.viewer()
    review = store.published(by=who, stars=3, at=store.now - 20 * DAY)
    edited = store.now - 10 * DAY
    actions.edit_review(viewer=who, review_id=review.pk, changes={"stars": 5}, now=edited)
    work_once(now=store.now)
    answer(store, review, store.now)
    assert look(store).changed.count == 0


def test_the_partner_sees_the_mean_below_the_threshold(store: Stage) -> None:
    for stars in (5, 4):
        store.published(stars=stars)
    found = look(store)
    assert found.mean == Decimal("4.50")
    assert [(one.app.ref, one.count, one.mean) for one in found.below] == [
        ("calls", 2, Decimal("4.50"))
    ]


@pytest.mark.parametrize(("zero_counts", "expected"), [(True, "2.00"), (False, "4.00")])
def test_zeros_count_by_the_policy_and_what_is_not_answered_is_absent(
    zero_counts: bool, expected: str
) -> None:
    store = stage(preset="hubspot-2022", overrides={"aggregates": {"zero_counts": zero_counts}})
    for value in (0, 4):
        store.published(qualities={"ease_of_use": value, "features": 3})
    qualities = look(store).qualities
    assert qualities["ease_of_use"].mean == Decimal(expected)
    assert list(qualities) == ["ease_of_use", "features"]


def test_apps_have_figures_of_their_own(store: Stage) -> None:
    second = make_app(store.marketplace, store.partner, "notes")
    for app, stars in ((store.app, 5), (second, 2)):
        who = store.viewer()
        assert who.account
        install(app, who.account)
        at = store.now - 10 * DAY
        answers = {"stars": stars, "text": "We use it every day here.", "qualities": {}}
        consents = ["guidelines", "privacy"]
        given = {**answers, "about": {}, "consents": consents, "language": "en"}
        actions.submit_review(viewer=who, app=app, answers=given, now=at)
    work_once(now=store.now)
    assert look(store).mean == Decimal("3.50")
    alone = look(store, replace(ALL, app="notes"))
    assert (alone.mean, alone.count, alone.standing.published) == (Decimal("2.00"), 1, 1)
    assert alone.lines == []
    lines = {line.figures.app.ref: line for line in look(store).lines}
    assert {ref: (line.figures.count, line.unanswered) for ref, line in lines.items()} == {
        "calls": (1, 1),
        "notes": (1, 1),
    }


def test_another_partners_app_is_none_of_yours(store: Stage) -> None:
    _, theirs = rival(store)
    messages = []
    for ref in (theirs.ref, "nowhere", "\0"):
        with pytest.raises(NotFound) as raised:
            look(store, replace(ALL, app=ref))
        messages.append(raised.value.detail.replace(repr(ref), "…"))
    assert len(set(messages)) == 1


def test_another_partners_reviews_count_nowhere(store: Stage) -> None:
    store.published(stars=5)
    vera, _ = rival(store)
    found = insights(member=vera, asked=ALL, now=store.now)
    assert found.count == found.standing.published == found.replies.sent == 0
    assert found.mean is None and found.first is None


def test_nothing_at_all_has_figures_too(store: Stage) -> None:
    for preset in ("30d", "90d", "12m", "all"):
        found = look(store, Asked(preset=preset))
        assert (found.mean, found.change, found.count) == (None, None, 0)
        assert found.changed.before is None and found.replies.times.median is None
    with pytest.raises(BadSpan):
        look(store, Asked(preset="days", since=date(2027, 1, 1)))


@pytest.mark.parametrize("app", ["", "calls"])
def test_any_number_of_reviews_costs_the_same_statements(
    store: Stage, count_sql: Counted, app: str
) -> None:
    look(store)  # a policy is read once in a process
    costs = []
    for number in (2, 25):
        for _ in range(number):
            answer(store, store.published(), store.now)
        who = member(store)
        with count_sql() as statements:
            insights(member=who, asked=Asked(app=app, preset="12m"), now=store.now)
        costs.append(len(statements))
    assert costs[0] == costs[1] == (7 if app else 8)


def test_any_number_of_apps_costs_the_same_statements(store: Stage, count_sql: Counted) -> None:
    look(store)
    costs = []
    for number in (1, 40):
        for place in range(number):
            make_app(store.marketplace, store.partner, f"app-{number}-{place}")
        who = member(store)
        with count_sql() as statements:
            found = insights(member=who, asked=replace(ALL, page=9), now=store.now)
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert found.pages == 3 and len(found.lines) == 2, "a page too far is the last"


@pytest.mark.once
def test_memory_stays_small_with_many_reviews(store: Stage) -> None:
    """Five thousand rows of the inbox alone, by hand: what is measured reads nothing else of
    them but whether they were imported.
    """
    fill(store.published(), 5_000)
    who = member(store)
    tracemalloc.start()
    try:
        found = insights(member=who, asked=ALL, now=store.now)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.replies.times.count == 5_000
    assert peak < 3 * 2**20, f"{peak / 2**20:.1f} MiB"


def fill(like: Review, number: int) -> None:
    """Copies of a published review, answered within a day or ten."""
    same = {field.attname: getattr(like, field.attname) for field in Review._meta.concrete_fields}
    same |= {"person_place": None, "account_place": None}
    reviews = [Review(**{**same, "id": uuid7()}) for _ in range(number)]
    Review.objects.bulk_create(reviews, batch_size=1000)
    items = []
    for place, review in enumerate(reviews):
        item = item_of(like, None)
        item.review, item.answered, item.waiting = review, True, False
        item.submitted_at = NOW - timedelta(days=10, hours=place % 9000)
        item.replied_at = item.submitted_at + timedelta(seconds=place % 864_000)
        item.stars_at_reply = 4
        items.append(item)
    InboxItem.objects.bulk_create(items, batch_size=1000)


def test_a_span_is_shown_as_it_was_asked_for(store: Stage) -> None:
    asked = Asked(preset="days", since=date(2026, 2, 3), until=date(2026, 2, 27))
    assert look(store, asked).span == Span(date(2026, 2, 3), date(2026, 2, 27))
