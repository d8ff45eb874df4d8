"""What is told to which endpoint, when, and how much of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from arvio.audit.actions import Entry
from arvio.audit.models import AuditRow
from arvio.catalog.banning import ban
from arvio.catalog.staff import Moderator, moderator
from arvio.connect.erasing import erase_everywhere
from arvio.due.models import Due
from arvio.moderation import deciding, parties, reporting
from arvio.notify.webhooks import rules
from arvio.notify.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from arvio.notify.webhooks.recording import record
from arvio.notify.webhooks.rules import EVENTS_OF, SILENT, Happened, Listener
from arvio.people.models import Role
from arvio.reviews import actions as reviews
from arvio.reviews.actions import Submission
from arvio.reviews.erasing import erase_user
from arvio.reviews.models import Review
from arvio.reviews.submitting import asker_of
from arvio.work.kinds import KINDS
from arvio.work.loop import work_once
from tests import cast
from tests.cast import Stage, member, rival
from tests.notify.receiver import endpoint, holder, partners

pytestmark = pytest.mark.django_db
Counted = Callable[[], AbstractContextManager[list[str]]]
HOLD = timedelta(days=3)
SOURCES = Path(__file__).resolve().parents[2] / "src" / "arvio"


def told(stage: Stage, *, to: WebhookEndpoint | None = None) -> list[tuple[str, str]]:
    """Event and state, in the order of what is sent, without the aggregates."""
    rows = WebhookDelivery.objects.exclude(event=rules.AGGREGATE).order_by("created_at", "id")
    if to is not None:
        rows = rows.filter(endpoint=to)
    return [(row.event, json.loads(row.body)["data"].get("state", "")) for row in rows]


def work(now: datetime) -> None:
    """All that the worker does inside."""
    work_once(now=now, kinds=[*KINDS])


def staff(stage: Stage) -> Moderator:
    person = Role.objects.get(place_id=stage.marketplace.pk, kind="moderator").person
    found = moderator(person=person, marketplace_id=stage.marketplace.pk)
    assert found
    return found


def decide(stage: Stage, review: Review, action: str, at: Any, **target: Any) -> None:
    mika = staff(stage)
    found = reporting.target_of(item="review", item_id=review.pk)
    who = parties.staff(moderator=mika, language="en")
    report = reporting.file_report(target=found, reporter=who, reason="spam", now=at)
    words = deciding.Words(action, "spam" if action != "keep" else "", "It advertises.")
    deciding.decide(moderator=mika, case_id=report.case_id, words=words, now=at)


# --- Which events there are ---------------------------------------------------------------------


@pytest.mark.once
def test_every_tag_of_a_review_or_a_case_is_told_or_silent_for_a_reason() -> None:
    written = "\n".join(
        path.read_text()
        for room in ("reviews", "moderation")
        for path in (SOURCES / room).rglob("*.py")
    )
    tags = set(re.findall(r'"((?:review|reply|case|thread):[a-z_]+)"', written))
    assert tags == {*EVENTS_OF, *SILENT}
    assert not set(EVENTS_OF) & SILENT


@pytest.mark.once
def test_the_history_of_a_review_or_a_case_has_one_door() -> None:
    for room in ("reviews", "moderation"):
        for path in (SOURCES / room).rglob("*.py"):
            assert "audit.append(" not in path.read_text(), path


@pytest.mark.once
def test_a_review_that_is_public_at_once_was_never_held() -> None:
    rows = [
        Happened("review:1", 1, "review:submitted", {"state": "held"}),
        Happened("review:1", 2, "review:published", {"state": "published"}),
        Happened("review:2", 1, "review:submitted", {"state": "held"}),
    ]
    found = [(one.number, one.event, one.state) for one in rules.happened(rows)]
    assert found == [
        (0, "review.created", "published"),
        (1, "review.published", "published"),
        (2, "review.created", "held"),
        (2, "review.held", "held"),
    ]


@pytest.mark.once
def test_a_partner_never_hears_of_reports_or_of_anothers_apps() -> None:
    partner = Listener(["report.created", "review.created"], "pixel")
    assert partner.hears(event="review.created", partner="pixel")
    assert not partner.hears(event="review.created", partner="vector")
    assert not partner.hears(event="report.created", partner="pixel")
    marketplace = Listener(["report.created"], None)
    assert marketplace.hears(event="report.created", partner="vector")
    assert not marketplace.hears(event="review.created", partner="vector")


# --- What is told -------------------------------------------------------------------------------


def test_a_held_review_is_created_held_and_published() -> None:
    stage = cast.stage()
    endpoint(holder(stage), now=stage.now)
    stage.review()
    assert told(stage) == [("review.created", "held"), ("review.held", "held")]
    work(stage.now + HOLD)
    assert told(stage)[2:] == [("review.published", "published")]


def test_a_review_without_a_hold_is_created_and_published() -> None:
    stage = cast.stage(preset="hubspot-2022")
    endpoint(holder(stage), now=stage.now)
    stage.review()
    assert told(stage) == [("review.created", "published"), ("review.published", "published")]


def test_an_edit_that_waits_is_told_when_it_applies() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna)
    endpoint(holder(stage), now=stage.now)
    reviews.edit_review(viewer=stage.anna, review_id=review.pk, changes={"stars": 1}, now=stage.now)
    assert told(stage) == []
    work(stage.now + HOLD)
    assert told(stage) == [("review.edited", "published")]


def test_an_edit_of_a_held_review_and_one_that_applies_at_once_are_told_once() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.review(by=stage.anna, stars=3)
    endpoint(holder(stage), now=stage.now)
    edit: dict[str, Any] = {"viewer": stage.anna, "review_id": review.pk}
    reviews.edit_review(**edit, changes={"stars": 4}, now=stage.now)
    assert told(stage) == [("review.edited", "held")]
    work(stage.now + HOLD)
    reviews.edit_review(**edit, changes={"stars": 5}, now=stage.now + HOLD)
    assert told(stage)[1:] == [("review.published", "published"), ("review.edited", "published")]


def test_a_report_and_its_decision_go_to_the_marketplace_alone() -> None:
    stage = cast.stage()
    review = stage.published()
    ours, _ = endpoint(holder(stage), now=stage.now)
    theirs, _ = endpoint(partners(member(stage)), now=stage.now)
    decide(stage, review, "remove", stage.now)
    assert set(told(stage, to=ours)) == {
        ("report.created", "open"), ("review.removed", "removed"), ("report.decided", "removed"),
    }  # fmt: skip
    assert told(stage, to=theirs) == [("review.removed", "removed")]


def test_replies_are_told_with_the_review_that_they_answer() -> None:
    stage = cast.stage()
    review = stage.published()
    endpoint(holder(stage), now=stage.now)
    reply = reviews.send_reply(
        member=member(stage), review_id=review.pk, text="Thank you.", now=stage.now
    )
    row = WebhookDelivery.objects.get(event="reply.created")
    assert json.loads(row.body) == {
        "type": "reply.created",
        "timestamp": "2026-03-02T09:30:00Z",
        "data": {
            "marketplace": "store",
            "app": "calls",
            "review": str(review.pk),
            "reply": str(reply.pk),
            "url": f"http://testserver/api/v1/reviews/{review.pk}",
        },
    }


def test_withdrawing_banning_and_rejecting_are_told() -> None:
    stage = cast.stage()
    withdrawn, banned = stage.published(by=stage.anna), stage.published(by=stage.arvo)
    held = stage.review()
    endpoint(holder(stage), now=stage.now)
    reviews.withdraw_review(viewer=stage.anna, review_id=withdrawn.pk, now=stage.now)
    assert told(stage) == [("review.removed", "removed")]
    assert stage.arvo.user
    ban(account=stage.acme, user=stage.arvo.user, reason="Spam.", actor="x", now=stage.now)
    work(stage.now)
    assert told(stage)[1:] == [("review.archived", "archived")]
    decide(stage, held, "reject", stage.now + timedelta(minutes=1))
    assert ("review.rejected", "rejected") in told(stage)
    banned.refresh_from_db()
    assert banned.state == "archived"


# --- How much is told ---------------------------------------------------------------------------


def test_of_a_held_review_the_marketplace_gets_no_address_and_its_partner_their_own() -> None:
    stage = cast.stage()
    ours, _ = endpoint(holder(stage), now=stage.now)
    theirs, _ = endpoint(partners(member(stage)), now=stage.now)
    review = stage.review()
    one, other = (
        json.loads(WebhookDelivery.objects.get(event="review.held", endpoint=each).body)["data"]
        for each in (ours, theirs)
    )
    assert set(one) == {"marketplace", "app", "review", "state"}
    assert other["url"] == f"http://testserver/api/v1/partner/reviews/{review.pk}"


def test_no_word_no_name_and_no_star_is_sent() -> None:
    stage = cast.stage()
    endpoint(holder(stage), now=stage.now)
    review = stage.review(by=stage.anna, stars=1, text="Koalas dislike this product very much.")
    work(stage.now + HOLD)
    reviews.send_reply(
        member=member(stage), review_id=review.pk, text="Zebras apologise.", now=stage.now + HOLD
    )
    decide(stage, review, "remove", stage.now + HOLD)
    sent = "\n".join(WebhookDelivery.objects.values_list("body", flat=True)).lower()
    assert WebhookDelivery.objects.count() >= 7
    for word in ("koala", "zebra", "anna", "korhonen", "stars", "acme", "spam", "mika", "@"):
        assert word not in sent


def test_a_partner_hears_of_its_own_apps_alone() -> None:
    stage = cast.stage()
    vera, _ = rival(stage)
    other = cast.stage(slug="market")
    theirs, _ = endpoint(partners(vera), now=stage.now)
    foreign, _ = endpoint(holder(other), now=stage.now)
    ours, _ = endpoint(partners(member(stage)), now=stage.now)
    stage.review()
    work(stage.now + HOLD)
    told_to = set(WebhookDelivery.objects.values_list("endpoint", flat=True))
    assert told_to == {ours.pk} and not {theirs.pk, foreign.pk} & told_to


def test_only_what_was_chosen_is_told() -> None:
    stage = cast.stage()
    endpoint(holder(stage), "https://hooks.example/", "review.published", now=stage.now)
    stage.review()
    work(stage.now + HOLD)
    assert list(WebhookDelivery.objects.values_list("event", flat=True)) == ["review.published"]


def test_an_erasure_is_told_by_ids_and_leaves_no_answer_that_was_given() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna)
    hook, _ = endpoint(holder(stage), now=stage.now)
    reviews.withdraw_review(viewer=stage.anna, review_id=review.pk, now=stage.now)
    row = WebhookDelivery.objects.get(event="review.removed")
    row.tries.create(at=stage.now, status=500, milliseconds=5, answer="Anna Korhonen isn't known")
    assert stage.anna.user
    erase_user(user=stage.anna.user, actor="operator", now=stage.now)
    assert told(stage, to=hook) == [("review.removed", "removed"), ("review.erased", "")]
    assert row.tries.get().answer == ""
    everything = "\n".join(WebhookDelivery.objects.values_list("body", flat=True))
    assert "anna" not in everything.lower()


def test_an_erasure_leaves_no_answer_about_the_cases_of_who_was_erased() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna)
    endpoint(holder(stage), now=stage.now)
    decide(stage, review, "remove", stage.now)
    said = "Anna Korhonen is a rival"
    for row in WebhookDelivery.objects.filter(subject__startswith="case:"):
        row.tries.create(at=stage.now, status=500, milliseconds=5, answer=said)
    assert stage.anna.user
    erase_everywhere(user=stage.anna.user, actor="operator", now=stage.now)
    work(stage.now)
    assert set(WebhookAttempt.objects.values_list("answer", flat=True)) == {""}


def test_imports_are_no_news() -> None:
    stage = cast.stage()
    endpoint(holder(stage), now=stage.now)
    entry = Entry(
        subject="review:x", tag="reply:sent", actor="import", at=stage.now, first=True,
        marketplace_id=stage.marketplace.pk, app_id=stage.app.pk, after={"reply": "y"},
    )  # fmt: skip
    record(entries=[entry], quiet=True)
    assert not WebhookDelivery.objects.exists() and AuditRow.objects.filter(subject="review:x")


# --- What it costs ------------------------------------------------------------------------------


def test_where_nobody_listens_nothing_is_written_and_one_read_is_made(count_sql: Counted) -> None:
    stage = cast.stage()
    with count_sql() as statements:
        stage.review()
    assert [sql for sql in statements if "webhook" in sql] == [
        sql for sql in statements if 'FROM "webhook_endpoint"' in sql
    ]
    assert len([sql for sql in statements if "webhook" in sql]) == 1
    assert not WebhookDelivery.objects.exists()
    assert not Due.objects.filter(kind__startswith="webhook").exists()


@pytest.mark.parametrize("listens", [False, True])
def test_publications_cost_the_same_for_any_number(count_sql: Counted, listens: bool) -> None:
    """A large INSERT is cut in pieces, more of them on SQLite: those of one table count as one."""
    costs = []
    for size in (3, 500):
        stage = cast.stage(slug=f"store-{size}")
        for _ in range(2 if listens else 0):
            endpoint(holder(stage), now=stage.now)
        many(stage, size)
        ids = [UUID(row.key) for row in Due.objects.filter(kind="publish")]
        with count_sql() as statements:
            reviews.publish_due(review_ids=ids, now=stage.now + HOLD)
        inserts = {sql.split(" (")[0] for sql in statements if sql.startswith("INSERT")}
        others = [sql for sql in statements if not sql.startswith("INSERT")]
        costs.append(len(inserts) + len(others))
        published = WebhookDelivery.objects.filter(event="review.published").count()
        assert published == (2 * size if listens else 0)
        WebhookDelivery.objects.all().delete()
        Due.objects.all().delete()
    assert costs[0] == costs[1]


def many(stage: Stage, size: int) -> None:
    users = [cast.viewer(stage.marketplace, stage.acme, f"u{n}") for n in range(size)]
    full = cast.full_answers(stage.marketplace, stage.now)
    reviews.submit_reviews(
        marketplace=stage.marketplace,
        submissions=[
            Submission(asker_of(viewer=user, app=stage.app), full, stage.now) for user in users
        ],
        now=stage.now,
    )


def test_changes_of_what_an_app_adds_up_to_wait_as_one() -> None:
    stage = cast.stage()
    endpoint(holder(stage), "https://hooks.example/", rules.AGGREGATE, now=stage.now)
    for _ in range(3):
        stage.review()
    work(stage.now + HOLD)
    stage.review(at=stage.now + HOLD)
    work(stage.now + 2 * HOLD)
    row = WebhookDelivery.objects.get()
    assert json.loads(row.body)["data"] == {
        "marketplace": "store",
        "app": "calls",
        "url": "http://testserver/api/v1/marketplaces/store/apps/calls/rating",
    }
    # One that is under way may be answered with what was so before: the next is told anew.
    WebhookDelivery.objects.update(sending_at=stage.now)
    stage.review(at=stage.now + 2 * HOLD)
    work(stage.now + 3 * HOLD)
    assert WebhookDelivery.objects.count() == 2
