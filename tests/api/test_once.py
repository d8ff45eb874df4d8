"""Idempotency-Key: twice sent is once done, alone and at once."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from arvio import clock
from arvio.api.models import KeptAnswer
from arvio.api.once import KEPT, _take_turn
from arvio.api.problems import Problem
from arvio.due.models import Due
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.api.caller import Answer, server, signed_in
from tests.cast import stage

REVIEWS = "/marketplaces/store/apps/calls/reviews"
TOKENS = "/marketplaces/store/viewer-tokens"
KEY = {"Idempotency-Key": "4f1c2a9e"}
ANSWERS = {
    "stars": 4,
    "text": "We use it every day and it does what it says.",
    "consents": ["guidelines", "privacy"],
}
TOKEN = {"account": "acme", "user": "anna", "surface": "web", "name": "Anna"}


@pytest.mark.django_db
def test_the_same_key_and_body_get_the_same_answer() -> None:
    anna = signed_in(stage().anna)
    first, second = anna.post(REVIEWS, ANSWERS, KEY), anna.post(REVIEWS, ANSWERS, KEY)
    assert (first.status, second.status) == (201, 201)
    assert first.raw.content == second.raw.content
    assert first.headers["Location"] == second.headers["Location"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Review.objects.count() == 1


@pytest.mark.django_db
def test_spaces_and_the_order_of_keys_make_no_other_body() -> None:
    anna = signed_in(stage().anna)
    first = anna.post(REVIEWS, ANSWERS, KEY)
    raw = json.dumps(dict(reversed(ANSWERS.items())), indent=4).encode()
    assert anna.send("POST", REVIEWS, None, KEY, raw=raw).raw.content == first.raw.content


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_422() -> None:
    anna = signed_in(stage().anna)
    anna.post(REVIEWS, ANSWERS, KEY)
    answer = anna.post(REVIEWS, {**ANSWERS, "stars": 5}, KEY)
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert Review.objects.get().stars == 4


@pytest.mark.django_db
def test_another_caller_or_route_or_no_key_is_another_request() -> None:
    on_stage = stage()
    anna, arvo, backend = signed_in(on_stage.anna), signed_in(on_stage.arvo), server(on_stage)
    assert anna.post(REVIEWS, ANSWERS, KEY).status == 201
    assert arvo.post(REVIEWS, ANSWERS, KEY).status == 201
    assert backend.post(TOKENS, TOKEN, KEY).status == 200
    assert server(on_stage).post(TOKENS, TOKEN, KEY).headers.get("Idempotency-Replayed") is None
    assert backend.post(TOKENS, TOKEN, KEY).headers["Idempotency-Replayed"] == "true"
    refused = anna.post(REVIEWS, ANSWERS)
    assert (refused.status, refused.json["code"]) == (403, "already_reviewed")


@pytest.mark.django_db
def test_a_refusal_is_not_kept_so_the_mended_request_may_take_the_key() -> None:
    anna = signed_in(stage().anna)
    assert anna.post(REVIEWS, {**ANSWERS, "stars": 6}, KEY).status == 422
    assert not KeptAnswer.objects.exists()
    assert anna.post(REVIEWS, ANSWERS, KEY).status == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb", "ä", "\x7f"])
def test_a_key_that_cannot_be_kept_is_422(key: str) -> None:
    answer = signed_in(stage().anna).post(REVIEWS, ANSWERS, {"Idempotency-Key": key})
    assert (answer.status, answer.fields) == (422, {"Idempotency-Key"})
    assert not Review.objects.exists()


@pytest.mark.django_db
def test_after_a_day_the_key_is_free_and_the_worker_forgets_old_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARVIO_CLOCK", str(tmp_path / "clock"))
    backend = server(stage())
    backend.post(TOKENS, TOKEN, {"Idempotency-Key": "old"})
    assert Due.objects.filter(kind="forget_answers").count() == 1
    first = backend.post(TOKENS, TOKEN, KEY)
    clock.advance(KEPT - timedelta(minutes=1))
    assert backend.post(TOKENS, TOKEN, KEY).raw.content == first.raw.content
    clock.advance(timedelta(minutes=2))
    other = backend.post(TOKENS, {**TOKEN, "user": "arvo"}, KEY)
    assert (other.status, "Idempotency-Replayed" in other.headers) == (200, False)
    work_once(now=clock.advance(timedelta(hours=1)))
    assert [kept.key for kept in KeptAnswer.objects.all()] == [KEY["Idempotency-Key"]]
    work_once(now=clock.advance(KEPT))
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_review() -> None:
    """One writes; the other gets the same answer, or is told that the first still runs."""
    anna = signed_in(stage().anna)
    answers = at_once(8, lambda: anna.post(REVIEWS, ANSWERS, KEY))
    made = [answer for answer in answers if answer.status == 201]
    rest = [answer for answer in answers if answer.status != 201]
    assert made
    assert len({answer.raw.content for answer in made}) == 1
    assert {(answer.status, answer.json["code"]) for answer in rest} <= {
        (409, "idempotency_key_in_use")
    }
    assert Review.objects.count() == KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_two_keys_make_one_review_too() -> None:
    anna = signed_in(stage().anna)
    keys = iter("abcdefgh")
    answers = at_once(8, lambda: anna.post(REVIEWS, ANSWERS, {"Idempotency-Key": next(keys)}))
    assert sorted(answer.status for answer in answers) == [201] + [403] * 7
    assert Review.objects.count() == KeptAnswer.objects.count() == 1


def at_once(number: int, send: Any) -> list[Answer]:
    start = threading.Barrier(number)
    answers: list[Answer] = []

    def run() -> None:
        start.wait()
        try:
            answers.append(send())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == number
    return answers


# On SQLite writers wait for each other: the second gets the answer, as the tests above say.
if connection.vendor == "postgresql":

    @pytest.mark.django_db(transaction=True)
    def test_while_the_first_still_runs_the_second_is_409() -> None:
        names = {"caller": "somebody", "route": "/somewhere", "key": "k"}
        refused: list[Problem] = []

        def second() -> None:
            try:
                with transaction.atomic():
                    _take_turn(names)
            except Problem as problem:
                refused.append(problem)
            finally:
                connections.close_all()

        with transaction.atomic():
            _take_turn(names)
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()
        assert [(one.status, one.code) for one in refused] == [(409, "idempotency_key_in_use")]
        with transaction.atomic():
            _take_turn(names)
