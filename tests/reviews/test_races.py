"""Real threads on real connections: what the unique keys and the locks hold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest

from arvio.audit import rules
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog.models import App, Installation
from arvio.catalog.queries import Viewer
from arvio.due.models import Due
from arvio.ratings.models import STARS, RatingDay, RatingSummary
from arvio.reviews import actions
from arvio.reviews.actions import Submission
from arvio.reviews.errors import Refused
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.states import State
from arvio.reviews.submitting import asker_of
from arvio.work import kinds
from arvio.work.loop import serve_batch, work_once
from tests import cast
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = timedelta(days=3)


def colleagues(stage: cast.Stage, number: int) -> list[Viewer]:
    return [cast.viewer(stage.marketplace, stage.acme, f"user-{n}") for n in range(number)]


def submit(stage: cast.Stage, by: Viewer, answers: dict[str, Any]) -> Review:
    return actions.submit_review(viewer=by, app=stage.app, answers=answers, now=stage.now)


def outcomes(answers: Sequence[Any]) -> Counter[str]:
    """How many of each: a refusal by all its codes, an error by its name."""
    return Counter(
        " ".join(check.code for check in answer.verdict.failed)
        if isinstance(answer, Refused)
        else repr(answer)
        if isinstance(answer, BaseException)
        else "taken"
        for answer in answers
    )


def sums_hold() -> None:
    """Summaries and day counts are what the reviews add up to, and every chain is whole."""
    for summary in RatingSummary.objects.all():
        stars = Review.objects.filter(app_id=summary.app_id, state=State.PUBLISHED)
        counted = Counter(stars.values_list("stars", flat=True))
        assert summary.histogram == tuple(counted[n] for n in STARS)
        assert summary.count == counted.total()
        days = RatingDay.objects.filter(app_id=summary.app_id).values_list("count", flat=True)
        assert sum(days) == summary.count
    for subject in AuditRow.objects.values_list("subject", flat=True).distinct():
        assert rules.broken(AuditRow.objects.filter(subject=subject).order_by("seq")) is None


def test_of_fifty_users_of_one_account_exactly_three_get_in() -> None:
    stage = cast.stage(preset="hubspot-2022")
    answers = cast.full_answers(stage.marketplace, stage.now)
    users = colleagues(stage, 50)
    ended = outcomes(race([partial(submit, stage, user, answers) for user in users]))
    assert ended == {"taken": 3, "account_cap_reached": 47}
    kept = Review.objects.values_list("person_place", "account_place")
    assert sorted(kept) == [(1, 1), (1, 2), (1, 3)]
    assert RatingSummary.objects.get().count == 3
    sums_hold()


def test_of_twenty_submissions_by_one_user_exactly_one_gets_in() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    answers = cast.full_answers(stage.marketplace, stage.now)
    ended = outcomes(race([partial(submit, stage, stage.anna, answers)] * 20))
    assert ended == {"taken": 1, "already_reviewed": 19}
    assert Review.objects.count() == ReviewVersion.objects.count() == 1
    assert Due.objects.filter(kind="publish").count() == 1


def test_fifty_users_of_an_account_without_a_cap_all_get_in() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    answers = cast.full_answers(stage.marketplace, stage.now)
    users = colleagues(stage, 50)
    ended = outcomes(race([partial(submit, stage, user, answers) for user in users]))
    assert ended == {"taken": 50}
    kept = Review.objects.values_list("account_place", flat=True)
    assert sorted(place for place in kept if place) == list(range(1, 51))


def test_users_of_many_accounts_count_in_one_summary() -> None:
    stage = cast.stage(preset="hubspot-2022")
    users = [stage.viewer() for _ in range(16)]
    full = cast.full_answers(stage.marketplace, stage.now)
    each = [full | {"stars": 1 + n % 5} for n in range(16)]
    ended = outcomes(
        race([partial(submit, stage, *pair) for pair in zip(users, each, strict=True)])
    )
    assert ended == {"taken": 16}
    assert RatingSummary.objects.get().histogram == (4, 3, 3, 3, 3)
    sums_hold()


def many_held(stage: cast.Stage, number: int, apps: Sequence[App]) -> list[Review]:
    """Held reviews of several apps, three days from public."""
    full = cast.full_answers(stage.marketplace, stage.now)
    users = colleagues(stage, number // len(apps))
    for app in apps[1:]:
        cast.install(app, stage.acme)
    submissions = [
        Submission(
            asker=asker_of(viewer=user, app=app),
            answers=full | {"stars": 1 + place % 5},
            at=stage.now,
        )
        for app in apps
        for place, user in enumerate(users)
    ]
    return actions.submit_reviews(
        marketplace=stage.marketplace, submissions=submissions, now=stage.now
    )


def test_four_workers_publish_three_hundred_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.BATCH, "publish", 20)
    stage = cast.stage(preset="bitrix24-2024")
    apps = [stage.app, *(cast.make_app(stage.marketplace, stage.partner, f"a{n}") for n in "bc")]
    many_held(stage, 300, apps)
    done = race([partial(work_once, now=stage.now + HOLD)] * 4)
    assert sum(each.get("publish", 0) for each in done) == 300
    assert Review.objects.filter(state=State.PUBLISHED).count() == 300
    assert AuditRow.objects.filter(tag="review:published").count() == 300
    assert [summary.histogram for summary in RatingSummary.objects.all()] == [(20,) * 5] * 3
    assert not Due.objects.filter(kind__in=("publish", "edit")).exists()
    sums_hold()


def test_two_edits_at_once_are_two_versions_and_a_third_is_refused() -> None:
    for published in (False, True):
        stage = cast.stage(preset="bitrix24-2025", slug=f"store-{int(published)}")
        review = stage.published(by=stage.anna) if published else stage.review(by=stage.anna)
        edits = [
            partial(
                actions.edit_review,
                viewer=stage.anna,
                review_id=review.pk,
                changes={"stars": 5, "text": f"Edit {n}."},
                now=stage.now,
            )
            for n in range(6)
        ]
        assert outcomes(race(edits)) == {"taken": 2, "edit_limit_reached": 4}
        numbers = ReviewVersion.objects.filter(review=review).values_list("number", flat=True)
        assert sorted(numbers) == [1, 2, 3]
        review.refresh_from_db()
        assert (review.edits_used, review.live_version.number) == (2, 3)
        sums_hold()


def test_authors_and_workers_on_the_same_reviews_neither_wait_for_ever_nor_lose() -> None:
    """Publications fall due while their authors edit and withdraw: each ends whole."""
    stage = cast.stage(preset="bitrix24-2025")
    held = many_held(stage, 16, [stage.app])
    due = stage.now + HOLD
    by = {
        review.pk: cast.viewer(stage.marketplace, stage.acme, f"user-{n}")
        for n, review in enumerate(held)
    }

    def author(place: int) -> Any:
        review = held[place]
        viewer = by[review.pk]
        if place % 2:
            return actions.withdraw_review(viewer=viewer, review_id=review.pk, now=due)
        change = {"stars": 5, "text": "Changed."}
        return actions.edit_review(viewer=viewer, review_id=review.pk, changes=change, now=due)

    workers = [partial(work_once, now=due)] * 2
    ended = race([*(partial(author, place) for place in range(16)), *workers])
    assert [answer for answer in ended if isinstance(answer, BaseException)] == []
    work_once(now=due)
    states = Counter(Review.objects.values_list("state", flat=True))
    assert states == {State.REMOVED: 8, State.PUBLISHED: 8}
    kept = Review.objects.filter(state=State.PUBLISHED)
    assert {review.live_version.text for review in kept} == {"Changed."}
    assert not Due.objects.filter(kind__in=("publish", "edit")).exists()
    sums_hold()


def test_an_erasure_and_a_publication_at_once_end_in_some_order() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    held = many_held(stage, 12, [stage.app])
    due = stage.now + HOLD
    erase = [
        partial(actions.erase_user, user=review.user, actor="command", now=due)
        for review in held
        if review.user
    ]
    ended = race([*erase, *[partial(work_once, now=due)] * 2])
    assert [answer for answer in ended if isinstance(answer, BaseException)] == []
    work_once(now=due)
    assert set(Review.objects.values_list("state", flat=True)) <= {State.REMOVED, State.PUBLISHED}
    assert not ReviewVersion.objects.exclude(text="").exists()
    assert not Due.objects.filter(kind__in=("publish", "edit")).exists()
    sums_hold()


def test_a_ban_and_an_edit_at_once_both_happen() -> None:
    for round_number in range(4):
        stage = cast.stage(preset="bitrix24-2025", slug=f"store-{round_number}")
        review = stage.published(by=stage.anna, stars=2)
        catalog.ban(account=stage.acme, reason="spam", now=stage.now)
        edit = partial(
            actions.edit_review,
            viewer=stage.anna,
            review_id=review.pk,
            changes={"stars": 5},
            now=stage.now,
        )
        ended = race([edit, partial(work_once, now=stage.now)])
        assert set(outcomes(ended)) <= {"taken", "review_not_visible"}
        work_once(now=stage.now)
        review.refresh_from_db()
        assert review.state == State.ARCHIVED
        sums_hold()


def test_answers_and_publication_at_once_share_one_history() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    held = many_held(stage, 12, [stage.app])
    reply = [
        partial(actions.add_replies, replies=[(review, "Thanks.", "person:petra", stage.now)])
        for review in held
    ]
    ended = race([*reply, partial(work_once, now=stage.now + HOLD)])
    assert [answer for answer in ended if isinstance(answer, BaseException)] == []
    assert Review.objects.filter(state=State.PUBLISHED, answered=True).count() == 12
    sums_hold()


def test_a_batch_that_another_worker_holds_is_left_to_it() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    many_held(stage, 10, [stage.app])
    served = race([partial(serve_batch, kind="publish", now=stage.now + HOLD)] * 4)
    assert sum(len(batch) for batch in served) == 10
    assert all(chain.from_iterable(served))


def test_installation_facts_at_once_converge() -> None:
    stage = cast.stage()
    app = cast.make_app(stage.marketplace, stage.partner, "fresh")
    moments = [stage.now + timedelta(hours=n) for n in range(8)]
    install = [
        partial(
            catalog.put_installation,
            app=app,
            account=stage.acme,
            installed_at=at,
            version=f"1.{n}",
            now=at,
        )
        for n, at in enumerate(moments)
    ]
    gone = [
        partial(
            catalog.end_installation,
            app=app,
            account=stage.acme,
            uninstalled_at=at - timedelta(minutes=30),
            now=at,
        )
        for at in moments
    ]
    runners: list[Any] = [*install, *gone] * 2
    random.shuffle(runners)
    ended = race(runners)
    assert [answer for answer in ended if isinstance(answer, BaseException)] == []
    found = Installation.objects.get(app=app)
    assert (found.installed_at, found.version, found.is_live) == (moments[-1], "1.7", True)
    app.refresh_from_db()
    assert app.install_count == 1
