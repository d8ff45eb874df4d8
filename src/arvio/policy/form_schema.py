"""Reading and checking the form of a policy: sections of typed fields (FEATURES R20-R29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from arvio.policy.model import (
    CONSENT_KEYS,
    CONTENT_TYPES,
    QUALITY_KEYS,
    Field,
    FieldType,
    Form,
    Section,
)
from arvio.policy.problems import Problem, unknown_key
from arvio.policy.schema import RefusedError, Rule, is_plain, one_of, or_none, whole, yes_or_no

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+\-]{0,39}")
TYPES: tuple[FieldType, ...] = ("stars", "line", "text", "quality", "choice", "consent")
BOUNDS: dict[str, tuple[int, int]] = {
    "stars": (1, 5),
    "quality": (0, 5),
    "line": (1, 120),
    "text": (2, 5000),
}
LONGEST = {"line": 200, "text": 20_000}


def _read_key(value: Any) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise RefusedError
    return value


def _read_choices(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > 100:
        raise RefusedError
    if not all(isinstance(name, str) and CHOICE.fullmatch(name) for name in value):
        raise RefusedError
    if len(set(value)) < len(value):
        raise RefusedError
    return tuple(value)


def _read_version(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 40 or not is_plain(value):
        raise RefusedError
    return value.strip()


KEY_RULE = Rule("a name of small letters, digits and _, up to 40 characters", _read_key)
FIELD_KEYS: dict[str, Rule] = {
    "key": KEY_RULE,
    "type": one_of(*TYPES),
    "required": yes_or_no(),
    "required_up_to_stars": or_none(whole(1, 5)),
    "min": or_none(whole(0, 20_000)),
    "max": or_none(whole(0, 20_000)),
    "choices": Rule("a list of distinct names without spaces", _read_choices),
    "visibility": one_of("public", "private"),
    "version": or_none(Rule("a text of 1 to 40 characters", _read_version)),
}


def read_form(*, raw: Any, problems: list[Problem]) -> Form | None:
    """The form, or None after adding to `problems` everything that is wrong with it."""
    before = len(problems)
    if not isinstance(raw, Mapping):
        problems.append(Problem("form", raw, "a table with a list of sections"))
        return None
    for key in raw:
        if key != "sections":
            problems.append(
                unknown_key(key=str(key), value=raw[key], known=["sections"], prefix="form.")
            )
    listed = raw.get("sections")
    if not isinstance(listed, list | tuple) or not listed:
        problems.append(Problem("form.sections", listed, "a list of one section or more"))
        return None
    sections = tuple(
        _section(item, f"form.sections[{place}]", problems) for place, item in enumerate(listed)
    )
    form = Form(sections=tuple(section for section in sections if section is not None))
    if len(problems) == before:
        problems += _contradictions(form)
    return form if len(problems) == before else None


def _section(raw: Any, name: str, problems: list[Problem]) -> Section | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(name, raw, "a table with a key and a list of fields"))
        return None
    for key in raw:
        if key not in ("key", "fields"):
            problems.append(
                unknown_key(
                    key=str(key), value=raw[key], known=("key", "fields"), prefix=f"{name}."
                )
            )
    key = _value(KEY_RULE, raw.get("key"), f"{name}.key", problems)
    listed = raw.get("fields")
    if not isinstance(listed, list | tuple) or not listed:
        problems.append(Problem(f"{name}.fields", listed, "a list of one field or more"))
        return None
    fields = [
        _field(item, f"{name}.fields[{place}]", problems) for place, item in enumerate(listed)
    ]
    return Section(key=key or "", fields=tuple(field for field in fields if field is not None))


def _field(raw: Any, name: str, problems: list[Problem]) -> Field | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(name, raw, "a table with a key and a type"))
        return None
    before = len(problems)
    for key in raw:
        if key not in FIELD_KEYS:
            problems.append(
                unknown_key(key=str(key), value=raw[key], known=FIELD_KEYS, prefix=f"{name}.")
            )
    values = {
        key: _value(rule, raw.get(key), f"{name}.{key}", problems)
        for key, rule in FIELD_KEYS.items()
        if key in raw or key in ("key", "type")
    }
    if len(problems) > before:
        return None
    return _with_defaults(values)


def _with_defaults(values: dict[str, Any]) -> Field:
    low, high = BOUNDS.get(values["type"], (None, None))
    if values.get("min") is None:
        values["min"] = low
    if values.get("max") is None:
        values["max"] = high
    if "visibility" not in values:
        public = values["type"] != "consent" and (
            values["key"] in CONTENT_TYPES or values["type"] == "quality"
        )
        values["visibility"] = "public" if public else "private"
    return Field(**values)


def _value(rule: Rule, value: Any, name: str, problems: list[Problem]) -> Any:
    try:
        return rule.read(value)
    except RefusedError:
        problems.append(Problem(name, value, rule.allowed))
        return None


def _contradictions(form: Form) -> list[Problem]:
    problems = []
    keys = [field.key for field in form.fields]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        problems.append(Problem(f"form.{key}", key, "one field with this key"))
    sections = [section.key for section in form.sections]
    for key in sorted({key for key in sections if sections.count(key) > 1}):
        problems.append(Problem(f"form.sections.{key}", key, "one section with this key"))
    stars = form.content.get("stars")
    if stars is None or not stars.required:
        problems.append(Problem("form.stars", None, "a required field of type stars (R21)"))
    for field in form.fields:
        problems += [Problem(f"form.{field.key}.{k}", v, a) for k, v, a in _field_faults(field)]
    return problems


Fault: TypeAlias = tuple[str, Any, str]


def _field_faults(field: Field) -> list[Fault]:
    """(key, value, allowed) of what can't stand together in one field."""
    faults = _key_faults(field) + _bound_faults(field)
    for key, value, owner in (
        ("choices", list(field.choices), "choice"),
        ("version", field.version, "consent"),
    ):
        if (field.type == owner) != bool(value):
            faults.append((key, value, f"given for the type {owner}, and only there"))
    about = field.type in ("line", "text", "choice") and field.key not in CONTENT_TYPES
    only = "private" if field.type == "consent" else "public"
    if not about and field.visibility != only:
        faults.append(("visibility", field.visibility, f'"{only}" for this field'))
    up_to = field.required_up_to_stars
    if up_to is not None and (field.required or field.type == "stars"):
        faults.append(("required_up_to_stars", up_to, '"none" where it is required'))
    return faults


def _key_faults(field: Field) -> list[Fault]:
    faults: list[Fault] = []
    expected = CONTENT_TYPES.get(field.key)
    if expected is not None and field.type != expected:
        faults.append(("type", field.type, f'"{expected}" for this key'))
    if expected is None and field.type == "stars":
        faults.append(("key", field.key, '"stars" for the type stars'))
    for type_, keys in (("quality", QUALITY_KEYS), ("consent", CONSENT_KEYS)):
        if field.type == type_ and field.key not in keys:
            faults.append(("key", field.key, f"for the type {type_}: {', '.join(keys)}"))
    return faults


def _bound_faults(field: Field) -> list[Fault]:
    bounds = (field.min, field.max)
    if field.type in ("choice", "consent"):
        wrong, allowed = bounds != (None, None), f"no min and max for the type {field.type}"
    elif field.type in LONGEST:
        longest = LONGEST[field.type]
        wrong = not 1 <= (field.min or 0) <= (field.max or 0) <= longest
        allowed = f"a number of characters: 1 <= min <= max <= {longest}"
    else:
        low, high = BOUNDS[field.type]
        wrong, allowed = bounds != (low, high), f"{low} to {high} for the type {field.type}"
    return [("max", field.max, allowed)] if wrong else []
