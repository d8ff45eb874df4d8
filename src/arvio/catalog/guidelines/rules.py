"""Pure rules: what a document of guidelines must hold, and how two of them differ.

A document is `{"intro": {language: text}, "partners": {language: text}, "rules": [{"key", "title":
{language: text}, "text": {language: text}}]}`. `partners` is what partners may not do when they
collect reviews (FEATURES R108, R111). Paragraphs are parted by empty lines.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arvio.policy.form import FieldError, FormError, clean_line, clean_words
from arvio.policy.model import REASONS

LONGEST_TITLE = 120
LONGEST_TEXT = 4_000
PARTS = ("intro", "partners")
# Reports may name it, but guidelines can do without: a decision then rests on a rule that is there.
OPTIONAL = frozenset({"other"})


@dataclass(frozen=True)
class Rule:
    """One rule of one version. `code` (G-1 and on) is its place there, and `key` is what stays."""

    key: str
    code: str
    title: Mapping[str, str]
    text: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What differs: `intro`, `partners`, `added`, `removed`, `moved` or `changed`.

    `codes` are where the rule stood and stands; `languages` those in which its words changed.
    """

    kind: str
    key: str = ""
    codes: tuple[str, str] = ("", "")
    languages: tuple[str, ...] = ()


def rules_of(document: Mapping[str, Any]) -> list[Rule]:
    return [
        Rule(key=one["key"], code=f"G-{place}", title=one["title"], text=one["text"])
        for place, one in enumerate(document["rules"], start=1)
    ]


def read_document(
    *, raw: Mapping[str, Any], languages: Sequence[str], reasons: Collection[str]
) -> dict[str, Any]:
    """The document as it is kept, or FormError with all that is wrong (`rules.3.title.fi`).

    `reasons` are those of the policy: each needs a rule, so that every decision can name one.
    """
    reader = _Reader(languages)
    document: dict[str, Any] = {part: reader.texts(raw.get(part), part) for part in PARTS}
    document["rules"] = reader.rules(raw.get("rules"), reasons)
    known = {*PARTS, "rules"}
    reader.errors += [_unknown(str(key), known) for key in raw if key not in known]
    if reader.errors:
        raise FormError(reader.errors)
    return document


class _Reader:
    """Reads a document and collects what is wrong with it."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = languages
        self.errors: list[FieldError] = []

    def rules(self, given: object, reasons: Collection[str]) -> list[dict[str, Any]]:
        if not isinstance(given, list):
            self.errors.append(FieldError("rules", "wrong_type", {"expected": "list"}))
            return []
        found = [self._rule(one, f"rules.{place}") for place, one in enumerate(given, start=1)]
        keys = [rule["key"] for rule in found]
        for place, key in enumerate(keys, start=1):
            if key in keys[: place - 1]:
                left = [one for one in REASONS if one not in keys]
                self.errors.append(
                    FieldError(f"rules.{place}.key", "not_a_choice", {"choices": left})
                )
        missing = [key for key in REASONS if key in required(reasons) and key not in keys]
        self.errors += [FieldError(f"rules.{key}", "required", {"type": "text"}) for key in missing]
        return found

    def _rule(self, given: object, name: str) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            self.errors.append(FieldError(name, "wrong_type", {"expected": "object"}))
            return {"key": "", "title": {}, "text": {}}
        key = given.get("key")
        if key not in REASONS:
            self.errors.append(
                FieldError(f"{name}.key", "not_a_choice", {"choices": list(REASONS)})
            )
        known = {"key", "title", "text"}
        self.errors += [_unknown(f"{name}.{one}", known) for one in given if one not in known]
        return {
            "key": key,
            "title": self.texts(given.get("title"), f"{name}.title", _title),
            "text": self.texts(given.get("text"), f"{name}.text"),
        }

    def texts(
        self, given: object, name: str, clean: Callable[[Any, str], str] | None = None
    ) -> dict[str, str]:
        if not isinstance(given, Mapping):
            self.errors.append(FieldError(name, "wrong_type", {"expected": "object"}))
            return {}
        self.errors += [
            _unknown(f"{name}.{code}", self.languages)
            for code in given
            if code not in self.languages
        ]
        found = {}
        for code in self.languages:
            try:
                found[code] = (clean or _text)(given.get(code), f"{name}.{code}")
            except FormError as error:
                self.errors += error.errors
        return found


def _title(value: Any, field: str) -> str:
    cleaned = clean_line(text=value, field=field, longest=LONGEST_TITLE)
    if not cleaned:
        raise FormError([FieldError(field, "required", {"type": "line"})])
    return cleaned


def _text(value: Any, field: str) -> str:
    return clean_words(text=value, field=field, shortest=1, longest=LONGEST_TEXT)


def _unknown(field: str, known: Collection[str]) -> FieldError:
    return FieldError(field, "unknown_field", {"choices": sorted(known)})


def required(reasons: Collection[str]) -> frozenset[str]:
    """The keys that guidelines can't do without."""
    return frozenset(reasons) - OPTIONAL


def difference(*, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a reader of the one should know of the other; empty when they say the same."""
    return [*_parts(before, after), *_rules(before, after)]


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for part in PARTS:
        if languages := _differing(before[part], after[part]):
            yield Change(part, languages=languages)


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old = {rule.key: rule for rule in rules_of(before)}
    new = {rule.key: rule for rule in rules_of(after)}
    for key, rule in new.items():
        if key not in old:
            yield Change("added", key, ("", rule.code))
            continue
        codes = (old[key].code, rule.code)
        if codes[0] != codes[1]:
            yield Change("moved", key, codes)
        words = {
            *_differing(old[key].title, rule.title),
            *_differing(old[key].text, rule.text),
        }
        if words:
            yield Change("changed", key, codes, tuple(sorted(words)))
    for key, rule in old.items():
        if key not in new:
            yield Change("removed", key, (rule.code, ""))


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(code for code in sorted({*before, *after}) if before.get(code) != after.get(code))
