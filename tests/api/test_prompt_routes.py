"""The broker's two routes: shapes, codes, keys, origins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio import clock
from arvio.api.models import KeptAnswer
from arvio.asking.prompt_models import Prompt, PromptDay, PromptTurn, PromptUse
from arvio.ids import uuid7
from tests.api.caller import Caller, anybody, server, signed_in
from tests.api.test_edge import NOBODYS, PORTAL, STRANGER, allowed, open_stage, preflight
from tests.cast import NOW, Stage, full_answers, stage

pytestmark = pytest.mark.django_db

PROMPT = "/marketplaces/store/apps/calls/prompt"
SENT = {"moment": "report-sent"}
KEY = {"Idempotency-Key": "4f1c2a9e"}
AT_ONCE = {"prompts": {"min_successes": 0, "min_age": "PT0S"}}


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def later(monkeypatch: pytest.MonkeyPatch, **length: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(**length))


def asked(caller: Caller) -> str:
    return str(caller.post(PROMPT, SENT).json["prompt"]["id"])


def test_the_third_moment_gets_a_prompt_with_all_that_a_popup_needs() -> None:
    on_stage = stage()
    anna = signed_in(on_stage.anna)
    for _ in range(2):
        answer = anna.post(PROMPT, SENT)
        assert (answer.status, answer.json) == (200, {"ask": False, "code": "not_enough_use"})
    answer = anna.post(PROMPT, SENT)
    prompt = Prompt.objects.get()
    assert answer.json == {
        "ask": True,
        "code": "ask",
        "prompt": {
            "id": str(prompt.pk),
            "app": {"app": "calls", "name": "Calls"},
            "clip": None,
            "form_url": "http://testserver/store/in/calls/",
            "listing_url": None,
        },
    }
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert anna.post(PROMPT, SENT).json == {"ask": False, "code": "cooldown"}


def test_a_clip_and_a_listing_are_told_where_there_are_any() -> None:
    on_stage = stage(overrides=AT_ONCE)
    on_stage.marketplace.clip_url = "https://store.example/how.mp4"
    on_stage.marketplace.save()
    on_stage.app.listing_url = "https://store.example/apps/calls/"
    on_stage.app.save()
    prompt = signed_in(on_stage.anna).post(PROMPT, SENT).json["prompt"]
    assert prompt["clip"] == "https://store.example/how.mp4"
    assert prompt["listing_url"] == "https://store.example/apps/calls/"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"moment": ""},
        {"moment": "Report sent"},
        {"moment": "отчёт"},
        {"moment": "x" * 61},
        {"moment": "x\n"},
        {"moment": "x\0"},
        {"moment": 5},
        {"moment": None},
        {"moment": ["x"]},
    ],
)
def test_a_moment_of_another_kind_is_422_and_counts_nothing(body: dict[str, Any]) -> None:
    answer = signed_in(stage(overrides=AT_ONCE).anna).post(PROMPT, body)
    assert (answer.status, answer.fields) == (422, {"moment"})
    assert not PromptUse.objects.exists()


def test_a_popup_has_no_place_for_stars_or_for_a_gift() -> None:
    anna = signed_in(stage(overrides=AT_ONCE).anna)
    for more in ({"stars": 5}, {"happy": True}, {"reward": "10 %"}):
        assert anna.post(PROMPT, {**SENT, **more}).status == 422
    prompt = asked(anna)
    assert anna.post(f"/prompts/{prompt}", {"outcome": "opened", "stars": 5}).status == 422


def test_an_outcome_is_said_once_and_never_may_follow() -> None:
    on_stage = stage(overrides=AT_ONCE)
    anna, arvo = signed_in(on_stage.anna), signed_in(on_stage.arvo)
    path = f"/prompts/{asked(anna)}"
    for body in ({}, {"outcome": "shown"}, {"outcome": ""}, {"outcome": True}):
        answer = anna.post(path, body)
        assert (answer.status, answer.fields) == (422, {"outcome"})
    first, again = anna.post(path, {"outcome": "later"}), anna.post(path, {"outcome": "later"})
    assert (first.status, first.json) == (again.status, again.json)
    assert first.json == {"id": path.rpartition("/")[2], "outcome": "later"}
    other = anna.post(path, {"outcome": "opened"})
    assert (other.status, other.json["code"]) == (409, "outcome_already_said")
    assert other.json["outcome"] == "later"
    assert arvo.post(path, {"outcome": "never"}).status == 404
    assert anna.post(path, {"outcome": "never"}).json["outcome"] == "never"
    assert anna.post(path, {"outcome": "later"}).status == 409
    assert anna.post(f"/prompts/{uuid7()}", {"outcome": "never"}).status == 404
    assert anna.post("/prompts/none", {"outcome": "never"}).status == 404


def test_never_ends_the_questions_of_this_app(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = signed_in(stage(overrides=AT_ONCE).anna)
    anna.post(f"/prompts/{asked(anna)}", {"outcome": "never"})
    later(monkeypatch, days=300)
    assert anna.post(PROMPT, SENT).json["code"] == "opted_out"


def test_a_moment_with_a_key_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = signed_in(stage(overrides=AT_ONCE).anna)
    first, again = anna.post(PROMPT, SENT, KEY), anna.post(PROMPT, SENT, KEY)
    assert first.raw.content == again.raw.content and first.json["ask"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert PromptUse.objects.get().uses == PromptDay.objects.get().count == 1
    assert anna.post(PROMPT, {"moment": "other"}, KEY).status == 422
    assert PromptTurn.objects.count() == 1


def test_whom_nobody_told_us_of_is_not_eligible_and_leaves_no_trace() -> None:
    on_stage = stage(overrides=AT_ONCE)
    nobody = signed_in(on_stage.anna, account="unheard-of", sub="unheard-of")
    answer = nobody.post(PROMPT, SENT, KEY)
    assert (answer.status, answer.json) == (200, {"ask": False, "code": "not_eligible"})
    for table in (PromptUse, PromptDay, KeptAnswer):
        assert not table.objects.exists()
    assert nobody.post(f"/prompts/{uuid7()}", {"outcome": "never"}).status == 404


def test_only_a_viewer_of_the_marketplace_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    on_stage = stage(overrides=AT_ONCE)
    elsewhere = stage(slug="elsewhere")
    prompt = asked(signed_in(on_stage.anna))
    for caller, status in (
        (anybody, 401),
        (Caller("nothing"), 401),
        (signed_in(elsewhere.anna), 401),
        (server(on_stage), 401),
    ):
        assert caller.post(PROMPT, SENT).status == status
    for caller, status in (
        (anybody, 401),
        (signed_in(elsewhere.anna), 404),
        (server(on_stage), 401),
    ):
        assert caller.post(f"/prompts/{prompt}", {"outcome": "opened"}).status == status
    anna = signed_in(on_stage.anna)
    assert anna.post(PROMPT.replace("calls", "nothing"), SENT).status == 404
    assert anna.get(PROMPT).status == 405


def test_pages_of_the_listed_origins_call_both_routes() -> None:
    on_stage = open_stage()
    elsewhere = stage(slug="elsewhere", overrides=AT_ONCE)
    prompt, foreign = _prompt(on_stage), _prompt(elsewhere)
    for path in (PROMPT, f"/prompts/{prompt}"):
        asked_first = preflight(path, PORTAL, "POST")
        assert (asked_first.status, allowed(asked_first)) == (204, PORTAL)
        headers = asked_first.headers["Access-Control-Allow-Headers"]
        assert "Authorization" in headers and "Content-Type" in headers
        assert allowed(preflight(path, STRANGER, "POST")) is None
    assert allowed(preflight(f"/prompts/{foreign}", PORTAL, "POST")) is None
    assert allowed(preflight(f"/prompts/{NOBODYS}", PORTAL, "POST")) is None
    anna = signed_in(on_stage.anna)
    for path, body in ((PROMPT, SENT), (f"/prompts/{prompt}", {"outcome": "opened"})):
        assert allowed(anna.post(path, body, {"Origin": PORTAL})) == PORTAL
        assert allowed(anna.post(path, body, {"Origin": STRANGER})) is None


def _prompt(on_stage: Stage) -> Any:
    assert on_stage.anna.user
    return Prompt.objects.create(app=on_stage.app, user=on_stage.anna.user, asked_at=NOW).pk


def test_a_review_by_the_api_counts_for_the_ask() -> None:
    on_stage = stage(overrides=AT_ONCE)
    anna = signed_in(on_stage.anna)
    asked(anna)
    answers = full_answers(on_stage.marketplace, NOW)
    sent = {key: answers[key] for key in ("stars", "text", "consents")}
    assert anna.post("/marketplaces/store/apps/calls/reviews", sent).status == 201
    assert PromptDay.objects.get(what="review").count == 1
    assert anna.post(PROMPT, SENT).json["code"] == "already_reviewed"
