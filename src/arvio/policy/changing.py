"""What one policy changes beside another, and the least that turns a preset into a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from arvio.policy.form_schema import read_form
from arvio.policy.load import load_preset, plain, to_dict
from arvio.policy.model import Field, Form, PlanNames, Policy
from arvio.policy.schema import KEYS, NONE, PLAN_NAMES, SECTIONS, RefusedError

FIELD_FACTS = tuple(part.name for part in fields(Field) if part.name != "key")


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs. `old` and `new` are plain JSON, as `to_dict` writes them.

    Keys of the form are `form.sections[]` (their keys in order), `form.fields[]` (the keys of those
    that were there before, in order), `form.title` (a field that comes or goes, with all its facts;
    None on the other side), `form.title.max` and `form.title.section`.
    """

    key: str
    old: Any
    new: Any


def difference(*, before: Policy, after: Policy) -> list[Change]:
    """Every key that differs, in the order of the policy; two spellings of one length don't."""
    changes: list[Change] = []
    for name in SECTIONS:
        if name == "form":
            changes += _form(before.form, after.form)
        else:
            changes += _table(name, getattr(before, name), getattr(after, name))
    return changes


def _table(prefix: str, old: Any, new: Any) -> Iterator[Change]:
    for part in fields(old):
        was, becomes = getattr(old, part.name), getattr(new, part.name)
        key = f"{prefix}.{part.name}"
        if isinstance(was, PlanNames):
            yield from _table(key, was, becomes)
        elif was != becomes:
            yield Change(key, plain(was), plain(becomes))


def _form(old: Form, new: Form) -> Iterator[Change]:
    was, becomes = _fields(old), _fields(new)
    sections = [section.key for section in old.sections], [section.key for section in new.sections]
    if sections[0] != sections[1]:
        yield Change("form.sections[]", *sections)
    for key in [*was, *(key for key in becomes if key not in was)]:
        if key in was and key in becomes:
            yield from _field(key, was[key], becomes[key])
        else:
            yield Change(f"form.{key}", was.get(key), becomes.get(key))
    order = [key for key in was if key in becomes], [key for key in becomes if key in was]
    if order[0] != order[1]:
        yield Change("form.fields[]", *order)


def _fields(form: Form) -> dict[str, dict[str, Any]]:
    """Every field's facts with its section, by its key."""
    return {
        field.key: {"section": section.key}
        | {name: plain(getattr(field, name)) for name in FIELD_FACTS}
        for section in form.sections
        for field in section.fields
    }


def _field(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name, value in old.items():
        if value != new[name]:
            yield Change(f"form.{key}.{name}", value, new[name])


def overrides_for(*, preset: str, policy: Policy) -> dict[str, Any]:
    """The least overrides with which the preset, as it is today, is exactly this policy.

    `load_policy(preset=preset, overrides=...)` then has the very document of `policy`, and a file
    can hold them: none is "none". Raises PolicyError for an unknown preset.
    """
    return _less(to_dict(load_preset(preset).policy), to_dict(policy))


def overrides_in(*, preset: str, raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What differs from the preset in whole tables that may hold nonsense, which is kept.

    Raises PolicyError for an unknown preset.
    """
    return _kept(raw, to_dict(load_preset(preset).policy), RULES)


def _kept(
    raw: Mapping[str, Any], base: Mapping[str, Any], rules: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in raw.items():
        if isinstance(rules[key], Mapping):
            if inner := _kept(value, base[key], rules[key]):
                found[key] = inner
        elif _read(rules[key], value) != base[key]:
            found[key] = value
    return found


def _read(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return plain(read(value))
    except RefusedError:
        return NONSENSE


def _read_form(raw: Any) -> Form:
    form = read_form(raw=raw, problems=[])
    if form is None:
        raise RefusedError
    return form


NONSENSE = object()


# How each key is read, nested as a policy is.
RULES: dict[str, Any] = {
    section: {key: rule.read for key, rule in rules.items()} for section, rules in KEYS.items()
}
RULES["eligibility"]["plan_names"] = {key: rule.read for key, rule in PLAN_NAMES.items()}
RULES["form"] = _read_form


def _less(base: Mapping[str, Any], full: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in full.items():
        if isinstance(value, Mapping):
            if inner := _less(base[key], value):
                found[key] = inner
        elif value != base[key]:
            found[key] = _written(value)
    return found


def _written(value: Any) -> Any:
    """As a file says it: of a field only what there is to say."""
    if value is None:
        return NONE
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _written(item) for key, item in value.items() if item not in (None, [])}
    return value
