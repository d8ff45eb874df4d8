"""Changing what a marketplace is called, looks like, counts by and lets in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from arvio.audit.models import AuditRow
from arvio.catalog import traits
from arvio.catalog.errors import InvalidFact, Outdated
from arvio.catalog.marketplaces import change_marketplace, create_marketplace
from arvio.catalog.models import Marketplace
from tests.cast import NOW
from tests.racing import race


def make(**fields: Any) -> Marketplace:
    return create_marketplace(
        slug="store", name="The Store", preset="bitrix24-2024", now=NOW, **fields
    )


def change(marketplace: Marketplace, seen: dict[str, Any] | None = None, **given: Any) -> None:
    change_marketplace(marketplace=marketplace, seen=seen, actor="person:1", now=NOW, **given)


@pytest.mark.once
@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("accent", "#ffd000", "it reaches 1.3 : 1 .* #856c00 is near"),
        ("accent", "#FFF", "one of indigo"),
        ("accent", "pink", "one of indigo"),
        ("languages", ["en", "en"], "one or more"),
        ("languages", ["sv"], "one or more"),
        ("calendar", "Finland", "no calendar"),
        ("calendar", "US-XX", "no calendar"),
        ("time_zone", "Mars/Olympus", "isn't a time zone"),
        ("time_zone", "\0", "isn't a time zone"),
        ("plans_url", "portal.example", "isn't an address"),
        ("plans_url", "javascript:alert(1)", "isn't an address"),
        ("clip_url", f"https://portal.example/{'x' * 500}", "at most 500"),
        ("name", "\u202e ", "1 to 200"),
    ],
)
def test_a_wrong_trait_is_named(trait: str, value: Any, said: str) -> None:
    (problem,) = traits.problems({trait: value})
    assert problem.field == trait
    assert re.search(said, problem.detail)


@pytest.mark.once
def test_each_wrong_line_of_a_list_is_numbered() -> None:
    hosts = ["https://a.example", "b.example", "https://c.example", "https://*.d.example"]
    found = traits.problems({"frame_hosts": hosts, "origins": hosts})
    assert [(one.field, one.line) for one in found] == [
        ("frame_hosts", 2),
        ("origins", 2),
        ("origins", 4),
    ]


@pytest.mark.django_db
def test_a_change_is_one_row_of_history_with_what_was_before() -> None:
    store = make()
    given: Any = {"languages": ["fi", "en"], "accent": "#1a5fc2", "calendar": "FI"}
    change(store, **given, time_zone="Europe/Helsinki", plans_url="https://portal.example/plans")
    change(store, name="The Store", clip_url="")  # as it was
    row = AuditRow.objects.get(tag="marketplace:changed")
    assert row.before == {
        "languages": ["en", "ru", "fi"],
        "accent": "indigo",
        "calendar": "US",
        "time_zone": "UTC",
        "plans_url": "",
    }
    assert row.after is not None and row.after["languages"] == ["fi", "en"]
    with pytest.raises(InvalidFact) as refusal:
        change(store, name="Another", accent="#ffd000")
    assert refusal.value.field == "accent"
    assert Marketplace.objects.get().name == "The Store"


@pytest.mark.django_db
def test_two_operators_who_changed_different_things_both_have_their_way() -> None:
    store = make()
    seen = {"name": "The Store", "calendar": "US", "origins": []}
    change(store, seen, name="Ours", calendar="US", origins=[])
    change(store, seen, name="The Store", calendar="FI", origins=[])
    found = Marketplace.objects.get()
    assert (found.name, found.calendar) == ("Ours", "FI")
    with pytest.raises(Outdated) as late:
        change(store, seen, name="Mine", calendar="SE")
    assert late.value.fields == ("name", "calendar")
    change(store, seen, name="Ours")  # both meant the same


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_the_same_at_once_one_is_told() -> None:
    store = make()
    seen = {"name": "The Store"}
    answers = race([lambda: change(store, seen, name="A"), lambda: change(store, seen, name="B")])
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Outdated"]
    assert AuditRow.objects.filter(tag="marketplace:changed").count() == 1


@pytest.mark.django_db
@pytest.mark.once
def test_the_command_changes_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    make()
    options = ["--accent", "#b33a00", "--calendar", "FI", "--time-zone", "Europe/Helsinki"]
    languages = ["--language", "fi", "--language", "ru"]
    call_command("marketplace", "change", "store", *options, *languages)
    said = capsys.readouterr().out
    assert "Languages: fi, ru\n" in said and "Accent: #b33a00 (#b33a00 on light" in said
    with pytest.raises(CommandError, match=r"accent: .*4\.5 : 1"):
        call_command("marketplace", "change", "store", "--accent", "#ffd000")
