"""The desk's queue and a case: what stands there, what it costs, and how a case is decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio.ids import uuid7
from arvio.moderation import appealing, deciding
from arvio.moderation.models import Case, Decision, DecisionDraft
from arvio.notify.models import Message
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from tests.cast import member
from tests.moderation.desk import WHY, Desk, desk

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
MIKA, MAIJA = "mika@store.example", "maija@store.example"
DAY = timedelta(days=1)
FOUR_EYES = {"moderation": {"four_eyes": "removals"}}


@pytest.fixture
def at() -> Desk:
    return desk()


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return " ".join(response.content.decode().split())


def queue(page: str) -> list[str]:
    """The rows by their numbers."""
    return re.findall(r'<article class="item"> <div class="row"><span class="hint">(.*?)<', page)


def post(client: Client, case: Case, **fields: str) -> Any:
    return client.post(f"/desk/cases/{case.pk}/decision/", fields)


REMOVAL = {"action": "remove", "rule": "personal_data", "text": WHY}


# --- The queue -----------------------------------------------------------------------------------


def test_an_empty_desk_says_what_will_be_here(at: Desk, sign_in: SignIn) -> None:
    page = html(sign_in(MIKA).get("/desk/"))
    assert "No case is open" in page and "<title>Cases" in page
    for tab, words in {
        "overdue": "Nothing is overdue",
        "mine": "You have no case",
        "appealed": "Nobody has appealed",
        "decided": "Nothing is decided yet",
    }.items():
        assert words in html(sign_in(MIKA).get(f"/desk/?state={tab}"))
    assert "Clear filters" in html(sign_in(MIKA).get("/desk/?item=reply"))


def test_what_is_due_first_comes_first_and_is_open(at: Desk, sign_in: SignIn) -> None:
    late = at.report(at.stage.published(), now=at.now - 20 * DAY, reason="spam").case
    fresh = at.report(at.stage.published(), reason="offensive").case
    soon = at.report(at.stage.published(), now=at.now - 11 * DAY).case
    page = html(sign_in(MIKA).get("/desk/"))
    assert queue(page) == [late.number, soon.number, fresh.number]
    assert "<title>(3) Cases" in page
    assert "Overdue by" in page and "10 working days left" in page
    assert '<h2 class="h1">Advertising or spam</h2>' in page
    assert queue(html(sign_in(MIKA).get("/desk/?state=overdue"))) == [late.number]


def test_filters_choose_and_stay_while_one_works(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(stars=1)
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="Thank you, we look.", now=at.now
    )
    about_reply = at.report(reply, reason="offensive").case
    bad, good = at.report(review).case, at.report(at.stage.published(stars=5), reason="fake").case
    client = sign_in(MIKA)
    for query, expected in {
        "item=reply": {about_reply.number},
        "reason=fake": {good.number},
        "stars=low": {about_reply.number, bad.number},
        "app=calls&stars=high": {good.number},
    }.items():
        assert set(queue(html(client.get(f"/desk/?{query}")))) == expected, query
    page = html(client.get("/desk/?stars=low&reason=nonsense&app=none"), 400)
    assert "Reason: “nonsense” is none of the reasons." in page and "no app “none”" in page
    saved = client.post(
        f"/desk/cases/{bad.pk}/decision/?stars=low", {"do": "save", "text": "Not yet"}
    )
    assert saved.headers["Location"] == f"/desk/cases/{bad.pk}/?stars=low&done=saved"


def test_a_long_queue_is_read_on_by_its_cursor(at: Desk, sign_in: SignIn) -> None:
    copies(at.report(at.stage.published()).case, 44)
    client, seen, url = sign_in(MIKA), [], "/desk/"
    while url:
        page = html(client.get(url))
        seen += queue(page)
        more = re.search(r'id="more"><a class="btn" href="(.*?)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 45


def copies(case: Case, count: int) -> None:
    """Further open cases like this one, each about something of its own."""
    values = {f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields}
    rows = []
    for _ in range(count):
        new = uuid7()
        rows.append(Case(**values | {"id": new, "item_id": new, "number": f"X{str(new)[-11:]}"}))
    Case.objects.bulk_create(rows, batch_size=1000)


@pytest.mark.parametrize("many", [300, pytest.param(20_000, marks=pytest.mark.once)])
def test_the_desk_asks_as_much_of_many_cases_as_of_5(
    at: Desk,
    sign_in: SignIn,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
    many: int,
) -> None:
    client = sign_in(MIKA)
    case = at.report(at.stage.published(), comment="Look.").case
    copies(case, 4)
    client.get("/desk/")
    with count_sql() as few:
        html(client.get("/desk/"))
    for n in range(3):
        at.report(case.review, email=f"v{n}@mail.example")
    copies(case, many - 5)
    with count_sql() as statements:
        page = html(client.get("/desk/"))
    assert len(few) == len(statements) <= 45
    assert f"<title>({many}) Cases" in page


# --- A case --------------------------------------------------------------------------------------


def test_a_case_shows_the_item_the_reports_and_what_is_around(at: Desk, sign_in: SignIn) -> None:
    stage = at.stage
    review = stage.published(by=stage.anna, text="Ask for Saara, +44 20 7946 0134, 5 < 6 & more.")
    earlier = at.report(stage.published(by=stage.arvo), email="v@mail.example").case
    at.decide(earlier, "remove")
    case = at.report(review, email="v@mail.example", comment="It has a “number”.").case
    at.report(review, by=member(stage), reason="offensive")
    page = html(sign_in(MIKA).get(f"/desk/cases/{case.pk}/"))
    for words in (
        case.number,
        "Visible to the public",
        "5 &lt; 6 &amp; more.",
        "Visitor, e-mail confirmed",
        "2 reports, 1 upheld",
        "It has a “number”.",
        "Partner: Pixel",
        "Acme Oy",
        "still is",
        "1 removed",
        "Reported by a visitor. The clock starts.",
        "Another report: Insults or obscene words.",
        "Told: 2 reporters",
        "Nobody has it",
        "G-6",
    ):
        assert words in page, words
    assert "v@mail.example" not in page  # who reported is nobody's to know


def test_taking_giving_and_leaving_a_case(at: Desk, sign_in: SignIn) -> None:
    case = at.report(at.stage.published()).case
    client, url = sign_in(MIKA), f"/desk/cases/{case.pk}/"
    client.post(f"{url}assign/", {"to": str(at.mika.person.pk)})
    page = html(client.get("/desk/?state=mine"))
    assert queue(page) == [case.number] and ">Yours<" in page
    client.post(f"{url}assign/", {"to": str(at.maija.person.pk)})
    assert queue(html(client.get("/desk/?state=mine"))) == []
    assert "Given to Maija Mattila · you" in html(client.get(url))
    petra = member(at.stage).person
    client.post(f"{url}assign/", {"to": str(petra.pk)})
    case.refresh_from_db()
    assert case.assigned_to == at.maija.person
    client.post(f"{url}assign/", {"to": ""})
    assert "Nobody has it" in html(client.get(url))


# --- Deciding ------------------------------------------------------------------------------------


def test_every_notice_is_shown_before_a_removal_and_then_sent(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(by=at.stage.anna)
    case = at.report(review, language="fi").case
    client = sign_in(MIKA)
    before = Message.objects.count()
    page = html(post(client, case, **REMOVAL))
    assert Message.objects.count() == before and not Decision.objects.exists()
    assert "The rating is recomputed: 1 review becomes 0." in page
    assert "The rating hides again: it shows from 1." in page
    assert (
        "Partner: Pixel (Pavel Petrov, Petra Peltonen, Rita Rinne)" in page
        and "Your review of Calls was removed" in page
    )
    assert 'lang="fi"' in page and "/reports/…" in page
    assert re.search(r'class="btn remove"[^>]*value="decide">Remove the review<', page)
    answer = post(client, case, do="decide", **REMOVAL)
    assert answer.status_code == 303
    sent = [message.subject for message in Message.objects.order_by("pk")[before:]]
    assert sent and all(subject in page for subject in sent)
    review.refresh_from_db()
    assert review.state == "removed"
    page = html(client.get(answer.headers["Location"]))
    assert "It is decided" in page and "Decision: removed" in page and WHY in page


def test_a_draft_waits_for_its_writer_and_for_others(at: Desk, sign_in: SignIn) -> None:
    case = at.report(at.stage.published()).case
    post(sign_in(MIKA), case, do="save", action="remove", rule="spam", text="Half a sentence")
    page = html(sign_in(MAIJA).get(f"/desk/cases/{case.pk}/"))
    assert "Half a sentence" in page and "Mika Moilanen saved this draft" in page
    assert re.search(r'value="remove" checked', page)
    back = html(post(sign_in(MAIJA), case, do="edit", action="keep", text="Other words"))
    assert "Other words" in back and DecisionDraft.objects.get().statement == "Half a sentence"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "remove", "text": "Why."}, "Choose the rule"),
        ({"action": "remove", "rule": "spam", "text": " "}, "Write something here."),
        ({"action": "restore", "text": "Mine."}, "Choose one of the decisions"),
        ({"text": "Nothing chosen \0."}, "Choose one of the decisions"),
        ({"action": "remove", "rule": "nonsense", "text": "Kept."}, "Choose the rule"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    at: Desk, sign_in: SignIn, fields: dict[str, str], words: str
) -> None:
    case = at.report(at.stage.published()).case
    page = html(post(sign_in(MIKA), case, **fields), 422)
    assert words in page and fields["text"].strip("\0 .") in page
    assert 'aria-invalid="true"' in page or "d-action-error" in page


def test_who_comes_too_late_is_told_who_decided_and_keeps_the_words(
    at: Desk, sign_in: SignIn
) -> None:
    case = at.report(at.stage.published()).case
    at.decide(case, "keep", by=at.maija, statement="")
    page = html(post(sign_in(MIKA), case, do="decide", **REMOVAL), 409)
    assert "Maija Mattila decided this case on" in page and "kept" in page
    assert WHY in page
    assert Decision.objects.count() == 1


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_four_eyes_one_proposes_another_sends_back_or_approves(sign_in: SignIn) -> None:
    at = desk(overrides=FOUR_EYES)
    case = at.report(at.stage.published(by=at.stage.anna)).case
    mika, maija = sign_in(MIKA), sign_in(MAIJA)
    assert "It waits for a second moderator" in html(post(mika, case, **REMOVAL))
    post(mika, case, do="decide", **REMOVAL)
    url = f"/desk/cases/{case.pk}/"
    page = html(mika.get(url))
    assert "You proposed it." in page and "Send it back" not in page
    mine = html(mika.post(f"{url}second/", {"do": "approve"}), 403)
    assert "It takes another moderator" in mine
    page = html(maija.get(url))
    assert "Proposed decision" in page and "Your review of Calls was removed" in page
    assert "Say what should be different" in html(
        maija.post(f"{url}second/", {"do": "send_back", "text": " "}), 422
    )
    earlier = seen(page)
    maija.post(f"{url}second/", {"do": "send_back", "text": "Quote the rule."})
    assert "Quote the rule." in html(mika.get(url))
    post(mika, case, do="decide", **(REMOVAL | {"text": "She calls Mr Mäki a liar."}))
    # Somebody else's look, at what was proposed before, approves nothing.
    for stale in (earlier, "", "\0"):
        late = html(maija.post(f"{url}second/", {"do": "approve", "seen": stale}), 409)
        assert "Another decision is proposed meanwhile" in late and "a liar" in late
    assert not Decision.objects.exists()
    maija.post(f"{url}second/", {"do": "approve", "seen": seen(late)})
    made = Decision.objects.get()
    assert (made.decided_by, made.seconded_by) == (at.mika.person, at.maija.person)
    late = html(maija.post(f"{url}second/", {"do": "approve"}), 409)
    assert "No decision is proposed" in late


def test_an_appeal_is_for_another_moderator(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(by=at.stage.anna)
    case = at.report(review).case
    at.decide(case, "remove")
    found, appellant = appealing.as_author(viewer=at.stage.anna, case_id=case.pk)
    appealing.appeal(case=found, appellant=appellant, text="It was my own number.", now=at.now)
    page = html(sign_in(MIKA).get("/desk/?state=appealed"))
    assert queue(page) == [case.number] and "It was my own number." in page
    assert "It takes another moderator" in page and 'id="d-text"' not in page
    refused = html(post(sign_in(MIKA), case, do="decide", action="restore", text="I try."), 403)
    assert "I try." in refused
    page = html(sign_in(MAIJA).get(f"/desk/cases/{case.pk}/"))
    assert "Leave the review removed" in page and "Restore the review" in page
    look = html(post(sign_in(MAIJA), case, action="restore", text=""))
    assert "0 reviews become 1" in look and "Your review of Calls is back" in look
    post(sign_in(MAIJA), case, do="decide", action="restore", text="")
    assert Review.objects.get(pk=review.pk).state == "published"


def test_a_reported_reply_is_decided_with_its_review_above_it(at: Desk, sign_in: SignIn) -> None:
    review = at.stage.published(text="They never call back, not once.")
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="You fool, we did.", now=at.now
    )
    case = at.report(reply, reason="offensive").case
    page = html(sign_in(MIKA).get(f"/desk/cases/{case.pk}/"))
    assert page.index("They never call back") < page.index("You fool, we did.")
    assert "This reply is what was reported" in page and "Remove the reply" in page
    post(sign_in(MIKA), case, do="decide", action="remove", rule="offensive", text="Insults.")
    reply.refresh_from_db()
    assert reply.state == "removed"
    assert deciding.standing_of(Case.objects.get(pk=case.pk)).review.state == "published"


def test_a_held_review_is_rejected_before_anybody_sees_it(at: Desk, sign_in: SignIn) -> None:
    held = at.stage.review(by=at.stage.anna)
    case = at.report(held, by=at.mika, reason="spam").case
    fields = {"action": "reject", "rule": "spam", "text": "An advert."}
    page = html(post(sign_in(MIKA), case, **fields))
    assert "Your review of Calls was not published" in page and "recomputed" not in page
    post(sign_in(MIKA), case, do="decide", **fields)
    held.refresh_from_db()
    assert held.state == "rejected"
    page = html(sign_in(MIKA).get(f"/desk/cases/{case.pk}/"))
    assert "Decision: not published" in page and "Review not published" in page
