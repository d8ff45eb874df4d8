"""The page of insights: figures in words and pictures, at any count, for whoever may read."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from arvio import clock
from arvio.catalog.models import Marketplace
from arvio.people.models import Person
from arvio.reviews import actions
from arvio.web import figures
from tests.cast import NOW, Stage, make_app, member, rival, stage
from tests.repeating import repeated

pytestmark = pytest.mark.django_db
Counted = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/partner/insights/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
@repeated
def store() -> Stage:
    return stage(preset="bitrix24-2025", overrides={"aggregates": {"min_reviews": 10}})


def client(email: str = "petra@pixel.example") -> Client:
    found = Client()
    found.force_login(Person.objects.get(email=email))
    return found


def look(
    query: str = "", status: int = 200, who: Client | None = None, language: str = "en"
) -> str:
    answer = (who or client()).get(f"{PAGE}{query}", headers={"accept-language": language})
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_partner_sees_its_figures_below_the_threshold(store: Stage) -> None:
    for stars in (5, 5, 4):
        store.published(stars=stars)
    shown = text(look())
    assert "Rating 4.7" in shown and "There were no reviews 90 days ago" in shown
    assert "Calls: 3 of 10 reviews Its rating becomes public at 10" in shown
    assert (
        "Only you see the mean of 4.7 for now. Share a review link with customers who have Calls "
        "installed; ask everybody, not only the happy ones." in shown
    )
    assert 'href="/partner/links/"' in look()


def test_where_one_review_is_enough_nothing_waits_for_more() -> None:
    made = stage(preset="bitrix24-2025")
    made.published()
    assert "becomes public" not in look()
    store_without = make_app(made.marketplace, made.partner, "notes")
    assert store_without.name not in re.findall(r"<h2[^>]*>(Notes: 0 of 1)", look())


def test_an_app_without_reviews_says_what_to_do(store: Stage) -> None:
    shown = look()
    assert "Figures stand here from the first review on." in shown
    assert '<svg class="chart' not in shown and "/partner/links/" in shown


def test_every_chart_says_in_words_what_it_shows_and_has_a_table(store: Stage) -> None:
    review = store.published(stars=4, at=NOW - 20 * DAY)
    actions.send_reply(
        member=member(store),
        review_id=review.pk,
        text="Thank you.",
        now=review.submitted_at + DAY / 2,
    )
    shown = look()
    charts = re.findall(r'<svg class="chart[^>]*role="img" aria-label="([^"]+)"', shown)
    assert charts == [
        "Mean at the end of the month: 4.0 in March 2026. 1 new review.",
        "1 reply: half within 12 h, nine in ten within 12 h.",
        "Answered within a week: 100\u00a0%, 1 of 1.",
        "New reviews by stars: 5 stars 0, 4 stars 1, 3 stars 0, 2 stars 0, 1 star 0.",
    ]
    assert shown.count('<details class="behind">') == len(charts)
    assert shown.count('<table class="sheet">') == len(charts)
    assert "style=" not in shown


def test_numbers_in_pictures_are_written_for_machines_and_words_for_readers(store: Stage) -> None:
    for stars in (5, 4, 4):
        store.published(stars=stars, at=NOW - 40 * DAY)
    for language, mean in (("en", "4.3"), ("ru", "4,3"), ("fi", "4,3")):
        shown = look(language=language)
        for chart in re.findall(r'<svg class="chart.*?</svg>', shown, re.S):
            lengths = re.findall(r' (?:x|y|cx|cy|width|height|d|viewBox)="([^"]*)"', chart)
            assert lengths and not any("," in length for length in lengths)
        assert 'class="strong" x="' in shown and f">{mean}</text>" in shown


def test_all_apps_come_with_a_table_and_one_alone_without(store: Stage) -> None:
    store.published(stars=5)
    make_app(store.marketplace, store.partner, "notes", name="Notes & more")
    shown = look()
    assert "Your apps" in shown and "Notes & more" in shown
    assert "Your apps" not in look("?app=calls")
    assert "Calls, all published reviews." in text(look("?app=calls"))


def test_many_apps_come_in_pages(store: Stage) -> None:
    store.published()
    for place in range(45):
        make_app(store.marketplace, store.partner, f"app-{place}", name=f"Tool {place:02}")
    first, last = text(look()), text(look("?page=3"))
    assert "Page 1 of 3" in first and "More apps" in first and "Earlier apps" not in first
    assert "Page 3 of 3" in last and "Earlier apps" in last and "More apps" not in last
    assert "43 more apps have ratings that aren’t public yet." in first


def test_another_partners_app_is_refused_like_one_that_is_not_there(store: Stage) -> None:
    _, theirs = rival(store)
    store.published(stars=5)
    answers = [look(f"?app={ref}", status=404) for ref in (theirs.ref, "nowhere", "%00")]
    said = [text(answer) for answer in answers]
    assert said[0] == said[1] == said[2]
    assert "None of your apps is called that." in said[0]
    assert theirs.name not in said[0]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=2026-03-02&until=2026-03-01", "The first day is after the last."),
        ("since=2026-02-30", "A day can’t be read."),
        ("since=%00", "A day can’t be read."),
        ("until=2026-03-03", "The last day is still to come."),
        ("since=0001-01-01", "Figures go back twenty years."),
        ("since=9999-12-31", "The first day is after the last."),
    ],
)
def test_days_that_cannot_be_are_said(store: Stage, query: str, sentence: str) -> None:
    store.published()
    shown = text(look(f"?period=days&{query}", status=422))
    assert sentence in shown and "Until then these are the last 12 months." in shown


def test_wrong_days_of_a_foreign_app_are_wrong_days_first(store: Stage) -> None:
    _, theirs = rival(store)
    shown = look(f"?app={theirs.ref}&period=days&since=x", status=422)
    assert "A day can’t be read." in shown and theirs.name not in shown


@pytest.mark.parametrize(
    "query", ["period=never", "page=0", "page=-1", "page=x", "page=٣", "page=1e9"]
)
def test_what_was_never_offered_is_the_usual_page(store: Stage, query: str) -> None:
    store.published()
    assert "Rating over time" in look(f"?{query}")


def test_chosen_days_are_kept_and_handed_to_the_export(store: Stage) -> None:
    store.published()
    shown = look("?app=calls&period=days&since=2026-02-01&until=2026-02-28")
    assert 'name="since" value="2026-02-01"' in shown
    assert "/partner/export.csv?app=calls&since=2026-02-01&until=2026-02-28" in shown
    assert 'href="/partner/export.csv"' in look("?period=all")


def test_whoever_may_read_sees_them_and_nobody_else(store: Stage) -> None:
    rival(store)
    store.published(text="Nobody else may learn of this one.")
    assert "Rating over time" in look(who=client("pavel@mail.example"))
    theirs = look(who=client("vera@vector.example"))
    assert "Rating over time" not in theirs and "Calls" not in theirs
    assert client("mika@store.example").get(PAGE).status_code == 403
    answer = Client().get(PAGE)
    assert answer.status_code == 302 and "login" in answer["Location"]


def test_the_page_costs_the_same_for_few_and_many(store: Stage, count_sql: Counted) -> None:
    store.published()
    who = client()
    look(who=who)
    costs = []
    for number in (1, 30):
        for place in range(number):
            review = store.published(at=NOW - (place % 20 + 4) * DAY)
            actions.send_reply(member=member(store), review_id=review.pk, text="Thanks.", now=NOW)
            make_app(store.marketplace, store.partner, f"app-{number}-{place}")
        with count_sql() as statements:
            look(who=who)
        costs.append(len(statements))
    assert costs[0] == costs[1], statements


def test_a_month_that_is_not_over_says_so(store: Stage) -> None:
    store.published(at=NOW - 5 * DAY)
    assert "Not over yet: February 2026." in text(look("?period=30d"))
    Marketplace.objects.update(time_zone="Europe/Moscow")
    assert "days in the time zone Europe/Moscow" in text(look())


def test_labels_fit_a_month_a_few_years_and_twenty() -> None:
    from datetime import date

    from arvio.reviews.insight_rules import Span

    months = Span(date(2006, 4, 1), date(2026, 3, 1)).months
    for number in (1, 12, 13, 14, 36, 37, 240):
        for most in ((13, 10, 12), (8, 3, 6)):
            told = [one for one in figures._labels(months[-number:], most) if one]
            assert 1 <= len(told) <= max(most)
