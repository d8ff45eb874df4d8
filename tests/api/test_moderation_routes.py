"""Moderation by the API: shapes as CONTRACT 3 has them, who may, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from arvio import clock
from arvio.catalog.marketplaces import put_staff
from arvio.catalog.staff import moderator
from arvio.moderation import links
from arvio.moderation.models import Case, Report, Thread
from arvio.notify.models import Message
from arvio.people.models import Role
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review
from tests.api.caller import Answer, anybody, holder, moderates, server, signed_in
from tests.cast import NOW, member, rival, stage
from tests.moderation.desk import WHY, Desk, desk

pytestmark = pytest.mark.django_db
NOBODYS = "018f0000-0000-7000-8000-000000000000"
PORTAL, STRANGER = "https://portal.example", "https://stranger.example"
FILED = {"reason": "personal_data", "email": "zelda@mail.example"}
REMOVE = {"action": "remove", "rule": "personal_data", "statement": WHY}


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def at() -> Desk:
    return desk()


def replied(at: Desk, review: Review) -> Reply:
    return reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="Thank you, Anna.", now=NOW
    )


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


# --- Reports -------------------------------------------------------------------------------------


def test_a_visitors_report_counts_once_it_is_confirmed_and_the_answer_says_no_more(
    at: Desk,
) -> None:
    review = at.stage.published(by=at.stage.anna)
    path = f"/reviews/{review.pk}/reports"
    first = anybody.post(path, FILED, {"Accept-Language": "fi"})
    report = Report.objects.get()
    assert (first.status, set(first.json)) == (202, {"case", "status_url"})
    assert first.json["case"] == report.case.number
    assert (report.party, report.language, report.confirmed_at) == ("visitor", "fi", None)
    mail = Message.objects.get(to_email=FILED["email"])
    # Only the mail has what confirms: whoever gave the address has not shown that it is theirs.
    token = links.token_of(report_id=report.pk)
    assert token in mail.text
    assert token not in first.json["status_url"]
    assert first.json["status_url"].startswith("http")
    again = anybody.post(path, FILED)
    other = anybody.post(path, FILED | {"email": "yrjo@mail.example"})
    assert again.json == first.json == other.json
    assert Report.objects.count() == 2


def test_the_page_that_a_visitor_is_sent_to_gives_no_right(at: Desk, client: Any) -> None:
    review = at.stage.published(by=at.stage.anna)
    answer = anybody.post(f"/reviews/{review.pk}/reports", FILED).json
    path = "/" + answer["status_url"].partition("://")[2].partition("/")[2]
    page = client.get(path).content.decode()
    assert answer["case"] in page and FILED["email"] not in page
    assert client.post(path, {"do": "confirm"}).status_code == 405
    # Nor is its link one of the mail's, or the mail's one of its.
    ours = path.rstrip("/").rpartition("/")[2]
    client.post(f"/store/reports/{ours}/", {"do": "confirm"})
    assert Report.objects.get().confirmed_at is None
    private = links.token_of(report_id=Report.objects.get().pk)
    assert client.get(f"/store/reported/{private}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"reason": "spam"}, {"email"}),
        ({"reason": "spam", "email": None}, {"email"}),
        ({"reason": "spam", "email": "zelda"}, {"email"}),
        ({"reason": "nice", "email": "z@mail.example"}, {"reason"}),
        ({"reason": "other", "email": "z@mail.example"}, {"comment"}),
        ({"reason": "spam", "email": "z@mail.example", "stars": 1}, {"stars"}),
        ({"reason": "spam", "email": "z@mail.example", "comment": "a\0b"}, {"comment"}),
    ],
)
def test_a_report_that_is_wrong_names_the_field(
    at: Desk, body: dict[str, Any], fields: set[str]
) -> None:
    review = at.stage.published(by=at.stage.anna)
    answer = anybody.post(f"/reviews/{review.pk}/reports", body)
    assert (answer.status, answer.fields) == (422, fields)
    assert not Report.objects.exists()


def test_whoever_is_known_needs_no_address_and_counts_at_once(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    path, body = f"/reviews/{review.pk}/reports", {"reason": "spam"}
    callers = {
        "customer": signed_in(at.stage.arvo, locale="ru"),
        "partner": holder(member(at.stage)),
        "moderator": moderates(at.mika),
    }
    numbers = set()
    for party, caller in callers.items():
        answer = caller.post(path, body)
        assert answer.status == 202, answer.json
        numbers.add(answer.json["case"])
        report = Report.objects.get(party=party)
        assert report.confirmed_at == NOW
        private = links.token_of(report_id=report.pk) in answer.json["status_url"]
        assert private == (party != "moderator")
        assert code(caller.post(path, body)) == (409, "already_reported")
    assert len(numbers) == 1
    assert Report.objects.get(party="customer").language == "ru"
    assert code(signed_in(at.stage.anna).post(path, body)) == (403, "own_words")


def test_a_report_touches_its_own_item_alone(at: Desk) -> None:
    review, other = at.stage.published(by=at.stage.anna), at.stage.published(by=at.stage.arvo)
    reply = replied(at, review)
    number = anybody.post(f"/replies/{reply.pk}/reports", FILED).json["case"]
    case = Case.objects.get(number=number)
    assert (case.item, case.item_id, case.review_id) == ("reply", reply.pk, review.pk)
    assert anybody.post(f"/reviews/{other.pk}/reports", FILED).json["case"] != number
    assert Case.objects.count() == 2


@pytest.mark.parametrize("state", ["held", "removed", "nowhere", "elsewhere"])
def test_what_is_not_public_is_404_to_everybody(at: Desk, state: str) -> None:
    review = at.stage.review(by=at.stage.anna) if state == "held" else at.stage.published()
    if state == "removed":
        at.decide(at.report(review, by=at.mika).case, "remove")
    path = f"/reviews/{NOBODYS if state == 'nowhere' else review.pk}/reports"
    callers = [signed_in(at.stage.arvo), holder(member(at.stage)), moderates(at.mika)]
    if state == "elsewhere":
        callers = [signed_in(stage(slug="elsewhere").zed)]
    else:
        assert code(anybody.post(path, FILED)) == (404, "not_found")
    for caller in callers:
        assert code(caller.post(path, {"reason": "spam"})) == (404, "not_found")


def test_a_broken_token_or_another_kind_of_key_is_no_visitor(at: Desk) -> None:
    path = f"/reviews/{at.stage.published().pk}/reports"
    for authorization in ("Bearer nonsense", "Bearer arv_nonsense", "Basic YTpi", ""):
        answer = anybody.post(path, FILED, {"Authorization": authorization})
        assert code(answer) == (401, "not_signed_in")
    assert code(server(at.stage).post(path, FILED)) == (403, "wrong_key")


def test_a_visitor_is_limited_by_address_and_told_when_to_come_back(at: Desk) -> None:
    items = [at.stage.published() for _ in range(11)]
    for review in items[:10]:
        assert anybody.post(f"/reviews/{review.pk}/reports", FILED).status == 202
    path = f"/reviews/{items[10].pk}/reports"
    refused = anybody.post(path, FILED)
    assert code(refused) == (429, "too_many")
    assert int(refused.headers["Retry-After"]) > 0
    assert anybody.post(path, FILED | {"email": "yrjo@mail.example"}).status == 202
    assert signed_in(at.stage.anna).post(path, {"reason": "spam"}).status == 202


def test_a_report_sent_twice_with_a_key_is_filed_once(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    path, key = f"/reviews/{review.pk}/reports", {"Idempotency-Key": "k"}
    first, again = (anybody.post(path, FILED, key) for _ in "12")
    assert (again.status, again.json) == (202, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Message.objects.filter(to_email=FILED["email"]).count() == 1
    other = anybody.post(path, FILED | {"reason": "spam"}, key)
    assert code(other) == (422, "idempotency_key_reused")
    # Another address has kept answers of its own.
    assert (
        "Idempotency-Replayed"
        not in anybody.post(path, FILED | {"email": "yrjo@mail.example"}, key).headers
    )
    anna = signed_in(at.stage.arvo)
    pair = [anna.post(path, {"reason": "spam"}, key) for _ in "12"]
    assert [one.status for one in pair] == [202, 202]


def test_any_page_may_file_a_report_and_a_token_only_its_own_pages(at: Desk) -> None:
    at.stage.marketplace.origins = [PORTAL]
    at.stage.marketplace.save()
    review = at.stage.published(by=at.stage.anna)
    path = f"/reviews/{review.pk}/reports"

    def allowed(origin: str, *, signed: bool) -> str | None:
        names = "content-type, authorization" if signed else "content-type"
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": names,
        }
        asked = anybody.send("OPTIONS", path, None, headers)
        found: str | None = asked.headers.get("Access-Control-Allow-Origin")
        return found

    assert allowed(STRANGER, signed=False) == "*"
    assert allowed(STRANGER, signed=True) is None
    assert allowed(PORTAL, signed=True) == PORTAL
    header = "Access-Control-Allow-Origin"
    assert anybody.post(path, FILED, {"Origin": STRANGER}).headers[header] == "*"
    arvo, body = signed_in(at.stage.arvo), {"reason": "spam"}
    assert arvo.post(path, body, {"Origin": PORTAL}).headers[header] == PORTAL
    assert header not in arvo.post(path, body, {"Origin": STRANGER}).headers
    assert header not in holder(member(at.stage)).post(path, body, {"Origin": PORTAL}).headers


# --- The desk ------------------------------------------------------------------------------------

CASE = {
    "id", "number", "state", "item", "review", "app", "reason", "stars", "reports", "opened_at",
    "due_at", "working_days_left", "assigned_to", "decision", "proposal", "appeals",
}  # fmt: skip
DECISION = {
    "id", "action", "outcome", "rule", "rule_code", "rule_title", "guidelines_version", "ground",
    "statement", "automated_detection", "automated_decision", "territory", "duration", "redress",
    "decided_at",
}  # fmt: skip


def test_a_case_from_report_to_decision(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    at.report(review, comment="It gives a phone number.")
    at.report(review, by=member(at.stage), reason="spam")
    mika = moderates(at.mika)
    listed = mika.get("/moderation/cases?state=open").json
    assert listed["next"] is None
    (found,) = listed["items"]
    assert mika.get(f"/moderation/cases/{found['id']}").json == found
    assert set(found) == CASE
    assert found["item"] == {"kind": "review", "id": str(review.pk)}
    assert (found["state"], found["decision"], found["working_days_left"]) == ("open", None, 10)
    assert [(one["party"], one["comment"]) for one in found["reports"]] == [
        ("visitor", "It gives a phone number."),
        ("partner", ""),
    ]
    assert set(found["reports"][0]) == {"id", "party", "reason", "comment", "filed_at"}
    assert "@" not in json.dumps(listed)
    decided = mika.post(f"/moderation/cases/{found['id']}/decision", REMOVE)
    assert (decided.status, decided.json["state"]) == (201, "decided")
    made = decided.json["decision"]
    assert set(made) == DECISION
    assert (made["action"], made["outcome"], made["rule"]) == ("remove", "removed", "personal_data")
    assert (made["automated_decision"], made["ground"]) == (False, "contractual")
    assert made["rule_code"].startswith("G-")
    assert (made["statement"], made["territory"]) == (WHY, "worldwide")
    assert made["redress"]["appeal_until"] == "2026-09-02T09:30:00Z"
    gone = anybody.get(f"/reviews/{review.pk}")
    assert code(gone) == (410, "removed")
    assert {gone.json["date"], gone.json["rule"]} == {"2026-03-02", "personal_data"}
    assert WHY not in gone.raw.content.decode()
    late = moderates(at.maija).post(f"/moderation/cases/{found['id']}/decision", REMOVE)
    assert code(late) == (409, "already_decided")
    assert "Mika Moilanen" in late.json["detail"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"action": "remove"}, {"rule", "statement"}),
        ({"action": "remove", "rule": "nice", "statement": WHY}, {"rule"}),
        ({"action": "reject", "rule": "spam", "statement": WHY}, {"action"}),
        ({"action": "delete", "rule": "spam", "statement": WHY}, {"action"}),
        ({}, {"action"}),
    ],
)
def test_a_decision_that_is_wrong_names_the_field(
    at: Desk, body: dict[str, Any], fields: set[str]
) -> None:
    case = at.report(at.stage.published()).case
    answer = moderates(at.mika).post(f"/moderation/cases/{case.pk}/decision", body)
    assert (answer.status, answer.fields) == (422, fields)


def test_where_the_policy_wants_four_eyes_a_second_moderator_decides() -> None:
    at = desk(overrides={"moderation": {"four_eyes": "removals"}})
    case = at.report(at.stage.published(by=at.stage.anna)).case
    mika, maija, path = moderates(at.mika), moderates(at.maija), f"/moderation/cases/{case.pk}"
    proposed = mika.post(f"{path}/decision", REMOVE)
    assert (proposed.status, proposed.json["state"]) == (202, "open")
    assert proposed.json["proposal"]["statement"] == WHY
    assert proposed.json["decision"] is None
    assert code(maija.post(f"{path}/decision", REMOVE)) == (409, "waits_for_second")
    assert code(mika.post(f"{path}/approve", None)) == (403, "same_moderator")
    back = maija.post(f"{path}/send-back", {"note": "Whose number is it?"})
    assert (back.status, back.json["proposal"]) == (200, None)
    assert code(maija.post(f"{path}/approve", None)) == (409, "nothing_proposed")
    mika.post(f"{path}/decision", REMOVE)
    proposed = maija.get(path).json["proposal"]["print"]
    changed = maija.post(f"{path}/approve?seen={'0' * 64}", None)
    assert code(changed) == (409, "proposal_changed")
    approved = maija.post(f"{path}/approve?seen={proposed}", None)
    assert (approved.status, approved.json["decision"]["outcome"]) == (201, "removed")


def test_the_queue_is_filtered_and_a_case_is_taken(at: Desk) -> None:
    mika = moderates(at.mika)
    review = at.stage.published(by=at.stage.anna)
    reply = replied(at, review)
    late = at.report(review, now=NOW - timedelta(days=60)).case
    fresh = at.report(reply).case
    done = at.report(at.stage.published(), reason="spam").case
    at.decide(done, "keep")

    def ids(query: str) -> list[str]:
        return [one["id"] for one in mika.get(f"/moderation/cases?{query}").json["items"]]

    late_id, fresh_id = str(late.pk), str(fresh.pk)
    assert ids("") == ids("state=open") == [late_id, fresh_id]
    assert (ids("overdue=true"), ids("overdue=false")) == ([late_id], [fresh_id])
    assert ids("item=reply") == [fresh_id]
    assert ids("state=decided") == ids("state=decided&reason=spam") == [str(done.pk)]
    assert ids("reason=spam") == ids("app=nothing") == ids("state=appealed") == []
    taken = mika.post(f"/moderation/cases/{late_id}/assign", {"to": "me"}).json
    assert taken["assigned_to"] == "mika@store.example"
    assert ids("mine=true") == [late_id]
    left = mika.post(f"/moderation/cases/{late_id}/assign", {"to": None})
    assert left.json["assigned_to"] is None
    page = mika.get("/moderation/cases?limit=1").json
    assert ids(f"limit=1&cursor={page['next']}") == [fresh_id]
    assert mika.get("/moderation/cases?state=decided&cursor=" + page["next"]).status == 422


def test_lists_cost_the_same_for_many_as_for_one(at: Desk, count_sql: Any) -> None:
    mika, petra, anna = moderates(at.mika), holder(member(at.stage)), signed_in(at.stage.anna)
    costs = []
    for many in (1, 4):
        for _ in range(many):
            review = at.stage.published()
            at.decide(at.report(review, by=member(at.stage)).case, "keep")
            gone = at.report(at.stage.published(), by=at.mika).case
            at.decide(gone, "remove")
            petra.post(f"/reviews/{review.pk}/disputes", {"text": "It isn't true."})
        mine = at.stage.published(by=at.stage.anna)
        at.decide(at.report(mine, by=at.mika).case, "remove")
        cost = []
        for caller, path in [
            (mika, "/moderation/cases?state=decided"),
            (mika, "/moderation/disputes"),
            (petra, "/partner/reviews"),
            (petra, "/partner/disputes"),
            (anna, "/marketplaces/store/me/reviews"),
            (anybody, "/marketplaces/store/transparency"),
        ]:
            caller.get(path)
            with count_sql() as statements:
                assert caller.get(path).json
            cost.append((path, len(statements)))
        costs.append(cost)
    assert costs[0] == costs[1]


def test_a_moderator_opens_a_case_about_a_held_review_and_rejects_it(at: Desk) -> None:
    review, mika = at.stage.review(by=at.stage.anna), moderates(at.mika)
    opened = mika.post(f"/moderation/reviews/{review.pk}/cases", {"reason": "spam"})
    assert (opened.status, opened.json["reports"][0]["party"]) == (201, "moderator")
    answer = mika.post(
        f"/moderation/cases/{opened.json['id']}/decision",
        {"action": "reject", "rule": "spam", "statement": "It is an advertisement."},
    )
    assert answer.json["decision"]["outcome"] == "rejected"
    review.refresh_from_db()
    assert review.state == "rejected"


# --- What was decided, and appeals ---------------------------------------------------------------


def test_author_and_partner_read_what_was_decided_and_appeal(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    reply = replied(at, review)
    anna, petra = signed_in(at.stage.anna), holder(member(at.stage))
    mine = "/marketplaces/store/me/reviews"
    assert anna.get(mine).json["items"][0]["decision"] is None
    about_reply = at.report(reply).case
    at.decide(about_reply, "remove")
    told = petra.get("/partner/reviews").json["items"][0]["decision"]
    assert (told["case"], told["item"]["kind"]) == (str(about_reply.pk), "reply")
    assert (told["statement"], told["can_appeal"]) == (WHY, True)
    assert anna.get(mine).json["items"][0]["decision"] is None
    case = at.report(review).case
    at.decide(case, "remove")
    told = anna.get(mine).json["items"][0]["decision"]
    assert (told["case"], told["number"], told["statement"]) == (str(case.pk), case.number, WHY)
    assert (told["rule"], told["can_appeal"]) == ("personal_data", True)
    assert told["appeal_until"] == "2026-09-02T09:30:00Z"
    path = f"/cases/{case.pk}/appeal"
    text, key = {"text": "It is our own number."}, {"Idempotency-Key": "k"}
    appealed = anna.post(path, text, key)
    assert (appealed.status, appealed.json["number"]) == (201, case.number)
    assert anna.post(path, text, key).json == appealed.json
    assert not anna.get(mine).json["items"][0]["decision"]["can_appeal"]
    assert code(anna.post(path, {"text": "Again."})) == (409, "already_appealed")
    assert petra.post(path, {"text": "We want it back as well."}).status == 201
    mika, maija = moderates(at.mika), moderates(at.maija)
    (found,) = mika.get("/moderation/cases?state=appealed").json["items"]
    assert [one["text"] for one in found["appeals"]] == [
        "It is our own number.", "We want it back as well.",
    ]  # fmt: skip
    restore = {"action": "restore", "rule": None, "statement": "You are right."}
    decision = f"/moderation/cases/{case.pk}/decision"
    assert code(mika.post(decision, restore)) == (403, "same_moderator")
    assert maija.post(decision, restore).json["decision"]["outcome"] == "restored"
    shown = petra.get("/partner/reviews").json["items"][0]["decision"]
    # The statement about a review is its author's.
    assert (shown["outcome"], shown["statement"]) == ("restored", None)
    assert anna.get(mine).json["items"][0]["decision"]["outcome"] == "restored"


def test_a_partner_reads_that_a_report_of_its_own_was_kept_and_of_no_others(at: Desk) -> None:
    own, others = at.stage.published(), at.stage.published()
    at.decide(at.report(own, by=member(at.stage)).case, "keep")
    at.decide(at.report(others).case, "keep")
    rows = holder(member(at.stage)).get("/partner/reviews").json["items"]
    told = {one["id"]: one["decision"] for one in rows}
    assert told[str(others.pk)] is None
    found = told[str(own.pk)]
    assert found["outcome"] == "kept" and found["can_appeal"]


# --- Corrections ---------------------------------------------------------------------------------


def test_a_correction_is_asked_for_and_made(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    body = {"text": "It works since the last version.", "reason": "It was mended."}
    path = f"/reviews/{review.pk}/correction-requests"
    asked = signed_in(at.stage.anna).post(path, body)
    assert (asked.status, asked.json["state"]) == (201, "open")
    assert holder(member(at.stage)).post(path, body).status == 201
    assert code(signed_in(at.stage.anna).post(path, body)) == (409, "already_open")
    assert code(signed_in(at.stage.arvo).post(path, body))[0] == 404
    assert signed_in(at.stage.anna).post(path, {"text": " ", "reason": ""}).fields == {
        "text", "reason",
    }  # fmt: skip
    mika, path = moderates(at.mika), f"/reviews/{review.pk}/corrections"
    assert mika.post(path, {"reason": "Asked."}).fields == {"text"}
    made = mika.post(path, body)
    assert (made.status, made.json["text"]) == (201, body["text"])
    assert made.json == anybody.get(f"/reviews/{review.pk}").json
    assert made.json["edited_at"] == "2026-03-02T09:30:00Z"
    held = at.stage.review(by=at.stage.arvo)
    assert mika.post(f"/reviews/{held.pk}/corrections", body).json["published_at"] is None
    assert code(mika.post(f"/reviews/{NOBODYS}/corrections", body)) == (404, "not_found")


def test_where_the_policy_lets_nobody_replace_words_both_ways_are_refused() -> None:
    at = desk(preset="hubspot-2022")
    review = at.stage.published(by=at.stage.anna)
    body = {"text": "It works since the last version.", "reason": "It was mended."}
    for caller, path in [
        (signed_in(at.stage.anna), "correction-requests"),
        (moderates(at.mika), "corrections"),
    ]:
        answer = caller.post(f"/reviews/{review.pk}/{path}", body)
        assert code(answer) == (403, "editing_not_allowed")


# --- Disputes ------------------------------------------------------------------------------------


def test_a_dispute_is_opened_answered_and_closed(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    petra, mika = holder(member(at.stage)), moderates(at.mika)
    opened = petra.post(f"/reviews/{review.pk}/disputes", {"text": "This isn't objective."})
    assert opened.status == 201
    assert {"id", "review", "state", "outcome", "opened_at"} <= set(opened.json)
    assert (opened.json["state"], opened.json["outcome"]) == ("open", None)
    again = petra.post(f"/reviews/{review.pk}/disputes", {"text": "Once more."})
    assert code(again) == (409, "already_open")
    path = f"/disputes/{opened.json['id']}/messages"
    assert mika.post(path, {"text": "What in it?"}).status == 201
    assert petra.post(path, {"text": "The second sentence."}).json["number"] == 3
    first = petra.get(f"{path}?limit=2").json
    assert [one["party"] for one in first["items"]] == ["partner", "moderator"]
    rest = mika.get(f"{path}?cursor={first['next']}").json
    assert [one["text"] for one in rest["items"]] == ["The second sentence."]
    assert rest["next"] is None
    for caller, where in ((petra, "/partner/disputes"), (mika, "/moderation/disputes")):
        (listed,) = caller.get(f"{where}?state=open").json["items"]
        assert (listed["id"], listed["messages"]) == (opened.json["id"], 3)
    close = f"/disputes/{opened.json['id']}/close"
    assert petra.post(close, {"outcome": "stays", "text": "It stays."}).status == 403
    closed = mika.post(close, {"outcome": "stays", "text": "It stays."})
    assert (closed.json["state"], closed.json["outcome"]) == ("closed", "stays")
    assert code(petra.post(path, {"text": "But"})) == (409, "closed")
    assert mika.post(close, {"outcome": "won", "text": "It stays."}).fields == {"outcome"}
    review.refresh_from_db()
    assert review.state == "published"


# --- Who may -------------------------------------------------------------------------------------

TABLE = """
route                        nobody server customer partner reader rival moderator far left
/moderation/cases                401 403 401 403 403 403 200 200 401
/moderation/cases/{case}         401 403 401 403 403 403 200 404 401
/moderation/disputes             401 403 401 403 403 403 200 200 401
/disputes/{dispute}/messages     401 403 401 200 200 404 200 404 401
/partner/disputes                401 403 401 200 200 200 403 403 403
>/moderation/cases/{case}/decision  401 403 401 403 403 403 201 404 401
>/moderation/cases/{case}/approve   401 403 401 403 403 403 409 404 401
>/moderation/cases/{case}/send-back 401 403 401 403 403 403 409 404 401
>/moderation/cases/{case}/assign    401 403 401 403 403 403 200 404 401
>/moderation/reviews/{review}/cases 401 403 401 403 403 403 201 404 401
>/reviews/{review}/corrections      401 403 401 403 403 403 201 404 401
>/disputes/{dispute}/close          401 403 401 403 403 403 201 404 401
>/disputes/{dispute}/messages       401 403 401 201 403 404 201 404 401
>/reviews/{review}/disputes         401 403 401 409 403 404 403 403 403
>/reviews/{review}/correction-requests 401 403 201 201 403 404 403 403 403
>/cases/{gone}/appeal               401 403 201 201 403 404 403 403 403
>/reviews/{review}/reports          422 403 403 202 202 202 202 404 401
>/replies/{reply}/reports           422 403 202 403 403 202 202 404 401
"""
BODIES: dict[str, dict[str, Any]] = {
    "decision": REMOVE,
    "send-back": {"note": "Why?"},
    "assign": {"to": "me"},
    "cases": {"reason": "spam"},
    "corrections": {"text": "It works since the last version.", "reason": "It was mended."},
    "correction-requests": {"text": "It works since the last version.", "reason": "Mended."},
    "close": {"outcome": "stays", "text": "It stays."},
    "reports": {"reason": "spam"},
}


def test_each_role_gets_what_the_table_says(at: Desk) -> None:
    """A moderator of another marketplace, and one who was but isn't any more, among them."""
    store, (vera, _) = at.stage, rival(at.stage)
    review = store.published(by=store.anna)
    reply = replied(at, review)
    case = at.report(store.published(), by=at.mika).case
    gone = at.report(store.published(by=store.arvo), by=at.maija).case
    at.decide(gone, "remove")
    petra = holder(member(store))
    dispute = petra.post(f"/reviews/{review.pk}/disputes", {"text": "It isn't so."}).json["id"]
    elsewhere = stage(slug="elsewhere")
    put_staff(marketplace=elsewhere.marketplace, members=[("fay@store.example", "", "moderator")])
    far = Role.objects.get(person__email="fay@store.example").person
    fay = moderator(person=far, marketplace_id=elsewhere.marketplace.pk)
    assert fay is not None
    otto = moderates(at.otto)
    Role.objects.filter(person=at.otto.person).delete()
    callers = {
        "nobody": anybody,
        "server": server(store),
        "customer": signed_in(store.anna),
        "partner": petra,
        "reader": holder(member(store, "rita@mail.example")),
        "rival": holder(vera),
        "moderator": moderates(at.mika),
        "far": moderates(fay),
        "left": otto,
    }
    arvo = signed_in(store.arvo)
    ids = {"case": case.pk, "gone": gone.pk, "dispute": dispute}
    ids |= {"review": review.pk, "reply": reply.pk}
    head, *lines = [line.split() for line in TABLE.split("\n") if line]
    assert head[1:] == list(callers)
    wrong = []
    for route, *expected in lines:
        method = "POST" if route.startswith(">") else "GET"
        path = route.lstrip(">").format(**ids)
        for (role, caller), status in zip(callers.items(), expected, strict=True):
            body = BODIES.get(path.rpartition("/")[2], {"text": "Some words."})
            who = arvo if role == "customer" and "{gone}" in route else caller
            with transaction.atomic():
                answer = who.send(method, path, body if method == "POST" else None)
                transaction.set_rollback(True)
            if answer.status != int(status):
                wrong.append(f"{role}, {route}: {answer.status}, not {status}: {answer.json}")
    assert not wrong
    assert Thread.objects.count() == 1
