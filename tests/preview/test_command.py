"""`arvio preview` for whoever has no browser at hand."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from arvio import clock
from tests.cast import NOW
from tests.preview.shelf import PRESET, shelf

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def preview(*arguments: str) -> str:
    out = StringIO()
    call_command("preview", "store", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_the_figures_and_the_list_behind_one(tmp_path: Path) -> None:
    shelf({"mail": [5, 4, 5], "tasks": [2]}, aggregates={"min_reviews": 1})
    file = tmp_path / "rules.toml"
    file.write_text('publication.hold = "PT0S"\naggregates.min_reviews = 2\n', encoding="utf-8")
    told = preview("--overrides", str(file), "--at", "2026-03-03")
    assert "1 app loses its public rating: it has fewer than 2 reviews." in told
    (line,) = preview("--overrides", str(file), "--list", "rating_lost").splitlines()
    row = json.loads(line)
    assert (row["ref"], row["old"], row["new"]) == (
        "tasks", "2 from 1 reviews", "not shown: 1 of 2 reviews",
    )  # fmt: skip


def test_nothing_changes_by_the_rules_that_are_in_force() -> None:
    shelf({"mail": [5]}, publication={"hold": "P3D"})
    assert "Nothing that is there changes." in preview("--policy", PRESET)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--policy", "no-such"), "no-such"),
        (("--policy", PRESET, "--at", "soon"), "--at"),
        (("--policy", PRESET, "--at", "2020-01-01"), "never in the past"),
        (("--policy", PRESET, "--list", "nonsense"), "nonsense"),
        (("--overrides", "/nowhere.toml"), "can't be read"),
    ],
)
def test_what_can_not_be_is_said(arguments: tuple[str, ...], said: str) -> None:
    shelf({})
    with pytest.raises(CommandError, match=said):
        preview(*arguments)
