"""Bans on the desk: found, imposed, lifted, and their appeals answered."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from arvio.catalog import banning
from arvio.catalog.models import Ban
from arvio.people.models import Person
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MAIJA, MIKA

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[[str], Client]
NEW = "/desk/bans/new/"
FORM = {
    "account": "acme",
    "user": "anna",
    "rule": "spam",
    "reason": "Sent 40 adverts & <3 replies.",
    "end": "none",
}


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def mikas_ban(store: Stage, **fields: Any) -> Ban:
    mika = Person.objects.get(email=MIKA)
    values = {"user": store.anna.user, "reason": "Adverts.", "actor": f"person:{mika.pk}"}
    return banning.ban(account=store.acme, now=NOW, **{**values, **fields})


def test_a_moderator_finds_somebody_sees_what_a_ban_does_and_imposes_it(
    store: Stage, sign_in: SignIn
) -> None:
    mika = sign_in(MIKA)
    store.published(by=store.anna)
    found = mika.get(NEW, {"q": "korhonen"}).content.decode()
    assert "?account=acme&amp;user=anna" in found and "user=arvo" not in found
    form = text(mika.get(NEW, {"account": "acme", "user": "anna"}))
    assert "1 published review goes to the archive and comes back when the ban ends." in form
    assert mika.post(NEW, FORM).headers["Location"] == "/desk/bans/?done=banned"
    made = Ban.objects.get()
    assert (made.user, made.rule, made.until_at) == (store.anna.user, "spam", None)
    assert made.imposed_by == f"person:{Person.objects.get(email=MIKA).pk}"
    listed = mika.get("/desk/bans/").content.decode()
    assert "Sent 40 adverts &amp; &lt;3 replies." in listed and "by Mika Moilanen" in listed


def test_a_last_day_counts_whole_where_the_marketplace_is(store: Stage, sign_in: SignIn) -> None:
    store.marketplace.time_zone = "Europe/Helsinki"
    store.marketplace.save()
    sign_in(MIKA).post(NEW, {**FORM, "end": "day", "until": "2026-03-10"})
    assert Ban.objects.get().until_at == datetime(2026, 3, 10, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"reason": "<b>Bad</b>"}, "reason"),
        ({"rule": ""}, "rule"),
        ({"rule": "rude"}, "rule"),
        ({"end": ""}, "end"),
        ({"end": "day", "until": ""}, "until"),
        ({"end": "day", "until": "2026-03-01"}, "until"),
        ({"end": "day", "until": "9999-12-31"}, "until"),
    ],
)
def test_a_ban_that_is_not_whole_is_not_imposed_and_keeps_what_was_typed(
    store: Stage, sign_in: SignIn, changed: dict[str, str], field: str
) -> None:
    answer = sign_in(MIKA).post(NEW, {**FORM, **changed})
    page = text(answer)
    assert answer.status_code == 422 and f'href="#{field}"' in page
    assert ({**FORM, **changed}["reason"]) in page
    assert not Ban.objects.exists()


def test_a_ban_is_lifted_with_a_reason_and_stays_in_the_list_of_ended_ones(
    store: Stage, sign_in: SignIn
) -> None:
    made, mika = mikas_ban(store), sign_in(MIKA)
    path = f"/desk/bans/{made.pk}/lift/"
    assert mika.post(path, {"reason": ""}).status_code == 422
    assert mika.post(path, {"reason": "Not hers."}).headers["Location"].endswith("done=lifted")
    assert mika.post(path, {"reason": "Not hers."}).headers["Location"].endswith("done=over")
    assert "Nobody is banned" in text(mika.get("/desk/bans/"))
    ended = text(mika.get("/desk/bans/?ended=1"))
    assert "Not hers." in ended and "Adverts." in ended


def test_an_appeal_stands_on_top_and_is_answered_by_another(store: Stage, sign_in: SignIn) -> None:
    mikas_ban(store)
    appeal = banning.appeal(viewer=store.anna, text="Not me.", now=NOW)
    path = f"/desk/bans/appeals/{appeal.pk}/"
    mika, maija = sign_in(MIKA), sign_in(MAIJA)
    assert "You imposed this ban, so somebody else answers." in text(mika.get("/desk/bans/"))
    form = {"outcome": "kept", "answer": "It was you."}
    assert mika.post(path, form).status_code == 403
    listed = text(maija.get("/desk/bans/"))
    assert "Not me." in listed and path in listed
    for wrong in ({"answer": "Hm."}, {"outcome": "kept"}, {"outcome": "x", "answer": "Hm."}):
        assert maija.post(path, wrong).status_code == 422
    assert maija.post(path, form).status_code == 303
    late = maija.post(path, {"outcome": "lifted", "answer": "Second thoughts."})
    assert late.status_code == 409 and "Second thoughts." in text(late)
    assert Ban.objects.get().lifted_at is None
    assert "Appeals to answer" not in text(maija.get("/desk/bans/"))


def test_the_list_takes_the_same_statements_for_few_and_many(
    store: Stage, sign_in: SignIn, count_sql: Any
) -> None:
    mika, counts = sign_in(MIKA), []
    mikas_ban(store)
    for _ in range(2):
        with count_sql() as statements:
            mika.get("/desk/bans/")
        counts.append(len(statements))
        for n in range(30):
            mikas_ban(store, user=store.viewer().user, reason=f"Reason {n}")
    assert counts[0] == counts[1]
    first = mika.get("/desk/bans/").content.decode()
    assert "cursor=" in first and first.count("/lift/") == 20


def test_a_ban_that_has_come_to_its_end_can_not_be_lifted_any_more(
    store: Stage, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arvio import clock

    made = mikas_ban(store, until_at=NOW + timedelta(days=1))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    page = text(sign_in(MIKA).get(f"/desk/bans/{made.pk}/lift/"))
    assert "This ban is over." in page and "<textarea" not in page
