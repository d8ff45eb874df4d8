"""A policy as an operator edits it by a form: what was typed, and what it says beside its preset.

Fields are called as the keys are, `publication.hold`; the form of a review is TOML in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from arvio.catalog.policies import keys
from arvio.catalog.policies.actions import LONGEST_TEXT
from arvio.catalog.policies.words import problem_words
from arvio.policy.changing import overrides_in
from arvio.policy.load import load_preset, merge, parse_toml, preset_names, to_dict
from arvio.policy.problems import PolicyError, Problem
from arvio.policy.schema import NONE, SECTIONS, Rule
from arvio.policy.toml_text import tables_text

WHOLE = re.compile(r"-?[0-9]{1,9}")
NUMBER = re.compile(r"-?[0-9]{1,9}[.,][0-9]{1,9}")
AREAS = ("texts", "form")
Value = str | list[str]


def keys_of(section: str) -> list[str]:
    return [key for key in keys.WORDS if key.partition(".")[0] == section]


@dataclass
class Typed:
    """One state of the form. `was` is the preset whose values the page showed."""

    preset: str
    was: str
    values: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, *, preset: str, overrides: Mapping[str, Any]) -> Typed:
        """As the page first shows a draft; what is nonsense in it is shown as it is."""
        preset = preset if preset in preset_names() else preset_names()[0]
        raw = merge(base=to_dict(load_preset(preset).policy), over=overrides)
        return cls(preset, preset, {key: _shown(key, raw) for key in keys.WORDS})

    @classmethod
    def read(cls, posted: QueryDict) -> Typed:
        known = preset_names()
        was = posted.get("was", "")
        was = was if was in known else known[0]
        preset = posted.get("preset", "")
        values: dict[str, Value] = {}
        for key in keys.WORDS:
            if key != "form" and keys.rule_of(key).kind == "choices":
                values[key] = [clean(one) for one in posted.getlist(key)][:100]
            else:
                values[key] = clean(posted.get(key, ""))
        return cls(preset if preset in known else was, was, values)

    @property
    def overrides(self) -> dict[str, Any]:
        """What differs from the preset that the page showed, right or wrong."""
        raw: dict[str, Any] = {}
        for key, value in self.values.items():
            *path, name = key.split(".")
            table = raw
            for part in path:
                table = table.setdefault(part, {})
            table[name] = _raw(key, value)
        return overrides_in(preset=self.was, raw=raw)

    def on_preset(self) -> Typed:
        """What differed from the earlier preset differs from the chosen one too; all else is its
        own.
        """
        return Typed.of(preset=self.preset, overrides=self.overrides)

    @property
    def form_problem(self) -> Problem | None:
        """Why the review form can't even be read, or holds what no form does and would be lost."""
        try:
            tables = parse_toml(text=str(self.values["form"]))
        except PolicyError as error:
            return error.problems[0]
        other = next((key for key in tables if key != "form"), None)
        return Problem("form", other, "[form]", "unknown_key") if other is not None else None


def clean(text: str) -> str:
    """What a database keeps, with one kind of line ends; cut only where it is refused anyway."""
    plain = text.replace("\0", "").encode("utf-8", "replace").decode()
    return plain.replace("\r\n", "\n")[: LONGEST_TEXT + 1]


def _shown(key: str, raw: Mapping[str, Any]) -> Value:
    value: Any = raw
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if key == "form":
        return value if isinstance(value, str) else tables_text(_told({"form": value}))
    rule = keys.rule_of(key)
    if value is None or (rule.optional and value == NONE):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        texts = [str(one) for one in value]
        return texts if rule.kind == "choices" else "\n".join(texts)
    return [str(value)] if rule.kind == "choices" else str(value)


def _told(value: Any) -> Any:
    """Of the form only what there is to say: TOML knows no null."""
    if isinstance(value, Mapping):
        return {key: _told(item) for key, item in value.items() if item not in (None, [])}
    return [_told(item) for item in value] if isinstance(value, list) else value


def _raw(key: str, value: Value) -> Any:
    """As a policy file would say it; what can't be read stays text, and the policy refuses it."""
    if key == "form":
        return _raw_form(str(value))
    rule = keys.rule_of(key)
    if isinstance(value, list):
        return value
    if rule.kind == "texts":
        return [line.strip() for line in value.split("\n") if line.strip()]
    text = value.strip()
    if rule.optional and not text:
        return NONE
    if rule.kind == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    if rule.kind in ("whole", "number"):
        return _number(rule, text)
    return text.upper() if rule.kind == "duration" else text


def _number(rule: Rule, text: str) -> Any:
    if WHOLE.fullmatch(text):
        return int(text)
    if rule.kind == "number" and NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    return text


def _raw_form(text: str) -> Any:
    try:
        return parse_toml(text=text).get("form", {})
    except PolicyError:
        return text


def show(typed: Typed, problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """For the template: sections with their fields, each with its errors beside it."""
    wrong: dict[str, list[str]] = {}
    for one in problems:
        wrong.setdefault(place_of(one.key), []).append(_fault(one))
    base = to_dict(load_preset(typed.was).policy)
    changed = typed.overrides
    return [
        {
            "key": section,
            "title": keys.section_label(section),
            "since": keys.since_words(section),
            "fields": [_field(key, typed, base, changed, wrong) for key in keys_of(section)],
        }
        for section in SECTIONS
    ]


def place_of(key: str) -> str:
    """The field beside which a problem with this key is told; empty for none."""
    if key in keys.WORDS:
        return key
    if key in ("eligibility.plan_names", "(file)"):
        return "form" if key == "(file)" else "eligibility.plan_names.other"
    return "form" if key.startswith("form") else ""


def field_id(key: str) -> str:
    return "f-" + key.replace(".", "-")


def _fault(problem: Problem) -> str:
    words = problem_words(problem)
    return f"{problem.key}: {words}" if problem.key.startswith("form") else words


def _field(
    key: str,
    typed: Typed,
    base: Mapping[str, Any],
    changed: Mapping[str, Any],
    wrong: Mapping[str, list[str]],
) -> dict[str, Any]:
    value = typed.values[key]
    kind = "form" if key == "form" else keys.rule_of(key).kind
    return {
        "key": key,
        "id": field_id(key),
        "kind": kind,
        "label": keys.label(key),
        "sentence": keys.sentence(key),
        "value": value,
        "area": kind in AREAS,
        "options": _options(key, kind, value),
        "words": _length(kind, value),
        "preset": "" if key == "form" else keys.value_words(key, _find(base, key)),
        "none": _none(key),
        "changed": _find(changed, key) is not None,
        "errors": wrong.get(key, []),
    }


def _find(tables: Mapping[str, Any], key: str) -> Any:
    value: Any = tables
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _none(key: str) -> str:
    """What it means to leave the field empty, where one may."""
    if key == "form" or not keys.rule_of(key).optional:
        return ""
    return keys.value_words(key, None)


def _length(kind: str, value: Value) -> str:
    return keys.length_words(str(value).strip().upper()) if kind == "duration" else ""


def _options(key: str, kind: str, value: Value) -> list[dict[str, Any]]:
    """Of a choice; with whatever else was typed in a file, so that it isn't lost unseen."""
    if kind == "yes_no":
        names = [("true", keys.value_words(key, True)), ("false", keys.value_words(key, False))]
    elif kind in ("choice", "choices"):
        names = [(name, keys.option(key, name)) for name in keys.rule_of(key).names]
        if _none(key):
            names = [("", _none(key)), *names]
    else:
        return []
    chosen = value if isinstance(value, list) else [value]
    known = {name for name, _words in names}
    names += [(one, one) for one in chosen if one not in known]
    return [{"name": name, "words": words, "chosen": name in chosen} for name, words in names]
