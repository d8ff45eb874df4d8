"""The guidelines: what a document must hold, how versions differ, which one is in force."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from arvio import clock
from arvio.audit.models import AuditRow
from arvio.audit.rules import broken
from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, NotFound, Overtaken
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document, read_toml, write_toml
from arvio.catalog.guidelines.rules import difference, read_document, rules_of
from arvio.catalog.marketplaces import create_marketplace
from arvio.catalog.models import GuidelinesVersion, Marketplace
from arvio.policy.form import FormError
from arvio.policy.model import REASONS
from arvio.reviews.models import Consent
from tests import cast
from tests.cast import LONG_AGO, NOW

LANGUAGES = ("en", "ru", "fi")
DAY = timedelta(days=1)


def document() -> dict[str, Any]:
    return deepcopy(default_document(languages=LANGUAGES))


def wrong(raw: Any, reasons: tuple[str, ...] = REASONS) -> list[tuple[str, str]]:
    with pytest.raises(FormError) as refused:
        read_document(raw=raw, languages=LANGUAGES, reasons=reasons)
    return [(error.field, error.code) for error in refused.value.errors]


# --- What a document must hold -------------------------------------------------------------------


def test_what_comes_with_arvio_can_be_used_and_has_a_rule_for_every_reason() -> None:
    given = document()
    assert read_document(raw=given, languages=LANGUAGES, reasons=REASONS) == given
    assert [rule.key for rule in rules_of(given)] == list(REASONS)
    assert [rule.code for rule in rules_of(given)][:2] == ["G-1", "G-2"]


@pytest.mark.parametrize(("language", "letters"), [("ru", "[а-яё]"), ("fi", "[äö]")])
def test_what_comes_with_arvio_is_written_in_each_language(language: str, letters: str) -> None:
    given = document()
    for texts in (given["intro"], given["partners"], *(rule["text"] for rule in given["rules"])):
        assert re.search(letters, texts[language]) and texts[language] != texts["en"]
        assert len(texts[language].split("\n\n")) == len(texts["en"].split("\n\n"))
        assert "!" not in texts[language] and "'" not in texts[language]


def cut(raw: dict[str, Any], place: int, what: str, value: Any) -> None:
    raw["rules"][place][what]["fi"] = value


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: cut(d, 2, "title", ""), [("rules.3.title.fi", "required")]),
        (lambda d: cut(d, 2, "title", "a\nb"), [("rules.3.title.fi", "line_break")]),
        (lambda d: cut(d, 2, "title", "x" * 121), [("rules.3.title.fi", "too_long")]),
        (lambda d: cut(d, 0, "text", " "), [("rules.1.text.fi", "required")]),
        (lambda d: cut(d, 0, "text", "<b>no</b>"), [("rules.1.text.fi", "markup")]),
        (lambda d: cut(d, 0, "text", "x" * 4001), [("rules.1.text.fi", "too_long")]),
        (lambda d: cut(d, 0, "text", 5), [("rules.1.text.fi", "wrong_type")]),
        (lambda d: d["intro"].pop("ru"), [("intro.ru", "required")]),
        (lambda d: d["intro"].update(sv="Hej"), [("intro.sv", "unknown_field")]),
        (lambda d: d.pop("partners"), [("partners", "wrong_type")]),
        (lambda d: d.update(rules="none"), [("rules", "wrong_type")]),
        (lambda d: d.update(outro={}), [("outro", "unknown_field")]),
        (lambda d: d["rules"].pop(1), [("rules.offensive", "required")]),
        (lambda d: d["rules"].append("spam"), [("rules.10", "wrong_type")]),
        (lambda d: d["rules"][0].update(key="rude"), [
            ("rules.1.key", "not_a_choice"), ("rules.spam", "required"),
        ]),
        (lambda d: d["rules"].append(d["rules"][0]), [("rules.10.key", "not_a_choice")]),
    ],
)  # fmt: skip
def test_an_error_names_the_field(change: Any, expected: list[tuple[str, str]]) -> None:
    raw = document()
    change(raw)
    assert wrong(raw)[: len(expected)] == expected


def test_only_the_reasons_of_the_policy_need_a_rule_and_other_never_does() -> None:
    raw = document()
    raw["rules"] = [rule for rule in raw["rules"] if rule["key"] not in ("other", "fake")]
    read_document(raw=raw, languages=LANGUAGES, reasons=("spam", "offensive", "other"))
    assert wrong(raw) == [("rules.fake", "required")]


# --- How two differ ------------------------------------------------------------------------------


def test_a_difference_says_what_was_added_removed_moved_and_changed() -> None:
    before, after = document(), document()
    del before["rules"][8]
    after["rules"][0], after["rules"][1] = after["rules"][1], after["rules"][0]
    after["rules"][2]["title"]["fi"] = "Toinen"
    after["intro"]["ru"] = "Иначе"
    assert [(c.kind, c.key, c.codes, c.languages) for c in difference(
        before=before, after=after
    )] == [
        ("intro", "", ("", ""), ("ru",)),
        ("moved", "offensive", ("G-2", "G-1"), ()),
        ("moved", "spam", ("G-1", "G-2"), ()),
        ("changed", "off_topic", ("G-3", "G-3"), ("fi",)),
        ("added", "other", ("", "G-9"), ()),
    ]  # fmt: skip
    assert [c.kind for c in difference(before=after, after=before)][-1] == "removed"


@given(st.permutations(range(9)), st.sets(st.sampled_from(REASONS)))
def test_documents_that_differ_in_nothing_are_the_same(places: Any, gone: set[str]) -> None:
    before, after = document(), document()
    after["rules"] = [after["rules"][n] for n in places if after["rules"][n]["key"] not in gone]
    assert (difference(before=before, after=after) == []) == (before == after)


def test_a_file_is_read_back_as_it_was_written() -> None:
    given = document()
    given["rules"][0]["text"]["en"] = 'Three """ in a row, a \\ and\n\nan end with "'
    assert read_toml(write_toml(given)) == {
        **given,
        "rules": [
            {**rule, "text": {code: f"{text}\n" if "\n" in text else text
                              for code, text in rule["text"].items()}}
            for rule in given["rules"]
        ],
        **{part: {code: f"{text}\n" for code, text in given[part].items()}
           for part in ("intro", "partners")},
    }  # fmt: skip
    cleaned = read_document(raw=read_toml(write_toml(given)), languages=LANGUAGES, reasons=REASONS)
    assert cleaned == given


# --- Versions ------------------------------------------------------------------------------------


def make(**fields: Any) -> Marketplace:
    return create_marketplace(
        slug="store", name="Store", preset="bitrix24-2024", now=LONG_AGO, **fields
    )


def publish(marketplace: Marketplace, **fields: Any) -> GuidelinesVersion:
    raw = default_document(languages=marketplace.languages)
    return set_guidelines(
        **{
            "marketplace": marketplace,
            "document": {**raw, "rules": raw["rules"][:8]},
            "effective_at": NOW,
            "actor": "person:1",
            "now": NOW,
            **fields,
        }
    )


@pytest.mark.django_db
def test_a_marketplace_begins_with_the_guidelines_in_its_languages(count_sql: Any) -> None:
    marketplace = make(languages=["fi", "en"])
    version = queries.guidelines(marketplace=marketplace, now=LONG_AGO)
    assert (version.number, version.effective_at) == (1, LONG_AGO)
    rule = queries.rule(version=version, key="personal_data")
    assert rule.code == "G-6" and set(rule.title) == {"fi", "en"}
    with count_sql() as statements:
        assert queries.guidelines(marketplace=marketplace, now=NOW) is version
    assert len(statements) == 1
    with pytest.raises(NotFound):
        queries.guidelines(marketplace=marketplace, now=LONG_AGO - DAY)
    with pytest.raises(NotFound):
        queries.rule(version=version, key="rude")


@pytest.mark.django_db
def test_versions_follow_each_other_and_a_decision_keeps_its_rule() -> None:
    marketplace = make()
    publish(marketplace, effective_at=NOW + DAY)
    assert queries.guidelines(marketplace=marketplace, now=NOW).number == 1
    assert queries.guidelines(marketplace=marketplace, now=NOW + DAY).number == 2
    first = queries.guidelines_version(marketplace=marketplace, number=1)
    assert queries.rule(version=first, key="other").code == "G-9"
    for number in (0, 3, 2**40):
        with pytest.raises(NotFound):
            queries.guidelines_version(marketplace=marketplace, number=number)
    row = AuditRow.objects.filter(subject=f"marketplace:{marketplace.pk}").order_by("seq").last()
    assert row is not None and row.tag == "marketplace:guidelines_set"
    assert row.after == {"guidelines": 2, "effective_at": (NOW + DAY).isoformat()}
    rows = AuditRow.objects.filter(subject=f"marketplace:{marketplace.pk}").order_by("seq")
    assert broken(rows) is None


@pytest.mark.django_db
def test_what_is_past_or_overtaken_makes_no_version() -> None:
    marketplace = make()
    with pytest.raises(InvalidFact):
        publish(marketplace, effective_at=NOW - DAY)
    publish(marketplace, base=1)
    with pytest.raises(Overtaken):
        publish(marketplace, base=1)
    assert GuidelinesVersion.objects.count() == 2


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_version() -> None:
    marketplace = make()
    rows = GuidelinesVersion.objects.filter(marketplace=marketplace)
    for change in (lambda: rows.update(number=7), rows.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.django_db
def test_a_review_keeps_the_version_that_was_in_force_when_it_was_sent() -> None:
    stage = cast.stage()
    old = stage.review(by=stage.anna, at=NOW - DAY)
    publish(stage.marketplace)
    new = stage.review(by=stage.arvo)
    given = Consent.objects.filter(key="guidelines").values_list("version__review", "text_version")
    assert dict(given) == {old.pk: "1", new.pk: "2"}


@pytest.mark.django_db
def test_guidelines_are_shown_edited_checked_and_set_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    marketplace = make()
    shown, file = StringIO(), tmp_path / "guidelines.toml"
    call_command("guidelines", "show", marketplace="store", stdout=shown)
    file.write_text(shown.getvalue().replace("No advertising or spam", "No ads"))
    call_command("guidelines", "check", str(file), marketplace="store", stdout=StringIO())
    call_command("guidelines", "set", str(file), marketplace="store", stdout=StringIO())
    version = queries.guidelines(marketplace=marketplace, now=NOW)
    first = queries.guidelines_version(marketplace=marketplace, number=1)
    changes = difference(before=first.document, after=version.document)
    assert [(change.key, change.languages) for change in changes] == [("spam", ("en",))]
    file.write_text(file.read_text().replace("No ads", "No\tads", 1).replace('"No', '"<b>', 1))
    for verb in ("check", "set"):
        with pytest.raises(CommandError, match=r"rules\.1\.title\.en"):
            call_command("guidelines", verb, str(file), marketplace="store")
    file.write_text("intro = [")
    with pytest.raises(CommandError, match="TOML"):
        call_command("guidelines", "check", str(file))


@pytest.mark.django_db
def test_a_marketplace_that_was_there_before_gets_them_by_the_migration() -> None:
    old = Marketplace.objects.create(
        slug="old", name="Old", languages=["fi"], jwt_secret="s" * 40, created_at=LONG_AGO
    )
    migration = import_module("arvio.catalog.migrations.0003_default_guidelines")
    migration.give(apps, None)
    version = queries.guidelines(marketplace=old, now=clock.real())
    assert version.document == default_document(languages=["fi"])
    assert (version.number, version.created_by) == (1, "migration")
