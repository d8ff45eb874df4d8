"""Mails that ask for a review: what the list says is what the worker plans anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.asking.models import ReviewRequest
from arvio.catalog import actions as catalog
from arvio.catalog.models import Installation
from arvio.catalog.planning import REPLAN, REQUEST
from arvio.due.models import Due
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage
from tests.preview.shelf import PRESET, TOMORROW, figures, items, let_it_count

pytestmark = pytest.mark.django_db

CODES = ("request_dropped", "request_moved", "request_added")
Plan = dict[str, Any]


def crowd(after: str | None) -> Stage:
    """Installed on every fifth day of the last seventy; whose day has come is asked."""
    stage = cast.stage(preset=PRESET, overrides={"requests": asks(after)})
    for days in range(0, 70, 5):
        at = NOW - timedelta(days=days, minutes=7)
        account, _ = catalog.put_account(
            marketplace=stage.marketplace, ref=f"a{days}", name="A", plan="commercial",
            kind="production", now=at,
        )  # fmt: skip
        cast.viewer(stage.marketplace, account, f"u{days}")
        catalog.put_installation(
            app=stage.app, account=account, installed_at=at, installed_by=f"u{days}", now=at
        )
    work_once(now=NOW, kinds=["policy", REPLAN, REQUEST])
    return stage


def asks(after: str | None) -> dict[str, str]:
    return {"email_after": after or "none", "to": "installer" if after else "none"}


def planned() -> Plan:
    """By account, of those who aren't asked before tomorrow anyway."""
    rows = Due.objects.filter(kind=REQUEST, due_at__gt=TOMORROW - timedelta(microseconds=1))
    by_key = {
        str(row.pk): row.account.ref for row in Installation.objects.select_related("account")
    }
    asked = set(
        ReviewRequest.objects.filter(code="sent").values_list("user__account__ref", flat=True)
    )
    return {
        by_key[key]: at for key, at in rows.values_list("key", "due_at") if by_key[key] not in asked
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [("P30D", "P10D"), ("P30D", "P60D"), ("P30D", None), (None, "P20D")],
    ids=["sooner", "later", "off", "on"],
)
def test_what_is_listed_is_what_is_planned_then(before: str | None, after: str | None) -> None:
    stage = crowd(before)
    was = planned()
    overrides: dict[str, Any] = {"requests": asks(after)}
    told = figures(stage, **overrides)
    listed = {code: items(stage, code, **overrides) for code in CODES}
    let_it_count(stage, kinds=["policy", REPLAN], **overrides)
    will = planned()
    assert {one.ref for one in listed["request_dropped"]} == set(was) - set(will)
    assert {one.ref: one.new for one in listed["request_added"]} == {
        ref: at for ref, at in will.items() if ref not in was
    }
    assert {one.ref: (one.old, one.new) for one in listed["request_moved"]} == {
        ref: (was[ref], will[ref]) for ref in set(was) & set(will) if was[ref] != will[ref]
    }
    counts = {code: len(rows) for code, rows in listed.items() if rows}
    assert counts and counts == {code: told[code].count for code in CODES if code in told}
