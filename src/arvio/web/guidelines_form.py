"""The guidelines as an operator edits them: what was typed, what is wrong with it, what differs.

Fields are `intro.en`, `partners.en`, `rule.spam.title.en`; `order` comes once for each rule.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.explain import explain_field_error
from arvio.catalog.guidelines.rules import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    PARTS,
    Change,
    required,
    rules_of,
)
from arvio.catalog.labels import reason_label
from arvio.catalog.models import GuidelinesVersion, Marketplace
from arvio.policy.form import FieldError
from arvio.policy.model import REASONS
from arvio.web import language
from arvio.web.forms import draft_answers


@dataclass
class Typed:
    """One state of the form. `base` is the version that it began with."""

    base: int
    order: list[str]
    values: dict[str, str] = field(default_factory=dict)
    when: str = "now"
    at: str = ""

    @classmethod
    def of_version(cls, version: GuidelinesVersion) -> Typed:
        document = version.document
        values = {f"{part}.{code}": text for part in PARTS for code, text in document[part].items()}
        for rule in version.rules:
            values |= {f"rule.{rule.key}.title.{code}": text for code, text in rule.title.items()}
            values |= {f"rule.{rule.key}.text.{code}": text for code, text in rule.text.items()}
        return cls(version.number, _whole(rule.key for rule in version.rules), values)

    @classmethod
    def read(cls, posted: QueryDict, languages: Sequence[str]) -> Typed:
        base = posted.get("base", "")
        typed = cls(
            base=int(base) if base.isdecimal() and len(base) < 10 else 0,
            order=_whole(posted.getlist("order")),
            when="later" if posted.get("when") == "later" else "now",
            at=str(posted.get("at", ""))[:40],
        )
        names = [name for _, names in typed.names(languages) for name in names]
        kept = draft_answers({name: posted.get(name, "") for name in names})
        typed.values = {name: text.replace("\r\n", "\n") for name, text in kept.items()}
        return typed

    def names(self, languages: Sequence[str]) -> Iterable[tuple[str, list[str]]]:
        """(part or key, its fields) in their order."""
        for part in PARTS:
            yield part, [f"{part}.{code}" for code in languages]
        for key in self.order:
            fields = [f"rule.{key}.{what}.{code}" for code in languages for what in WHAT]
            yield key, fields

    def move(self, step: str) -> None:
        """`spam:up` or `spam:down`; at either end nothing moves."""
        key, _, direction = step.partition(":")
        if key not in self.order:
            return
        place = self.order.index(key)
        other = place + (-1 if direction == "up" else 1)
        if 0 <= other < len(self.order):
            self.order[place], self.order[other] = self.order[other], self.order[place]

    def keys(self, languages: Sequence[str], reasons: Sequence[str]) -> list[str]:
        """The rules that there are to be: one that may be absent is left out when it is empty."""
        needed = required(reasons)
        return [key for key in self.order if key in needed or self._written(key, languages)]

    def _written(self, key: str, languages: Sequence[str]) -> bool:
        fields = [f"rule.{key}.{what}.{code}" for code in languages for what in WHAT]
        return any(self.values.get(name, "").strip() for name in fields)

    def document(self, languages: Sequence[str], reasons: Sequence[str]) -> dict[str, Any]:
        def texts(prefix: str) -> dict[str, str]:
            return {code: self.values.get(f"{prefix}.{code}", "") for code in languages}

        keys = self.keys(languages, reasons)
        rules = [
            {"key": key, **{what: texts(f"rule.{key}.{what}") for what in WHAT}} for key in keys
        ]
        return {**{part: texts(part) for part in PARTS}, "rules": rules}

    def effective_at(self, marketplace: Marketplace, now: datetime) -> datetime | None:
        """None for a moment that can't be read or has passed."""
        if self.when == "now":
            return now
        try:
            at = datetime.fromisoformat(self.at)
            zone = zoneinfo.ZoneInfo(marketplace.time_zone)
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zoneinfo.ZoneInfo("UTC"))
        except (ValueError, OverflowError):
            return None
        return at if at > now else None


WHAT = ("title", "text")


def _whole(keys: Iterable[str]) -> list[str]:
    """These first, each once, then those that they lack."""
    known = [key for key in dict.fromkeys(keys) if key in REASONS]
    return known + [key for key in REASONS if key not in known]


def sentences(
    errors: Iterable[FieldError], typed: Typed, languages: Sequence[str], reasons: Sequence[str]
) -> dict[str, str]:
    """By the form's field: what is wrong with it."""
    keys = typed.keys(languages, reasons)
    found: dict[str, str] = {}
    for error in errors:
        name = error.field
        if name.startswith("rules."):
            place, _, rest = name.removeprefix("rules.").partition(".")
            name = f"rule.{keys[int(place) - 1]}.{rest}"
        found.setdefault(name, explain_field_error(error))
    return found


def show(
    typed: Typed, *, languages: Sequence[str], reasons: Sequence[str], errors: Mapping[str, str]
) -> dict[str, Any]:
    """For the template: parts and rules with their fields."""
    shown = {
        name: [_field(one, typed, errors) for one in fields]
        for name, fields in typed.names(languages)
    }
    keys = typed.keys(languages, reasons)
    listed = [
        {"id": _id(name), "label": _label(name), "error": text} for name, text in errors.items()
    ]
    return {
        "base": typed.base,
        "when": typed.when,
        "at": typed.at,
        "at_error": errors.get("at", ""),
        "parts": [{"label": PART_LABELS[part](), "fields": shown[part]} for part in PARTS],
        "rules": [
            {
                "key": key,
                "code": f"G-{keys.index(key) + 1}" if key in keys else "",
                "label": _title(key, typed),
                "reason": reason_label(key),
                "optional": key not in required(reasons),
                "wrong": any(one["error"] for one in shown[key]),
                "first": place == 0,
                "last": place == len(typed.order) - 1,
                "fields": shown[key],
            }
            for place, key in enumerate(typed.order)
        ],
        "hidden": [
            *[("order", key) for key in typed.order],
            *typed.values.items(),
            ("base", typed.base),
            ("when", typed.when),
            ("at", typed.at),
        ],
        "errors": listed,
    }


def _title(key: str, typed: Typed) -> str:
    """As the rule is called now; as the reason of reports while it has no title."""
    return typed.values.get(f"rule.{key}.title.{language.current()}", "") or reason_label(key)


def _id(name: str) -> str:
    return "f-" + name.replace(".", "-")


def _field(name: str, typed: Typed, errors: Mapping[str, str]) -> dict[str, Any]:
    line = ".title." in name
    return {
        "id": _id(name),
        "name": name,
        "line": line,
        "label": _what(name),
        "language": name.rpartition(".")[2],
        "value": typed.values.get(name, ""),
        "max": LONGEST_TITLE if line else LONGEST_TEXT,
        "error": errors.get(name, ""),
    }


def _what(name: str) -> str:
    values = {"language": written.language_name(name.rpartition(".")[2], language.current())}
    if ".title." in name:
        return _("Title (%(language)s)") % values
    return _("Text (%(language)s)") % values


def _label(name: str) -> str:
    """A field as the summary of errors names it."""
    first, _dot, rest = name.partition(".")
    if first == "rule":
        return f"{reason_label(rest.partition('.')[0])} · {_what(name)}"
    if first in PARTS:
        return f"{PART_LABELS[first]()} · {_what(name)}"
    return _("In force from")


PART_LABELS = {
    "intro": lambda: _("Introduction"),
    "partners": lambda: _("When partners ask for reviews"),
}


def change_sentences(
    changes: Sequence[Change], *, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """What a new version changes, in words."""
    titles = {rule.key: rule.title for rule in rules_of(before)}
    titles |= {rule.key: rule.title for rule in rules_of(after)}
    return [_sentence(change, titles) for change in changes]


def _sentence(change: Change, titles: Mapping[str, Mapping[str, str]]) -> str:
    title = titles.get(change.key, {})
    here = language.current()
    values = {
        "title": title.get(here) or next(iter(title.values()), ""),
        "old": change.codes[0],
        "code": change.codes[1] or change.codes[0],
        "languages": ", ".join(written.language_name(one, here) for one in change.languages),
    }
    return {
        "intro": _("The introduction changes in these languages: %(languages)s."),
        "partners": _(
            "What partners keep to when they ask for reviews changes in these languages: "
            "%(languages)s."
        ),
        "added": _("New rule %(code)s: %(title)s."),
        "removed": _("Rule %(code)s goes: %(title)s."),
        "moved": _("Rule %(old)s becomes %(code)s: %(title)s."),
        "changed": _("Rule %(code)s changes (%(title)s) in these languages: %(languages)s."),
    }[change.kind] % values
