"""Following a review link, and the partner's page of links."""

from __future__ import annotations

import html
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client

from arvio import clock
from arvio.asking import actions
from arvio.asking.models import LinkDay, ReviewLink
from arvio.catalog import actions as catalog
from arvio.catalog.errors import InvalidFact
from arvio.people.models import Person
from arvio.reviews.models import Review
from arvio.web.came_by import COOKIE, with_via
from arvio.web.frames import guard
from tests import cast
from tests.asking.stage import member_of
from tests.cast import NOW, Stage
from tests.web.test_product_pages import PAGE, SIMPLE, text, token

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]
LISTING = "https://store.example/calls?tab=about"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


class Time:
    now = NOW


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> type[Time]:
    Time.now = NOW
    monkeypatch.setattr(clock, "now", lambda: Time.now)
    return Time


def browser(agent: str = FIREFOX) -> Client:
    return Client(headers={"user-agent": agent})


def numbers() -> tuple[int, int]:
    rows = LinkDay.objects.all()
    return sum(row.arrivals for row in rows), sum(row.reviews for row in rows)


@pytest.fixture
def stage() -> Stage:
    made = cast.stage()
    catalog.put_partner(
        marketplace=made.marketplace,
        ref="pixel",
        name="Pixel",
        domains=["pixel.example"],
        members=[
            ("petra@pixel.example", "Petra Peltonen", "owner"),
            ("pavel@mail.example", "Pavel Petrov", "replier"),
            ("rosa@mail.example", "Rosa Rinne", "reader"),
        ],
        now=cast.LONG_AGO,
    )
    cast.make_app(made.marketplace, made.partner, "calls", listing_url=LISTING)
    return made


@pytest.fixture
def link(stage: Stage) -> ReviewLink:
    return actions.default_link(app=stage.app, actor="x", now=NOW)


def address(link: ReviewLink) -> str:
    return f"/store/in/go/{link.code}/"


# --- Following a link ----------------------------------------------------------------------------


def test_a_link_leads_who_is_inside_to_the_form(stage: Stage, link: ReviewLink) -> None:
    client = browser()
    client.post(PAGE, {"token": token(stage)})
    response = client.get(address(link), follow=True)
    assert response.redirect_chain == [(f"{PAGE}?via={link.code}", 302)]
    assert "Review Calls" in text(response) and "Send review" in text(response)
    assert numbers() == (1, 0)


def test_who_may_not_review_gets_every_reason_and_what_unblocks_it(
    stage: Stage, link: ReviewLink
) -> None:
    client = browser()
    client.post(PAGE, {"token": token(stage, user="zed", account="zed-inc")})
    page = text(client.get(address(link), follow=True))
    assert "You can’t review Calls yet" in page
    assert "Ask an administrator of Zed Inc to install it." in page
    assert "Send review" not in page


def test_who_is_outside_learns_where_reviews_are_written(link: ReviewLink) -> None:
    response = browser().get(address(link), follow=True)
    assert response.status_code == 200
    page = text(response)
    assert "Reviews are written inside your account" in page
    assert f"https://store.example/calls?tab=about&via={link.code}" in page
    assert "/store/apps/calls/" in page and "/store/how-reviews-work/" in page
    assert "frame-ancestors" in response.headers["Content-Security-Policy"]


def test_without_a_listing_the_way_is_told_in_words(stage: Stage, link: ReviewLink) -> None:
    cast.make_app(stage.marketplace, stage.partner, "calls", listing_url="")
    page = text(browser().get(address(link), follow=True))
    assert "find the app among those that your account has installed" in page
    assert 'class="btn primary"' not in page


def test_without_a_link_nobody_still_learns_that_it_opens_from_the_product(stage: Stage) -> None:
    response = browser().get(PAGE)
    assert response.status_code == 403
    assert "Open this page from the product" in text(response) and LISTING in text(response)


def test_the_cookie_lives_in_frames_for_a_week(link: ReviewLink) -> None:
    header = browser().get(address(link)).cookies[COOKIE].output()
    for part in (
        "Partitioned",
        "SameSite=None",
        "Secure",
        "HttpOnly",
        "Path=/store/in/",
        "Max-Age=604800",
    ):
        assert part in header


def test_a_browser_counts_once_a_day(link: ReviewLink, time: type[Time]) -> None:
    client = browser()
    for _ in range(3):
        client.get(address(link))
    assert numbers() == (1, 0)
    browser().get(address(link))
    assert numbers() == (2, 0)
    time.now += timedelta(days=1)
    client.get(address(link))
    assert numbers() == (3, 0)


@pytest.mark.parametrize(
    "agent", ["", "Slackbot-LinkExpanding 1.0", "TelegramBot (like TwitterBot)"]
)
def test_programs_that_preview_the_link_do_not_count(link: ReviewLink, agent: str) -> None:
    response = browser(agent).get(address(link))
    assert response.status_code == 302
    assert numbers() == (0, 0) and COOKIE not in response.cookies


def test_looking_at_the_head_or_fetching_ahead_does_not_count(link: ReviewLink) -> None:
    browser().head(address(link))
    browser().get(address(link), headers={"sec-purpose": "prefetch"})
    assert numbers() == (0, 0)


def test_an_ended_link_leads_to_the_public_card_and_counts_nothing(
    stage: Stage, link: ReviewLink
) -> None:
    actions.end_link(member=member_of(stage), link_id=link.pk, now=NOW)
    response = browser().get(address(link))
    assert response.headers["Location"] == "/store/apps/calls/"
    assert numbers() == (0, 0)


@pytest.mark.parametrize("code", ["aaaaaaaaaa", "x", "draft", "%00", "a" * 300])
def test_an_unknown_code_is_no_page(stage: Stage, code: str) -> None:
    response = browser().get(f"/store/in/go/{code}/")
    assert response.status_code == 404
    assert "There is no such page" in text(response)


def test_no_app_can_be_called_go(stage: Stage) -> None:
    with pytest.raises(InvalidFact):
        cast.make_app(stage.marketplace, stage.partner, "go")


# --- The review that comes of it -----------------------------------------------------------------


def test_the_review_counts_although_the_listing_opens_the_frame_anew(
    stage: Stage, link: ReviewLink
) -> None:
    client, viewer = browser(), token(stage)
    client.get(address(link), follow=True)
    client.post(PAGE, {"token": viewer})
    client.post(PAGE, {**SIMPLE, "guard": guard(viewer)})
    assert Review.objects.count() == 1 and numbers() == (1, 1)


def test_a_marketplace_that_passes_the_code_on_loses_no_count(
    stage: Stage, link: ReviewLink
) -> None:
    """The browser keeps frame and top apart, so the frame has no cookie of the arrival."""
    frame, viewer = browser(), token(stage)
    response = frame.post(with_via(PAGE, link.code), {"token": viewer})
    assert link.code in response.cookies[COOKIE].value
    frame.post(PAGE, {**SIMPLE, "guard": guard(viewer)})
    assert numbers() == (0, 1)


def test_without_cookies_the_form_itself_carries_the_code(stage: Stage, link: ReviewLink) -> None:
    viewer = token(stage)
    opened = browser().post(with_via(PAGE, link.code), {"token": viewer})
    assert f'action="{PAGE}?via={link.code}"' in text(opened)
    browser().post(with_via(PAGE, link.code), {**SIMPLE, "token": viewer})
    assert numbers() == (0, 1)


@pytest.mark.parametrize(
    "cookie",
    ["", "aaaaaaaaaa-20260302", "é", "_".join(["x"] * 99), "-", "aaaaaaaaaa-0_bbbbbbbbbb-x"],
)
def test_a_cookie_that_is_not_ours_hinders_no_review(stage: Stage, cookie: str) -> None:
    client, viewer = browser(), token(stage)
    client.post(PAGE, {"token": viewer})
    client.cookies[COOKIE] = cookie
    response = client.post(PAGE + "?via=%00", {**SIMPLE, "guard": guard(viewer)}, follow=True)
    assert "Sent to the developer." in text(response)
    assert numbers() == (0, 0)


def test_only_the_last_eight_links_are_remembered(stage: Stage) -> None:
    petra, client = member_of(stage), browser()
    for n in range(10):
        made = actions.create_link(member=petra, app="calls", campaign=f"Mail {n}", now=NOW)
        client.get(address(made))
    kept = client.cookies[COOKIE].value.split("_")
    assert len(kept) == 8 and kept[0].startswith(made.code)


# --- The partner's page --------------------------------------------------------------------------

LINKS = "/partner/links/"


def signed_in(email: str = "petra@pixel.example") -> Client:
    client = browser()
    client.force_login(Person.objects.get(email=email))
    return client


def test_the_page_says_first_what_to_read_and_has_a_link_for_each_app(stage: Stage) -> None:
    cast.make_app(stage.marketplace, stage.partner, "billing")
    page = text(signed_in().get(LINKS))
    first = page.index("Before you ask for reviews")
    assert first < page.index("/store/how-reviews-work/", first) < page.index("Your links")
    assert "Ask everybody who uses your app" in page and "/store/guidelines/" in page
    codes = ReviewLink.objects.values_list("code", flat=True)
    assert len(codes) == 2
    for code in codes:
        assert f"http://testserver/store/in/go/{code}/" in page


def test_a_link_for_a_campaign_is_made_shown_and_ended(stage: Stage) -> None:
    client = signed_in("pavel@mail.example")
    made = client.post(LINKS + "new/", {"app": "calls", "campaign": "<b>May</b>"}, follow=True)
    link = ReviewLink.objects.get(campaign="<b>May</b>")
    assert "The link is ready." in text(made) and link.code in text(made)
    assert "<b>May</b>" not in made.content.decode()
    assert link.created_by == f"person:{Person.objects.get(email='pavel@mail.example').pk}"
    ended = client.post(f"{LINKS}{link.pk}/end/", follow=True)
    assert "The link has ended." in text(ended) and link.code not in text(ended)
    assert link.code in text(client.get(LINKS + "?ended=1"))


@pytest.mark.parametrize(
    ("campaign", "says"),
    [
        ("", "Name the campaign"),
        ("x" * 61, "Write at most 60 characters."),
        ("a\0b", "can’t be shown"),
        ("May", "has a link for this campaign already"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_at_the_field(
    stage: Stage, campaign: str, says: str
) -> None:
    actions.create_link(member=member_of(stage), app="calls", campaign="May", now=NOW)
    response = signed_in().post(LINKS + "new/", {"app": "calls", "campaign": campaign})
    assert response.status_code == 422
    assert says in text(response) and 'aria-invalid="true"' in text(response)


def test_another_partners_app_and_link_are_no_pages(stage: Stage, link: ReviewLink) -> None:
    catalog.put_partner(
        marketplace=stage.marketplace,
        ref="rival",
        name="Rival",
        domains=[],
        members=[("rita@rival.example", "Rita Rinne", "owner")],
        now=cast.LONG_AGO,
    )
    rita = signed_in("rita@rival.example")
    response = rita.post(LINKS + "new/", {"app": "calls", "campaign": "May"})
    assert response.status_code == 404
    assert rita.post(f"{LINKS}{link.pk}/end/").status_code == 404
    page = text(rita.get(f"{LINKS}?made={link.pk}&gone={link.pk}"))
    assert link.code not in page and "No apps yet" in page
    link.refresh_from_db()
    assert link.ended_at is None


def test_a_reader_copies_links_and_neither_makes_nor_ends_them(
    stage: Stage, link: ReviewLink
) -> None:
    rosa = signed_in("rosa@mail.example")
    page = text(rosa.get(LINKS))
    assert link.code in page and "Make a link" not in page and "End this link" not in page
    assert rosa.post(LINKS + "new/", {"app": "calls", "campaign": "May"}).status_code == 403
    assert rosa.post(f"{LINKS}{link.pk}/end/").status_code == 403


@pytest.mark.parametrize("email", [None, "mika@store.example"])
def test_nobody_else_sees_the_page(stage: Stage, link: ReviewLink, email: str | None) -> None:
    client = signed_in(email) if email else browser()
    for response in (client.get(LINKS), client.post(f"{LINKS}{link.pk}/end/")):
        assert response.status_code in (302, 403) and link.code not in response.content.decode()


def test_reviews_show_from_three_on_and_name_nobody(stage: Stage, link: ReviewLink) -> None:
    for n in range(3):
        client, viewer = browser(), token(stage, user=f"user-{n}", name=f"Secret{n} Person")
        client.get(address(link))
        client.post(PAGE, {"token": viewer})
        petra = text(signed_in().get(LINKS))
        assert f'data-label="Arrivals">{n + 1}</td>' in petra
        assert petra.count("fewer than 3") == 1
        client.post(PAGE, {**SIMPLE, "guard": guard(viewer)})
    page = text(signed_in().get(LINKS))
    assert "fewer than 3" not in page and "Secret" not in page


def test_few_links_and_many_take_the_same_statements(stage: Stage, count_sql: Counter) -> None:
    client, petra = signed_in(), member_of(stage)
    client.get(LINKS)
    with count_sql() as few:
        client.get(LINKS)
    for n in range(200):
        made = actions.create_link(member=petra, app="calls", campaign=f"Mail {n:03}", now=NOW)
        actions.arrive(link=made, now=NOW)
    with count_sql() as many:
        page = text(client.get(LINKS))
    assert len(many) == len(few), many
    assert page.count("<tr>") == 52  # with the head and the sums
    more = html.unescape(page.split('class="more"><a class="btn" href="')[1].split('"')[0])
    assert "Mail 049" in text(client.get(more)) and "Mail 048" in page
