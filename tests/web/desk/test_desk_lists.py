"""The desk's other pages: disputes, corrections, flags, and any review with its history."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio.moderation import correcting, threads
from arvio.moderation.flagged import Highlight
from arvio.moderation.models import Case, CorrectionRequest, Report, Thread
from arvio.reviews import actions as reviews
from arvio.reviews.models import ReviewVersion
from arvio.screening.models import Flag
from arvio.web.desk_words import difference, mark
from tests.cast import member
from tests.moderation.desk import Desk, desk

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
MIKA, MAIJA = "mika@store.example", "maija@store.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at() -> Desk:
    return desk()


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return " ".join(response.content.decode().split())


# --- Disputes ------------------------------------------------------------------------------------


def test_a_dispute_is_answered_and_closed_with_what_came_of_it(at: Desk, sign_in: SignIn) -> None:
    petra = member(at.stage)
    thread = threads.open_dispute(
        member=petra, review_id=at.stage.published().pk, text="They never had it.", now=at.now
    )
    client, url = sign_in(MIKA), f"/desk/disputes/{thread.pk}/"
    page = html(client.get("/desk/disputes/"))
    assert "Waits for you" in page and "1 new message" in page
    assert re.search(r'Disputes <span class="counter">1<', page)
    page = html(client.get(url))
    assert "They never had it." in page and "Pixel: Petra Peltonen" in page
    assert "new message" not in html(client.get("/desk/disputes/"))
    assert "1 new message" in html(sign_in(MAIJA).get("/desk/disputes/"))
    client.post(url, {"text": "We look at it."})
    page = html(client.get("/desk/disputes/"))
    assert "Waits for the partner" in page and not re.search(r'Disputes <span class="counter', page)
    empty = html(client.post(url, {"text": " ", "do": "close", "outcome": "stays"}), 422)
    assert "Write something here." in empty
    unsaid = html(client.post(url, {"text": "Enough.", "do": "close", "outcome": "won"}), 422)
    assert "Enough." in unsaid and Thread.objects.get().state == "open"
    client.post(url, {"text": "It stays.", "do": "close", "outcome": "stays"})
    page = html(client.get("/desk/disputes/?closed=1"))
    assert "The review stays" in page
    late = html(sign_in(MAIJA).post(url, {"text": "And this too."}), 409)
    assert "nothing can be added" in late and "And this too." in late


# --- Corrections ---------------------------------------------------------------------------------


def test_a_correction_shows_what_changes_and_is_done_with_a_reason(
    at: Desk, sign_in: SignIn
) -> None:
    review = at.stage.published(by=at.stage.anna, text="Ask for Saara when it breaks.")
    asked = correcting.ask_as_author(
        viewer=at.stage.anna,
        review_id=review.pk,
        text="Ask for support when it breaks.",
        reason="I named somebody.",
        now=at.now,
    )
    client, url = sign_in(MIKA), f"/desk/corrections/{asked.pk}/"
    page = html(client.get("/desk/corrections/"))
    assert "I named somebody." in page and re.search(r'Corrections <span class="counter">1<', page)
    page = html(client.get(url))
    assert re.search(r"<del>.*?Taken out: </span>Saara</del>", page)
    assert re.search(r"<ins>.*?Put in: </span>support</ins>", page)
    typed = {"text": "Ask for support, when it breaks.", "reason": ""}
    page = html(client.post(url, typed), 422)
    assert "Ask for support, when it breaks." in page and "Nothing is changed yet." in page
    client.post(url, typed | {"reason": "On request."})
    review.refresh_from_db()
    assert review.live_version.text == "Ask for support, when it breaks."
    assert "On request." in html(client.get(f"{url}?done=corrected"))
    assert "Corrected" in html(client.get("/desk/corrections/?closed=1"))
    late = html(client.post(url, typed | {"reason": "Once more."}), 409)
    assert "nothing can be added" in late


def test_a_correction_that_is_declined_leaves_the_text(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(by=at.stage.anna)
    asked = correcting.ask_as_partner(
        member=member(at.stage),
        review_id=review.pk,
        text="It is great.",
        reason="Why not",
        now=at.now,
    )
    url = f"/desk/corrections/{asked.pk}/"
    sign_in(MIKA).post(url, {"do": "decline", "reason": "These are the author’s words."})
    asked.refresh_from_db()
    assert asked.state == CorrectionRequest.State.DECLINED
    assert ReviewVersion.objects.filter(review=review).count() == 1
    assert "These are the author’s words." in html(sign_in(MIKA).get(url))


# --- Any review ----------------------------------------------------------------------------------


def test_a_moderator_opens_a_case_of_ones_own_also_of_what_is_held(
    at: Desk, sign_in: SignIn
) -> None:
    held = at.stage.review(text="Buy cheap charts at my shop.")
    client, url = sign_in(MIKA), f"/desk/reviews/{held.pk}/"
    assert "Waits for publication" in html(client.get(url))
    page = html(client.post(f"{url}case/", {"reason": "other", "text": ""}), 422)
    assert "Write something here." in page
    answer = client.post(f"{url}case/", {"reason": "spam", "text": "An advert."})
    case = Case.objects.get()
    assert answer.headers["Location"] == f"/desk/cases/{case.pk}/?done=opened" and case.own
    page = html(client.get(answer.headers["Location"]))
    assert "Don’t publish the review" in page and "You, as a moderator" in page
    assert case.number in html(client.get(url))
    again = html(client.post(f"{url}case/", {"reason": "spam", "text": "Twice."}), 409)
    assert "You have reported this already" in again and Report.objects.count() == 1


def test_the_reply_can_be_what_a_case_is_about(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published()
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="We see it otherwise.", now=at.now
    )
    fields = {"item": "reply", "reason": "offensive", "text": ""}
    sign_in(MIKA).post(f"/desk/reviews/{review.pk}/case/", fields)
    assert Case.objects.get().reply == reply


def test_any_review_shows_its_versions_and_history(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(by=at.stage.anna, text="Ask for Saara when it breaks.")
    client, url = sign_in(MIKA), f"/desk/reviews/{review.pk}/"
    words = {"text": "Ask for support when it breaks.", "reason": "A name."}
    assert client.post(f"{url}correction/", words).headers["Location"] == f"{url}?done=corrected"
    case = at.report(review).case
    at.decide(case, "remove")
    page = html(client.get(url))
    for shown in (
        "Ask for Saara when it breaks.",
        "2. Corrected by a moderator",
        "1. As sent",
        "Removed",
        "The text was corrected.",
        "Review removed",
        case.number,
    ):
        assert shown in page, shown
    assert "Open a case" not in page
    gone = html(client.post(f"{url}correction/", words), 403)
    assert "no text to replace" in gone


# --- Flags ---------------------------------------------------------------------------------------


def test_what_screening_found_is_marked_and_dismissed(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(text="Call me at +44 20 7946 0134, <3 you.".replace("<3", "love"))
    assert Flag.objects.filter(review_id=review.pk).exists()
    client = sign_in(MIKA)
    page = html(client.get("/desk/flags/"))
    assert "Phone numbers" in page and re.search(r'Flags <span class="counter">1<', page)
    page = html(client.get(f"/desk/reviews/{review.pk}/"))
    assert re.search(r"<mark[^>]*>\+44 20 7946 0134</mark>", page)
    client.post(f"/desk/reviews/{review.pk}/dismiss/")
    assert "Nothing is flagged" in html(client.get("/desk/flags/"))
    assert Flag.objects.get(review_id=review.pk, kind="phones").outcome == "dismissed"


def test_marks_escape_and_never_overlap() -> None:
    found = [
        Highlight("text", 2, 5, 'a "label"'),
        Highlight("text", 4, 9, "b"),
        Highlight("text", 50, 60, "c"),
    ]
    shown = mark("<b>&amp;</b>", found)
    first = '<mark title="a &quot;label&quot;">&gt;&amp;a</mark>'
    assert shown == f'&lt;b{first}<mark title="b">mp;&lt;</mark>/b&gt;'


def test_a_difference_reads_as_either_text() -> None:
    old, new = "Ask for Saara, she knows.", "Ask for support: it knows."
    runs = difference(old, new)
    assert "".join(run["text"] for run in runs if run["kind"] != "new") == old
    assert "".join(run["text"] for run in runs if run["kind"] != "gone") == new


# --- What it costs -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["disputes/", "corrections/", "flags/"])
def test_lists_ask_as_much_of_many_as_of_one(
    at: Desk,
    sign_in: SignIn,
    page: str,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    client = sign_in(MIKA)

    def happens() -> None:
        review = at.stage.published(text="Call me at +44 20 7946 0134, always.")
        threads.open_dispute(member=member(at.stage), review_id=review.pk, text="No.", now=at.now)
        correcting.ask_as_partner(
            member=member(at.stage), review_id=review.pk, text="Yes.", reason="So.", now=at.now
        )

    happens()
    client.get(f"/desk/{page}")
    with count_sql() as few:
        html(client.get(f"/desk/{page}"))
    for _ in range(6):
        happens()
    with count_sql() as many:
        html(client.get(f"/desk/{page}"))
    assert len(few) == len(many) <= 25
