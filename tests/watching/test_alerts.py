"""The documents of watching: every figure is told of, and every rule asks for one that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from arvio import clock
from arvio.watching import figures, state
from arvio.work import telling

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
GUIDE = (DOCS / "watching.md").read_text(encoding="utf-8")
RULES = (DOCS / "alerts.yml").read_text(encoding="utf-8")
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


def families() -> dict[str, str]:
    """Every figure of ours, by name, with its kind."""
    state.Collector.forget()
    assert telling.MOST_NAMED  # whose figures are the worker's
    said = (figures.of_server() + figures.of_worker()).decode()
    return dict(re.findall(r"^# TYPE (arvio_\w+) (\w+)$", said, re.MULTILINE))


def test_the_guide_tells_of_every_figure_with_its_kind_and_labels() -> None:
    rows = re.findall(r"^\| `(arvio_\w+)` \| (\w+) \| ([\w, ]*) ?\|", GUIDE, re.MULTILINE)
    assert {name: kind for name, kind, _ in rows} == families()
    labels = {name: {one for one in said.strip().split(", ") if one} for name, _, said in rows}
    for family in state.read(now=clock.now()):
        # A figure that has no value yet has no labels to compare.
        for sample in family.samples[:1]:
            assert labels[family.name] == set(sample.labels), family.name


def test_every_rule_asks_for_figures_that_are_there() -> None:
    [group] = yaml.safe_load(RULES)["groups"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"]) > 10
    known = {name + suffix for name, kind in families().items() for suffix in SUFFIXES[kind]}
    for rule in group["rules"]:
        expression = rule["expr"]
        assert re.search(r"\barvio_\w+|\bup\{job=", expression), rule
        assert set(re.findall(r"\barvio_\w+", expression)) <= known, rule
        assert expression.count("(") == expression.count(")"), rule
        assert rule["annotations"]["summary"] and rule["labels"]["severity"], rule
        asked = dict(re.findall(r'(state|time_left)="(\w+)"', expression))
        assert asked.get("time_left", "more") in state.LEFTS
        assert all(f"`{value}`" in GUIDE for value in asked.values()), rule
