"""The routes of a partner's member, called as a program would."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from arvio import clock
from arvio.people.models import Key, Role
from arvio.reviews import actions
from arvio.work.loop import work_once
from tests.api.caller import Caller, holder
from tests.cast import NOW, Stage, member, rival, stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TEXT = "Thank you, Anna. Version 3.3 keeps the order of your calls."


@pytest.fixture(autouse=True)
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def store() -> Stage:
    return stage()


@pytest.fixture
def petra(store: Stage) -> Caller:
    return holder(member(store))


def test_held_reviews_are_listed_with_the_time_left_and_no_more_of_the_author(
    store: Stage, petra: Caller
) -> None:
    held = store.review(by=store.anna, stars=2)
    answer = petra.get("/partner/reviews")
    assert (answer.status, answer.json["next"]) == (200, None)
    (item,) = answer.json["items"]
    assert (item["id"], item["state"], item["stars"]) == (str(held.pk), "held", 2)
    assert item["publishes_at"] == "2026-03-05T09:30:00Z"
    assert (item["previous_stars"], item["pending"], item["reply"]) == (None, None, None)
    assert item["author"] == {"display_name": "Anna K."}
    assert item["can_reply"]["allowed"] is True
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_edit_tells_the_stars_before_and_what_waits() -> None:
    store = stage(preset="bitrix24-2025")
    review = store.published(by=store.anna, stars=2)
    for stars, text in ((5, "They helped."), (1, "It broke again.")):
        actions.edit_review(
            viewer=store.anna,
            review_id=review.pk,
            changes={"stars": stars, "text": text},
            now=store.now,
        )
    (item,) = holder(member(store)).get("/partner/reviews").json["items"]
    assert (item["stars"], item["previous_stars"]) == (5, 2)
    assert item["pending"] == {
        "stars": 1,
        "title": "",
        "text": "It broke again.",
        "pros": "",
        "cons": "",
        "due_at": "2026-03-05T09:30:00Z",
    }


def test_the_counter_falls_with_a_reply_and_rises_with_a_review(
    store: Stage, petra: Caller
) -> None:
    review = store.published(by=store.anna)
    assert petra.get("/partner/unanswered").json == {"unanswered": 1}
    answer = petra.post(f"/reviews/{review.pk}/reply", {"text": TEXT, "fixed_in": "3.3"})
    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "text": TEXT,
        "replied_at": "2026-03-02T09:30:00Z",
        "about_earlier_version": False,
        "fixed_in": "3.3",
    }
    assert petra.get("/partner/unanswered").json == {"unanswered": 0}
    store.review(by=store.arvo)
    assert petra.get("/partner/unanswered").json == {"unanswered": 1}
    assert petra.get(f"/reviews/{review.pk}").json["reply"] == answer.json


def test_a_second_reply_is_refused_with_every_check(store: Stage, petra: Caller) -> None:
    review = store.published()
    petra.post(f"/reviews/{review.pk}/reply", {"text": TEXT})
    answer = petra.post(f"/reviews/{review.pk}/reply", {"text": "Again."})
    assert (answer.status, answer.json["code"]) == (403, "already_replied")
    assert [(check["code"], check["ok"]) for check in answer.json["checks"]] == [
        ("review_not_visible", True),
        ("already_replied", False),
        ("reply_locked", True),
    ]
    assert answer.json["detail"] == "This review already has a reply."


def test_a_reply_sent_twice_under_one_key_is_sent_once(store: Stage, petra: Caller) -> None:
    path = f"/reviews/{store.published().pk}/reply"
    first, second = (petra.post(path, {"text": TEXT}, {"Idempotency-Key": "k1"}) for _ in "12")
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    other = petra.post(path, {"text": "Other."}, {"Idempotency-Key": "k1"})
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"text"}),
        ({"text": ""}, {"text"}),
        ({"text": 5}, {"text"}),
        ({"text": "<b>Hello</b>"}, {"text"}),
        ({"text": "x" * 5001}, {"text"}),
        ({"text": "a\x00b"}, {"text"}),
        ({"text": TEXT, "fixed_in": "3\n3"}, {"fixed_in"}),
        ({"text": TEXT, "fixed_in": "x" * 61}, {"fixed_in"}),
        ({"text": TEXT, "state": "live"}, {"state"}),
    ],
)
def test_a_body_that_is_not_right_names_its_field(
    store: Stage, petra: Caller, body: Any, fields: set[str]
) -> None:
    review = store.published()
    answer = petra.post(f"/reviews/{review.pk}/reply", body)
    assert (answer.status, answer.fields) == (422, fields)
    review.refresh_from_db()
    assert review.answered is False


def test_the_rating_is_told_at_any_count() -> None:
    store = stage(preset="hubspot-2022")
    store.review(by=store.anna, stars=4)
    petra = holder(member(store))
    public = petra.get("/marketplaces/store/apps/calls/rating").json
    assert (public["mean"], public["reason"]) == (None, "below_threshold")
    own = petra.get("/partner/apps/calls/rating").json
    assert (own["count"], own["mean"], own["histogram"]["4"]) == (1, 4.0, 1)


def test_the_rating_of_another_partners_app_is_refused(store: Stage, petra: Caller) -> None:
    rival(store)
    answer = petra.get("/partner/apps/mail/rating")
    assert (answer.status, answer.json["code"]) == (403, "not_your_app")
    assert "Mail" in answer.json["detail"]
    assert petra.get("/partner/apps/nowhere/rating").status == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stars=6", "stars"),
        ("stars=1,,2", "stars"),
        ("state=removed", "state"),
        ("state=held,", "state"),
        ("answered=yes", "answered"),
        ("since=2026-02-30", "since"),
        ("until=today", "until"),
        ("sort=random", "sort"),
        ("limit=101", "limit"),
        ("cursor=abc", "cursor"),
        ("app=nowhere", "app"),
        ("q=a%00b", "q"),
        ("colour=red", "colour"),
        ("stars=1&stars=2", "stars"),
    ],
)
def test_a_query_that_is_not_right_names_its_field(
    store: Stage, petra: Caller, query: str, field: str
) -> None:
    answer = petra.get(f"/partner/reviews?{query}")
    assert (answer.status, answer.fields) == (422, {field})


def test_filters_and_pages_are_those_of_the_query(store: Stage, petra: Caller) -> None:
    made = [store.published(stars=stars) for stars in (1, 2, 2, 5)]
    page = petra.get("/partner/reviews?stars=2,5&sort=lowest&limit=2").json
    assert [item["stars"] for item in page["items"]] == [2, 2]
    rest = petra.get(f"/partner/reviews?stars=2,5&sort=lowest&limit=2&cursor={page['next']}").json
    assert [item["id"] for item in rest["items"]] == [str(made[3].pk)]
    other = petra.get(f"/partner/reviews?sort=newest&cursor={page['next']}")
    assert (other.status, other.fields) == (422, {"cursor"})
    day = made[0].submitted_at.date()
    assert len(petra.get(f"/partner/reviews?since={day}&until={day}").json["items"]) == 4


def test_a_key_is_worth_what_its_person_may_now(store: Stage, petra: Caller) -> None:
    review = store.published()
    Role.objects.filter(person__email="petra@pixel.example").update(kind="reader")
    answer = petra.post(f"/reviews/{review.pk}/reply", {"text": TEXT})
    assert (answer.status, answer.json["code"]) == (403, "right_missing")
    Role.objects.filter(person__email="petra@pixel.example").delete()
    answer = petra.get("/partner/unanswered")
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


def test_a_revoked_key_is_worth_nothing(store: Stage, petra: Caller) -> None:
    Key.objects.filter(kind="partner").update(revoked_at=NOW)
    assert petra.get("/partner/unanswered").status == 401


def test_a_person_who_may_not_sign_in_has_no_key_either(store: Stage, petra: Caller) -> None:
    person = member(store).person
    person.is_active = False
    person.save()
    assert petra.get("/partner/unanswered").status == 401


def test_the_seven_tips_speak_the_language_that_was_asked_for(store: Stage, petra: Caller) -> None:
    review = store.published(stars=2)
    body = {"review": str(review.pk), "text": "Thank you for your review."}
    answer = petra.post("/reply-check", body)
    assert answer.status == 200
    tips = {tip["key"]: tip for tip in answer.json["tips"]}
    assert list(tips) == [
        "thank",
        "personalise",
        "acknowledge",
        "empathise",
        "solution",
        "professional",
        "positive_end",
    ]
    assert (tips["thank"]["done"], tips["thank"]["hint"]) == (True, "")
    assert tips["solution"]["done"] is False
    assert tips["solution"]["hint"]
    assert petra.post("/reply-check", {**body, "text": ""}).status == 200
    assert petra.post("/reply-check", {**body, "review": "7"}).fields == {"review"}
    detail = petra.post("/reply-check", {**body, "review": "7"}).json["errors"][0]["detail"]
    assert detail == "This isn’t written as it should be."


def test_the_list_costs_the_same_with_any_number(
    store: Stage, petra: Caller, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def cost() -> int:
        with count_sql() as statements:
            assert petra.get("/partner/reviews").status == 200
        return len(statements)

    store.published()
    cost()  # the first use of a key in an hour is noted
    few = cost()
    for _ in range(15):
        store.review()
    work_once(now=store.now)
    assert cost() == few


def body_of(answer: Any) -> str:
    return b"".join(answer.raw.streaming_content).decode()


def test_the_file_tells_what_the_list_tells(store: Stage, petra: Caller) -> None:
    held = store.review(by=store.anna, stars=2)
    store.published(stars=5)
    answer = petra.get("/partner/export?format=jsonl&state=held")
    assert answer.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    (line,) = [json.loads(line) for line in body_of(answer).splitlines()]
    assert (line["id"], line["state"]) == (str(held.pk), "held")
    sheet = body_of(petra.get("/partner/export"))
    assert sheet.startswith("\ufeffreview,app,")
    assert len(sheet.splitlines()) == 3
    assert petra.get("/partner/export?format=xml").fields == {"format"}
    assert petra.send("HEAD", "/partner/export").status == 200


def test_links_are_made_listed_and_ended(store: Stage, petra: Caller) -> None:
    (standing,) = petra.get("/partner/links").json["items"]
    assert (standing["app"], standing["campaign"], standing["arrivals"]) == ("calls", "", 0)
    assert standing["url"].startswith("http://testserver/store/in/go/")
    made = petra.post("/partner/links", {"app": "calls", "campaign": "May"})
    assert (made.status, made.json["campaign"]) == (201, "May")
    again = petra.post("/partner/links", {"app": "calls", "campaign": " May "})
    assert (again.status, again.json["code"], again.fields) == (422, "taken", {"campaign"})
    assert petra.post("/partner/links", {"app": "nowhere", "campaign": "May"}).status == 404
    assert petra.delete(f"/partner/links/{made.json['id']}").status == 204
    (ended,) = petra.get("/partner/links?ended=true").json["items"]
    assert ended["id"] == made.json["id"]
    rita = holder(member(store, "rita@mail.example"))
    assert rita.get("/partner/links").status == 200
    for refused in (
        rita.post("/partner/links", {"app": "calls", "campaign": "June"}),
        rita.delete(f"/partner/links/{standing['id']}"),
    ):
        assert (refused.status, refused.json["code"]) == (403, "right_missing")


def test_another_partners_link_is_as_one_that_never_was(store: Stage, petra: Caller) -> None:
    vera, app = rival(store)
    (theirs,) = holder(vera).get("/partner/links").json["items"]
    assert theirs["app"] == app.ref
    answer = petra.delete(f"/partner/links/{theirs['id']}")
    assert answer.status == 404
    assert answer.json == petra.delete(f"/partner/links/{uuid4()}").json
