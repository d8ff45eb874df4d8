"""Reporting on the pages: by a visitor, a customer, a partner's member; and the private page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from arvio import clock
from arvio.moderation import appealing, links
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.models import Case, Report, Thread
from arvio.moderation.reporting import lapse_reports
from arvio.notify.models import Message
from arvio.people import tokens
from arvio.people.models import Person
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review
from arvio.web.errors import ErrorPages
from arvio.web.frames import guard
from tests import cast
from tests.cast import NOW, member
from tests.moderation.desk import Desk, desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ZELDA = "zelda@mail.example"
SAID = {"do": "report", "reason": "personal_data", "comment": "A phone number.", "email": ZELDA}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    class Time:
        now = NOW

    monkeypatch.setattr(clock, "now", lambda: Time.now)
    return Time


@pytest.fixture
def at(time: Any) -> Desk:
    return desk()


def text(response: Any) -> str:
    words = html.unescape(response.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"</?b>", "", words))


def form(about: Review | Reply) -> str:
    kind = "replies" if isinstance(about, Reply) else "reviews"
    return f"/store/{kind}/{about.pk}/report/"


def inside(about: Review | Reply) -> str:
    return form(about).replace("/store/", "/store/in/me/")


def replied(at: Desk, review: Review, words: str = "Thank you, Anna.") -> Reply:
    return reviews.send_reply(member=member(at.stage), review_id=review.pk, text=words, now=at.now)


def status(report: Report, place: str = "store") -> str:
    return f"/{place}/reports/{links.token_of(report_id=report.pk)}/"


def private_link(to: str = ZELDA) -> str:
    mail = Message.objects.filter(to_email=to).latest("created_at", "id")
    found = re.search(r"/store/reports/[^/\s]+/", mail.text)
    assert found, mail.text
    return found[0]


def token(at: Desk, user: str = "zed", account: str = "zed-inc") -> str:
    issued, _ = tokens.issue(
        secret=at.stage.marketplace.jwt_secret,
        claims={
            "iss": "store",
            "sub": user,
            "account": account,
            "surface": "in_product",
            "name": "Zed Zimmer",
        },
    )
    return issued


def signed_in(email: str) -> Client:
    client = Client()
    client.force_login(Person.objects.get(email=email))
    return client


def test_every_review_and_reply_says_where_to_report_it(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    reply = replied(at, review)
    for path in ("/store/apps/calls/", f"/store/reviews/{review.pk}/"):
        page = text(Client().get(path))
        assert f'href="{form(review)}"' in page and f'href="{form(reply)}"' in page
    with_token = text(Client().post("/store/in/calls/", {"token": token(at)}))
    assert f'action="{inside(review)}"' in with_token and f'action="{inside(reply)}"' in with_token


def test_a_visitor_reports_confirms_follows_and_is_answered(at: Desk, time: Any) -> None:
    review, client = at.stage.published(by=at.stage.anna), Client()
    page = text(client.get(form(review)))
    assert "We decide before 16 Mar 2026, 09:30 (10 working days)" in page

    sent = text(client.post(form(review), SAID))
    case = Case.objects.get()
    assert case.number in sent and f"We sent a mail to {ZELDA}." in sent
    assert "/store/reports/" not in sent, "the private link is in the mail alone"

    link = private_link()
    asks = client.get(link)
    assert "Confirm the report" in text(asks) and Report.objects.get().confirmed_at is None
    assert asks.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in asks.headers["Cache-Control"]

    waits = text(client.post(link, {"do": "confirm"}, follow=True))
    assert "A moderator decides before 16 Mar 2026, 09:30." in waits
    assert "10 working days are left." in waits and "A phone number." in waits

    at.decide(Case.objects.get(), "remove")
    time.now += timedelta(days=1)
    answered = text(client.get(link))
    assert "The review was removed." in answered and "G-6" in answered
    assert at.stage.anna.name not in answered and "We use it every day" not in answered


def test_a_reply_is_reported_and_what_stays_can_be_appealed_against_once(at: Desk) -> None:
    reply, client = replied(at, at.stage.published()), Client()
    client.post(form(reply), {**SAID, "reason": "off_topic"})
    link = private_link()
    client.post(link, {"do": "confirm"})
    at.decide(Case.objects.get(), "keep", rule="", statement="")

    assert "It stays." in text(client.get(link))
    empty = client.post(link, {"do": "appeal", "text": " "})
    assert (empty.status_code, Thread.objects.count()) == (422, 0)
    kept = text(client.post(link, {"do": "appeal", "text": "Look again, it sells."}, follow=True))
    assert "You appealed." in kept and "Another moderator decides before" in kept
    again = client.post(link, {"do": "appeal", "text": "And once more."})
    assert again.status_code == 409 and "And once more." in text(again)
    assert Thread.objects.count() == 1


@pytest.mark.parametrize("cookie", [True, False])
def test_a_customer_reports_inside_without_an_address(at: Desk, cookie: bool) -> None:
    review, client, viewer = at.stage.published(by=at.stage.anna), Client(), token(at)
    proof = {"token": viewer}
    if cookie:
        client.post("/store/in/calls/", proof)
        proof = {"guard": guard(viewer)}
        opened = client.get(inside(review))
    else:
        opened = client.post(inside(review), proof)
    assert "Report a review" in text(opened) and 'name="email"' not in text(opened)

    said = {key: value for key, value in SAID.items() if key != "email"}
    sent = text(client.post(inside(review), {**said, **proof}, follow=True))
    report = Report.objects.get()
    assert (report.party, report.email, report.case.state) == ("customer", "", "open")
    assert report.case.number in sent and links.token_of(report_id=report.pk) in sent
    twice = text(client.post(inside(review), {**said, **proof}, follow=True))
    assert report.case.number in twice and Report.objects.count() == 1


def test_nobody_reports_their_own_words(at: Desk) -> None:
    review, viewer = at.stage.published(by=at.stage.anna), token(at, "anna", "acme")
    said = {**SAID, "token": viewer}
    assert "These are your own words." in text(Client().post(inside(review), {"token": viewer}))
    assert Client().post(inside(review), said).status_code == 403
    assert signed_in("pavel@mail.example").post(form(replied(at, review)), said).status_code == 403
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("email", "party"),
    [("petra@pixel.example", "partner"), ("mika@store.example", "moderator")],
)
def test_members_and_staff_report_as_who_they_are(at: Desk, email: str, party: str) -> None:
    review, client = at.stage.published(), signed_in(email)
    assert 'name="email"' not in text(client.get(form(review)))
    sent = text(client.post(form(review), SAID, follow=True))
    report = Report.objects.get()
    assert (report.party, report.case.state) == (party, "open")
    assert report.case.number in sent
    assert "Waits for a decision" in text(client.get(status(report)))


def test_who_works_for_another_marketplace_is_a_visitor(at: Desk) -> None:
    cast.stage(slug="elsewhere")
    Person.objects.create(email="nora@none.example")
    page = text(signed_in("nora@none.example").get(form(at.stage.published())))
    assert 'name="email"' in page


def test_every_fault_is_named_and_nothing_typed_is_lost(at: Desk) -> None:
    review = at.stage.published()
    wrong = {"do": "report", "reason": "other", "comment": "", "email": "zelda"}
    response = Client().post(form(review), wrong)
    page = text(response)
    assert response.status_code == 422
    assert "2 fields need a look." in page and 'value="other" checked' in page
    assert "Give an e-mail address such as name@example.com." in page and 'value="zelda"' in page
    typed = Client().post(form(review), {**SAID, "reason": "", "comment": "Her number is there."})
    assert "Choose what is wrong." in text(typed) and "Her number is there." in text(typed)
    assert Client().post(form(review), {**SAID, "comment": "a\0b"}).status_code == 422
    assert not Report.objects.exists()


def test_an_address_that_has_reported_gets_the_same_answer(at: Desk) -> None:
    review = at.stage.published()
    first = Client().post(form(review), SAID)
    Client().post(private_link(), {"do": "confirm"})
    second = Client().post(form(review), {**SAID, "comment": "Whose is this address?"})
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert csrf.sub("", text(first)) == csrf.sub("", text(second))
    assert Report.objects.get().comment == "A phone number."


def test_a_visitor_who_reports_too_often_is_told_when_to_come_back(at: Desk) -> None:
    for _ in range(10):
        Client().post(form(at.stage.published()), SAID)
    response = Client().post(form(at.stage.published()), SAID)
    assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
    assert "A phone number." in text(response)
    assert Report.objects.count() == 10


def test_where_only_known_people_may_report_a_visitor_reads_why(time: Any) -> None:
    at = desk(overrides={"reports": {"who": "signed_in"}})
    review = at.stage.published()
    page = text(Client().get(form(review)))
    assert "Only people who are signed in can report here." in page and 'name="reason"' not in page
    assert Client().post(form(review), SAID).status_code == 401
    assert "Send the report" in text(Client().post(inside(review), {"token": token(at)}))


def test_a_private_page_tells_nothing_of_other_reporters(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    mine = at.report(review)
    other = at.report(review, by=at.stage.zed, reason="spam", comment="It sells something.")
    at.report(review, email="yves@mail.example", reason="fake", comment="Never used it.")
    page = text(Client().get(status(mine)))
    for word in (
        "It sells something.",
        "Never used it.",
        "yves",
        "Zed",
        "Advertising",
        str(other.pk),
    ):
        assert word not in page
    number = mine.case.number
    for_whoever_filed = text(
        Client().get(f"/store/reported/{links.case_token_of(case_id=mine.case_id)}/")
    )
    assert number in for_whoever_filed and "Other people’s personal data" not in for_whoever_filed


def lapsed(at: Desk) -> str:
    Client().post(form(at.stage.published()), SAID)
    report = Report.objects.get()
    lapse_reports(report_ids=[report.pk], now=at.now)
    return status(report)


def elsewhere(at: Desk) -> str:
    cast.stage(slug="elsewhere")
    report = at.report(at.stage.published())
    return status(report, "elsewhere")


def of_a_case(at: Desk) -> str:
    report = at.report(at.stage.published())
    return f"/store/reports/{links.case_token_of(case_id=report.case_id)}/"


@pytest.mark.parametrize(
    "where", [lapsed, elsewhere, of_a_case, lambda at: "/store/reports/nonsense/"]
)
def test_a_link_that_leads_nowhere_says_so(at: Desk, where: Callable[[Desk], str]) -> None:
    response = Client().get(where(at))
    assert response.status_code == 404
    assert "There is no report behind this link" in text(response)


def test_what_is_not_public_cannot_be_reported(at: Desk) -> None:
    held = at.stage.review()
    assert Client().get(form(held)).status_code == 404
    assert Client().post(form(held), SAID).status_code == 404
    other = desk(slug="elsewhere").stage.published()
    assert Client().get(form(other)).status_code == 404


def test_the_private_page_speaks_the_language_of_the_report(at: Desk) -> None:
    report = at.report(at.stage.published(), language="fi")
    link = status(report)
    assert '<html lang="fi"' in text(Client().get(link))
    assert '<html lang="ru"' in text(Client().get(f"{link}?lang=ru"))


def test_what_no_page_has_a_place_for_is_said_by_the_page_of_errors(at: Desk) -> None:
    request = RequestFactory().post("/store/", {"comment": "Her number is there."})
    refused = Declined("too_many", seconds=60)
    response = ErrorPages(lambda _: HttpResponse()).process_exception(request, refused)
    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
    assert "Many reports came in a short time." in text(response)
    assert "Her number is there." in text(response)
    missing = ErrorPages(lambda _: HttpResponse()).process_exception(request, NoSuchCase())
    assert missing is not None and missing.status_code == 404


def test_an_appeal_of_somebody_else_shows_only_when_it_changes_the_answer(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    report = at.report(review)
    at.decide(report.case, "remove")
    decided = text(Client().get(status(report)))
    case, author = appealing.as_author(viewer=at.stage.anna, case_id=report.case_id)
    appealing.appeal(case=case, appellant=author, text="It is my own number.", now=at.now)
    assert text(Client().get(status(report))) == decided
    at.decide(case, "remove", by=at.maija)
    assert text(Client().get(status(report))) == decided


def test_an_appeal_that_was_right_is_told_as_that(at: Desk) -> None:
    report = at.report(at.stage.published(by=at.stage.anna))
    at.decide(report.case, "keep")
    case, reporter = appealing.as_reporter(report=report)
    appealing.appeal(case=case, appellant=reporter, text="Look again.", now=at.now)
    at.decide(case, "remove", by=at.maija)
    page = text(Client().get(status(report)))
    assert "The review was removed." in page and "Another moderator found it right" in page
