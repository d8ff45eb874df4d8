"""Which installations are to be asked about, and when: what facts and policies write down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from arvio.catalog import actions, batches, planning
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import Installation
from arvio.due.models import Due
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]
DAY = timedelta(days=1)
MONTH = 30 * DAY


def stage(**overrides: Any) -> Stage:
    made = cast.stage(preset="hubspot-2022", overrides=overrides)
    Due.objects.filter(kind__in=["policy", planning.REQUEST]).delete()
    return made


def install(on: Stage, at: datetime, *, now: datetime | None = None, **fields: Any) -> Installation:
    assert on.zed.account
    made, _ = actions.put_installation(
        app=on.app, account=on.zed.account, installed_at=at, now=now or at, **fields
    )
    return made


def uninstall(on: Stage, at: datetime, *, now: datetime) -> None:
    assert on.zed.account
    actions.end_installation(app=on.app, account=on.zed.account, uninstalled_at=at, now=now)


def planned() -> dict[str, datetime]:
    return dict(Due.objects.filter(kind=planning.REQUEST).values_list("key", "due_at"))


def test_an_installation_is_asked_about_thirty_days_later() -> None:
    row = install(stage(), NOW)
    assert planned() == {str(row.pk): NOW + MONTH}
    assert Due.objects.get(kind=planning.REQUEST).app_id == row.app_id


@pytest.mark.parametrize(("late", "rows"), [(MONTH, 1), (MONTH + timedelta(seconds=1), 0)])
def test_one_first_heard_of_after_its_day_is_not(late: timedelta, rows: int) -> None:
    install(stage(), NOW, now=NOW + late)
    assert len(planned()) == rows


def test_where_nobody_asks_nothing_is_planned() -> None:
    install(stage(requests={"email_after": "none", "to": "none"}), NOW)
    assert planned() == {}


def test_a_fact_that_is_repeated_plans_nothing_more() -> None:
    on = stage()
    row = install(on, NOW)
    for days in (1, 29, 31):
        install(on, NOW, now=NOW + days * DAY)
    assert planned() == {str(row.pk): NOW + MONTH}


def test_an_uninstall_cancels_and_an_installation_anew_is_planned_anew() -> None:
    on = stage()
    row = install(on, NOW)
    uninstall(on, NOW + DAY, now=NOW + DAY)
    assert planned() == {}
    install(on, NOW + 2 * DAY)
    assert planned() == {str(row.pk): NOW + 2 * DAY + MONTH}
    # It ended before it began anew: told late, and nothing changes.
    uninstall(on, NOW + DAY, now=NOW + 3 * DAY)
    assert planned() == {str(row.pk): NOW + 2 * DAY + MONTH}


def test_the_end_of_time_is_no_day_to_ask() -> None:
    install(stage(), datetime(9999, 12, 31, tzinfo=UTC), now=NOW)
    assert planned() == {}


def facts(on: Stage, count: int) -> list[batches.InstallationFact]:
    accounts = batches.put_accounts(
        marketplace=on.marketplace,
        facts=[batches.AccountFact(ref=f"a{n}", name="A", plan="commercial") for n in range(count)],
        now=NOW,
    )
    return [
        batches.InstallationFact(
            app=on.app,
            account=account,
            installed_at=NOW - n * DAY,
            uninstalled_at=NOW if n % 5 == 0 else None,
        )
        for n, account in enumerate(accounts.values())
    ]


def test_many_at_once_are_planned_in_a_few_statements(count_sql: Counter) -> None:
    on = stage()
    all_of_them = facts(on, 60)
    few, many = all_of_them[:2], all_of_them[2:]
    with count_sql() as first:
        batches.put_installations(facts=few, now=NOW)
    with count_sql() as second:
        batches.put_installations(facts=many, now=NOW)
    assert len(second) <= len(first)
    days = {(NOW + MONTH - at).days for at in planned().values()}
    assert days == {n for n in range(31) if n % 5}


def test_only_another_version_on_the_account_is_looked_at() -> None:
    on = stage()
    row = install(on, NOW, version="2.2")
    for version in ("2.2", "", "2.2"):
        install(on, NOW, version=version)
    assert not Due.objects.filter(kind=planning.VERSION).exists()
    install(on, NOW, now=NOW + DAY, version="2.3")
    assert Due.objects.get(kind=planning.VERSION).key == str(row.pk)
    Due.objects.filter(kind=planning.VERSION).delete()
    # What was there before, told late, is no news.
    install(on, NOW - DAY, now=NOW + DAY, version="1.0")
    assert not Due.objects.filter(kind=planning.VERSION).exists()


# --- Another rule -------------------------------------------------------------------------------


def ask_after(on: Stage, after: str, at: datetime = NOW, **overrides: Any) -> None:
    requests = {"email_after": after, "to": "none" if after == "none" else "installer"}
    set_policy(
        marketplace=on.marketplace,
        preset="hubspot-2022",
        overrides={"requests": requests, **overrides},
        effective_at=at,
        actor="test",
        now=NOW,
    )


def test_another_rule_plans_those_who_wait_anew() -> None:
    on = stage()
    young, old = install(on, NOW - 5 * DAY), cast.installed_account(on, "older")
    waiting, _ = actions.put_installation(
        app=on.app, account=old, installed_at=NOW - 20 * DAY, now=NOW - 20 * DAY
    )
    ask_after(on, "P10D", NOW + DAY)
    work_once(now=NOW, kinds=["policy", planning.REPLAN])
    assert planned()[str(young.pk)] == NOW + 25 * DAY
    work_once(now=NOW + DAY, kinds=["policy", planning.REPLAN])
    # The day of the one has passed under the new rule; it was waiting, so it is asked about now.
    assert planned() == {str(young.pk): NOW + 5 * DAY, str(waiting.pk): NOW + DAY}
    ask_after(on, "none", NOW + 2 * DAY)
    work_once(now=NOW + 2 * DAY, kinds=["policy", planning.REPLAN])
    assert planned() == {}


def test_a_rule_that_begins_to_ask_writes_to_nobody_whose_day_has_passed() -> None:
    on = stage(requests={"email_after": "none", "to": "none"})
    young = install(on, NOW - 5 * DAY)
    old = cast.installed_account(on, "older")
    actions.put_installation(
        app=on.app, account=old, installed_at=NOW - 31 * DAY, now=NOW - 31 * DAY
    )
    ask_after(on, "P30D")
    work_once(now=NOW, kinds=["policy", planning.REPLAN])
    assert planned() == {str(young.pk): NOW + 25 * DAY}


def test_another_policy_that_asks_alike_plans_nothing() -> None:
    on = stage()
    install(on, NOW)
    ask_after(on, "P30D", aggregates={"min_reviews": 3})
    work_once(now=NOW, kinds=["policy"])
    assert not Due.objects.filter(kind=planning.REPLAN).exists()


def test_planning_anew_goes_by_batches_a_transaction_each(
    monkeypatch: pytest.MonkeyPatch, count_sql: Counter
) -> None:
    on = stage()
    batches.put_installations(facts=facts(on, 25)[1:], now=NOW)
    before = planned()
    assert before
    monkeypatch.setattr(planning, "BATCH", 4)
    ask_after(on, "P31D")
    done = work_once(now=NOW, kinds=["policy", planning.REPLAN])
    installed = Installation.objects.filter(app=on.app).count()
    assert done[planning.REPLAN] == installed // 4 + 1
    assert planned() == {key: at + DAY for key, at in before.items()}
    monkeypatch.setattr(planning, "BATCH", 500)
    with count_sql() as statements:
        planning.replan(keys=[str(on.app.pk)], now=NOW)
    assert len(statements) <= 6
