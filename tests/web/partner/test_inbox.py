"""The inbox: the list, its filters, the review that is open, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from arvio.catalog import actions as catalog
from arvio.people.models import Person
from arvio.reviews import actions
from arvio.reviews.models import Reply, Review
from arvio.work.loop import work_once
from tests import cast
from tests.cast import Stage, make_app, member, rival, stage
from tests.repeating import repeated

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
DAY = timedelta(days=1)
EDITS = {
    "editing": {
        "by_author": "allowed",
        "max": 3,
        "window": "P3M",
        "raise_delay": "PT0S",
        "lower_delay": "P3D",
        "good_from": 4,
    }
}


@pytest.fixture
def store() -> Stage:
    return stage()


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return re.sub(r'value="\w{64}"', "", response.content.decode())  # forms carry other tokens


def titles(page: str) -> list[str]:
    """The rows of the list, by their links' words."""
    links = re.findall(r'<article class="item">.*?<h2.*?<a[^>]*>(.*?)</a>', page, re.S)
    return [" ".join(link.split()) for link in links]


def tags(page: str) -> list[str]:
    rows = re.findall(r'<article class="item">(.*?)</article>', page, re.S)
    found = [re.sub("<svg.*?</svg>", "", row, flags=re.S) for row in rows]
    return [
        text for row in found for text in re.findall(r'<span class="tag[^>]*>(.*?)</span>', row)
    ]


def counter(page: str) -> str:
    """What the title and the menu say of what waits; both must say the same."""
    title = re.search(r"<title>(?:\((\d+)\) )?", page)
    menu = re.search(r'<span class="counter waits">(\d+)<span class="vh">', page)
    assert title and (title[1] or "") == (menu[1] if menu else "")
    return title[1] or ""


# --- What there is to see ------------------------------------------------------------------------


def test_without_reviews_it_says_what_will_be_here_and_what_to_do(
    store: Stage, sign_in: SignIn
) -> None:
    page = html(sign_in().get("/partner/"))
    assert "No reviews yet" in page and "/partner/links/" in page
    assert counter(page) == ""


def test_the_most_urgent_review_comes_first_and_is_open(store: Stage, sign_in: SignIn) -> None:
    store.published(text="The quiet one that has been public for a week.")
    store.review(text="Sent just now, public in three days.")
    store.review(text="Sent two days ago, public tomorrow.", at=store.now - 2 * DAY)
    page = html(sign_in().get("/partner/"))
    assert [title.split(",")[0] for title in titles(page)] == [
        "Sent two days ago",
        "Sent just now",
        "The quiet one that has been public for a week.",
    ]
    assert page.count('aria-current="true"') == 2  # the row, and the language
    assert "Publishes on Tue 3 Mar, 09:30, in 1 day." in page
    assert "neither you nor we can stop or delay it" in page
    assert counter(page) == "3"


def test_rows_carry_what_matters_of_a_review(sign_in: SignIn) -> None:
    store = stage(overrides=EDITS)
    edited = store.published(by=store.anna, stars=2, text="Rather bad for us, to be honest.")
    actions.edit_review(
        viewer=store.anna,
        review_id=edited.pk,
        changes={"stars": 5, "text": "Rather good for us, in fact."},
        now=store.now,
    )
    waiting = store.published(by=store.arvo, stars=5, text="All is well with this app here.")
    actions.edit_review(
        viewer=store.arvo,
        review_id=waiting.pk,
        changes={"stars": 2, "text": "Nothing is well any more here."},
        now=store.now,
    )
    store.review(at=store.now - DAY - timedelta(hours=19), text="A held review with some words.")
    page = html(sign_in().get("/partner/"))
    assert {"Rating changed 2 → 5", "Edit waits 5 → 2", "Publishes in 1 d 5 h"} <= set(tags(page))
    page = html(sign_in().get(f"/partner/reviews/{waiting.pk}/"))
    assert "All is well with this app here." in page and "Nothing is well any more here." in page
    assert "Edit 5 → 2: published on Thu 5 Mar" in page
    assert "Rating changed 2 → 5" in html(sign_in().get(f"/partner/reviews/{edited.pk}/"))


def test_an_open_review_shows_what_is_public_of_it(sign_in: SignIn) -> None:
    store = stage(preset="hubspot-2022")
    review = store.published(
        by=store.anna,
        title="Good calls",
        pros="The order of calls",
        cons="The 5 < 6 sound",
        qualities={"ease_of_use": 4, "features": 0},
    )
    page = html(sign_in().get(f"/partner/reviews/{review.pk}/"))
    for words in ("Good calls", "The order of calls", "Ease of use", "Verified install"):
        assert words in page, words
    assert "Korhonen, A." in page or "Anna K." in page
    assert "Korhonen" not in page.replace("Korhonen, A.", "")
    assert f"/store/reviews/{review.pk}/" in page
    assert "anna@customer.example" not in page and "Acme" not in page


def test_what_authors_typed_is_text_and_nothing_else(store: Stage, sign_in: SignIn) -> None:
    sharp = "5 < 6 & \"quoted\" 'words' javascript:alert(1) {{ x }} {% y %}"
    store.review(text=sharp)
    page = html(sign_in().get("/partner/"))
    assert "5 &lt; 6 &amp; &quot;quoted&quot; &#x27;words&#x27;" in page
    assert "5 < 6 &" not in page and "{{ x }} {% y %}" in page
    searched = html(sign_in().get("/partner/", {"q": '"><script>alert(1)</script>'}))
    assert "<script>alert" not in searched


def test_an_archived_review_says_why_there_is_no_editor(store: Stage, sign_in: SignIn) -> None:
    review = store.published()
    Review.objects.filter(pk=review.pk).update(state="archived")
    from arvio.reviews.models import InboxItem

    InboxItem.objects.filter(pk=review.pk).update(state="archived", waiting=False)
    page = html(sign_in().get(f"/partner/reviews/{review.pk}/"))
    assert "It isn’t shown and doesn’t count at present." in page
    assert "The review is archived." in page and "reply-text" not in page
    assert "Archived" in tags(page) and counter(page) == ""


# --- Filters -------------------------------------------------------------------------------------


@pytest.fixture
@repeated
def many() -> Stage:
    store = stage()
    store.published(stars=1, text="It lost a call in the morning.")
    store.published(stars=5, text="Fine in every way, for years.", language="fi")
    answered = store.published(stars=3, text="Neither good nor bad, it just works.")
    actions.send_reply(member=member(store), review_id=answered.pk, text="Thanks.", now=store.now)
    store.review(stars=4, text="Fresh words about a fresh update.")
    return store


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Fresh", "Fine", "It lost", "Neither"]),
        ({"answered": "no"}, ["Fresh", "Fine", "It lost"]),
        ({"answered": "yes"}, ["Neither"]),
        ({"state": "held"}, ["Fresh"]),
        ({"state": "published,held"}, ["Fresh", "Fine", "It lost", "Neither"]),
        ({"stars": "1"}, ["It lost"]),
        ({"stars": "1,5"}, ["Fine", "It lost"]),
        ({"language": "fi"}, ["Fine"]),
        ({"q": "UPDATE"}, ["Fresh"]),
        ({"has_text": "no"}, []),
        ({"app": "calls", "sort": "lowest"}, ["It lost", "Neither", "Fresh", "Fine"]),
        ({"sort": "oldest", "answered": "no"}, ["It lost", "Fine", "Fresh"]),
        ({"since": "2026-03-02"}, ["Fresh"]),
        ({"until": "2026-03-01"}, ["Fine", "It lost", "Neither"]),
        ({"since": "0001-01-01", "until": "9999-12-31"}, ["Fresh", "Fine", "It lost", "Neither"]),
    ],
)
def test_filters_find_what_they_say(
    many: Stage, sign_in: SignIn, query: dict[str, str], expected: list[str]
) -> None:
    page = html(sign_in().get("/partner/", query))
    found = titles(page)
    assert len(found) == len(expected)
    # Reviews sent at one moment come in the order of their ids.
    key = str if "sort" not in query else None
    starts = [next(one for one in expected if title.startswith(one)) for title in found]
    assert sorted(starts, key=key or expected.index) == sorted(expected, key=key or expected.index)
    if not expected:
        assert "Nothing found" in page and "Clear filters" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stars=9", "Stars: “9” isn’t a number from 1 to 5."),
        ("stars=1,x", "Stars: “1,x” isn’t"),
        ("app=nothing", "App: “nothing” is none of yours."),
        ("answered=perhaps", "Reply: “perhaps” is neither yes nor no."),
        ("state=removed", "State: there is no state “removed”."),
        ("language=%C3%A4%C3%A4", "isn’t a code such as en"),
        ("since=2026-02-31", "From: “2026-02-31” isn’t a day"),
        ("since=20260231", "From: “20260231” isn’t a day"),
        ("since=2026-03-02&amp;until=1".replace("&amp;", "&"), "To: “1” isn’t a day"),
        ("since=2026-03-02&until=2026-03-01", "The first day comes after the last."),
        ("q=a%00b", "Search: write at most 200 plain characters."),
        ("q=" + "x" * 201, "Search: write at most 200 plain characters."),
        ("sort=best", "Sort: there is no order “best”."),
        ("stars=%FF%FE", "isn’t a number from 1 to 5"),
        ("app=%3Cscript%3E", "App: “&lt;script&gt;” is none of yours."),
        ("stars=%25s%25(x)s", "isn’t a number from 1 to 5"),
    ],
)
def test_what_cant_be_read_of_a_query_is_said_and_left_out(
    many: Stage, sign_in: SignIn, query: str, said: str
) -> None:
    page = html(sign_in().get(f"/partner/?{query}"), 400)
    assert said in page
    assert len(titles(page)) >= 1


def test_another_partners_app_is_as_one_that_is_not_there(many: Stage, sign_in: SignIn) -> None:
    rival(many, app="mail")
    theirs = html(sign_in().get("/partner/?app=mail"), 400)
    nobodys = html(sign_in().get("/partner/?app=none"), 400)
    assert theirs.replace("mail", "none") == nobodys


def test_tabs_tell_their_counts_and_keep_the_other_filters(many: Stage, sign_in: SignIn) -> None:
    page = html(sign_in().get("/partner/?stars=1&sort=newest"))
    bar = re.search(r'<nav class="subnav".*?</nav>', page, re.S)
    assert bar
    found = re.findall(r'href="([^"]*)"[^>]*>([^<]*)<span[^>]*>(\d+)', bar[0])
    assert [(label.strip(), int(n)) for _, label, n in found] == [
        ("Unanswered", 3),
        ("Waiting for publication", 1),
        ("All", 4),
    ]
    assert found[0][0] == "/partner/?stars=1&amp;sort=newest&amp;answered=no"


def test_all_answered_is_a_state_of_its_own(store: Stage, sign_in: SignIn) -> None:
    review = store.published()
    actions.send_reply(member=member(store), review_id=review.pk, text="Thanks.", now=store.now)
    page = html(sign_in().get("/partner/?answered=no"))
    assert "All answered" in page and "See 1 review" in page
    assert "Nothing waits for publication" in html(sign_in().get("/partner/?state=held"))
    assert "Nothing found" in html(sign_in().get("/partner/?answered=no&stars=2"))


def test_pages_follow_one_another_and_keep_the_filters(store: Stage, sign_in: SignIn) -> None:
    for _ in range(23):
        store.published(stars=4)
    store.published(stars=1)
    client = sign_in()
    first = html(client.get("/partner/?stars=4"))
    more = re.search(r'id="more"><a class="btn" href="([^"]*)"', first)
    assert more and "stars=4" in more[1]
    second = html(client.get(more[1].replace("&amp;", "&")))
    assert (len(titles(first)), len(titles(second))) == (20, 3)
    assert 'id="more"' not in second and "To the top of the list" in second
    link = re.search(r'<article class="item">.*?<h2.*?href="([^"]*)"', second, re.S)
    assert link
    opened = html(client.get(link[1].replace("&amp;", "&")))
    assert titles(opened) == titles(second)
    back = re.search(r'class="back"><a class="act" href="([^"]*)"', opened)
    assert back and "stars=4" in back[1]


@pytest.mark.parametrize("cursor", ["x", "%00", "WyJpbmJveC11cmdlbnQiLCJ4IiwieSJd", "a" * 5000])
def test_a_cursor_of_nobodys_begins_anew(many: Stage, sign_in: SignIn, cursor: str) -> None:
    assert len(titles(html(sign_in().get(f"/partner/?cursor={cursor}")))) == 4


# --- The counter ---------------------------------------------------------------------------------


def test_the_counter_follows_every_review_reply_and_removal(store: Stage, sign_in: SignIn) -> None:
    client = sign_in()

    def now_it_says() -> str:
        return counter(html(client.get("/partner/")))

    assert now_it_says() == ""
    review = store.review(by=store.anna)
    assert now_it_says() == "1"
    other = store.review(by=store.arvo)
    assert now_it_says() == "2"
    reply = actions.send_reply(
        member=member(store), review_id=review.pk, text="Thanks.", now=store.now
    )
    assert now_it_says() == "1"
    actions.withdraw_review(viewer=store.arvo, review_id=other.pk, now=store.now)
    assert now_it_says() == ""
    take_down(reply)
    assert now_it_says() == "1"


def take_down(reply: Reply) -> None:
    """As a moderator's decision leaves it."""
    from arvio.reviews.inbox_rows import refresh

    Reply.objects.filter(pk=reply.pk).update(state=Reply.ReplyState.REMOVED)
    Review.objects.filter(pk=reply.review_id).update(answered=False)
    refresh(reviews=Review.objects.filter(pk=reply.review_id).select_related("app"))


# --- Who may come in -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/partner/", "/partner/reviews/{}/"])
def test_who_is_not_signed_in_is_sent_to_the_login_and_comes_back(store: Stage, path: str) -> None:
    path = path.format(store.published().pk)
    response = Client().get(path)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/accounts/login/?next={path}"


def test_who_belongs_to_no_partner_is_told_whom_to_ask(store: Stage, sign_in: SignIn) -> None:
    person = Person.objects.create_user(email="zed@zed.example", name="Zed")
    for path in ("/partner/", f"/partner/reviews/{store.published().pk}/"):
        page = html(sign_in(person.email).get(path), 403)
        assert "You belong to no partner yet" in page and "zed@zed.example" in page


def test_a_reader_reads_and_has_no_editor(store: Stage, sign_in: SignIn) -> None:
    review = store.published(text="Words that a reader may read as well.")
    page = html(sign_in("rita@mail.example").get(f"/partner/reviews/{review.pk}/"))
    assert "Words that a reader may read" in page
    assert "Your role here is reader." in page and "ask an owner of Pixel" in page
    assert "<textarea" not in page


@pytest.mark.parametrize("who", ["petra@pixel.example", "pavel@mail.example"])
def test_owner_and_replier_have_the_editor(store: Stage, sign_in: SignIn, who: str) -> None:
    store.published()
    page = html(sign_in(who).get("/partner/"))
    assert 'id="reply-text"' in page and "Preview and send" in page


def test_another_partners_review_is_as_one_that_never_was(store: Stage, sign_in: SignIn) -> None:
    vera, _ = rival(store)
    theirs = store.published()
    gone = store.published(by=store.anna)
    actions.withdraw_review(viewer=store.anna, review_id=gone.pk, now=store.now)
    client = sign_in(vera.person.email)
    never = uuid4()
    pages = {
        html(client.get(f"/partner/reviews/{one}/"), 404).replace(str(one), "")
        for one in (theirs.pk, never, gone.pk)
    }
    assert len(pages) == 1


def test_a_link_opens_for_the_partner_it_belongs_to(store: Stage, sign_in: SignIn) -> None:
    vera, mail = rival(store)
    catalog.put_partner(
        marketplace=store.marketplace,
        ref=vera.partner.ref,
        name=vera.partner.name,
        members=[("petra@pixel.example", "Petra Peltonen", "reader")],
        now=store.now,
    )
    client = sign_in()
    review = store.published(text="A review of one of Pixel's apps.")
    page = html(client.get(f"/partner/reviews/{review.pk}/"))
    assert '<span class="acting">Pixel</span>' in page
    cast.install(mail, store.acme)
    answers = cast.full_answers(store.marketplace, store.now)
    theirs = actions.submit_review(viewer=store.anna, app=mail, answers=answers, now=store.now)
    page = html(client.get(f"/partner/reviews/{theirs.pk}/"))
    assert '<span class="acting">Vector</span>' in page
    assert '<span class="acting">Vector</span>' in html(client.get("/partner/"))


# --- What it costs -------------------------------------------------------------------------------


def test_twelve_reviews_cost_as_many_statements_as_sixty(
    store: Stage, sign_in: SignIn, count_sql: Any
) -> None:
    client = sign_in()
    costs = []
    for more in (12, 48):
        for _ in range(more):
            review = store.review(at=store.now - 10 * DAY)
        work_once(now=store.now)
        for path in ("/partner/", f"/partner/reviews/{review.pk}/"):
            client.get(path)
            with count_sql() as statements:
                html(client.get(path))
            costs.append(len(statements))
    assert costs[:2] == costs[2:], costs
    assert max(costs) <= 28, costs


def test_forty_apps_cost_as_many_statements_as_one(
    store: Stage, sign_in: SignIn, count_sql: Any
) -> None:
    store.published()
    client = sign_in()
    costs = []
    for number in (0, 39):
        for n in range(number):
            make_app(store.marketplace, store.partner, f"app-{n}")
        with count_sql() as statements:
            page = html(client.get("/partner/"))
        costs.append(len(statements))
    assert costs[0] == costs[1], costs
    assert page.count('<option value="app-') == 39
