"""Presets, overrides and validation: from a name, a dict or a TOML text to a Policy.

Tables are merged key by key, lists are replaced as a whole; a marketplace may mix (R151).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from arvio.policy import model
from arvio.policy.durations import Duration
from arvio.policy.form_schema import read_form
from arvio.policy.model import Form, PlanNames, Policy
from arvio.policy.problems import PolicyError, Problem, unknown_key
from arvio.policy.schema import BEFORE, KEYS, PLAN_NAMES, SECTIONS, RefusedError, Rule

ABOUT_KEYS = ("dated", "summary", "sources")
LARGEST = 2**63 - 1
DEEPEST = 20
TOO_DEEP = f"there are more than {DEEPEST} tables in each other"
# A key such as a.a.a.a with a hundred thousand parts costs `tomllib` all the memory there is.
LONG_KEY = re.compile(
    r"""(?<![\w-])(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
    r"""(?:[ \t]*+\.[ \t]*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')){40}"""
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A policy that comes with Arvio: where its rules were read, and of when they are."""

    name: str
    dated: str
    summary: str
    sources: tuple[str, ...]
    policy: Policy


def preset_names() -> tuple[str, ...]:
    folder = files("arvio.policy") / "presets"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


@cache
def load_preset(name: str) -> Preset:
    """The preset of this name; an unknown name is a PolicyError that lists the known ones."""
    raw = _preset_tables(name)
    about = raw["about"]
    return Preset(
        name=name,
        dated=about["dated"],
        summary=about["summary"],
        sources=tuple(about["sources"]),
        policy=read_policy(raw=raw),
    )


def load_policy(*, preset: str, overrides: Mapping[str, Any] | str | None = None) -> Policy:
    """The preset with overrides (nested tables, or TOML text) merged over it."""
    if not overrides:
        return load_preset(preset).policy
    if isinstance(overrides, str):
        overrides = parse_toml(text=overrides)
    return read_policy(raw=merge(base=_preset_tables(preset), over=overrides))


def load_toml(*, text: str) -> Policy:
    """A whole policy file. With `preset = "name"` on top it need only say what differs."""
    raw = parse_toml(text=text)
    if "preset" in raw:
        base = _preset_tables(raw.pop("preset"))
        return read_policy(raw=merge(base=base, over=raw))
    try:
        return read_policy(raw=raw)
    except PolicyError as error:
        if set(SECTIONS) <= set(raw):
            raise
        allowed = f"{_no_preset(None).allowed}, where the file says only what differs"
        hint = Problem("preset", None, allowed)
        raise PolicyError([hint, *error.problems]) from error


def parse_toml(*, text: str) -> dict[str, Any]:
    try:
        if LONG_KEY.search(text):
            raise ValueError(TOO_DEEP)
        tables = tomllib.loads(text)
        _check_size(tables)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        problem = Problem("(file)", str(error), "readable TOML", "unreadable")
        raise PolicyError([problem]) from error
    return tables


def _check_size(tables: Mapping[str, Any]) -> None:
    """TOML's numbers have 64 bits, and no policy has tables in tables without end: `tomllib` reads
    both, and nothing after it could write or store them. Raises ValueError.
    """
    level: list[Any] = [tables]
    for _depth in range(DEEPEST):
        items = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
        if any(isinstance(item, int) and abs(item) > LARGEST for item in items):
            raise ValueError("a number is larger than 64 bits can hold")
        level = [item for item in items if isinstance(item, dict | list)]
        if not level:
            return
    raise ValueError(TOO_DEEP)


def merge(*, base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(base=old, over=value) if both else value  # type: ignore[arg-type]
    return merged


def read_policy(*, raw: Mapping[str, Any]) -> Policy:
    """A Policy from nested tables, or PolicyError with every problem in them."""
    problems: list[Problem] = []
    for key in raw:
        if key == "about":
            problems += _about_problems(raw[key])
        elif key not in SECTIONS:
            problems.append(unknown_key(key=str(key), value=raw[key], known=SECTIONS))
    values = {name: _section(name, raw.get(name), problems) for name in KEYS}
    form = read_form(raw=raw.get("form"), problems=problems)
    problems += _contradictions(values)
    if problems or form is None:
        raise PolicyError(problems)
    return _build(values, form)


def read_stored(*, raw: Mapping[str, Any]) -> Policy:
    """A policy as `to_dict` wrote it, by this release or one that didn't know all of its keys."""
    return read_policy(raw=merge(base=BEFORE, over=raw))


def to_dict(policy: Policy) -> dict[str, Any]:
    """Every key as plain JSON: durations as ISO text, none as null. `read_policy` reads it back."""
    found: dict[str, Any] = plain(policy)
    return found


def plain(value: Any) -> Any:
    """A value of a policy, or a part of one, as `to_dict` writes it."""
    if isinstance(value, Duration):
        return str(value)
    if is_dataclass(value):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def _preset_tables(name: Any) -> dict[str, Any]:
    if name not in preset_names():
        raise PolicyError([_no_preset(name)])
    text = (files("arvio.policy") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _no_preset(name: Any) -> Problem:
    return Problem("preset", name, f"one of {', '.join(preset_names())}")


def _about_problems(about: Any) -> list[Problem]:
    if not isinstance(about, Mapping):
        return [Problem("about", about, f"a table with {', '.join(ABOUT_KEYS)}")]
    return [
        unknown_key(key=str(key), value=about[key], known=ABOUT_KEYS, prefix="about.")
        for key in about
        if key not in ABOUT_KEYS
    ]


def _section(name: str, raw: Any, problems: list[Problem]) -> dict[str, Any]:
    """The values read; keys with a problem are left out."""
    rules = KEYS[name]
    known = [*rules, "plan_names"] if name == "eligibility" else list(rules)
    if not isinstance(raw, Mapping):
        problems.append(Problem(name, raw, f"a table with {', '.join(known)}"))
        return {}
    for key in raw:
        if key not in known:
            problems.append(
                unknown_key(key=str(key), value=raw[key], known=known, prefix=f"{name}.")
            )
    values: dict[str, Any] = {}
    for key, rule in rules.items():
        if key in raw:
            _read(rule, raw[key], f"{name}.{key}", key, values, problems)
        else:
            problems.append(Problem(f"{name}.{key}", None, f"{rule.allowed}; the key is missing"))
    if name == "eligibility":
        values["plan_names"] = _plan_names(raw.get("plan_names", {}), problems)
    return values


def _read(
    rule: Rule, raw: Any, name: str, key: str, values: dict[str, Any], problems: list[Problem]
) -> None:
    try:
        values[key] = rule.read(raw)
    except RefusedError:
        problems.append(Problem(name, raw, rule.allowed))


def _plan_names(raw: Any, problems: list[Problem]) -> PlanNames:
    name = "eligibility.plan_names"
    if not isinstance(raw, Mapping):
        problems.append(Problem(name, raw, "a table with commercial and other"))
        return PlanNames()
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key in PLAN_NAMES:
            _read(PLAN_NAMES[key], value, f"{name}.{key}", key, values, problems)
        else:
            problems.append(
                unknown_key(key=str(key), value=value, known=PLAN_NAMES, prefix=f"{name}.")
            )
    names = PlanNames(**values)
    for plan in sorted(set(names.commercial) & set(names.other)):
        allowed = "a plan is commercial or other, not both"
        problems.append(Problem(name, plan, allowed, "plan_twice"))
    return names


def _contradictions(values: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """Keys that are right alone and wrong together. Keys that couldn't be read are left alone."""
    problems = []
    editing = values["editing"]
    if editing.get("by_author") == "allowed":
        for key in ("raise_delay", "lower_delay", "good_from"):
            if key in editing and editing[key] is None:
                allowed = KEYS["editing"][key].allowed.removesuffix(', or "none"')
                allowed += ', where editing.by_author is "allowed"'
                problems.append(Problem(f"editing.{key}", "none", allowed, "needed_for_editing"))
    requests = values["requests"]
    nobody = [requests[key] is None for key in ("email_after", "to") if key in requests]
    if nobody in ([True, False], [False, True]):
        allowed = '"none" exactly where requests.email_after is "none"'
        value = requests["to"] or "none"
        problems.append(Problem("requests.to", value, allowed, "asks_nobody"))
    limits = values["limits"]
    per_user, per_account = limits.get("per_user"), limits.get("per_account")
    if per_user is not None and per_account is not None and per_user > per_account:
        allowed = "a number that is not below limits.per_user"
        problems.append(Problem("limits.per_account", per_account, allowed, "below_per_user"))
    refused, rechecked = values["eligibility"].get("refuse"), values["publication"].get("recheck")
    if refused is not None and rechecked is not None:
        for name, reason in (("affiliation", "affiliated"), ("test_account", "test_account")):
            if name in rechecked and reason not in refused:
                allowed = f'no "{name}" where eligibility.refuse has no "{reason}"'
                value, code = list(rechecked), f"not_refused_{reason}"
                problems.append(Problem("publication.recheck", value, allowed, code))
    return problems


def _build(values: Mapping[str, Mapping[str, Any]], form: Form) -> Policy:
    sections = {name: getattr(model, name.capitalize())(**values[name]) for name in KEYS}
    return Policy(form=form, **sections)
