"""The partner's reviews as a file: whole, safe for spreadsheets, and nothing private in it."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from arvio import clock
from arvio.api.shapes import PartnerReview
from arvio.catalog.models import App
from arvio.connect import partner_export
from arvio.people.models import Person
from arvio.reviews import actions, inbox
from arvio.reviews.inbox import InboxFilters
from arvio.work.loop import work_once
from tests.cast import NOW, Stage, make_app, member, rival, stage
from tests.repeating import repeated
from tests.reviews.test_insights import fill

pytestmark = pytest.mark.django_db
Counted = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)
CSV, JSONL = "/partner/export.csv", "/partner/export.jsonl"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
@repeated
def store() -> Stage:
    return stage(preset="bitrix24-2025")


def client(email: str = "petra@pixel.example") -> Client:
    found = Client()
    found.force_login(Person.objects.get(email=email))
    return found


def fetch(path: str, status: int = 200, who: Client | None = None) -> tuple[str, Any]:
    answer: Any = (who or client()).get(path)
    assert answer.status_code == status, answer.status_code
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(), answer


def rows(query: str = "", **asked: Any) -> list[dict[str, str]]:
    text, _ = fetch(CSV + query, **asked)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def lines(query: str = "", **asked: Any) -> list[dict[str, Any]]:
    text, _ = fetch(JSONL + query, **asked)
    return [json.loads(line) for line in text.splitlines()]


def test_it_holds_every_review_that_the_inbox_shows(store: Stage) -> None:
    edited, withdrawn = store.viewer(), store.viewer()
    public = store.published(by=edited, stars=5, at=NOW - 20 * DAY)
    actions.send_reply(member=member(store), review_id=public.pk, text="Thanks.", now=NOW - 9 * DAY)
    changes = {"stars": 2, "text": "It broke, and nobody answers."}
    actions.edit_review(viewer=edited, review_id=public.pk, changes=changes, now=NOW - DAY)
    held = store.review(stars=1)
    gone = store.review(by=withdrawn)
    actions.withdraw_review(viewer=withdrawn, review_id=gone.pk, now=NOW)
    told = {row["review"]: row for row in rows()}
    assert set(told) == {str(public.pk), str(held.pk)}
    assert {line["id"] for line in lines()} == set(told)
    first, second = told[str(public.pk)], told[str(held.pk)]
    assert (first["state"], first["stars"], first["pending_stars"]) == ("published", "5", "2")
    assert first["reply"] == "Thanks." and first["pending_text"] == changes["text"]
    assert first["pending_at"] == "2026-03-04T09:30:00Z"
    assert (second["state"], second["publishes_at"]) == ("held", "2026-03-05T09:30:00Z")
    assert second["reply"] == second["pending_stars"] == second["published_at"] == ""


def test_an_edit_that_took_effect_tells_the_stars_before_it(store: Stage) -> None:
    who = store.viewer()
    review = store.published(by=who, stars=2, at=NOW - 20 * DAY)
    actions.edit_review(viewer=who, review_id=review.pk, changes={"stars": 5}, now=NOW - DAY)
    work_once(now=NOW)
    (row,) = rows()
    assert (row["previous_stars"], row["stars"], row["edited_at"]) == ("2", "5", row["edited_at"])
    assert row["edited_at"] != ""
    assert [line["previous_stars"] for line in lines()] == [2]


def test_zero_is_zero_and_what_is_not_answered_is_absent() -> None:
    made = stage(preset="hubspot-2024")
    made.published(qualities={"ease_of_use": 0, "features": 3})
    (row,) = rows()
    assert (row["quality_ease_of_use"], row["quality_value"]) == ("0", "")
    assert [line["qualities"] for line in lines()] == [{"ease_of_use": 0, "features": 3}]


def test_spreadsheets_open_cyrillic_and_run_nothing(store: Stage) -> None:
    App.objects.update(name="@SUM(1)")
    for start in ("=1+1", "+1", "-1", "@x", "\t=1", "＝1"):
        store.published(text=f"{start} Отличное приложение, спасибо вам.")
    text, answer = fetch(CSV)
    assert text.startswith("\ufeffreview,app,") and answer["Content-Type"].startswith("text/csv")
    for row in rows():
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), cell
        assert "Отличное приложение" in row["text"]
    assert all(line["app_name"] == "@SUM(1)" for line in lines()), (
        "programs get the words as they are"
    )


def test_the_file_is_named_after_the_partner_and_the_day_there(store: Stage) -> None:
    store.marketplace.time_zone = "Pacific/Kiritimati"
    store.marketplace.save()
    store.partner.ref = 'pi"x\r\nel/ö'
    store.partner.save()
    _, answer = fetch(CSV)
    name = answer["Content-Disposition"]
    assert "2026-03-02.csv" in name and "\n" not in name and name.count('"') in (0, 2)
    assert isinstance(answer, StreamingHttpResponse)


def test_the_names_in_jsonl_are_those_of_the_api(store: Stage) -> None:
    store.published()
    (line,) = lines()
    assert set(line) == (set(PartnerReview.model_fields) - {"can_reply", "decision"}) | {"app_name"}


def test_filters_are_those_of_the_inbox(store: Stage) -> None:
    old = store.published(stars=5, at=NOW - 30 * DAY, text="Всё работает, спасибо большое.")
    new = store.published(stars=1, at=NOW - 10 * DAY)
    held = store.review(stars=1)
    actions.send_reply(member=member(store), review_id=old.pk, text="Thank you.", now=NOW)
    for query, expected in {
        "?app=calls": {old, new, held},
        "?stars=1": {new, held},
        "?stars=1,5": {old, new, held},
        "?state=held": {held},
        "?state=published,held&stars=1": {new, held},
        "?answered=yes": {old},
        "?answered=no": {new, held},
        "?since=2026-02-20": {new, held},
        "?until=2026-02-20": {old, new},
        "?since=2026-02-20&until=2026-02-20": {new},
        "?q=СПАСИБО": {old},
        "?sort=lowest&cursor=zzz": {old, new, held},
    }.items():
        assert {row["review"] for row in rows(query)} == {str(one.pk) for one in expected}, query
        assert {line["id"] for line in lines(query)} == {str(one.pk) for one in expected}, query


@pytest.mark.parametrize(
    "query",
    [
        "?stars=6",
        "?stars=1,x",
        "?state=removed",
        "?answered=maybe",
        "?since=2026-02-30",
        "?since=2026-03-02&until=2026-03-01",
        "?q=%00",
        "?language=%00",
    ],
)
def test_a_filter_that_cannot_be_read_gives_no_file(store: Stage, query: str) -> None:
    store.published(text="Nobody asked for this one.")
    for path in (CSV, JSONL):
        text, answer = fetch(path + query, status=422)
        assert "This can’t be exported" in text and "Nobody asked" not in text
        assert "attachment" not in answer.get("Content-Disposition", "")


@pytest.mark.parametrize("query", ["?since=0001-01-01", "?until=9999-12-31", "?until=0001-01-01"])
def test_days_at_the_ends_of_the_calendar_break_nothing(store: Stage, query: str) -> None:
    store.marketplace.time_zone = "Asia/Tokyo"
    store.marketplace.save()
    store.published()
    assert len(rows(query)) == (0 if "until=0001" in query else 1)


def test_another_partners_app_is_refused_like_one_that_is_not_there(store: Stage) -> None:
    _, theirs = rival(store)
    said = []
    for ref in (theirs.ref, "nowhere"):
        text, _ = fetch(f"{CSV}?app={ref}", status=422)
        said.append(text[text.index("<main") : text.index("</main>")].replace(ref, "…"))
    assert said[0] == said[1] and theirs.name not in said[0]


def test_whoever_may_read_may_export_and_nobody_else(store: Stage) -> None:
    rival(store)
    store.published()
    assert len(rows(who=client("pavel@mail.example"))) == 1
    assert rows(who=client("vera@vector.example")) == []
    assert client("mika@store.example").get(CSV).status_code == 403
    assert Client().get(JSONL).status_code == 302
    assert client().get("/partner/export.xlsx").status_code == 404


def test_nothing_private_of_an_author_is_in_it() -> None:
    made = stage(preset="hubspot-2024")
    marks = (f"mark{number}" for number in count(100))
    who = made.viewer(ref=next(marks), name=f"Nina {next(marks)}", email=f"{next(marks)}@x.example")
    assert who.account and who.user
    who.account.name, who.account.domain = next(marks), f"{next(marks)}.example"
    who.account.industry, who.account.plan = next(marks), next(marks)
    who.account.ref = next(marks)
    who.account.save()
    made.published(by=who, about={"role": "Lead", "company_size": "2-10", "industry": "retail"})
    for text in (fetch(CSV)[0], fetch(JSONL)[0]):
        assert "Nina" in text and "mark" not in text and "retail" not in text


def test_parts_lose_and_double_nothing_whatever_comes_meanwhile(
    store: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partner_export, "PART", 3)
    made = [store.published(at=NOW - (number + 4) * DAY) for number in range(8)]
    pieces = partner_export.export(
        member=member(store), filters=InboxFilters(), format="jsonl", now=NOW
    )
    told = [json.loads(next(pieces))["id"]]
    actions.send_reply(member=member(store), review_id=made[0].pk, text="Hello.", now=NOW)
    store.review()
    told += [json.loads(piece)["id"] for piece in pieces]
    assert len(told) == len(set(told)) == 9
    assert set(told) >= {str(review.pk) for review in made}


def test_a_part_costs_the_same_statements_for_few_and_many(
    store: Stage, count_sql: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    who = member(store)
    for number in (2, 20):
        for _ in range(number):
            store.published(qualities={})
            store.made += 1
            make_app(store.marketplace, store.partner, f"app-{store.made}")
        with count_sql() as statements:
            list(partner_export.export(member=who, filters=InboxFilters(), format="csv", now=NOW))
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8, statements
    monkeypatch.setattr(partner_export, "PART", 11)
    with count_sql() as statements:
        list(partner_export.export(member=who, filters=InboxFilters(), format="csv", now=NOW))
    assert len(statements) <= 2 * costs[0]


@pytest.mark.once
def test_memory_does_not_grow_with_the_reviews(
    store: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partner_export, "PART", 50)
    like, who = store.published(), member(store)
    peaks = []
    for more, expected in ((200, 201), (600, 801)):
        fill(like, more)
        tracemalloc.start()
        try:
            pieces = partner_export.export(
                member=who, filters=InboxFilters(), format="csv", now=NOW
            )
            assert sum(1 for _ in pieces) == expected + 1
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0], peaks


def test_every_column_is_filled_by_its_own_name() -> None:
    made = stage(preset="hubspot-2024")
    made.published(
        title="Öylätti", pros="Fast", cons="Loud", about={"role": "Lead", "company_size": "1"}
    )
    (row,) = rows()
    (found,) = inbox.page(member=member(made), now=NOW).items
    public = found.public
    assert (row["title"], row["pros"], row["cons"]) == ("Öylätti", "Fast", "Loud")
    assert (row["author"], row["app_name"]) == (public.display_name, "Calls")
    assert row["about"] == "company_size: 1; role: Lead"
    assert row["verified_install"] == row["installed"] == "yes"
    assert public.usage and row["usage_months"] == str(public.usage.months)
    assert (row["language"], row["source"], row["app_version"]) == (
        "en",
        "author",
        public.app_version,
    )
