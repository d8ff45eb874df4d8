"""What a partner asks of the moderators about a review, and what the open review says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arvio import clock
from arvio.catalog.queries import policy_in_force
from arvio.moderation import correcting, partner_reads, threads
from arvio.moderation.models import Case, CorrectionRequest, Report, Thread
from arvio.policy.durations import parse
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from tests.cast import member, rival
from tests.moderation.desk import WHY, Desk, desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[..., Client]
DAY = timedelta(days=1)
WORDS = "Call Liisa Laine on +358 40 1234567, she knows why it lost our calls."
TEXT = "The number in it is our own public support line."
ASKS = ("report", "dispute", "correction")


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def review(at: Desk) -> Review:
    return at.stage.published(by=at.stage.anna, text=WORDS)


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return " ".join(response.content.decode().split())


def notes(page: str) -> str:
    """All notes of the page, as somebody reads them."""
    found = re.findall(r'<div class="note.*?</div></div>', page)
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(found)).split())


def asks(page: str, review: Review) -> list[str]:
    """What of the moderators can be asked for."""
    return re.findall(rf'href="/partner/reviews/{review.pk}/(\w+)/', page)


def path(review: Review, form: str = "") -> str:
    return f"/partner/reviews/{review.pk}/" + (f"{form}/" if form else "")


def taken(at: Desk, review: Review, *, rule: str = "spam") -> Case:
    case = at.report(review, reason="spam").case
    at.decide(case, "remove", rule=rule)
    return case


# --- A report -------------------------------------------------------------------------------------


def test_a_report_gets_a_number_and_a_moment_and_the_review_stays(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    client = sign_in("pavel@mail.example")
    page = html(client.get(path(review, "report")))
    policy = policy_in_force(marketplace=at.stage.marketplace, now=at.now).policy
    assert re.findall(r'name="reason" value="(\w+)"', page) == list(policy.reports.reasons)
    assert "(10 working days)" in page and "Liisa Laine" in page
    sent = client.post(path(review, "report"), {"reason": "personal_data", "comment": "Line 1."})
    assert (sent.status_code, sent.headers["Location"]) == (303, path(review) + "?done=reported")
    report = Report.objects.get()
    assert (report.party, report.partner, report.comment) == (
        "partner",
        at.stage.partner,
        "Line 1.",
    )
    page = html(client.get(sent.headers["Location"]))
    assert f"Report sent.</b> Its case number is {report.case.number}." in page
    assert "You reported this review on 2 Mar 2026." in notes(page)
    assert f"Case {report.case.number}: a moderator decides before 16 Mar 2026, 09:30" in notes(
        page
    )
    assert "report" not in asks(page, review)
    seen = notes(html(sign_in().get(path(review))))
    assert "Pavel Petrov of your team reported this review" in seen
    review.refresh_from_db()
    assert review.state == "published"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, "Choose one of the answers."),
        ({"reason": "boring"}, "is none of"),
        ({"reason": "other"}, "Write something here."),
    ],
)
def test_a_report_that_lacks_something_says_what_and_keeps_the_rest(
    review: Review, sign_in: SignIn, form: dict[str, str], wrong: str
) -> None:
    page = html(sign_in().post(path(review, "report"), {"comment": " ", **form}), 422)
    assert "What you wrote is still here." in page and 'class="error"' in page
    assert not Report.objects.exists()


def test_what_is_not_public_and_what_is_reported_already_is_not_reported(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    held = at.stage.review()
    page = html(sign_in().get(path(held, "report")))
    assert "Only what is public can be reported." in page and "<form class" not in page
    answer = sign_in().post(path(held, "report"), {"reason": "spam", "comment": "Look at it."})
    assert "Look at it." in html(answer, 409)
    assert "report" not in asks(html(sign_in().get(path(held))), held)
    at.report(review, by=member(at.stage))
    answer = sign_in().post(path(review, "report"), {"reason": "spam", "comment": "Once more."})
    assert "You have reported this already." in html(answer, 409)
    assert "Once more." in html(answer, 409)


def test_the_answer_to_a_report_stands_at_the_review(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    case = at.report(review, by=member(at.stage)).case
    at.decide(case, "keep")
    page = html(sign_in().get(path(review)))
    assert "A moderator looked at this review on 2 Mar 2026 and found no breach." in notes(page)
    assert f"This answers your report, case {case.number}." in notes(page)
    assert {"report", "appeal"} <= set(asks(page, review))


def test_what_others_report_ask_or_appeal_stays_unknown(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    before = html(sign_in().get(path(review)))
    case = at.report(review, comment="A secret comment.").case
    correcting.ask_as_author(
        viewer=at.stage.anna, review_id=review.pk, text="Other", reason="Mine", now=at.now
    )
    assert notes(html(sign_in().get(path(review)))) == notes(before) == ""
    at.decide(case, "keep")
    page = html(sign_in().get(path(review)))
    assert notes(page) == "" and "A secret comment." not in page
    assert "appeal" not in asks(page, review)


# --- Decisions and appeals ------------------------------------------------------------------------


def test_a_removed_review_opens_with_the_rule_and_can_be_appealed_by_who_may(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    taken(at, review)
    page = html(sign_in().get(path(review)))
    said = notes(page)
    assert "A moderator removed this review on 2 Mar 2026." in said
    assert "The rule it breaks: G-" in said and WHY not in page
    assert "You can appeal before 2 Sep 2026, 09:30; another moderator decides." in said
    assert "Liisa Laine" in page and "Here you still see its words." in said
    assert asks(page, review) == ["appeal"] and "reply-text" not in page
    reader = html(sign_in("rita@mail.example").get(path(review)))
    assert "You can appeal before" in notes(reader) and asks(reader, review) == []
    assert "Liisa" not in html(sign_in().get("/partner/"))


@pytest.mark.parametrize("rule", ["personal_data", "illegal"])
def test_of_what_hurts_somebody_not_even_the_partner_keeps_the_words(
    at: Desk, review: Review, sign_in: SignIn, rule: str
) -> None:
    taken(at, review, rule=rule)
    for form in ("", "appeal"):
        page = html(sign_in().get(path(review, form)))
        assert "Liisa" not in page and "4 out of 5 stars" in page
        assert "By this rule its words aren’t shown here any more either." in notes(page)


def test_what_its_author_withdrew_is_as_never_written(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    reviews.withdraw_review(viewer=at.stage.anna, review_id=review.pk, now=at.now)
    for form in ("", "report", "correction", "dispute", "appeal"):
        html(sign_in().get(path(review, form)), 404)
        html(sign_in().post(path(review, form or "report"), {"text": TEXT}), 404)
    assert not Thread.objects.exists()


def test_an_appeal_is_one_text_and_its_answer_stands_in_both_places(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    case, client = taken(at, review), sign_in("pavel@mail.example")
    assert "A moderator removed this review" in html(client.get(path(review, "appeal")))
    empty = html(client.post(path(review, "appeal"), {"text": " "}), 422)
    assert "Write something here." in empty
    sent = client.post(path(review, "appeal"), {"text": TEXT})
    thread = Thread.objects.get()
    there = f"/partner/disputes/{thread.pk}/"
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{there}?done=sent")
    page = html(client.get(there))
    assert TEXT in page and "Another moderator decides before 16 Mar 2026, 09:30." in page
    assert "<textarea" not in page
    late = html(client.post(there, {"text": "And one thing more."}), 409)
    assert "An appeal is one text" in late and "And one thing more." in late
    page = html(client.get(path(review)))
    assert "You appealed on 2 Mar 2026; another moderator decides before" in notes(page)
    assert there in page and "appeal" not in asks(page, review)
    again = html(client.post(path(review, "appeal"), {"text": "Twice."}), 409)
    assert "You have appealed in this case already." in again and "Twice." in again
    at.decide(case, "restore", by=at.maija)
    assert "restored this review on 2 Mar 2026." in notes(html(client.get(path(review))))
    assert "Decided on 2 Mar 2026, 09:30: restored." in notes(html(client.get(there)))
    review.refresh_from_db()
    assert review.state == "published"


def test_an_appeal_ends_with_its_six_months(
    at: Desk, review: Review, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(at, review)
    end = parse("P6M").add(at.now)
    petra = member(at.stage)

    def refusal(now: datetime) -> str | None:
        found = partner_reads.moderated(member=petra, review_id=review.pk, now=now).decided
        assert found is not None
        return found.refusal

    assert refusal(end - timedelta(microseconds=1)) is None and refusal(end) == "window_closed"
    monkeypatch.setattr(clock, "now", lambda: end)
    assert "appeal" not in asks(html(sign_in().get(path(review))), review)
    assert "The time for an appeal has ended." in html(sign_in().get(path(review, "appeal")))
    late = html(sign_in().post(path(review, "appeal"), {"text": TEXT}), 403)
    assert TEXT in late and not Thread.objects.exists()


def test_a_removed_reply_says_why_and_that_a_new_one_can_be_written(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="Read the manual.", now=at.now
    )
    case = at.report(reply, reason="offensive").case
    at.decide(case, "remove", rule="offensive")
    page = html(sign_in().get(path(review)))
    said = notes(page)
    assert "A moderator removed your reply on 2 Mar 2026." in said and WHY in said
    assert "You can write a new reply that keeps to the guidelines." in said
    assert "reply-text" in page and "appeal" in asks(page, review)
    sign_in().post(path(review, "appeal"), {"text": TEXT})
    reviews.send_reply(member=member(at.stage), review_id=review.pk, text="Sorry.", now=at.now)
    at.decide(case, "restore", by=at.maija)
    page = html(sign_in().get(path(review)))
    assert "You have written a new reply meanwhile, so that one stays." in notes(page)


def test_a_rejected_review_says_so(at: Desk, sign_in: SignIn) -> None:
    held = at.stage.review(text=WORDS)
    at.decide(at.report(held, by=at.mika, reason="spam").case, "reject", rule="spam")
    page = html(sign_in().get(path(held)))
    assert "A moderator decided on 2 Mar 2026 not to publish this review." in notes(page)
    assert asks(page, held) == ["appeal"] and "Publishes on" not in page


def test_nothing_decided_is_nothing_to_appeal_against(review: Review, sign_in: SignIn) -> None:
    page = html(sign_in().get(path(review, "appeal")))
    assert "isn’t one that you can appeal against" in page
    answer = html(sign_in().post(path(review, "appeal"), {"text": TEXT}), 403)
    assert TEXT in answer and not Thread.objects.exists()


# --- Corrections ----------------------------------------------------------------------------------


def test_a_correction_is_asked_for_once_and_its_answer_stands_at_the_review(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    assert WORDS in html(client.get(path(review, "correction")))
    form = {"text": "Call us, we know why it lost our calls.", "reason": "A private number."}
    missing = html(client.post(path(review, "correction"), {**form, "reason": ""}), 422)
    assert form["text"] in missing and "Write something here." in missing
    sent = client.post(path(review, "correction"), form)
    assert sent.headers["Location"] == path(review) + "?done=asked"
    page = html(client.get(path(review)))
    assert "You asked for a correction on 2 Mar 2026." in notes(page)
    assert "correction" not in asks(page, review)
    again = html(client.post(path(review, "correction"), form), 409)
    assert form["text"] in again and CorrectionRequest.objects.count() == 1
    correcting.correct_review(
        moderator=at.mika,
        review_id=review.pk,
        words={"text": form["text"]},
        reason="The number was a person’s own.",
        now=at.now,
    )
    page = html(client.get(path(review)))
    assert "The text was corrected on 2 Mar 2026, as you had asked." in notes(page)
    assert "The number was a person’s own." in notes(page) and form["text"] in page
    client.post(path(review, "correction"), form)
    asked = CorrectionRequest.objects.get(state="open")
    correcting.decline_correction(
        moderator=at.mika, request_id=asked.pk, reason="It is right now.", now=at.now
    )
    said = notes(html(client.get(path(review))))
    assert "on 2 Mar 2026 it was declined." in said and "It is right now." in said


def test_where_the_policy_replaces_no_text_nobody_can_ask_for_it(sign_in: SignIn) -> None:
    hub = desk(preset="hubspot-2022")
    review = hub.stage.published()
    assert asks(html(sign_in().get(path(review))), review) == ["report", "dispute"]
    page = html(sign_in().get(path(review, "correction")))
    assert "don’t let anybody replace its text" in page
    answer = sign_in().post(path(review, "correction"), {"text": TEXT, "reason": "So."})
    assert TEXT in html(answer, 403)


# --- All of them ----------------------------------------------------------------------------------


def test_owners_and_repliers_may_ask_and_readers_read(review: Review, sign_in: SignIn) -> None:
    for email in ("petra@pixel.example", "pavel@mail.example"):
        page = html(sign_in(email).get(path(review)))
        assert asks(page, review) == ["report", "dispute", "correction"]
    reader = sign_in("rita@mail.example")
    assert asks(html(reader.get(path(review))), review) == []
    for form in (*ASKS, "appeal"):
        html(reader.get(path(review, form)), 403)


@pytest.mark.parametrize("form", [*ASKS, "appeal"])
def test_attachments_are_refused_in_words(
    at: Desk, review: Review, sign_in: SignIn, form: str
) -> None:
    if form == "appeal":
        taken(at, review)
    before = Report.objects.count()
    file = SimpleUploadedFile("proof.png", b"\x89PNG", "image/png")
    sent = {"reason": "spam", "comment": TEXT, "text": TEXT, "file": file}
    page = html(sign_in().post(path(review, form), sent), 422)
    assert "Attachments aren’t taken. Describe in words what they would show." in page
    assert (TEXT in page) and Report.objects.count() == before
    assert not Thread.objects.exists() and not CorrectionRequest.objects.exists()


def test_the_filters_of_the_list_stay(review: Review, sign_in: SignIn) -> None:
    page = html(sign_in().get(path(review) + "?stars=4"))
    assert f"{path(review, 'report')}?stars=4" in page
    assert f'{path(review)}?stars=4"' in html(sign_in().get(path(review, "report") + "?stars=4"))
    sent = sign_in().post(path(review, "report") + "?stars=4", {"reason": "spam"})
    assert sent.headers["Location"] == path(review) + "?stars=4&done=reported"


def test_what_has_happened_to_a_review_costs_no_statement_more(
    at: Desk, review: Review, sign_in: SignIn, count_sql: Any
) -> None:
    """But for the rule that a decision names."""
    petra, client, costs = member(at.stage), sign_in(), []
    for number in range(3):
        client.get(path(review))
        with count_sql() as statements:
            client.get(path(review))
        costs.append(len(statements))
        case = at.report(review, by=petra).case
        at.decide(case, "keep")
        made = threads.open_dispute(member=petra, review_id=review.pk, text=TEXT, now=at.now)
        threads.write_as_moderator(
            moderator=at.mika, thread_id=made.pk, text=f"{number}", now=at.now
        )
        threads.close_dispute(
            moderator=at.mika, thread_id=made.pk, outcome="stays", text="So.", now=at.now
        )
    assert len(set(costs)) == 1, costs


def test_another_partner_asks_for_nothing(at: Desk, review: Review, sign_in: SignIn) -> None:
    vera, _ = rival(at.stage)
    taken(at, review)
    client = sign_in(vera.person.email)
    for form in (*ASKS, "appeal"):
        html(client.get(path(review, form)), 404)
        sent = {"text": TEXT, "reason": "spam"}
        html(client.post(path(review, form), sent), 404)
    assert not Thread.objects.exists()
