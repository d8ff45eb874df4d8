"""A review by its author: sent, refused, edited, withdrawn; and every bad answer named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from arvio import clock
from arvio.catalog import actions as catalog
from arvio.catalog.queries import Viewer
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.api.caller import Caller, anybody, signed_in
from tests.cast import Stage, stage, viewer

pytestmark = pytest.mark.django_db

REVIEWS = "/marketplaces/store/apps/calls/reviews"
MINE = "/marketplaces/store/me/reviews"
ANSWERS = {
    "stars": 4,
    "text": "We use it every day and it does what it says.",
    "consents": ["guidelines", "privacy"],
}
FULL = {
    **ANSWERS,
    "title": "Does what it says",
    "qualities": {"ease_of_use": 5, "features": 0},
    "about": {"role": "Sales lead", "company_size": "2-10", "industry": "retail"},
    "consents": ["uses_app", "guidelines", "privacy"],
}
OPEN: dict[str, Any] = {"preset": "hubspot-2022"}
EDITABLE: dict[str, Any] = {"preset": "bitrix24-2025"}
REVIEW = {
    *("id", "app", "stars", "title", "text", "pros", "cons", "qualities", "about", "author"),
    *("affiliation", "language", "app_version", "source", "verified_install", "usage"),
    *("submitted_at", "published_at", "edited_at", "reply"),
}
OWN = REVIEW | {"state", "publishes_at", "can_edit", "pending", "decision"}


@pytest.fixture
def pass_days(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Let days go by, and the worker do what falls due."""
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))

    def go_by(days: float) -> None:
        work_once(now=clock.advance(timedelta(days=days)))

    return go_by


def test_a_review_is_held_and_its_author_sees_until_when() -> None:
    anna = signed_in(stage().anna)
    sent = anna.post(REVIEWS, ANSWERS)
    assert (sent.status, set(sent.json)) == (201, OWN)
    assert sent.headers["Location"] == f"/api/v1/reviews/{sent.json['id']}"
    assert (sent.json["state"], sent.json["published_at"]) == ("held", None)
    assert sent.json["publishes_at"] > sent.json["submitted_at"]
    assert sent.json["qualities"] == {}
    assert anna.get(MINE).json["items"][0]["id"] == sent.json["id"]
    assert anybody.get(f"/reviews/{sent.json['id']}").status == 404


def test_without_a_hold_it_is_public_at_once_and_what_was_not_answered_is_absent() -> None:
    sent = signed_in(stage(**OPEN).anna).post(REVIEWS, FULL)
    assert (sent.status, sent.json["state"], sent.json["publishes_at"]) == (201, "published", None)
    public = anybody.get(f"/reviews/{sent.json['id']}")
    assert (public.status, set(public.json)) == (200, REVIEW)
    assert public.json["qualities"] == {"ease_of_use": 5, "features": 0}
    assert public.json["about"] == {"role": "Sales lead", "company_size": "2-10"}
    assert public.json["author"] == {"display_name": "Anna K."}
    assert public.json["usage"] == {"months": public.json["usage"]["months"], "installed": True}
    assert (public.json["verified_install"], public.json["source"]) == (True, "author")


def test_a_refusal_carries_every_check_in_the_viewers_words() -> None:
    refused = signed_in(stage().zed).post(REVIEWS, ANSWERS)
    assert refused.status == 403
    assert refused.headers["Content-Type"] == "application/problem+json"
    failed = [check for check in refused.json["checks"] if not check["ok"]]
    assert [check["code"] for check in failed] == ["not_installed", "plan_not_commercial"]
    assert refused.json["code"] == "not_installed"
    assert refused.json["detail"] == failed[0]["text"] == "Calls isn’t installed on your account."
    assert all(check["unblocks"] for check in failed)
    assert all(check["unblocks"] is None for check in refused.json["checks"] if check["ok"])
    verdict = signed_in(stage(slug="shop").zed).get("/marketplaces/shop/apps/calls/eligibility")
    assert [one["code"] for one in verdict.json["checks"]] == [
        one["code"] for one in refused.json["checks"]
    ]
    assert verdict.json["allowed"] is refused.json["allowed"] is False


def test_a_second_review_is_refused() -> None:
    anna = signed_in(stage().anna)
    anna.post(REVIEWS, ANSWERS)
    refused = anna.post(REVIEWS, ANSWERS)
    assert (refused.status, refused.json["code"]) == (403, "already_reviewed")


BLANK = "\u200b\u200b"
TURNED = "turned \u202e round"
BAD: dict[str, list[Any]] = {
    "stars": [0, 6, -1, "five", "5", 4.5, 5.0, True, None, [5], {}, 2**70, -(2**70)],
    "text": [
        *("", "    ", " \n\t ", BLANK, "<script>alert(1)</script>", "a<b>c</b>", "NUL \0 here"),
        *("lone \ud800", TURNED, "x" * 6000, 5, True, ["text"], {"en": "text"}, None),
    ],
    "title": ["", "two\nlines", "x" * 400, 5, "\udfff", "\0"],
    "pros": [5, "<img src=x>", "x" * 3000],
    "qualities": [[5], 5, "5", True],
    "qualities.ease_of_use": [{"ease_of_use": n} for n in (6, -1, 4.5, "5", True, [5], None)],
    "qualities.speed": [{"speed": 4}],
    "about": [[], "role", 5],
    "about.role": [{"role": role} for role in (5, "", "x" * 1000, "a\0", "\ud800", ["a"])],
    "about.company_size": [{"company_size": size} for size in ("3", 3, True)],
    "about.shoe_size": [{"shoe_size": "42"}],
    "consents": ["privacy", {"privacy": True}, [1], [True, "privacy"]],
    "consents.privacy": [["uses_app", "guidelines"]],
    "consents.everything": [["uses_app", "guidelines", "privacy", "everything"]],
    "language": ["english", "e", "en_", 5, "en\0", "../en"],
    "affiliation": [5, "x" * 300, "two\nlines", "\ud800", ["x"], "x" * 9000],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD.items() for value in values]
)
def test_a_bad_answer_is_422_and_named_and_nothing_is_kept(field: str, value: Any) -> None:
    anna = signed_in(stage(**OPEN).anna)
    answer = anna.post(REVIEWS, {**FULL, field.partition(".")[0]: value})
    assert answer.status == 422
    assert field in answer.fields
    assert all(error["code"] and error["detail"] for error in answer.json["errors"])
    assert not Review.objects.exists()


def test_all_bad_answers_are_told_at_once() -> None:
    answer = signed_in(stage(**OPEN).anna).post(
        REVIEWS, {"stars": 9, "mood": "fine", "qualities": {"speed": 1}}
    )
    assert answer.fields >= {"stars", "mood", "title", "text", "qualities.speed", "about.role"}
    many = signed_in(stage(slug="shop").anna).post(
        "/marketplaces/shop/apps/calls/reviews", {f"field-{n}": n for n in range(5_000)}
    )
    assert (many.status, len(many.json["errors"])) == (422, 50)


@pytest.mark.parametrize(
    "text", ["שלום, it works", "a\u200fb", "2 < 3 and 4 > 3", "👩‍👩‍👧 ok", "İi"]
)
def test_right_to_left_marks_and_plain_signs_are_only_text(text: str) -> None:
    sent = signed_in(stage(**OPEN).anna).post(REVIEWS, {**FULL, "text": text})
    assert (sent.status, sent.json["text"]) == (201, text)


def test_an_app_that_is_not_there_is_404() -> None:
    answer = signed_in(stage().anna).post(REVIEWS.replace("calls", "nothing"), ANSWERS)
    assert (answer.status, answer.json["field"]) == (404, "app")


def review_id(caller: Caller) -> str:
    sent = caller.post(REVIEWS, ANSWERS)
    assert sent.status == 201, sent.json
    return str(sent.json["id"])


def test_a_lowered_rating_waits_while_the_old_one_is_public(pass_days: Any) -> None:
    anna = signed_in(stage(**EDITABLE).anna)
    path = f"/reviews/{review_id(anna)}"
    pass_days(3)
    lowered = anna.patch(path, {"stars": 2})
    assert (lowered.status, lowered.json["stars"], lowered.json["state"]) == (200, 4, "published")
    assert lowered.json["pending"]["stars"] == 2
    assert anna.get(MINE).json["items"][0]["pending"] == lowered.json["pending"]
    assert anybody.get(path).json["stars"] == 4
    pass_days(3)
    public = anybody.get(path).json
    assert (public["stars"], public["edited_at"] is not None) == (2, True)


def test_the_third_edit_and_any_after_three_months_are_refused(pass_days: Any) -> None:
    on_stage = stage(**EDITABLE)
    anna, arvo = signed_in(on_stage.anna), signed_in(on_stage.arvo)
    path, late = f"/reviews/{review_id(anna)}", f"/reviews/{review_id(arvo)}"
    assert [anna.patch(path, {"text": f"Edited {n} times."}).status for n in (1, 2)] == [200, 200]
    third = anna.patch(path, {"text": "Edited 3 times."})
    assert (third.status, third.json["code"]) == (403, "edit_limit_reached")
    pass_days(93)
    answer = signed_in(on_stage.arvo).patch(late, {"stars": 5})
    assert (answer.status, answer.json["code"]) == (403, "window_closed")
    assert [check["ok"] for check in answer.json["checks"] if check["code"] == "window_closed"] == [
        False
    ]


def test_an_edit_that_names_nothing_uses_none_up() -> None:
    anna = signed_in(stage(**EDITABLE).anna)
    path = f"/reviews/{review_id(anna)}"
    assert anna.patch(path, {}).fields == {"body"}
    assert Review.objects.get().edits_used == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stars": 0}, "stars"),
        ({"stars": None}, "stars"),
        ({"mood": 1}, "mood"),
        ({"text": "\0"}, "text"),
        ({"consents": []}, "consents.guidelines"),
    ],
)
def test_a_bad_edit_changes_nothing(changes: dict[str, Any], field: str) -> None:
    anna = signed_in(stage(**EDITABLE).anna)
    answer = anna.patch(f"/reviews/{review_id(anna)}", changes)
    assert (answer.status, field in answer.fields) == (422, True)
    assert (Review.objects.get().edits_used, Review.objects.get().version_count) == (0, 1)


def test_where_authors_may_not_edit_they_are_told_so() -> None:
    anna = signed_in(stage().anna)
    answer = anna.patch(f"/reviews/{review_id(anna)}", {"stars": 5})
    assert (answer.status, answer.json["code"]) == (403, "editing_not_allowed")


def test_a_withdrawn_published_review_leaves_a_tombstone(pass_days: Any) -> None:
    anna = signed_in(stage().anna)
    path = f"/reviews/{review_id(anna)}"
    pass_days(3)
    assert anybody.get(path).status == 200
    gone = anna.delete(path)
    assert (gone.status, gone.raw.content) == (204, b"")
    tombstone = anybody.get(path)
    assert tombstone.status == 410
    body = tombstone.json
    assert (body["code"], body["rule"], body["date"]) == (
        "removed",
        "withdrawn",
        clock.now().date().isoformat(),
    )
    assert "text" not in body
    assert anna.delete(path).json["code"] == "review_not_visible"
    assert anna.get(MINE).json["items"][0]["state"] == "removed"
    assert anna.post(REVIEWS, ANSWERS).status == 201


def test_somebody_elses_review_is_not_there() -> None:
    on_stage = stage(**EDITABLE)
    path = f"/reviews/{review_id(signed_in(on_stage.anna))}"
    for stranger in (on_stage.arvo, on_stage.zed, namesake(on_stage)):
        assert signed_in(stranger).patch(path, {"stars": 1}).status == 404
        assert signed_in(stranger).delete(path).status == 404
    elsewhere = stage(slug="elsewhere", **EDITABLE)
    assert signed_in(elsewhere.anna).patch(path, {"stars": 1}).status == 404
    assert Review.objects.get().stars == 4


def namesake(on_stage: Stage) -> Viewer:
    """Anna's user reference in another account: another person."""
    account, _ = catalog.put_account(
        marketplace=on_stage.marketplace,
        ref="other",
        name="Other",
        plan="commercial",
        kind="production",
        now=on_stage.now,
    )
    return viewer(on_stage.marketplace, account, "anna")


def test_my_reviews_come_in_pages_newest_first() -> None:
    on_stage = stage()
    anna = signed_in(on_stage.anna)
    sent = [review_id(anna)]
    for _ in range(4):
        anna.delete(f"/reviews/{sent[-1]}")
        sent.append(review_id(anna))
    pages, cursor = [], ""
    while True:
        page = anna.get(f"{MINE}?limit=2{cursor}").json
        pages.append([item["id"] for item in page["items"]])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == [sent[:2:-1], sent[2:0:-1], sent[:1]]
    assert signed_in(on_stage.arvo).get(MINE).json == {"items": [], "next": None}
