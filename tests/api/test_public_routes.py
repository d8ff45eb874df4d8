"""What everybody may read: shapes, thresholds, lists, and what it costs the database."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arvio.catalog.queries import policy_in_force
from arvio.policy.load import to_dict
from arvio.reviews import actions as reviews
from tests.api.caller import anybody
from tests.cast import Stage, installed_account, make_app, stage

pytestmark = pytest.mark.django_db

STORE = "/marketplaces/store"
RATING = f"{STORE}/apps/calls/rating"
REVIEWS = f"{STORE}/apps/calls/reviews"
OPEN: dict[str, Any] = {"preset": "hubspot-2022"}
CountSql = Callable[[], AbstractContextManager[list[str]]]


def publish(on_stage: Stage, number: int, **answers: Any) -> None:
    """That many published reviews, by people of as many accounts."""
    for _ in range(number):
        on_stage.review(**answers)


def test_below_the_threshold_nothing_but_the_count_is_told() -> None:
    on_stage = stage(**OPEN)
    publish(on_stage, 9, stars=5, qualities={"ease_of_use": 5, "features": 0})
    hidden = {"mean": None, "histogram": None, "qualities": None, "reason": "below_threshold"}
    assert anybody.get(RATING).json == {"app": "calls", "count": 9, **hidden}
    explained = anybody.get(f"{RATING}/explain").json
    assert (explained["inputs"], explained["score"]) == (None, "3.500000")
    publish(on_stage, 1, stars=2)
    shown = anybody.get(RATING).json
    assert (shown["count"], shown["mean"], shown["reason"]) == (10, 4.7, None)
    assert shown["histogram"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 9}
    assert shown["qualities"]["features"] == {"mean": 0.4, "count": 10}
    assert anybody.get(f"{RATING}/explain").json["inputs"]["histogram"] == shown["histogram"]


def test_the_mean_has_two_decimals() -> None:
    on_stage = stage(**OPEN, overrides={"aggregates": {"min_reviews": 1}})
    for stars in (5, 5, 4):
        publish(on_stage, 1, stars=stars)
    assert b'"mean":4.67,' in anybody.get(RATING).raw.content


def test_an_app_nobody_has_reviewed_has_a_rating_too() -> None:
    stage()
    assert (anybody.get(RATING).json["count"], anybody.get(RATING).json["mean"]) == (0, None)


def test_ratings_of_many_apps_come_in_the_order_asked_for() -> None:
    on_stage = stage()
    for ref in ("alpha", "beta"):
        make_app(on_stage.marketplace, on_stage.partner, ref)
    answer = anybody.get(f"{STORE}/ratings?apps=beta,nothing,calls,beta").json
    assert [one["app"] for one in answer["items"]] == ["beta", "calls"]
    assert answer["next"] is None
    assert anybody.get(f"{STORE}/ratings?apps=nothing").json["items"] == []
    assert anybody.get("/marketplaces/nowhere/ratings?apps=calls").status == 404
    hundred = ",".join(f"a{n}" for n in range(100))
    assert anybody.get(f"{STORE}/ratings?apps={hundred}").status == 200
    for apps in (f"{hundred},one", "", ",", "%00"):
        assert anybody.get(f"{STORE}/ratings?apps={apps}").fields == {"apps"}
    assert anybody.get(f"{STORE}/ratings").fields == {"apps"}


def test_the_first_page_of_reviews_carries_the_rating_and_the_next_do_not() -> None:
    on_stage = stage(**OPEN)
    publish(on_stage, 5)
    first = anybody.get(f"{REVIEWS}?limit=2").json
    assert (set(first), len(first["items"])) == ({"items", "next", "rating"}, 2)
    second = anybody.get(f"{REVIEWS}?limit=2&cursor={first['next']}").json
    third = anybody.get(f"{REVIEWS}?limit=2&cursor={second['next']}").json
    assert (set(second), third["next"]) == ({"items", "next"}, None)
    seen = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert (len(seen), len(set(seen))) == (5, 5)


def test_reviews_are_filtered_and_sorted() -> None:
    on_stage = stage(**OPEN)
    for stars, language in ((5, "en"), (1, "ru"), (3, "ru")):
        publish(on_stage, 1, stars=stars, language=language)

    def seen(query: str) -> list[int]:
        answer = anybody.get(f"{REVIEWS}?{query}")
        assert answer.status == 200, answer.json
        return [one["stars"] for one in answer.json["items"]]

    assert seen("sort=highest") == [5, 3, 1]
    assert seen("sort=lowest") == [1, 3, 5]
    assert seen("sort=lowest&stars=3,5") == [3, 5]
    assert seen("sort=highest&language=ru") == [3, 1]
    assert seen("answered=true") == []
    assert len(seen("answered=false&has_text=true")) == 3
    assert len(seen("version=3.2")) == 3
    assert seen("version=9") == []


BAD_QUERIES = {
    "limit": ["0", "101", "-1", "1.5", "five", "", "+5", "٣", "1e1", "9" * 30, "%00"],
    "stars": ["0", "6", "1,", "1,6", "", "five", "1,2,3,4,5,5", "1;2", "1%00"],
    "sort": ["best", "", "Newest", "-id", "%00"],
    "answered": ["1", "yes", "True", ""],
    "has_text": ["0"],
    "language": ["english", "%00", "../x"],
    "version": ["", "x" * 61, "%00"],
    "cursor": ["", "x", "%00", "bnVsbA", "W10", "x" * 2000, "WyJyZXZpZXdzLW5ld2VzdCJd"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_QUERIES.items() for value in values]
)
def test_a_bad_query_is_422_and_named(name: str, value: str) -> None:
    stage()
    answer = anybody.get(f"{REVIEWS}?{name}={value}")
    assert (answer.status, answer.fields) == (422, {name})


def test_unknown_and_repeated_queries_are_422() -> None:
    stage()
    for path in (REVIEWS, RATING, f"{RATING}/explain", f"{STORE}/apps", f"{STORE}/policy"):
        answer = anybody.get(f"{path}?colour=red")
        assert (answer.status, answer.fields) == (422, {"colour"})
    assert anybody.get(f"{REVIEWS}?limit=1&limit=2").fields == {"limit"}


moments = st.one_of(st.datetimes().map(str), st.just("0001-01-01T00:00:00+14:00"), st.text())
numbers = st.one_of(st.integers().map(str), st.just("9" * 99), st.text())


@given(sort=st.sampled_from(["newest", "highest"]), parts=st.lists(st.one_of(moments, numbers)))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_forged_cursor_is_422_or_a_page(db: None, sort: str, parts: list[str]) -> None:
    if anybody.get(RATING).status == 404:
        publish(stage(**OPEN), 1)
    raw = json.dumps([f"reviews-{sort}", *parts]).encode("utf-8", "replace")
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")[:1000]
    assert anybody.get(f"{REVIEWS}?sort={sort}&cursor={cursor}").status in (200, 422)


@pytest.mark.parametrize("number", ["9" * 30, str(2**63), "-1", "NaN", "1.5"])
def test_a_number_no_column_holds_is_no_cursor(number: str) -> None:
    stage()
    parts = ["apps-rating", "1", number, number, "018f0000-0000-7000-8000-000000000000"]
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    assert anybody.get(f"{STORE}/apps?cursor={cursor}").status in (200, 422)


def test_apps_are_listed_with_their_ratings() -> None:
    on_stage = stage()
    make_app(on_stage.marketplace, on_stage.partner, "beta", name="Beta Forms", category="Forms")
    on_stage.published(stars=5)
    answer = anybody.get(f"{STORE}/apps").json
    assert set(answer) == {"items", "next", "placed"}
    first = answer["items"][0]
    assert first["app"] == "calls"
    assert first["rating"] == anybody.get(RATING).json
    assert (first["partner"], first["partner_name"]) == ("pixel", "Pixel")

    def refs(query: str) -> list[str]:
        return [one["app"] for one in anybody.get(f"{STORE}/apps?{query}").json["items"]]

    assert refs("sort=newest&limit=1") == refs("sort=newest")[:1]
    assert refs("q=FORMS") == refs("category=Forms") == ["beta"]
    assert refs("q=nothing+like+it") == []
    page = anybody.get(f"{STORE}/apps?limit=1").json
    assert refs(f"limit=1&cursor={page['next']}") == ["beta"]
    assert anybody.get("/marketplaces/nowhere/apps").status == 404


@pytest.mark.parametrize(
    "path", ["/apps/nothing/rating", "/apps/nothing/rating/explain", "/apps/nothing/reviews",
             "/apps/a%00b/rating", "/apps/a%00b/reviews", f"/apps/{'x' * 300}/rating"]
)  # fmt: skip
def test_an_app_that_is_not_there_is_404(path: str) -> None:
    stage()
    answer = anybody.get(STORE + path)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("preset", ["bitrix24-2024", "hubspot-2022"])
def test_the_policy_tells_every_key_and_its_sentences(preset: str) -> None:
    on_stage = stage(preset=preset)
    answer = anybody.get(f"{STORE}/policy").json
    version = policy_in_force(marketplace=on_stage.marketplace, now=on_stage.now)
    for section, keys in to_dict(version.policy).items():
        assert answer[section] == keys
    assert (answer["preset"], answer["version"]) == (preset, 1)
    assert set(answer["sentences"]) == {"en", "ru", "fi"}
    assert all(answer["sentences"].values())
    fields = [field for section in answer["form"]["sections"] for field in section["fields"]]
    for field in fields:
        assert {"key", "type", "required", "min", "max", "choices", "visibility"} <= set(field)
    assert fields[0]["key"] == "stars"


def fill(on_stage: Stage, number: int) -> None:
    """Published reviews by as many people, a batch in one transaction."""
    from arvio.reviews.submitting import Submission, asker_of
    from tests.cast import full_answers

    answers = full_answers(on_stage.marketplace, on_stage.now)
    people = [on_stage.viewer() for _ in range(number)]
    reviews.submit_reviews(
        marketplace=on_stage.marketplace,
        submissions=[
            Submission(asker_of(viewer=one, app=on_stage.app), answers, on_stage.now)
            for one in people
        ],
        now=on_stage.now,
    )


@pytest.mark.parametrize("number", [10, 200])
def test_statements_are_few_whatever_the_number_of_reviews(
    number: int, count_sql: CountSql
) -> None:
    fill(stage(**OPEN), number)
    anybody.get(RATING)  # the policy is read once in a process
    for path, most in [
        (RATING, 1),
        (f"{STORE}/ratings?apps=calls,other", 1),
        (REVIEWS, 3),
        (f"{REVIEWS}?limit=100", 3),
        (f"{REVIEWS}?sort=lowest&stars=4", 3),
    ]:
        with count_sql() as statements:
            assert anybody.get(path).status == 200
        assert len(statements) == most, (path, statements)


@pytest.mark.parametrize("number", [10, 200])
def test_statements_are_few_whatever_the_number_of_apps(number: int, count_sql: CountSql) -> None:
    on_stage = stage()
    for count in range(number):
        make_app(on_stage.marketplace, on_stage.partner, f"app-{count}")
    installed_account(on_stage, "somebody")
    on_stage.published()
    anybody.get(RATING)
    for query in ("", "?limit=100", "?q=app", "?sort=installs"):
        with count_sql() as statements:
            assert anybody.get(f"{STORE}/apps{query}").status == 200
        assert len(statements) <= 3, statements
