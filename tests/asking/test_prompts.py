"""The broker's answers as people and apps live with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from arvio.asking import prompt_queries
from arvio.asking.actions import submit_from_link
from arvio.asking.errors import OutcomeSaid
from arvio.asking.prompt_actions import Answer, say_outcome, take_moment
from arvio.asking.prompt_models import Prompt, PromptDay, PromptSpread, PromptTurn, PromptUse
from arvio.asking.prompt_rules import KEPT
from arvio.catalog import actions as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import App, User
from arvio.catalog.queries import Viewer
from arvio.connect.erasing import erase_everywhere
from arvio.connect.personal_data import personal_data
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.reviews import actions as reviews
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage, full_answers, install, make_app, rival

pytestmark = pytest.mark.django_db

Counted = Callable[[], AbstractContextManager[list[str]]]
AT_ONCE = {"prompts": {"min_successes": 0, "min_age": "PT0S"}}
WIDE = {"limits": {"user_scope": "marketplace"}, **AT_ONCE}


def moment(stage: Stage, who: Viewer | None = None, app: App | None = None, **later: Any) -> Answer:
    return take_moment(
        viewer=who or stage.anna,
        app=app or stage.app,
        moment="report-sent",
        now=NOW + timedelta(**later),
    )


def other_app(stage: Stage, ref: str = "mail") -> App:
    app = make_app(stage.marketplace, stage.partner, ref)
    install(app, stage.acme)
    return app


def asked(stage: Stage, who: Viewer | None = None, **later: Any) -> Prompt:
    prompt = moment(stage, who, **later).prompt
    assert prompt
    return prompt


def counts() -> dict[str, int]:
    rows = PromptDay.objects.filter(count__gt=0).values_list("what", "count")
    found = Counter[str]()
    for what, count in rows:
        found[what] += count
    return dict(found)


def everything() -> list[int]:
    models = (PromptUse, PromptTurn, Prompt, PromptDay, PromptSpread, Due)
    return [model.objects.count() for model in models]


# --- When -----------------------------------------------------------------------------------------


def test_the_third_success_asks_and_the_ones_before_it_do_not() -> None:
    stage = cast.stage()
    codes = [moment(stage).code for _ in range(5)]
    assert codes == ["not_enough_use", "not_enough_use", "ask", "cooldown", "cooldown"]
    prompt = Prompt.objects.get()
    assert (prompt.moment, prompt.app, prompt.user) == ("report-sent", stage.app, stage.anna.user)
    assert counts() == {"not_enough_use": 2, "ask": 1, "cooldown": 2}


def test_a_year_of_daily_use_asks_three_times_sixty_days_apart() -> None:
    stage = cast.stage()
    days = [day for day in range(400) if moment(stage, days=day).code == "ask"]
    assert days == [2, 62, 122, 367]
    assert moment(stage, days=131).code == "cooldown"


def test_all_apps_share_a_day_of_twenty_four_hours() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    mail = other_app(stage)
    assert moment(stage).code == "ask"
    assert moment(stage, app=mail, hours=23, minutes=59).code == "elsewhere_today"
    assert moment(stage, app=mail, hours=24).code == "ask"
    assert moment(stage, stage.arvo, app=mail).code == "ask"


def test_another_partners_app_and_another_person_have_days_of_their_own() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    _, app = rival(stage)
    install(app, stage.acme)
    assert moment(stage).code == "ask"
    assert moment(stage, app=app).code == "elsewhere_today"
    assert moment(stage, stage.arvo, app=app).code == "ask"
    elsewhere = cast.stage(slug="elsewhere", overrides=AT_ONCE)
    assert moment(elsewhere).code == "ask"


def test_the_age_is_the_installations_and_a_new_installation_is_young_again() -> None:
    stage = cast.stage(overrides={"prompts": {"min_successes": 0}})
    mail = make_app(stage.marketplace, stage.partner, "mail")
    install(mail, stage.acme, at=NOW - timedelta(days=7) + timedelta(seconds=1))
    assert moment(stage, app=mail).code == "recently_installed"
    assert moment(stage, app=mail, seconds=1).code == "ask"
    install(stage.app, stage.acme, at=NOW)
    assert moment(stage).code == "recently_installed"


def test_who_may_not_review_is_not_asked() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    assert moment(stage, stage.zed).code == "not_eligible"
    catalog.ban(account=stage.acme, user=stage.arvo.user, reason="Adverts", now=NOW)
    assert moment(stage, stage.arvo).code == "not_eligible"
    mail = make_app(stage.marketplace, stage.partner, "mail")
    assert moment(stage, app=mail).code == "not_eligible"


def test_whoever_has_reviewed_is_not_asked_whatever_the_state() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    review = stage.review(by=stage.anna)
    assert moment(stage).code == "already_reviewed"
    work_once(now=NOW + timedelta(days=4))
    assert moment(stage, days=4).code == "already_reviewed"
    reviews.withdraw_review(viewer=stage.anna, review_id=review.pk, now=NOW + timedelta(days=5))
    assert moment(stage, days=5).code == "ask"


def test_outside_the_product_only_an_app_with_a_page_in_the_marketplace_asks() -> None:
    """The form then opens there, and not where the app's own page is."""
    stage = cast.stage(overrides=AT_ONCE)
    outside = cast.viewer(stage.marketplace, stage.acme, "anna", surface="web")
    assert moment(stage, outside).code == "not_eligible"
    listed = make_app(
        stage.marketplace, stage.partner, "mail", listing_url="https://store.example/mail/"
    )
    install(listed, stage.acme)
    assert moment(stage, outside, app=listed).code == "ask"


def test_nobody_is_asked_about_an_app_that_is_retired() -> None:
    stage = cast.stage()
    App.objects.filter(pk=stage.app.pk).update(retired=True)
    stage.app.refresh_from_db()

    assert [moment(stage).code for _ in range(4)] == ["not_eligible"] * 4


def test_of_somebody_unknown_nothing_is_stored(count_sql: Counted) -> None:
    stage = cast.stage(overrides=AT_ONCE)
    before = everything()
    for viewer in (
        Viewer(stage.marketplace, "in_product", "Nobody", "", "en"),
        Viewer(stage.marketplace, "in_product", "Nobody", "", "en", account=stage.acme),
    ):
        with count_sql() as statements:
            assert moment(stage, viewer) == Answer("not_eligible")
        assert statements == []
    assert everything() == before


def test_the_policy_in_force_counts_from_its_moment_on() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    asked(stage)
    set_policy(
        marketplace=stage.marketplace,
        preset="bitrix24-2024",
        overrides={"prompts": {"min_successes": 0, "every": "P10D", "per_year": 0}},
        effective_at=NOW + timedelta(days=10),
        actor="test",
        now=NOW,
    )
    assert moment(stage, days=10, seconds=-1).code == "cooldown"
    assert moment(stage, days=10).code == "yearly_limit"
    assert moment(stage, stage.arvo, days=10).code == "yearly_limit"


# --- Who is one person ----------------------------------------------------------------------------


def test_where_a_person_counts_across_accounts_the_budget_does_too() -> None:
    stage = cast.stage(overrides=WIDE)
    second = cast.installed_account(stage, "second")
    same = cast.viewer(stage.marketplace, second, "anna")
    moment(stage)
    assert moment(stage, same, hours=1).code == "cooldown"
    say_outcome(viewer=stage.anna, prompt_id=Prompt.objects.get().pk, outcome="never", now=NOW)
    assert moment(stage, same, days=90).code == "opted_out"


def test_uses_in_all_accounts_add_up_where_the_person_does() -> None:
    overrides = {"limits": {"user_scope": "marketplace"}, "prompts": {"min_age": "PT0S"}}
    stage = cast.stage(overrides=overrides)
    second = cast.installed_account(stage, "second")
    same = cast.viewer(stage.marketplace, second, "anna")
    assert [moment(stage, who).code for who in (stage.anna, same, stage.anna)][-1] == "ask"
    narrow = cast.stage(slug="narrow", overrides={"prompts": {"min_age": "PT0S"}})
    again = cast.viewer(narrow.marketplace, cast.installed_account(narrow, "second"), "anna")
    codes = [moment(narrow, who).code for who in (narrow.anna, again, narrow.anna, again)]
    assert codes == ["not_enough_use"] * 4


@pytest.mark.parametrize(("before", "after"), [(AT_ONCE, WIDE), (WIDE, AT_ONCE)])
def test_a_change_of_who_is_one_person_forgets_no_ask(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    """At once, without a worker; then a chain of numbers begins that knows of the other."""
    stage = cast.stage(overrides=before)
    same = cast.viewer(stage.marketplace, cast.installed_account(stage, "second"), "anna")
    asked(stage)
    set_policy(
        marketplace=stage.marketplace,
        preset="bitrix24-2024",
        overrides=after,
        effective_at=NOW + timedelta(hours=1),
        actor="test",
        now=NOW,
    )
    assert moment(stage, hours=1).code == "cooldown"
    assert moment(stage, same, hours=1).code == ("cooldown" if after == WIDE else "ask")
    assert moment(stage, days=60).code == "ask"


# --- What came of it ------------------------------------------------------------------------------


def test_an_outcome_is_said_once_and_never_may_still_follow() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    prompt = asked(stage)

    def say(outcome: Any) -> str:
        return say_outcome(viewer=stage.anna, prompt_id=prompt.pk, outcome=outcome, now=NOW).outcome

    assert [say("later"), say("later")] == ["later", "later"]
    for other in ("opened", "failed"):
        with pytest.raises(OutcomeSaid):
            say(other)
    assert counts() == {"ask": 1, "later": 1}
    assert say("never") == "never"
    with pytest.raises(OutcomeSaid):
        say("later")
    assert counts() == {"ask": 1, "never": 1}
    assert say("never") == "never"
    assert counts() == {"ask": 1, "never": 1}


def test_never_is_about_this_app_and_this_person() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    mail = other_app(stage)
    prompt = asked(stage)
    say_outcome(viewer=stage.anna, prompt_id=prompt.pk, outcome="never", now=NOW)
    assert moment(stage, days=200).code == "opted_out"
    assert moment(stage, app=mail, days=200).code == "ask"
    assert moment(stage, stage.arvo, days=200).code == "ask"


@pytest.mark.parametrize("outcome", ["opened", "later", "failed"])
def test_no_other_outcome_gives_a_turn_back(outcome: Any) -> None:
    stage = cast.stage(overrides=AT_ONCE)
    prompt = asked(stage)
    say_outcome(viewer=stage.anna, prompt_id=prompt.pk, outcome=outcome, now=NOW)
    assert moment(stage, days=59).code == "cooldown"


def test_only_who_was_asked_says_what_came_of_it() -> None:
    stage = cast.stage(overrides=WIDE)
    prompt = asked(stage)
    nobody = Viewer(stage.marketplace, "in_product", "Nobody", "", "en")
    same = cast.viewer(stage.marketplace, cast.installed_account(stage, "second"), "anna")
    for viewer, pk in (
        (stage.arvo, prompt.pk),
        (same, prompt.pk),
        (nobody, prompt.pk),
        (stage.anna, uuid7()),
    ):
        with pytest.raises(NotFound):
            say_outcome(viewer=viewer, prompt_id=pk, outcome="opened", now=NOW)
    assert counts() == {"ask": 1}


def test_a_review_within_a_week_counts_for_the_ask_that_it_followed() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    for who, days in ((stage.anna, 6.9), (stage.arvo, 7.0)):
        asked(stage, who)
        later = NOW + timedelta(days=days)
        answers = full_answers(stage.marketplace, NOW)
        submit_from_link(viewer=who, app=stage.app, answers=answers, now=later)
    submit_from_link(viewer=stage.viewer(), app=stage.app, answers=answers, now=NOW)
    assert counts() == {"ask": 2, "review": 1}
    assert PromptDay.objects.get(what="review").day_date == NOW.date()


# --- The guard ------------------------------------------------------------------------------------


def test_the_database_takes_no_two_asks_after_the_same_past() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    asked(stage)
    turn = PromptTurn.objects.get()
    turn.pk, turn.app_id = uuid7(), uuid7()
    with pytest.raises(IntegrityError), transaction.atomic():
        turn.save(force_insert=True)


def test_an_answer_takes_the_same_statements_whatever_the_past(count_sql: Counted) -> None:
    overrides = {"prompts": {**AT_ONCE["prompts"], "every": "PT0S", "per_year": 300}}
    stage = cast.stage(overrides=overrides)
    apps = [stage.app, *(other_app(stage, f"app-{n}") for n in range(4))]
    taken = []
    for n in range(40):
        with count_sql() as statements:
            assert moment(stage, app=apps[n % 5], days=n).code == "ask"
        taken.append(len(statements))
    first, later = taken[0], set(taken[5:])
    assert max(later) <= 19 and len(later) == 1
    assert first <= 22
    with count_sql() as statements:
        assert moment(stage, app=apps[0], days=39, hours=1).code == "elsewhere_today"
    assert len(statements) <= 14


# --- Erasure, access, retention -------------------------------------------------------------------


def test_an_erasure_leaves_the_budget_and_the_wish_under_a_pseudonym() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    mail = other_app(stage)
    assert stage.anna.user
    say_outcome(viewer=stage.anna, prompt_id=asked(stage).pk, outcome="never", now=NOW)
    erase_everywhere(user=stage.anna.user, actor="test", now=NOW)
    assert Prompt.objects.get().moment == ""
    people = PromptUse.objects.values_list("person", flat=True)
    assert not any("anna" in person for person in people)
    user, _ = catalog.put_user(account=stage.acme, ref="anna", name="Anna", now=NOW)
    back = cast.viewer(stage.marketplace, stage.acme, "anna")
    assert back.user == user
    assert moment(stage, back, days=200).code == "opted_out"
    assert moment(stage, back, app=mail, hours=1).code == "elsewhere_today"


def test_no_row_ever_holds_the_platforms_id() -> None:
    stage = cast.stage(overrides=WIDE)
    asked(stage)
    rows = [*PromptUse.objects.values(), *PromptTurn.objects.values(), *Prompt.objects.values()]
    assert not any("anna" in str(value) for row in rows for value in row.values())


def test_my_data_shows_when_i_was_asked_and_what_it_rested_on() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    asked(stage, stage.arvo)
    say_outcome(viewer=stage.anna, prompt_id=asked(stage).pk, outcome="never", now=NOW)
    assert isinstance(stage.anna.user, User)
    document = personal_data(user=stage.anna.user, now=NOW)
    at = "2026-03-02T09:30:00Z"
    assert document["prompts"] == [
        {
            "app": "calls",
            "moment": "report-sent",
            "asked_at": at,
            "outcome": "never",
            "outcome_at": at,
            "review": None,
        }
    ]
    assert document["app_uses"] == [{"app": "calls", "uses": 1, "last_at": at, "opted_out_at": at}]


def test_after_four_hundred_days_only_the_wish_is_left() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    say_outcome(viewer=stage.anna, prompt_id=asked(stage).pk, outcome="never", now=NOW)
    asked(stage, stage.arvo)
    work_once(now=NOW + KEPT)
    assert [Prompt.objects.count(), PromptTurn.objects.count()] == [2, 2]
    work_once(now=NOW + KEPT + timedelta(days=1))
    assert [Prompt.objects.count(), PromptTurn.objects.count()] == [0, 0]
    assert [use.user for use in PromptUse.objects.all()] == [stage.anna.user]
    assert PromptDay.objects.count() == PromptSpread.objects.count() == 0
    assert moment(stage, days=402).code == "opted_out"
    assert Due.objects.get(kind="old_prompts").due_at == NOW + KEPT + timedelta(days=2)


# --- Figures --------------------------------------------------------------------------------------


def test_figures_are_what_a_recount_of_the_rows_gives() -> None:
    overrides = {"prompts": {**AT_ONCE["prompts"], "every": "P5D", "per_year": 50}}
    stage = cast.stage(overrides=overrides)
    mail = other_app(stage)
    people = [stage.anna, stage.arvo, stage.viewer(account=stage.acme)]
    for day in range(45):
        for place, who in enumerate(people):
            if (day + place) % (place + 2) == 0:
                moment(stage, who, app=mail if day % 3 else stage.app, days=day - 44)
    for number, prompt in enumerate(Prompt.objects.order_by("asked_at", "pk")):
        viewer = next(who for who in people if who.user == prompt.user)
        outcome: Any = ("opened", "later", "never", "failed")[number % 4]
        if number % 5:
            say_outcome(viewer=viewer, prompt_id=prompt.pk, outcome=outcome, now=NOW)
    found = prompt_queries.figures(marketplace=stage.marketplace, now=NOW)
    recent = Prompt.objects.filter(asked_at__date__gte=min(found.days))
    assert len(found.days) == 30 and max(found.days) == NOW.date()
    assert found.asks == sum(found.days.values()) == recent.count() > 5
    outcomes = Counter(recent.exclude(outcome="").values_list("outcome", flat=True))
    assert {key: n for key, n in found.outcomes.items() if n} == outcomes
    assert found.unanswered == recent.filter(outcome="").count()
    per_person = Counter(recent.values_list("user", flat=True))
    assert (found.people, found.most) == (len(per_person), max(per_person.values()))
    shares = Counter(recent.values_list("app", flat=True))
    assert [(one.app.pk, one.asks) for one in found.apps] == shares.most_common()


def test_a_partner_sees_its_own_apps_and_no_number_that_tells_of_people(
    count_sql: Counted,
) -> None:
    stage = cast.stage(overrides=AT_ONCE)
    vera, theirs = rival(stage)
    install(theirs, stage.acme)
    petra, mail = cast.member(stage), other_app(stage)
    moment(stage, stage.anna, app=mail)
    for number in range(4):
        who = stage.viewer()
        prompt = asked(stage, who)
        outcome: Any = "opened" if number else "later"
        say_outcome(viewer=who, prompt_id=prompt.pk, outcome=outcome, now=NOW)
        moment(stage, who)
    with count_sql() as statements:
        calls, few = prompt_queries.of_partner(member=petra, apps=[stage.app, mail], now=NOW)
    assert len(statements) == 1
    assert (calls.moments, calls.asks, calls.reviews) == (8, 4, None)
    assert calls.outcomes == {"opened": 3, "later": None, "never": None, "failed": None}
    assert (few.app, few.moments, few.asks) == (mail, 1, None)
    assert prompt_queries.of_partner(member=vera, apps=[theirs], now=NOW) == []


@pytest.mark.parametrize("overrides", [AT_ONCE, WIDE], ids=["account", "marketplace"])
def test_asks_are_looked_for_by_who_counts_as_one_person(
    overrides: dict[str, Any], count_sql: Counted
) -> None:
    stage = cast.stage(overrides=overrides)
    with count_sql() as statements:
        moment(stage)
    (sql,) = [one for one in statements if one.startswith('SELECT "prompt_turn"')]
    assert ('"prompt_turn"."marketplace_id" =' in sql) == (overrides is WIDE)


@pytest.mark.parametrize(
    ("days", "people", "most"),
    [
        ([29, 10], 1, 2),
        ([30, 10], 1, 2),
        ([40, 10], 1, 1),
        ([29], 1, 1),
        ([30], 0, 0),
        ([29, 20, 10, 0], 1, 4),
    ],
)
def test_a_person_is_counted_once_in_the_thirty_days(
    days: list[int], people: int, most: int
) -> None:
    overrides = {"prompts": {**AT_ONCE["prompts"], "every": "P1D", "per_year": 9}}
    stage = cast.stage(overrides=overrides)
    for day in days:
        asked(stage, days=-day)
    found = prompt_queries.figures(marketplace=stage.marketplace, now=NOW)
    assert (found.people, found.most) == (people, most)
