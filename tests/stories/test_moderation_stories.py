"""The moderators decide: from a visitor's report to the restored review, and a text that is
corrected, told by real browsers and a real mail server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from arvio.catalog.inviting import remove_member
from arvio.moderation.guidelines import rules_in_force
from arvio.moderation.models import Case, Decision, Report
from arvio.reviews.models import Review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast
from tests.moderation.desk import WHY, Desk, desk
from tests.notify.sink import Sink, open_sink

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
PASSWORD = "a long and lasting password"
VISITOR, AUTHOR, PARTNER = "vilma@mail.example", "anna@customer.example", "petra@pixel.example"
WORDS = "Ask for Marja in sales, 040 123 4567: she knows how badly it loses calls."


@pytest.fixture
def at(settings: Any, live_server: Any, time: Any) -> Desk:
    """Mika, Maija and Petra can sign in; Petra is alone at Pixel, so that each party is one."""
    settings.BASE_URL = live_server.url
    at = desk()
    petra = cast.member(at.stage)
    for email in ("pavel@mail.example", "rita@mail.example"):
        gone = cast.member(at.stage, email).person
        remove_member(by=petra, person_id=gone.pk, now=at.now)
    for person in (at.mika.person, at.maija.person, petra.person):
        person.set_password(PASSWORD)
        person.save()
    return at


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def told(sink: Sink, now: Any) -> dict[str, EmailMessage]:
    """The mails that the worker sends now, each to another reader."""
    sink.mails.clear()
    work_once(now=now)
    found = {str(mail["To"]): mail for mail in sink.mails}
    assert len(found) == len(sink.mails)
    return found


def part(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def tab_to(page: Page, target: Locator) -> None:
    """By the keyboard alone, as far as it takes."""
    for _ in range(80):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {target}")


def press(page: Page, keys: Sequence[str]) -> None:
    for key in keys:
        page.keyboard.press(key)


def card(page: Page) -> str:
    """What a visitor reads on the app's card: the rating and the reviews."""
    page.goto("/store/apps/calls/")
    return page.locator(".about").inner_text()


def inbox(page: Page) -> str:
    page.goto("/partner/")
    return page.title() + page.locator(".items").inner_text()


def row(review: Review) -> dict[str, Any]:
    return dict(Review.objects.filter(pk=review.pk).values().get())


def rule_title(at: Desk, language: str) -> str:
    place = at.stage.marketplace
    rules = rules_in_force(marketplace=place, now=at.now, language=language)
    return next(rule.title for rule in rules if rule.key == "personal_data")


def report_in_finnish(page: Page, review: Review) -> None:
    """From the storefront to the sent form. Nothing here leans on words: the page is Finnish."""
    page.goto("/store/")
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    page.locator("#app-list a[href='/store/apps/calls/']").click()
    page.locator(f"#review-{review.pk} .doing a[href$='/report/']").click()
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    expect(page.locator("main .words")).to_have_text(WORDS)
    page.locator("input[name=reason][value=personal_data]").check()
    page.locator("#comment").fill("Numero on oikea, ja Marja on yksityishenkilö.")
    page.locator("#email").fill(VISITOR)
    page.locator("main form button.primary").click()
    expect(page.get_by_role("status")).to_contain_text(VISITOR)


def remove_by_keyboard(page: Page, case: Case) -> None:
    """The desk shows the case that is due first; this one is the next."""
    expect(page.locator(".items article")).to_have_count(2)
    page.keyboard.press("j")
    opened = page.get_by_role("region", name="The open case")
    expect(opened).to_contain_text(case.number)
    expect(opened).to_contain_text("Numero on oikea, ja Marja on yksityishenkilö.")
    press(page, "o2")
    expect(page.get_by_role("radio", name="Remove the review")).to_be_checked()
    rule = page.get_by_label("Rule it rests on")
    tab_to(page, rule)
    while rule.input_value() != "personal_data":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(WHY)
    press(page, ["Tab", "p"])
    expect(page.get_by_role("heading", name="Look at it once more")).to_be_focused()
    expect(opened).to_contain_text("3 reviews become 2")
    assert not Decision.objects.exists()
    tab_to(page, opened.get_by_role("button", name="Remove the review"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is decided")


def test_a_report_in_finnish_removes_a_review_and_an_appeal_brings_all_of_it_back(
    at: Desk, open_browser: Open, settings: Any, time: Any
) -> None:
    other, _ = (at.stage.published(stars=stars) for stars in (5, 4))
    review = at.stage.published(by=at.stage.anna, stars=2, text=WORDS)
    earlier = at.report(other, by=at.otto, now=at.now - timedelta(days=1)).case
    petra = open_browser()
    petra.goto("/partner/")
    sign_in(petra, PARTNER)
    reader = open_browser()
    rated = row(review), card(reader), inbox(petra)
    assert "3.7" in rated[1] and WORDS in rated[1]

    with open_sink() as (sink, server):
        settings.SMTP = server
        work_once(now=time.now)

        vilma = open_browser(locale="fi-FI")
        report_in_finnish(vilma, review)
        mails = told(sink, time.now)
        assert list(mails) == [VISITOR]
        assert '<html lang="fi">' in part(mails[VISITOR], "html")
        (link,) = set(re.findall(r"https?://\S+/store/reports/\S+/", part(mails[VISITOR])))
        vilma.goto(link)
        assert Report.objects.get(email=VISITOR).confirmed_at is None
        vilma.locator("button[value=confirm]").click()
        expect(vilma.locator("button[value=confirm]")).to_have_count(0)
        case = Case.objects.get(review=review)
        expect(vilma.locator("main")).to_contain_text(case.number)
        assert list(told(sink, time.now)) == [VISITOR]
        # Until somebody decides, everything stands as it stood.
        assert (row(review), card(reader), inbox(petra)) == rated

        mika = open_browser()
        mika.goto("/desk/")
        sign_in(mika, "mika@store.example")
        remove_by_keyboard(mika, case)

        mails = told(sink, time.now)
        assert set(mails) == {VISITOR, AUTHOR, PARTNER}
        assert rule_title(at, "fi") in part(mails[VISITOR])
        assert '<html lang="fi">' in part(mails[VISITOR], "html")
        for address in (AUTHOR, PARTNER):
            assert rule_title(at, "en") in part(mails[address])
        assert WHY in part(mails[AUTHOR])
        assert not any("Mika" in part(mail) or WORDS in part(mail) for mail in mails.values())

        shown = card(reader)
        assert "4.5" in shown and WORDS not in shown
        expect(reader.locator(".review")).to_have_count(2)
        expect(reader.locator("#removed")).to_contain_text(rule_title(at, "en"))
        gone = reader.goto(reverse("web:review", args=["store", review.pk]))
        assert gone.status == 410
        expect(reader.locator("main")).to_contain_text(rule_title(at, "en"))
        assert WORDS not in reader.content()
        vilma.reload()
        expect(vilma.locator("main")).to_contain_text(rule_title(at, "fi"))

        # The partner appeals, and another moderator than the one who decided looks at it.
        (link,) = set(re.findall(r"https?://\S+/partner/reviews/\S+/", part(mails[PARTNER])))
        petra.goto(link)
        petra.get_by_role("link", name="Appeal", exact=True).click()
        petra.get_by_role("textbox").first.fill("Marja is our own support line, and it is public.")
        petra.locator("main form button.primary").click()
        expect(petra.get_by_role("status")).to_be_visible()
        assert list(told(sink, time.now)) == [PARTNER]

        desk_page = reverse("desk:case", args=[case.pk])
        mika.goto(desk_page)
        expect(mika.get_by_text("You can give it to a colleague.")).to_be_visible()
        expect(mika.get_by_role("button", name="Preview")).to_have_count(0)
        maija = open_browser()
        maija.goto(desk_page)
        sign_in(maija, "maija@store.example")
        expect(maija.locator("main")).to_contain_text("Marja is our own support line")
        maija.get_by_role("radio", name="Restore the review").check()
        maija.get_by_label("Statement of reasons").fill("The number is the partner’s own.")
        maija.get_by_role("button", name="Preview").click()
        expect(maija.locator("main")).to_contain_text("2 reviews become 3")
        maija.get_by_role("button", name="Restore the review").click()
        expect(maija.get_by_role("status")).to_contain_text("It is decided")
        assert set(told(sink, time.now)) == {VISITOR, AUTHOR, PARTNER}

    assert (row(review), card(reader), inbox(petra)) == rated
    assert reader.goto(reverse("web:review", args=["store", review.pk])).status == 200
    assert list(verify(now=time.now)) == []
    earlier.refresh_from_db()
    assert earlier.decided_at is None


def test_a_customer_in_the_portals_frame_has_a_text_corrected(
    at: Desk,
    open_browser: Open,
    viewer_token: Callable[..., str],
    portal: Callable[[str], str],
    live_server: Any,
) -> None:
    place = at.stage.marketplace
    place.frame_hosts = ["http://127.0.0.1:*"]
    place.save()
    review = at.stage.published(by=at.stage.anna, text="The limit of 30 calls a day is too low.")
    page = open_browser()
    page.goto(
        portal(
            f'''<iframe name="card" width="1000" height="2000"></iframe>
            <form method="post" target="card" action="{live_server.url}/store/in/calls/">
            <input name="token" value="{viewer_token(at.stage)}"><button>Open</button></form>'''
        )
    )
    page.get_by_role("button", name="Open").click()
    frame = page.frame("card")
    frame.get_by_role("link", name="My reviews").click()
    frame.get_by_role("link", name="Ask for a correction").click()
    frame.get_by_label("The text as it should be").fill("The limit of 300 calls a day is too low.")
    frame.get_by_label("Why").fill("I left out a nought.")
    frame.get_by_role("button", name="Send the request").click()
    expect(frame.get_by_text("Your request for a correction")).to_be_visible()

    reader = open_browser()
    reader.goto("/store/apps/calls/")
    shown = reader.locator(f"#review-{review.pk}")
    expect(shown).to_contain_text("The limit of 30 calls a day")
    expect(shown.get_by_text("Edited 2 Mar 2026")).to_have_count(0)

    mika = open_browser()
    mika.goto("/desk/corrections/")
    sign_in(mika, "mika@store.example")
    mika.get_by_role("link", name="I left out a nought.").click()
    expect(mika.locator("ins")).to_contain_text("300")
    mika.get_by_label("Reason").fill("A slip of the pen.")
    mika.get_by_role("button", name="Correct the text").click()
    expect(mika.get_by_role("status")).to_contain_text("The text is corrected")

    reader.reload()
    expect(shown).to_contain_text("The limit of 300 calls a day is too low.")
    expect(shown).to_contain_text("Edited 2 Mar 2026")
    frame.get_by_role("link", name="My reviews").click()
    expect(frame.get_by_text("A slip of the pen.")).to_be_visible()
    assert list(verify(now=at.now)) == []
