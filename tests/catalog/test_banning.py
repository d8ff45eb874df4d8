"""Bans: their history, who may appeal and who may answer. Who is told: tests/reviews."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from arvio.audit.models import AuditRow
from arvio.audit.rules import broken
from arvio.catalog import banning, bans
from arvio.catalog.appeals import appeal_problem, may_answer
from arvio.catalog.errors import BanRefused, InvalidFact
from arvio.catalog.models import Ban, BanAppeal
from arvio.due.models import Due
from arvio.policy.durations import parse
from arvio.policy.form import FormError
from tests import cast
from tests.cast import NOW, Stage
from tests.racing import race

DAY = timedelta(days=1)
MIKA, OLLI = "person:mika", "person:olli"


@pytest.fixture
def stage(db: None) -> Stage:
    return cast.stage()


def ban(stage: Stage, **fields: Any) -> Ban:
    values = {"user": stage.anna.user, "reason": "Sent 40 adverts.", "rule": "spam", "actor": MIKA}
    return banning.ban(account=stage.acme, now=NOW, **{**values, **fields})


def history(subject: str) -> list[AuditRow]:
    rows = AuditRow.objects.filter(subject=subject).order_by("seq")
    assert broken(rows) is None
    return list(rows)


# --- Pure rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"now": parse("P6M").add(NOW) - timedelta(seconds=1)}, None),
        ({"now": parse("P6M").add(NOW)}, "window_closed"),
        ({"in_force": False}, "not_banned"),
        ({"outcomes": ["open"]}, "appeal_open"),
        ({"outcomes": ["kept"]}, "appeal_answered"),
    ],
)
def test_a_ban_in_force_is_appealed_against_once_within_the_window(
    changed: dict[str, Any], expected: str | None
) -> None:
    values = {"since_at": NOW, "in_force": True, "outcomes": [], "window": parse("P6M"), "now": NOW}
    assert appeal_problem(**{**values, **changed}) == expected


@pytest.mark.parametrize(
    ("actor", "imposed_by", "expected"),
    [
        (MIKA, MIKA, False),
        (OLLI, MIKA, True),
        ("command", "command", True),
        (MIKA, "command", True),
    ],
)
def test_who_imposed_a_ban_does_not_answer_its_appeal(
    actor: str, imposed_by: str, expected: bool
) -> None:
    assert may_answer(actor=actor, imposed_by=imposed_by) is expected


# --- History -------------------------------------------------------------------------------------


def test_a_ban_says_who_imposed_it_on_which_rule_and_who_lifted_it(stage: Stage) -> None:
    made = ban(stage)
    assert (made.imposed_by, made.rule, made.guidelines_number) == (MIKA, "spam", 1)
    assert banning.lift_ban(ban=made, actor=OLLI, reason="Not his adverts.", now=NOW + DAY)
    assert not banning.lift_ban(ban=made, actor=MIKA, reason="Again.", now=NOW + DAY)
    made.refresh_from_db()
    assert (made.lifted_by, made.lift_reason) == (OLLI, "Not his adverts.")
    assert stage.anna.user
    rows = history(f"user:{stage.anna.user.pk}")
    assert [(row.tag, row.actor) for row in rows] == [
        ("user:banned", MIKA),
        ("user:ban_lifted", OLLI),
    ]
    assert "adverts" not in str([row.after for row in rows])


def test_a_ban_of_an_account_stands_in_the_accounts_history(stage: Stage) -> None:
    ban(stage, user=None)
    assert [row.tag for row in history(f"account:{stage.acme.pk}")] == ["account:banned"]


@pytest.mark.parametrize("rule", ["rude", "SPAM", "\0"])
def test_a_ban_rests_on_a_rule_that_there_is(stage: Stage, rule: str) -> None:
    with pytest.raises(InvalidFact, match="rule"):
        ban(stage, rule=rule)
    assert not Ban.objects.exists() and not Due.objects.filter(kind="ban_notice").exists()


# --- Appeals -------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_somebody_else_and_ends_the_ban(stage: Stage) -> None:
    made = ban(stage)
    filed = banning.appeal(viewer=stage.anna, text="It was my colleague.", now=NOW + DAY)
    for again in ("The same once more.", "And more."):
        with pytest.raises(BanRefused, match="appeal_open"):
            banning.appeal(viewer=stage.anna, text=again, now=NOW + DAY)
    with pytest.raises(BanRefused, match="same_person"):
        banning.answer_appeal(appeal=filed, lift=True, answer="Yes.", actor=MIKA, now=NOW + DAY)
    filed = banning.answer_appeal(
        appeal=filed, lift=True, answer="You are right.", actor=OLLI, now=NOW + 2 * DAY
    )
    assert (filed.outcome, filed.answered_by) == ("lifted", OLLI)
    made.refresh_from_db()
    assert (made.lifted_at, made.lift_reason) == (NOW + 2 * DAY, "You are right.")
    with pytest.raises(BanRefused, match="over"):
        banning.answer_appeal(appeal=filed, lift=False, answer="No.", actor=OLLI, now=NOW + 2 * DAY)
    with pytest.raises(BanRefused, match="not_banned"):
        banning.appeal(viewer=stage.anna, text="And now?", now=NOW + 2 * DAY)
    assert stage.anna.user
    assert [row.tag for row in history(f"user:{stage.anna.user.pk}")] == [
        "user:banned",
        "user:ban_appealed",
        "user:ban_appeal_answered",
        "user:ban_lifted",
    ]


def test_a_ban_that_is_kept_stays_and_is_not_looked_at_again(stage: Stage) -> None:
    made = ban(stage)
    filed = banning.appeal(viewer=stage.anna, text="Why?", now=NOW)
    with pytest.raises(FormError):
        banning.answer_appeal(appeal=filed, lift=False, answer=" ", actor=OLLI, now=NOW)
    banning.answer_appeal(appeal=filed, lift=False, answer="40 adverts.", actor=OLLI, now=NOW)
    made.refresh_from_db()
    assert made.is_in_force(NOW)
    with pytest.raises(BanRefused, match="appeal_answered"):
        banning.appeal(viewer=stage.anna, text="Why?", now=NOW)


def test_who_is_not_banned_or_writes_nothing_appeals_against_nothing(stage: Stage) -> None:
    ban(stage)
    with pytest.raises(BanRefused, match="not_banned"):
        banning.appeal(viewer=stage.arvo, text="Me too.", now=NOW)
    with pytest.raises(FormError):
        banning.appeal(viewer=stage.anna, text=" \n", now=NOW)


def test_any_user_of_a_banned_account_may_appeal_and_lifting_answers(stage: Stage) -> None:
    made = ban(stage, user=None)
    filed = banning.appeal(viewer=stage.arvo, text="We have paid.", now=NOW)
    with pytest.raises(BanRefused, match="appeal_open"):
        banning.appeal(viewer=stage.anna, text="We have.", now=NOW)
    banning.lift_ban(ban=made, actor=MIKA, reason="Paid.", now=NOW + DAY)
    filed.refresh_from_db()
    assert (filed.outcome, filed.answer) == ("lifted", "Paid.")


def test_the_database_keeps_one_open_appeal_and_no_answer_without_a_time(stage: Stage) -> None:
    made = ban(stage)
    filed = banning.appeal(viewer=stage.anna, text="Why?", now=NOW)
    same = {"marketplace": stage.marketplace, "ban": made, "user": stage.anna.user, "text": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        BanAppeal.objects.create(**same, filed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        BanAppeal.objects.filter(pk=filed.pk).update(outcome="kept")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told() -> None:
    stage = cast.stage()
    ban(stage)
    filed = banning.appeal(viewer=stage.anna, text="Why?", now=NOW)

    def answer(actor: str, lift: bool) -> str:
        appeal = bans.one_appeal(marketplace=stage.marketplace, appeal_id=filed.pk)
        try:
            banning.answer_appeal(appeal=appeal, lift=lift, answer="So.", actor=actor, now=NOW)
        except BanRefused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    done = race([lambda: answer(OLLI, True), lambda: answer("person:third", False)])
    assert sorted(done) == ["done", "over"]
    filed.refresh_from_db()
    lifted = Ban.objects.get().lifted_at is not None
    assert lifted == (filed.outcome == "lifted")


# --- Lists ---------------------------------------------------------------------------------------


def test_pages_walk_over_all_bans_newest_first(stage: Stage) -> None:
    made = []
    for n in range(45):
        who = stage.viewer(account=stage.acme)
        made.append(
            banning.ban(account=stage.acme, user=who.user, reason="x", now=NOW - n // 3 * DAY)
        )
    banning.lift_ban(ban=made[7], now=NOW)
    seen: list[Ban] = []
    cursor: str | None = None
    while True:
        page, cursor = bans.page(marketplace=stage.marketplace, ended=False, now=NOW, cursor=cursor)
        seen += page
        if cursor is None:
            break
    assert len(seen) == 44 == len({row.pk for row in seen})
    assert [row.since_at for row in seen] == sorted((r.since_at for r in seen), reverse=True)
    ended, more = bans.page(marketplace=stage.marketplace, ended=True, now=NOW)
    assert ([row.pk for row in ended], more) == ([made[7].pk], None)


@pytest.mark.parametrize(
    "q", ["acme", "ACME", "Acme Oy", "anna", "korhonen", "Korhonen", "anna@customer.example"]
)
def test_accounts_and_users_are_found_by_what_one_knows(stage: Stage, q: str) -> None:
    found = bans.search(marketplace=stage.marketplace, q=q)
    assert [one.account.pk for one in found] == [stage.acme.pk]
    assert stage.anna.user in found[0].users


@pytest.mark.parametrize("q", ["", " ", "nobody", "\0", "\ud800", "zzz' OR 1=1"])
def test_what_is_not_there_is_not_found(stage: Stage, q: str) -> None:
    assert bans.search(marketplace=stage.marketplace, q=q) == []
