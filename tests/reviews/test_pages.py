"""Pages of reviews: every order, every filter, nothing twice and nothing left out."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from arvio.catalog import actions as catalog
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Installation, PolicyVersion
from arvio.paging import CursorError
from arvio.reviews import actions, queries
from arvio.reviews.errors import Gone, NotYours
from arvio.reviews.models import Review
from arvio.reviews.queries import SORTS, Filters, Page
from arvio.reviews.usage import Usage, usage_of
from arvio.work.loop import work_once
from tests import cast
from tests.repeating import repeated

pytestmark = pytest.mark.django_db

HOLD = timedelta(days=3)


def page(stage: cast.Stage, *, now: datetime | None = None, **options: Any) -> Page:
    (version,) = PolicyVersion.objects.filter(marketplace=stage.marketplace)
    return queries.page(app=stage.app, version=version, now=now or stage.now, **options)


def walk(stage: cast.Stage, sort: str, limit: int, between: Any = lambda: None) -> list[Any]:
    seen, cursor = [], None
    while True:
        found = page(stage, sort=sort, limit=limit, cursor=cursor)
        seen += [item.id for item in found.items]
        assert len(seen) == len(set(seen)), "a review came twice"
        cursor = found.next
        if cursor is None:
            return seen
        between()


@pytest.fixture
@repeated
def stage() -> cast.Stage:
    """Twelve public reviews: many of one moment, many of one number of stars."""
    stage = cast.stage(preset="hubspot-2024")
    for place in range(12):
        stage.review(at=stage.now - timedelta(hours=place // 3), stars=1 + place % 3)
    return stage


@pytest.mark.parametrize("limit", [1, 2, 5, 12, 100])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_together_are_the_whole_list_once(stage: cast.Stage, sort: str, limit: int) -> None:
    whole = [item.id for item in page(stage, sort=sort, limit=100).items]
    assert len(set(whole)) == 12
    assert walk(stage, sort, limit) == whole


def test_each_sort_sorts(stage: cast.Stage) -> None:
    def told(sort: str) -> list[Any]:
        items = page(stage, sort=sort, limit=100).items
        return [(item.stars, item.published_at) for item in items]

    newest = [at for _, at in told("newest")]
    assert newest == sorted(newest, reverse=True)
    assert [at for _, at in told("oldest")] == newest[::-1]
    assert [stars for stars, _ in told("highest")] == [3] * 4 + [2] * 4 + [1] * 4
    lowest = told("lowest")
    assert [stars for stars, _ in lowest] == [1] * 4 + [2] * 4 + [3] * 4
    assert [at for _, at in lowest[:4]] == sorted((at for _, at in lowest[:4]), reverse=True)


@pytest.mark.parametrize("sort", SORTS)
def test_reviews_that_come_meanwhile_neither_repeat_nor_hide_any(
    stage: cast.Stage, sort: str
) -> None:
    before = {item.id for item in page(stage, limit=100).items}

    def newcomers() -> None:
        if Review.objects.count() < 40:
            for hours in (-1, 0, 1, 9):
                stage.review(at=stage.now + timedelta(hours=hours), stars=random.randint(1, 5))

    seen = walk(stage, sort, 3, newcomers)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_a_review_that_goes_meanwhile_takes_no_other_with_it(stage: cast.Stage) -> None:
    first = page(stage, limit=4)
    last = Review.objects.get(pk=first.items[-1].id)
    Review.objects.filter(pk=last.pk).update(state="removed", person_place=None, account_place=None)
    rest = page(stage, limit=100, cursor=first.next)
    assert len(rest.items) == 8


@pytest.mark.parametrize(
    "cursor", ["", "x", "e30", "A" * 500, "WyJtaW5lIl0", "W10", "\x00", "%00", "ü"]
)
def test_a_cursor_that_no_page_gave_is_refused(stage: cast.Stage, cursor: str) -> None:
    if cursor:
        with pytest.raises(CursorError):
            page(stage, cursor=cursor)
    with pytest.raises(CursorError):
        page(stage, sort="oldest", cursor=page(stage, limit=1).next)
    with pytest.raises(InvalidFact):
        page(stage, sort="best")


# --- Filters -----------------------------------------------------------------------------------


def test_filters_one_by_one_and_together() -> None:
    stage = cast.stage(
        preset="bitrix24-2025",
        overrides={
            "publication": {"hold": "PT0S"},
            "form": {
                "sections": [
                    {
                        "key": "review",
                        "fields": [
                            {"key": "stars", "type": "stars", "required": True, "min": 1, "max": 5},
                            {"key": "text", "type": "text", "min": 2, "max": 100},
                        ],
                    }
                ]
            },
        },
    )
    combinations = itertools.product((1, 5), ("ru", "fi"), ("Слова words", None), (True, False))
    made = {}
    for place, (stars, language, text, answered) in enumerate(combinations):
        review = stage.review(stars=stars, language=language, text=text)
        version = f"{place % 2}.0"
        Review.objects.filter(pk=review.pk).update(app_version=version)
        if answered:
            actions.add_replies(replies=[(review, "Thanks.", "person:petra", stage.now)])
        made[review.pk] = (stars, language, bool(text), answered, version)

    def check(**wanted: Any) -> None:
        found = {item.id for item in page(stage, filters=Filters(**wanted), limit=100).items}
        names = ("stars", "language", "has_text", "answered", "version")
        expected = {
            pk
            for pk, facts in made.items()
            if all(
                fact in wanted[name] if name == "stars" else fact == wanted[name]
                for name, fact in zip(names, facts, strict=True)
                if name in wanted
            )
        }
        assert found == expected

    for wanted in (
        {},
        {"stars": [1]},
        {"stars": [1, 5]},
        {"language": "ru"},
        {"answered": True},
        {"answered": False},
        {"has_text": True},
        {"has_text": False},
        {"version": "1.0"},
        {"stars": [5], "language": "fi", "answered": False, "has_text": True},
    ):
        check(**wanted)
    assert page(stage, filters=Filters(language="sv")).items == []


def test_pages_of_a_filtered_list_stay_filtered(stage: cast.Stage) -> None:
    filters = Filters(stars=[2])
    seen, cursor = [], None
    while True:
        found = page(stage, filters=filters, limit=1, cursor=cursor)
        seen += [item.stars for item in found.items]
        assert len(seen) <= 4
        cursor = found.next
        if cursor is None:
            break
    assert seen == [2] * 4


# --- One review, as everybody sees it ------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("first_l", "Anna K."),
        ("last_f", "Korhonen, A."),
        ("company", "Acme Oy"),
    ],
)
def test_the_name_is_shown_as_the_policy_says(style: str, expected: str) -> None:
    stage = cast.stage(preset="hubspot-2022", overrides={"privacy": {"display_name": style}})
    review = stage.review(by=stage.anna)
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert public.display_name == expected


def test_a_pseudonym_is_the_same_everywhere_and_another_for_others() -> None:
    stage = cast.stage(preset="hubspot-2022", overrides={"privacy": {"display_name": "pseudonym"}})
    names = [
        queries.public_review(review_id=stage.review(by=by).pk, now=stage.now)[0].display_name
        for by in (stage.anna, stage.arvo)
    ]
    assert names[0] != names[1]
    assert not any(part in "".join(names) for part in ("Anna", "Arvo", "Korhonen"))


def test_no_address_and_no_id_of_the_author_is_in_what_the_public_gets(stage: cast.Stage) -> None:
    review = stage.review(
        by=stage.anna, about={"role": "Lead", "company_size": "1", "industry": "retail"}
    )
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    said = str(public)
    assert stage.anna.user is not None
    for secret in ("anna@customer.example", str(stage.anna.user.pk), "Korhonen", "acme", "retail"):
        assert secret not in said


def test_an_imported_review_shows_the_shop_and_is_never_verified() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    Review.objects.filter(pk=review.pk).update(
        source="imported", user=None, verified_install=False, person_key="import"
    )
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert (public.display_name, public.imported, public.verified_install) == (
        "Acme Oy",
        True,
        False,
    )


def test_what_is_gone_leaves_a_tombstone_only_if_it_was_public() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    shown, held = stage.published(by=stage.anna), stage.review(by=stage.arvo)
    for viewer, review in ((stage.anna, shown), (stage.arvo, held)):
        actions.withdraw_review(viewer=viewer, review_id=review.pk, now=stage.now)
    with pytest.raises(Gone) as gone:
        queries.public_review(review_id=shown.pk, now=stage.now)
    assert (gone.value.date, gone.value.rule) == ("2026-03-02", "withdrawn")
    for hidden in (held.pk, uuid4()):
        with pytest.raises(NotYours):
            queries.public_review(review_id=hidden, now=stage.now)


@pytest.mark.parametrize(
    ("installed", "ended", "now", "months", "still"),
    [
        ("2026-01-31", None, "2026-02-28", 0, True),
        ("2026-01-31", None, "2026-03-01", 1, True),
        ("2025-03-02", None, "2026-03-01", 11, True),
        ("2025-03-02", None, "2026-03-02", 12, True),
        ("2025-03-02", "2025-05-02", "2026-03-02", 2, False),
        ("2025-03-02", "2026-04-02", "2026-03-02", 12, True),
        ("2025-03-02", "2025-01-01", "2026-03-02", 12, True),
        ("2026-03-02", None, "2026-03-02", 0, True),
    ],
)
def test_months_of_use_are_whole_and_end_with_the_installation(
    installed: str, ended: str | None, now: str, months: int, still: bool
) -> None:
    def at(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None

    moment = at(now)
    assert moment is not None
    row = Installation(installed_at=at(installed), uninstalled_at=at(ended))
    assert usage_of(row, moment) == Usage(months, still)


def test_nobody_used_what_was_never_installed_or_will_be() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for row in (
        None,
        Installation(),
        Installation(uninstalled_at=now),
        Installation(installed_at=now + timedelta(seconds=1)),
    ):
        assert usage_of(row, now) is None


def test_use_goes_on_counting_after_the_review() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    gone = stage.now + timedelta(days=40)
    catalog.end_installation(app=stage.app, account=stage.acme, uninstalled_at=gone, now=gone)
    (shown,) = page(stage, now=gone + timedelta(days=90)).items
    assert shown.id == review.pk
    assert shown.usage == Usage(14, False)
    assert page(stage).items[0].usage == Usage(13, True)


# --- One review changes, the others don't (FEATURES 7, 2) -----------------------------------------


def test_what_happens_to_one_review_happens_to_that_one_alone() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    other_app = cast.make_app(stage.marketplace, stage.partner, "other")
    mine, neighbour = stage.published(by=stage.anna), stage.published(by=stage.arvo)
    cast.install(other_app, stage.acme)
    elsewhere = actions.submit_review(
        viewer=stage.anna,
        app=other_app,
        answers=cast.full_answers(stage.marketplace, stage.now),
        now=stage.now - 2 * HOLD,
    )
    work_once(now=stage.now)

    def others() -> list[Any]:
        rows = Review.objects.filter(pk__in=[neighbour.pk, elsewhere.pk]).order_by("pk")
        return [*rows.values(), *(version for row in rows for version in row.versions.values())]

    before = others()
    change = {"stars": 1, "text": "Changed."}
    actions.edit_review(viewer=stage.anna, review_id=mine.pk, changes=change, now=stage.now)
    actions.add_replies(replies=[(mine, "Thanks.", "person:petra", stage.now)])
    work_once(now=stage.now + HOLD)
    actions.withdraw_review(viewer=stage.anna, review_id=mine.pk, now=stage.now + HOLD)
    assert others() == before


# --- My reviews --------------------------------------------------------------------------------


def test_my_reviews_come_newest_first_page_by_page_and_are_mine_alone() -> None:
    stage = cast.stage(preset="hubspot-2022")
    made = []
    for number in range(5):
        app = cast.make_app(stage.marketplace, stage.partner, f"app-{number}")
        cast.install(app, stage.acme)
        for viewer in (stage.anna, stage.arvo):
            at = stage.now + timedelta(minutes=number // 2)
            answers = cast.full_answers(stage.marketplace, at)
            review = actions.submit_review(viewer=viewer, app=app, answers=answers, now=at)
            made += [review] if viewer is stage.anna else []
    seen, cursor = [], None
    while True:
        mine, cursor = queries.mine(viewer=stage.anna, now=stage.now, cursor=cursor, limit=2)
        seen += [own.review.pk for own in mine]
        assert len(seen) <= 5
        if cursor is None:
            break
    expected = sorted(made, key=lambda review: (review.submitted_at, review.pk), reverse=True)
    assert seen == [review.pk for review in expected]
    with pytest.raises(CursorError):
        queries.mine(viewer=stage.anna, now=stage.now, cursor="x")


def test_one_of_my_own_is_nobody_else_s() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    own = queries.own(viewer=stage.anna, review_id=review.pk, now=stage.now)
    assert (own.review.state, own.public.text[:2]) == ("held", "We")
    for stranger in (stage.arvo, stage.zed):
        with pytest.raises(NotYours):
            queries.own(viewer=stranger, review_id=review.pk, now=stage.now)


@pytest.mark.once
@pytest.mark.parametrize(
    ("installed", "ended", "reviewed", "usage"),
    [
        # Within a month of the installation, before the review.
        ("2026-01-01", "2026-01-11", "2026-02-20", Usage(0, False, days=10)),
        ("2026-01-31", "2026-02-28", "2026-03-01", Usage(0, False, days=28)),
        ("2026-01-31", "2026-03-01", "2026-03-02", Usage(1, False)),
        # Within a month of the review.
        ("2025-01-01", "2026-02-03", "2026-02-01", Usage(13, False, days_after_review=2)),
        ("2025-01-01", "2026-02-01", "2026-02-01", Usage(13, False, days_after_review=0)),
        ("2026-01-01", "2026-01-11", "2026-01-09", Usage(0, False, 10, days_after_review=2)),
        ("2025-01-01", "2026-02-28", "2026-02-01", Usage(13, False, days_after_review=27)),
        ("2025-01-01", "2026-03-01", "2026-02-01", Usage(14, False)),
        # Installed anew after the review: the first time is not forgotten by a number of days.
        ("2026-02-05", "2026-02-15", "2026-02-01", Usage(0, False, None, days_after_review=14)),
        ("2026-02-05", "2026-02-04", "2026-02-01", Usage(0, True)),
        ("2026-02-05", None, "2026-02-01", Usage(0, True)),
    ],
)
def test_days_are_told_where_they_tell_more(
    installed: str, ended: str | None, reviewed: str, usage: Usage
) -> None:
    def at(day: str) -> datetime:
        return datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)

    row = Installation(installed_at=at(installed), uninstalled_at=at(ended) if ended else None)
    assert usage_of(row, at("2026-03-02"), reviewed_at=at(reviewed)) == usage
