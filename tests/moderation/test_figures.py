"""Transparency: figures that are counted by hand here, of two marketplaces and their days."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from arvio import clock
from arvio.catalog.actions import ban
from arvio.catalog.errors import InvalidFact
from arvio.moderation import appealing
from arvio.moderation.figures import document, transparency
from arvio.moderation.measures import Share, quantile, symmetry, z_score
from arvio.reviews import actions as reviews
from tests.api.caller import anybody
from tests.cast import NOW, member
from tests.moderation.desk import WHY, Desk, desk
from tests.repeating import repeated

DAY = timedelta(days=1)


def figures(at: Desk, **days: Any) -> dict[str, Any]:
    return document(transparency(marketplace=at.stage.marketplace, now=at.now, **days))


@pytest.fixture
@repeated
def busy() -> Desk:
    """Of five reviews: two low ones removed, one of them restored after an appeal; a high one kept,
    a middle one waits, a held one rejected; a reply removed. One report was never confirmed.
    """
    at = desk()
    store = at.stage
    low = store.published(by=store.anna, stars=1)
    lower, high, middle = (store.published(stars=stars) for stars in (2, 5, 3))
    filed = NOW - 9 * DAY
    cases = [at.report(one, by=member(store), now=filed).case for one in (low, lower, high)]
    at.report(high, now=filed + DAY, reason="fake")
    at.report(middle, now=NOW - 30 * DAY)
    at.decide(cases[0], "remove", now=NOW - 4 * DAY)
    at.decide(cases[1], "remove", now=NOW)
    at.decide(cases[2], "keep", now=NOW)
    found, author = appealing.as_author(viewer=store.anna, case_id=cases[0].pk)
    appealing.appeal(case=found, appellant=author, text="It is our own number.", now=NOW)
    at.decide(cases[0], "restore", by=at.maija)
    held = at.report(store.review(stars=4), by=at.mika, reason="spam").case
    at.decide(held, "reject", rule="spam")
    reply = reviews.send_reply(
        member=member(store), review_id=high.pk, text="Thank you, Anna.", now=NOW
    )
    at.decide(at.report(reply).case, "remove")
    assert store.zed.account
    ban(account=store.zed.account, reason="spam", now=NOW)
    body = {"reason": "spam", "email": "yrjo@mail.example"}
    assert anybody.post(f"/reviews/{lower.pk}/reports", body).status == 404
    assert anybody.post(f"/reviews/{high.pk}/reports", body).status == 202
    return at


@pytest.mark.django_db
def test_what_was_done_is_counted_once(busy: Desk) -> None:
    found = figures(busy)
    assert found["cases"] == {"opened": 6, "decided": 5, "open": 1, "overdue": 1}
    assert found["outcomes"]["by_stars"] == {
        "low": {"restored": 1, "removed": 1},
        "middle": {},
        "high": {"kept": 1, "rejected": 1},
    }
    assert found["outcomes"]["by_reason"] == {
        "personal_data": {"restored": 1, "removed": 2, "kept": 1},
        "spam": {"rejected": 1},
    }
    assert found["reports"] == {"visitor": 3, "customer": 0, "partner": 3, "moderator": 1}
    assert (found["removals"], found["rejections"]) == ({"reviews": 2, "replies": 1}, 1)
    assert found["restorations"] == 1
    assert found["appeals"] == {"filed": 1, "answered": 1, "upheld": 1, "pending": 0}
    assert found["bans"] == {"imposed": 1, "lifted": 0}
    assert found["within_deadline"] == {"decided": 5, "in_time": 5, "share": 1.0}
    # Filed on Saturday 21 February; decided on the Thursday after, on Monday 2 March, or at once.
    assert found["time_to_decision"] == {
        "working_days": {"median": 4, "ninetieth": 6},
        "hours": {"median": 120.0, "ninetieth": 216.0},
    }


@pytest.mark.django_db
def test_accuracy_and_symmetry_are_of_what_is_in_force(busy: Desk) -> None:
    found = figures(busy)
    partner = found["accuracy"]["partner"]
    assert partner["low"] == {"reports": 2, "upheld": 1, "share": 0.5}
    assert partner["high"] == {"reports": 1, "upheld": 0, "share": 0.0}
    assert found["accuracy"]["visitor"]["high"]["reports"] == 1
    # A moderator's own case is no report: it says nothing of how reports are treated.
    assert found["symmetry"]["high"] == {"cases": 1, "upheld": 0, "share": 0.0}
    assert found["symmetry"]["low"] == {"cases": 2, "upheld": 1, "share": 0.5}
    assert (found["symmetry"]["verdict"], found["symmetry"]["z"]) == ("too_few", None)
    assert [one["key"] for one in found["tables"]] == ["flags"]


@pytest.mark.django_db
def test_days_are_the_marketplaces_and_another_one_is_not_counted(busy: Desk) -> None:
    today, then = NOW.date(), (NOW - 4 * DAY).date()
    assert figures(busy, since=today)["cases"]["decided"] == 4
    assert figures(busy, since=then, until=then)["cases"]["decided"] == 1
    assert figures(busy, since=then, until=then)["cases"]["opened"] == 0
    assert figures(busy, until=(NOW - 20 * DAY).date())["cases"]["opened"] == 1
    assert figures(desk(slug="elsewhere"))["cases"]["opened"] == 0
    for days in ({"since": today, "until": then}, {"since": date(1, 1, 1)}):
        with pytest.raises(InvalidFact):
            figures(busy, **days)


@pytest.mark.django_db
def test_a_decision_after_the_deadline_is_late_also_once_it_was_appealed() -> None:
    at = desk()
    review = at.stage.published(by=at.stage.anna)
    case = at.report(review, now=NOW - 30 * DAY).case
    at.decide(case, "remove")
    assert figures(at)["within_deadline"]["in_time"] == 0
    found, author = appealing.as_author(viewer=at.stage.anna, case_id=case.pk)
    appealing.appeal(case=found, appellant=author, text="It is our own number.", now=NOW)
    assert figures(at)["within_deadline"]["in_time"] == 0
    assert figures(at)["appeals"]["pending"] == 1
    at.decide(case, "remove", by=at.maija)
    found_now = figures(at)
    # An appeal that fails says again what was so already.
    assert found_now["removals"]["reviews"] == 1
    assert found_now["appeals"] == {"filed": 1, "answered": 1, "upheld": 0, "pending": 0}
    assert found_now["within_deadline"] == {"decided": 1, "in_time": 0, "share": 0.0}


# --- Measures ------------------------------------------------------------------------------------

SHARES = st.integers(30, 400).flatmap(
    lambda whole: st.integers(0, whole).map(lambda part: Share(part, whole))
)


@pytest.mark.once
@given(low=SHARES, high=SHARES)
def test_few_and_many_stars_are_judged_alike(low: Share, high: Share) -> None:
    assert symmetry(low, high) == symmetry(high, low)
    assert symmetry(low, low) == "within"
    assert z_score(low, high) == pytest.approx(-z_score(high, low))


@pytest.mark.once
@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (Share(15, 30), Share(15, 29), "too_few"),
        (Share(30, 30), Share(0, 30), "beyond"),
        (Share(0, 30), Share(0, 30), "within"),
        (Share(50, 100), Share(36, 100), "beyond"),
        (Share(50, 100), Share(37, 100), "within"),
    ],
)
def test_a_difference_counts_from_thirty_each_and_beyond_chance(
    low: Share, high: Share, verdict: str
) -> None:
    assert symmetry(low, high) == verdict


@pytest.mark.once
def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([], 0.5) is None
    assert [quantile([5, 1, 3, 2], share) for share in (0.5, 0.9, 1.0)] == [2, 5, 5]


# --- Commands ------------------------------------------------------------------------------------


def said(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_prints_what_the_route_answers(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    printed = json.loads(said("transparency", "--marketplace", "store", "--since", "2026-02-26"))
    answer = anybody.get("/marketplaces/store/transparency?since=2026-02-26")
    assert (answer.status, answer.json) == (200, printed)
    assert anybody.get("/marketplaces/nowhere/transparency").status == 404
    turned = anybody.get("/marketplaces/store/transparency?since=2026-02-26&until=2026-02-25")
    assert (turned.status, turned.fields) == (422, {"until"})
    with pytest.raises(CommandError):
        said("transparency", "--marketplace", "nowhere")


@pytest.mark.django_db
def test_statements_name_the_rule_and_not_the_people(busy: Desk) -> None:
    lines = [json.loads(line) for line in said("statements", "--marketplace", "store").splitlines()]
    assert [line["decision_visibility"][0].rpartition("_")[2] for line in lines] == [
        "REMOVED", "REMOVED", "DISABLED", "REMOVED",
    ]  # fmt: skip
    assert [line["source_type"] for line in lines] == [
        "SOURCE_ARTICLE_16", "SOURCE_ARTICLE_16", "SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16",
    ]  # fmt: skip
    first = lines[0]
    assert first["category"] == "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    assert first["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert (first["automated_detection"], first["content_type"]) == ("No", ["CONTENT_TYPE_TEXT"])
    assert first["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert WHY not in said("statements", "--marketplace", "store")
    assert WHY in said("statements", "--marketplace", "store", "--with-text")
