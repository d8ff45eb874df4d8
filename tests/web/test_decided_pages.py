"""What a decision leaves on the pages: tombstones for everybody, reasons for authors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arvio import clock
from arvio.catalog.staff import Moderator
from arvio.moderation import correcting, tombstones
from arvio.moderation.models import Case, CorrectionRequest, Thread
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.web.frames import guard
from tests.cast import NOW
from tests.moderation.desk import WHY, Desk, desk
from tests.web.test_reporting_pages import replied, text, token

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CARD, MINE = "/store/apps/calls/", "/store/in/me/"
RULE = "G-6 "


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    class Time:
        now = NOW

    monkeypatch.setattr(clock, "now", lambda: Time.now)
    return Time


@pytest.fixture
def at(time: Any) -> Desk:
    return desk()


def removed(at: Desk, review: Review, *, by: Moderator | None = None) -> Review:
    at.decide(at.report(review).case, "remove", by=by)
    review.refresh_from_db()
    return review


def appealed() -> Case:
    decision = Thread.objects.get().decision
    assert decision is not None
    return decision.case


def entered(at: Desk) -> tuple[Client, dict[str, str]]:
    client, viewer = Client(), token(at, "anna", "acme")
    client.post("/store/in/", {"token": viewer})
    return client, {"guard": guard(viewer)}


def test_a_removed_review_leaves_its_day_and_its_rule_and_no_word(at: Desk) -> None:
    review = removed(at, at.stage.published(stars=1, text="Call Marja at 555 0100 and complain."))
    withdrawn = at.stage.published(by=at.stage.arvo)
    reviews.withdraw_review(viewer=at.stage.arvo, review_id=withdrawn.pk, now=at.now)
    for page in (
        text(Client().get(CARD)),
        text(Client().post("/store/in/calls/", {"token": token(at)})),
    ):
        block = page[page.index("Removed by moderators") :]
        assert "2 Mar 2026" in block and RULE in block and f"/store/reviews/{review.pk}/" in block
        assert str(withdrawn.pk) not in page and "Marja" not in page
    gone = Client().get(f"/store/reviews/{review.pk}/")
    assert gone.status_code == 410 and RULE in text(gone) and "personal_data" not in text(gone)
    # A browser would keep a bare 410 for good, and the review may be restored.
    assert "no-store" in gone["Cache-Control"]


def test_tombstones_are_five_and_a_count_and_on_the_first_page_alone(
    at: Desk, count_sql: Any
) -> None:
    for _ in range(7):
        removed(at, at.stage.published())
    at.stage.published()
    Client().get(CARD)
    with count_sql() as statements:
        page = text(Client().get(CARD))
    assert len(statements) <= 5
    assert (
        page.count("What is left of it") == 5 and 'moderators <span class="lead">7</span>' in page
    )
    assert "Removed by moderators" not in text(Client().get(f"{CARD}?stars=4"))


@pytest.mark.once
def test_tombstones_are_read_along_their_index(at: Desk) -> None:
    """Here alone: PostgreSQL reads a small table as a whole."""
    with CaptureQueriesContext(connection) as asked:
        tombstones.of_app(app=at.stage.app, language="en")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "review_removed" in plan and "SCAN review" not in plan


def test_a_removed_reply_leaves_a_line_until_there_is_a_new_one(at: Desk) -> None:
    review = at.stage.published()
    at.decide(at.report(replied(at, review)).case, "remove")
    for path in (CARD, f"/store/reviews/{review.pk}/"):
        page = text(Client().get(path))
        assert "The reply was removed on 2 Mar 2026 under the rule “G-6 " in page
        assert "Thank you, Anna." not in page
    replied(at, review, "Fixed now.")
    assert "The reply was removed" not in text(Client().get(CARD))


def test_an_author_reads_rule_and_reasons_and_appeals_once(at: Desk, time: Any) -> None:
    review = removed(at, at.stage.published(by=at.stage.anna))
    client, proof = entered(at)
    page = text(client.get(MINE))
    assert RULE in page and WHY in page and "Write a new review" in page
    assert "You can appeal before 2 Sep 2026, 09:30." in page
    assert "Another moderator than the one who decided looks at it." in page

    path = f"{MINE}{review.pk}/appeal/"
    assert WHY in text(client.get(path))
    assert client.post(path, {"do": "appeal", "text": "", **proof}).status_code == 422
    said = {"do": "appeal", "text": "It is my own number.", **proof}
    page = text(client.post(path, said, follow=True))
    assert "Another moderator decides before 16 Mar 2026, 09:30." in page
    assert client.post(path, said).status_code == 409 and Thread.objects.count() == 1

    time.now += timedelta(days=1)
    at.decide(appealed(), "restore", by=at.maija)
    page = text(client.get(MINE))
    assert "After an appeal a moderator brought it back" in page and WHY not in page


def test_after_an_appeal_that_failed_the_author_reads_so(at: Desk) -> None:
    review = removed(at, at.stage.published(by=at.stage.anna))
    client, proof = entered(at)
    client.post(f"{MINE}{review.pk}/appeal/", {"do": "appeal", "text": "It is mine.", **proof})
    at.decide(appealed(), "remove", by=at.maija, statement="The number is still hers.")
    page = text(client.get(MINE))
    assert "came to the same decision" in page and "The number is still hers." in page
    assert f"{review.pk}/appeal/" not in page


def test_when_the_window_has_closed_there_is_no_appeal(at: Desk, time: Any) -> None:
    review = removed(at, at.stage.published(by=at.stage.anna))
    time.now += timedelta(days=190)
    client, proof = entered(at)
    page = text(client.get(MINE))
    assert "The time for an appeal ended on" in page and f"{review.pk}/appeal/" not in page
    late = {"do": "appeal", "text": "Too late?", **proof}
    refused = client.post(f"{MINE}{review.pk}/appeal/", late)
    assert refused.status_code == 403 and "Too late?" in text(refused)


def test_nobody_appeals_or_asks_for_another(at: Desk) -> None:
    review = removed(at, at.stage.published(by=at.stage.arvo))
    client, proof = entered(at)
    for page, do in (("appeal", "appeal"), ("correction", "ask")):
        answer = client.post(f"{MINE}{review.pk}/{page}/", {"do": do, "text": "x", **proof})
        assert answer.status_code == 404
    assert not Thread.objects.exists() and not CorrectionRequest.objects.exists()


def test_an_author_asks_for_a_correction_and_reads_the_answer(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    client, proof = entered(at)
    path = f"{MINE}{review.pk}/correction/"
    assert path in text(client.get(MINE))
    assert "We use it every day" in text(client.get(path))
    wrong = client.post(path, {"do": "ask", "text": "We use it daily.", "reason": "", **proof})
    assert wrong.status_code == 422 and "We use it daily." in text(wrong)
    said = {"do": "ask", "text": "We use it daily.", "reason": "A slip of mine.", **proof}
    page = text(client.post(path, said, follow=True))
    assert "Your request for a correction" in page and path not in page
    assert client.post(path, said).status_code == 409

    asked = CorrectionRequest.objects.get()
    correcting.decline_correction(
        moderator=at.mika, request_id=asked.pk, reason="It says the same.", now=at.now
    )
    page = text(client.get(MINE))
    assert "A moderator left the text as it is" in page and "It says the same." in page
    assert path in page


def test_where_the_policy_knows_no_correction_none_is_offered(time: Any) -> None:
    at = desk(preset="hubspot-2022")
    review = at.stage.published(by=at.stage.anna)
    client, proof = entered(at)
    assert "Ask for a correction" not in text(client.get(MINE))
    said = {"do": "ask", "text": "Another.", "reason": "So.", **proof}
    refused = client.post(f"{MINE}{review.pk}/correction/", said)
    assert refused.status_code == 403 and "Another." in text(refused)


def test_my_reviews_asks_as_often_for_many_as_for_one(at: Desk, count_sql: Any) -> None:
    client, _ = entered(at)
    counts = []
    for number in (1, 4):
        for _ in range(number):
            removed(at, at.stage.published(by=at.stage.anna))
        client.get(MINE)
        with count_sql() as statements:
            client.get(MINE)
        counts.append(len(statements))
    assert counts[0] == counts[1]
