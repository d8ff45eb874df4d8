"""People: whoever is listed may review then, or no more; nobody else gets another answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from arvio.catalog import actions as catalog
from arvio.catalog.banning import ban
from arvio.catalog.models import App, User
from arvio.catalog.queries import Viewer, policy_in_force
from arvio.reviews.actions import submit_review
from arvio.reviews.errors import Refused
from arvio.reviews.submitting import asker_of, judge
from arvio.work.loop import work_once
from tests import cast
from tests.cast import LONG_AGO, NOW, Stage
from tests.preview.shelf import TOMORROW, figures, items, let_it_count

pytestmark = pytest.mark.django_db

Pair = tuple[str, str, str]


def crowd(scope: str = "account") -> Stage:
    """Accounts of all kinds, people who are in two of them, wrote, are banned, or make apps."""
    dice = random.Random(7)
    stage = cast.stage(overrides={"limits": {"user_scope": scope}})
    place = stage.marketplace
    apps = [stage.app, *(cast.make_app(place, stage.partner, ref) for ref in ("mail", "tasks"))]
    for n in range(12):
        account, _ = catalog.put_account(
            marketplace=place,
            ref=f"firm-{n}",
            name=f"Firm {n}",
            plan=dice.choice(["commercial", "commercial", "commercial", "demo", "unheard-of"]),
            kind=dice.choice(["production", "production", "production", "sandbox"]),
            now=LONG_AGO,
        )
        people = [
            cast.viewer(place, account, ref, email=email)
            for ref, email in [
                (f"solo-{n}", ""),
                (f"twin-{n // 2}", ""),
                (f"maker-{n}", f"m{n}@pixel.example"),
            ]
        ]
        for app in apps:
            cast.install(app, account)
            if dice.random() < 0.6:
                write(people[n % 2], app)
            if dice.random() < 0.3:
                gone = NOW - timedelta(days=dice.choice([2, 20]))
                catalog.end_installation(app=app, account=account, uninstalled_at=gone, now=gone)
        if n % 5 == 0:
            ban(
                account=account,
                user=people[0].user,
                reason="Advertising",
                until_at=dice.choice([None, NOW + timedelta(hours=3)]),
                now=NOW - timedelta(days=1),
            )
    work_once(now=NOW)
    return stage


def write(viewer: Viewer, app: App) -> None:
    at = NOW - timedelta(days=30)
    answers = cast.full_answers(viewer.marketplace, at)
    with suppress(Refused):
        submit_review(viewer=viewer, app=app, answers=answers, now=at)


def everybody(stage: Stage) -> Iterator[tuple[Pair, Viewer, App]]:
    apps = list(App.objects.select_related("partner", "marketplace"))
    for user in User.objects.select_related("account"):
        viewer = replace(stage.anna, account=user.account, user=user, email=user.email)
        for app in apps:
            yield (user.account.name + " · " + app.name, user.ref, app.ref), viewer, app


def answers(stage: Stage) -> dict[Pair, list[str]]:
    """What the eligibility of each says tomorrow, by the rules that are known to come."""
    version = policy_in_force(marketplace=stage.marketplace, now=TOMORROW)
    found = {}
    for pair, viewer, app in everybody(stage):
        asker = asker_of(viewer=viewer, app=app)
        verdict, _ = judge(
            marketplace=stage.marketplace, asker=asker, version=version, now=TOMORROW
        )
        found[pair] = [check.code for check in verdict.failed]
    return found


@pytest.mark.parametrize(
    ("scope", "overrides"),
    [
        ("account", {"limits": {"per_account": 1}}),
        ("account", {"limits": {"user_scope": "marketplace"}}),
        ("marketplace", {"limits": {"user_scope": "account"}}),
        ("marketplace", {"limits": {"per_user": 2}, "eligibility": {"plans": "any"}}),
        ("account", {"eligibility": {"grace_after_uninstall": "P10D", "unknown_plan": "allow"}}),
    ],
    ids=["places", "one anywhere", "one an account", "wider", "grace"],
)
def test_the_listed_people_and_no_others_get_another_answer(
    scope: str, overrides: dict[str, Any]
) -> None:
    stage = crowd(scope)
    before = answers(stage)
    told = figures(stage, **overrides)
    listed = {code: items(stage, code, **overrides) for code in ("may_review", "may_not_review")}
    let_it_count(stage, **overrides)
    after = answers(stage)
    apps = {app.name: app.ref for app in App.objects.all()}
    found = {
        code: {(one.about, one.ref, apps[one.about.partition(" · ")[2]]): one for one in rows}
        for code, rows in listed.items()
    }
    assert set(found["may_review"]) == {p for p in before if before[p] and not after[p]}
    assert set(found["may_not_review"]) == {p for p in before if after[p] and not before[p]}
    for pair, one in [*found["may_review"].items(), *found["may_not_review"].items()]:
        assert (one.old, one.new) == (before[pair], after[pair])
    for code, rows in listed.items():
        people = len({one.key for one in rows})
        assert (told[code].count if code in told else 0) == people
        assert (told[code].values["pairs"] if code in told else 0) == len(rows)
    assert listed["may_review"] or listed["may_not_review"]


@pytest.mark.once
def test_who_comes_through_which_door_changes_nobody() -> None:
    told = figures(crowd(), eligibility={"surface": "any"})
    assert not {"may_review", "may_not_review"} & set(told)
