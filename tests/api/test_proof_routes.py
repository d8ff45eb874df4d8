"""History and proof for everybody: of what ever was public, without words, without who."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from arvio.audit import proof
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.catalog import actions as catalog
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.reviews import actions as reviews
from tests.api.caller import anybody
from tests.audit.stage import change, sealed, story
from tests.cast import NOW, stage

pytestmark = pytest.mark.django_db


def history(review: Any) -> Any:
    return anybody.get(f"/reviews/{review.pk}/history")


def test_history_says_what_happened_when_and_by_whom_in_general() -> None:
    _, review = story()
    answer = history(review)
    assert answer.status == 200 and answer.json["next"] is None
    told = [(row["tag"], row["by"]) for row in answer.json["items"]]
    assert told == [
        ("review:submitted", "author"),
        ("review:published", "policy"),
        ("reply:sent", "partner"),
        ("review:edited", "author"),
        ("review:edit_applied", "author"),
    ]
    applied = answer.json["items"][-1]
    assert (applied["before"]["stars"], applied["after"]["stars"]) == (3, 4)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    same = anybody.get(f"/reviews/{review.pk}/history", {"If-None-Match": answer.headers["ETag"]})
    assert same.status == 304


def test_no_word_name_or_id_of_a_person_is_in_history_or_proof() -> None:
    made, review = story()
    assert made.anna.user and made.anna.account
    texts = [history(review).raw.content.decode()]
    texts.append(anybody.get(f"/reviews/{review.pk}/proof").raw.content.decode())
    for text in texts:
        for secret in (
            "We use it every day",
            "Thank you",
            "Korhonen",
            "petra",
            str(made.anna.user.pk),
            made.anna.user.ref,
            str(made.anna.account.pk),
            '"evidence": {',
            "installation",
        ):
            assert secret not in text


def test_one_person_s_reviews_can_not_be_joined_by_their_digests() -> None:
    made = stage()
    first, second = made.published(by=made.anna), made.published(by=made.arvo)
    digests = {
        history(review).json["items"][1]["actor_digest"] for review in (first, second)
    }  # both published by the policy
    assert len(digests) == 2


def test_an_edit_that_waits_is_not_told_before_it_is_public() -> None:
    made = stage(preset="bitrix24-2025")
    review = made.published(by=made.anna, stars=5)
    reviews.edit_review(viewer=made.anna, review_id=review.pk, changes={"stars": 1}, now=NOW)
    row = history(review).json["items"][-1]
    assert (row["tag"], row["withheld"], row["after"]) == ("review:edited", True, None)
    waits = Due.objects.get(kind="edit")
    reviews.apply_due_edits(review_ids=[review.pk], now=waits.due_at)
    edited, applied = history(review).json["items"][-2:]
    assert edited["after"]["words"]["stars"] == applied["after"]["stars"] == 1


def test_a_row_with_facts_that_nobody_declared_public_is_withheld() -> None:
    _, review = story()
    row = AuditRow.objects.get(subject=review.subject, tag="review:published")
    after = json.dumps({**(row.after or {}), "reporter": "zed@store.example"})
    change("UPDATE audit_row SET after = %s WHERE subject = %s AND seq = 2", after, review.subject)
    told = history(review).json["items"][1]
    assert (told["withheld"], told["before"], told["after"]) == (True, None, None)


def test_what_never_was_public_has_no_history() -> None:
    made = stage()
    held = made.review(by=made.anna)
    for path in ("history", "proof"):
        assert anybody.get(f"/reviews/{held.pk}/{path}").status == 404
        assert anybody.get(f"/reviews/{uuid7()}/{path}").status == 404
    reviews.withdraw_review(viewer=made.anna, review_id=held.pk, now=NOW)
    assert history(held).status == 404


def test_a_removed_or_archived_review_keeps_its_history() -> None:
    made = stage()
    gone, away = made.published(by=made.anna), made.published(by=made.arvo)
    reviews.withdraw_review(viewer=made.anna, review_id=gone.pk, now=NOW)
    assert anybody.get(f"/reviews/{gone.pk}").status == 410
    assert history(gone).json["items"][-1]["reason"] == "withdrawn"
    assert made.arvo.account and made.arvo.user
    catalog.ban(account=made.arvo.account, user=made.arvo.user, reason="Test", now=NOW)
    reviews.check_archive(keys=[f"user:{made.arvo.user.pk}"], now=NOW)
    assert anybody.get(f"/reviews/{away.pk}").status == 404
    assert history(away).json["items"][-1]["tag"] == "review:archived"


def test_a_proof_says_what_is_sealed_and_when_the_rest_will_be() -> None:
    made, review = story()
    whole = anybody.get(f"/reviews/{review.pk}/proof").json
    assert whole["sealed_seq"] == whole["head_seq"] == len(whole["rows"])
    reviews.withdraw_review(viewer=made.anna, review_id=review.pk, now=NOW)
    newer = anybody.get(f"/reviews/{review.pk}/proof").json
    assert newer["sealed_seq"] == newer["head_seq"] - 1
    assert newer["next_seal_at"] == "2026-03-02T10:00:00.000000Z"
    fresh = stage(slug="fresh", preset="hubspot-2022")
    unsealed = anybody.get(f"/reviews/{fresh.review(by=fresh.anna).pk}/proof").json
    assert (unsealed["sealed_seq"], unsealed["proof"], unsealed["seals"]) == (0, None, [])


def test_seals_lead_to_the_newest_and_of_many_the_latest_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, review = story()
    for _ in range(3):
        made.review()
        sealed(made)
    answer = anybody.get(f"/reviews/{review.pk}/proof").json
    numbers = [seal["number"] for seal in answer["seals"]]
    assert numbers == [2, 3, 4, 5] and answer["more_seals"] is None
    monkeypatch.setattr(proof, "MOST_SEALS", 2)
    few = anybody.get(f"/reviews/{review.pk}/proof").json
    assert [seal["number"] for seal in few["seals"]] == [4, 5]
    assert few["proof"]["seal"]["number"] == 2
    assert few["more_seals"] == "/api/v1/marketplaces/store/seals"


def test_leaves_taken_away_behind_arvio_break_the_proof_and_not_the_route() -> None:
    _, review = story()
    leaf = SealLeaf.objects.get(subject=review.subject, seal__number=2)
    change("DELETE FROM audit_seal_leaf WHERE number < 1")
    change("UPDATE audit_seal_leaf SET number = number + 9 WHERE subject = %s", leaf.subject)
    assert anybody.get(f"/reviews/{review.pk}/proof").json["proof"]["path"] == []


def test_the_statements_are_constant(count_sql: Callable[[], Any]) -> None:
    made, review = story()
    with count_sql() as few:
        anybody.get(f"/reviews/{review.pk}/proof")
    for _ in range(4):
        made.review()
        sealed(made)
    with count_sql() as many:
        anybody.get(f"/reviews/{review.pk}/proof")
    assert len(many) == len(few) <= 6


def test_anybody_can_keep_the_seals_of_a_marketplace() -> None:
    made, _ = story()
    for _ in range(3):
        made.review()
        sealed(made)
    first = anybody.get("/marketplaces/store/seals?limit=2").json
    assert [seal["number"] for seal in first["items"]] == [5, 4]
    path = f"/marketplaces/store/seals?limit=2&cursor={first['next']}"
    assert [seal["number"] for seal in anybody.get(path).json["items"]] == [3, 2]
    newest = Seal.objects.order_by(F("number").desc()).first()
    assert newest and first["items"][0]["hash"] == newest.hash
    assert anybody.get("/marketplaces/nowhere/seals").status == 404
    assert anybody.get("/marketplaces/store/seals?cursor=x").status == 422


def test_erasure_leaves_history_and_proof_whole(tmp_path: Any) -> None:
    made, review = story()
    assert made.anna.user
    reviews.erase_user(user=made.anna.user, actor="command", now=NOW)
    sealed(made)
    answer = anybody.get(f"/reviews/{review.pk}/proof")
    assert answer.json["rows"][-1]["tag"] == "review:erased"
    path = tmp_path / "proof.json"
    path.write_bytes(answer.raw.content)
    call_command("verify", proof=str(path), root="")
