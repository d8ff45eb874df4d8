"""Real threads on real connections: one budget for a person, whatever happens at once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from arvio.asking.prompt_actions import Answer, say_outcome, take_moment
from arvio.asking.prompt_models import Prompt, PromptDay, PromptSpread, PromptTurn, PromptUse
from arvio.catalog.models import App
from arvio.catalog.queries import Viewer
from arvio.connect.erasing import erase_everywhere
from tests import cast
from tests.cast import NOW, Stage, install, make_app
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"prompts": {"min_successes": 0, "min_age": "PT0S"}}
WIDE = {"limits": {"user_scope": "marketplace"}, **AT_ONCE}


def apps_of(stage: Stage, number: int) -> list[App]:
    apps = [make_app(stage.marketplace, stage.partner, f"app-{n}") for n in range(number)]
    for app in apps:
        install(app, stage.acme)
    return apps


def moments(viewers: list[Viewer], apps: list[App], number: int) -> list[Any]:
    return [
        partial(
            take_moment,
            viewer=viewers[n % len(viewers)],
            app=apps[n % len(apps)],
            moment="report-sent",
            now=NOW + timedelta(microseconds=number - n),
        )
        for n in range(number)
    ]


def codes(answers: list[Any]) -> Counter[str]:
    wrong = [one for one in answers if not isinstance(one, Answer)]
    assert wrong == []
    return Counter(one.code for one in answers)


@pytest.mark.parametrize("number", [1, 10], ids=["one app", "ten apps"])
def test_of_two_hundred_at_once_one_asks(number: int) -> None:
    stage = cast.stage(overrides=AT_ONCE)
    apps = apps_of(stage, number)
    found = codes(race(moments([stage.anna], apps, 200)))
    assert found["ask"] == 1 and sum(found.values()) == 200
    assert set(found) <= {"ask", "cooldown", "elsewhere_today"}
    assert Prompt.objects.count() == PromptTurn.objects.count() == 1
    assert sum(PromptUse.objects.values_list("uses", flat=True)) == 200
    days = Counter[str]()
    for what, count in PromptDay.objects.values_list("what", "count"):
        days[what] += count
    assert days == found
    assert [row.count for row in PromptSpread.objects.all()] == [1]


def test_one_person_in_many_accounts_asks_once_where_they_count_as_one() -> None:
    stage = cast.stage(overrides=WIDE)
    accounts = [cast.installed_account(stage, f"place-{n}") for n in range(8)]
    same = [cast.viewer(stage.marketplace, account, "anna") for account in accounts]
    found = codes(race(moments(same, [stage.app], 40)))
    assert found["ask"] == 1
    assert PromptTurn.objects.count() == 1


def test_the_budget_of_three_a_day_is_used_and_not_overdrawn() -> None:
    overrides = {"prompts": {**AT_ONCE["prompts"], "per_user_day": 3}}
    stage = cast.stage(overrides=overrides)
    found = codes(race(moments([stage.anna], apps_of(stage, 12), 60)))
    assert found["ask"] == 3
    numbers = PromptTurn.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3]


def test_many_people_in_one_app_are_all_counted() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    people = [cast.viewer(stage.marketplace, stage.acme, f"user-{n}") for n in range(20)]
    assert codes(race(moments(people, [stage.app], 40))) == {"ask": 20, "cooldown": 20}
    assert PromptDay.objects.get(what="ask").count == 20
    assert PromptSpread.objects.get().count == 20


def test_outcomes_moments_and_an_erasure_wait_for_each_other() -> None:
    stage = cast.stage(overrides=AT_ONCE)
    apps = apps_of(stage, 4)
    user = stage.anna.user
    assert user
    first = take_moment(viewer=stage.anna, app=apps[0], moment="x", now=NOW - timedelta(days=1))
    assert first.prompt
    says = [
        partial(say_outcome, viewer=stage.anna, prompt_id=first.prompt.pk, outcome=said, now=NOW)
        for said in ("later", "never", "opened", "never")
    ]
    erases = [partial(erase_everywhere, user=user, actor="test", now=NOW)]
    answers = race([*moments([stage.anna], apps, 16), *says, *erases])
    assert {type(one).__name__ for one in answers} <= {"Answer", "Prompt", "OutcomeSaid", "int"}
    first.prompt.refresh_from_db()
    assert first.prompt.outcome == "never"
    outcomes = PromptDay.objects.filter(what__in=["later", "never", "opened"])
    assert sum(outcomes.values_list("count", flat=True)) == 1
    assert Prompt.objects.filter(asked_at__gte=NOW).count() <= 1
