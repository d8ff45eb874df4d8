"""The pages behind the links of mails that ask: looking changes nothing, a button signs in once."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from arvio import clock
from arvio.asking import signing_in
from arvio.asking.models import SignInLink
from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import set_policy
from arvio.connect.erasing import erase_everywhere
from arvio.notify.models import Message
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.reviews.usage import Usage
from arvio.web.frames import COOKIE, guard
from arvio.web.usage import usage
from arvio.work.loop import work_once
from tests import cast
from tests.asking.mailing import mails, someone, stage, token_in, work
from tests.cast import NOW, Stage
from tests.web.test_product_pages import text, token

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def on() -> Stage:
    made = stage()
    someone(made, "nora")
    work()
    return made


def address() -> str:
    return f"/store/in/me/asked/{token_in(mails()[-1])}/"


def test_looking_at_the_page_changes_nothing_however_often(on: Stage) -> None:
    for _ in range(3):
        client = Client()
        assert client.head(address()).status_code == 200
        answer = client.get(f"{address()}?stars=4")
        page = answer.content.decode()
        assert answer.status_code == 200 and not client.cookies
        assert "Continue as Nora K." in page and "Korhonen" not in page
        assert "The form opens with 4 stars chosen." in html.unescape(page)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert SignInLink.objects.get().used_at is None
    assert not Review.objects.exists()


def test_the_button_signs_in_and_leads_to_the_form_with_the_star_chosen(on: Stage) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"{address()}?stars=4", {"do": "continue"})
    assert (answer.status_code, answer["Location"]) == (303, "/store/in/calls/?stars=4")
    cookie = client.cookies[COOKIE]
    assert (cookie["path"], cookie["secure"], cookie["samesite"]) == ("/store/in/", True, "None")
    page = client.get(answer["Location"], secure=True).content.decode()
    chosen = re.findall(r'<input[^>]*name="stars"[^>]*>', page)
    assert ["checked" in one for one in chosen] == [False, False, False, True, False]
    assert "Nora K." in page and not Review.objects.exists()
    given = cast.full_answers(on.marketplace, NOW)
    form = {f"about.{key}": value for key, value in given["about"].items()}
    form |= {f"qualities.{key}": value for key, value in given["qualities"].items()}
    form |= {key: given[key] for key in ("stars", "title", "text", "consents")}
    form |= {"do": "send", "guard": guard(cookie.value)}
    sent = client.post("/store/in/calls/", form, secure=True)
    assert sent.status_code == 303, text(sent)
    review = Review.objects.get()
    assert review.user and review.user.ref == "nora"
    assert review.live_version.evidence["surface"] == "web"


def test_a_link_that_was_used_leads_on_where_the_cookie_lives(on: Stage) -> None:
    client = Client()
    client.post(address(), {"do": "continue"})
    again = client.get(f"{address()}?stars=5", secure=True)
    assert (again.status_code, again["Location"]) == (302, "/store/in/calls/?stars=5")
    other = Client()
    page = other.get(address()).content.decode()
    assert "This link was used already." in page and "Send a new link" in page
    refused = other.post(address(), {"do": "continue"})
    assert refused.status_code == 409 and not other.cookies


def test_somebody_elses_cookie_leads_nowhere(on: Stage) -> None:
    client = Client()
    client.post("/store/in/calls/", {"token": token(on)}, secure=True)
    page = client.get(address(), secure=True)
    assert page.status_code == 200 and "Continue as Nora K." in page.content.decode()
    client.post(address(), {"do": "continue"}, secure=True)
    page = client.get("/store/in/calls/", secure=True)
    assert "Nora K." in page.content.decode()


def test_a_new_link_is_mailed_to_the_same_person_three_times_a_day(on: Stage) -> None:
    first = address()
    SignInLink.objects.update(expires_at=clock.real())
    page = Client().get(first).content.decode()
    assert "This link no longer works" in page
    for _ in range(3):
        sent = Client().post(first, {"do": "again"})
        assert sent.status_code == 200 and "A new link is on its way." in sent.content.decode()
    refused = Client().post(first, {"do": "again"})
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    mail = Message.objects.filter(urgent=True).first()
    assert mail and mail.to_email == "nora@customer.example"
    fresh = Client().post(f"/store/in/me/asked/{token_in(mail)}/", {"do": "continue"})
    assert fresh.status_code == 303


def test_a_new_link_goes_to_the_address_of_now_and_says_so(on: Stage) -> None:
    link = SignInLink.objects.select_related("user__account").get()
    catalog.put_user(
        account=link.user.account, ref="nora", name="Nora", email="new@customer.example", now=NOW
    )
    sent = Client().post(address(), {"do": "again"}).content.decode()
    assert "the address that your account has now" in sent and "customer.example" not in sent
    mail = Message.objects.get(urgent=True)
    assert mail.to_email == "new@customer.example"
    assert "had sent to you" in mail.text and "this address" not in mail.text


def test_a_link_that_an_erasure_takes_at_this_moment_is_said_to_be_none(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, use = address(), signing_in.use_link

    def late(*, link: SignInLink, at: datetime) -> bool:
        erase_everywhere(user=link.user, actor="test", now=NOW)
        return use(link=link, at=at)

    monkeypatch.setattr(signing_in, "use_link", late)
    client = Client()
    assert client.post(first, {"do": "continue"}).status_code == 404
    assert not client.cookies


def test_a_form_of_another_site_signs_nobody_in(on: Stage) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert Client().post(address(), {"do": "continue"}, headers=headers).status_code == 403
    assert SignInLink.objects.get().used_at is None
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert Client().post(address(), {"do": "continue"}, headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["x/", f"{'a' * 43}/", "%00/", "%ED%A0%80/", f"{'a' * 3000}/"])
def test_what_is_no_link_is_said_to_be_none(on: Stage, path: str) -> None:
    for answer in (
        Client().get(f"/store/in/me/asked/{path}"),
        Client().post(f"/store/in/me/asked/{path}", {"do": "again"}),
    ):
        assert answer.status_code == 404
        assert "There is nothing behind this link" in answer.content.decode()
    assert Client().get("/nowhere/in/me/asked/x/").status_code == 404


@pytest.mark.parametrize("stars", ["0", "6", "4,5", "five", "", "١", "\0"])
def test_stars_that_are_none_are_left_out(on: Stage, stars: str) -> None:
    answer = Client().post(f"{address()}?stars={stars}", {"do": "continue"})
    assert answer["Location"] == "/store/in/calls/"


def test_the_page_speaks_the_persons_language() -> None:
    on = stage()
    someone(on, "nora", locale="fi")
    work()
    page = Client().get(address()).content.decode()
    assert "Jatka nimellä Nora K." in page and '<html lang="fi"' in page


def test_where_the_policy_now_lets_in_by_the_product_alone_the_link_says_where(on: Stage) -> None:
    set_policy(
        marketplace=on.marketplace,
        preset="hubspot-2022",
        overrides={"eligibility": {"surface": "in_product"}},
        effective_at=NOW,
        actor="test",
        now=NOW,
    )
    for answer in (Client().get(address()), Client().post(address(), {"do": "continue"})):
        assert answer["Location"] == "/store/in/calls/?asked=review"
    assert SignInLink.objects.get().used_at is None


@pytest.mark.parametrize(
    ("asked", "heading"),
    [("review", "Review Calls"), ("update", "Update your review of Calls")],
)
def test_the_arrival_page_says_who_asked_and_where_reviews_are_written(
    on: Stage, asked: str, heading: str
) -> None:
    answer = Client().get(f"/store/in/calls/?asked={asked}")
    page = text(answer)
    assert answer.status_code == 200 and heading in page
    assert "You followed a link in a mail from The Store." in page
    assert "Reviews are written inside your account" in page
    assert Client().get("/store/in/calls/?asked=other").status_code == 403


# --- The star in the form's address ---------------------------------------------------------------


def inside(on: Stage, query: str) -> str:
    client = Client()
    client.post("/store/in/calls/", {"token": token(on)}, secure=True)
    return client.get(f"/store/in/calls/{query}", secure=True).content.decode()


def checked(page: str) -> list[str]:
    radios = re.findall(r'<input[^>]*name="stars"[^>]*>', page)
    return [
        one[1] for one in (re.search(r'value="(\d)"', r) for r in radios if "checked" in r) if one
    ]


def test_the_star_in_the_address_is_for_the_form_and_filters_no_reviews() -> None:
    on = cast.stage()
    on.published(stars=5, text="Calls land on the right deal.")
    page = inside(on, "?stars=2")
    assert checked(page) == ["2"] and "Calls land on the right deal." in page
    assert checked(inside(on, "")) == []


def test_a_filter_of_the_reviews_chooses_no_star() -> None:
    on = cast.stage()
    on.published(stars=5, text="Calls land on the right deal.")
    page = inside(on, "")
    links = re.findall(r'<li><a href="([^"]*stars=2[^"]*)#reviews"', page)
    assert links == ["/store/in/calls/?stars=2&amp;sort=newest"]
    page = inside(on, "?stars=2&sort=newest")
    assert checked(page) == [] and "Calls land on the right deal." not in page


def test_the_star_in_the_address_goes_before_the_drafts() -> None:
    on = cast.stage()
    reviews.save_draft(
        viewer=on.anna, app=on.app, answers={"stars": 5, "text": "As typed."}, step=1, now=NOW
    )
    page = inside(on, "?stars=2")
    assert checked(page) == ["2"] and "As typed." in page


# --- Fixed in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("editing", "page"),
    [
        ({}, "edit"),
        ({"by_author": "never", "operator_replacement": True}, "correction"),
    ],
)
def test_an_invitation_leads_to_changing_the_review(editing: dict[str, Any], page: str) -> None:
    on = stage("hubspot-2024", **({"editing": editing} if editing else {}))
    review = on.published(by=on.anna, stars=2)
    reviews.send_reply(
        member=cast.member(on), review_id=review.pk, text="Thanks.", fixed_in="3.2", now=NOW
    )
    work()
    Message.objects.exclude(subject__startswith="Fixed in").delete()
    client = Client()
    shown = client.get(address()).content.decode()
    assert "Update your review of Calls" in shown and "Continue as Anna K." in shown
    answer = client.post(address(), {"do": "continue"})
    assert answer["Location"] == f"/store/in/me/{review.pk}/{page}/"
    form = client.get(answer["Location"], secure=True)
    assert form.status_code == 200 and "You can’t edit" not in form.content.decode()


def test_the_insights_tell_of_invitations_from_three_on() -> None:
    on = stage("hubspot-2024")
    petra = cast.member(on)
    client = Client()
    client.force_login(petra.person)

    def page() -> str:
        return text(client.get("/partner/insights/"))

    for number in range(3):
        author = on.viewer(ref=f"n{number}")
        review = on.review(by=author, at=NOW - DAY)
        work_once(now=NOW)
        assert "Figures show from three invitations on." in page()
        reviews.send_reply(
            member=petra, review_id=review.pk, text="Thanks.", fixed_in="3.2", now=NOW
        )
        work()
    assert "3 invitations to update a review went out, ever." in page()
    assert "too few to show" in page()


# --- Still using it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "en", "ru", "fi"),
    [
        (None, "", "", ""),
        (Usage(0, True), "Using it for less than a month", "", ""),
        (Usage(14, True), "Using it for 14 months", "Пользуется 14 месяцев", ""),
        (
            Usage(2, False),
            "Used it for 2 months, then uninstalled",
            "",
            "",
        ),
        (
            Usage(0, False, days=1),
            "Used it for 1 day, then uninstalled",
            "Использовали 1 день, затем удалили",
            "Oli käytössä 1 päivän, sitten poistettiin",
        ),
        (
            Usage(0, False, days=0),
            "Used it for less than a day, then uninstalled",
            "",
            "",
        ),
        (
            Usage(14, False, days_after_review=2),
            "Used it for 14 months · Uninstalled 2 days after the review",
            "Использовали 14 месяцев · Удалили через 2 дня после отзыва",
            "Oli käytössä 14 kuukautta · Poistettiin 2 päivää arvostelun jälkeen",
        ),
        (
            Usage(0, False, days=21, days_after_review=0),
            "Used it for 21 days · Uninstalled less than a day after the review",
            "",
            "",
        ),
        (Usage(0, False, days_after_review=5), "Uninstalled 5 days after the review", "", ""),
    ],
)
def test_usage_in_words(found: Usage | None, en: str, ru: str, fi: str) -> None:
    for language, said in (("en", en), ("ru", ru), ("fi", fi)):
        if said or found is None:
            with translation.override(language):
                assert usage(found) == said


def test_the_card_tells_of_an_uninstall_soon_after_the_review() -> None:
    on = cast.stage(preset="hubspot-2022")
    on.review(by=on.anna, at=NOW - 3 * DAY)

    def read() -> str:
        return text(Client().get("/store/apps/calls/"))

    assert "Using it for 13 months" in read()
    gone = NOW - DAY
    catalog.end_installation(app=on.app, account=on.acme, uninstalled_at=gone, now=gone)
    assert "Used it for 13 months · Uninstalled 2 days after the review" in read()
    catalog.put_installation(app=on.app, account=on.acme, installed_at=NOW, now=NOW)
    assert "Using it for less than a month" in read() and "Uninstalled" not in read()
