"""The form of a marketplace's traits: what was typed, what is wrong, and what it would do."""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel import Locale
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from arvio.catalog import accents, traits
from arvio.catalog.models import Marketplace
from arvio.catalog.traits import LANGUAGES, Problem
from arvio.policy import working_days
from arvio.web import language

Traits = Mapping[str, Any]
OWN = "own"
HOLIDAYS = 5

LABELS: dict[str, str | Promise] = {
    "name": pgettext_lazy("of a marketplace", "Name"),
    "languages": gettext_lazy("Languages"),
    "accent": gettext_lazy("Accent"),
    "calendar": gettext_lazy("Calendar of the working days"),
    "time_zone": gettext_lazy("Time zone"),
    "frame_hosts": gettext_lazy("Who may frame the product pages"),
    "origins": gettext_lazy("Which pages may call the API for a viewer"),
    "plans_url": gettext_lazy("Where customers choose a plan"),
    "clip_url": gettext_lazy("Clip of how to review"),
}
ACCENT_NAMES: dict[str, str | Promise] = {
    "indigo": pgettext_lazy("accent", "Indigo"),
    "teal": pgettext_lazy("accent", "Teal"),
    "blue": pgettext_lazy("accent", "Blue"),
    "green": pgettext_lazy("accent", "Green"),
    "plum": pgettext_lazy("accent", "Plum"),
    "rose": pgettext_lazy("accent", "Rose"),
    "rust": pgettext_lazy("accent", "Rust"),
    "slate": pgettext_lazy("accent", "Slate"),
}
PLACES: dict[str, str | Promise] = {
    "page": gettext_lazy("Words on the page"),
    "card": gettext_lazy("Words on a card"),
    "sunken": gettext_lazy("Words on a reply or a note"),
    "selected": gettext_lazy("Words on a selected row"),
    "button": gettext_lazy("Words of the main button"),
    "pressed": gettext_lazy("Words of the main button under the pointer"),
    "hint": gettext_lazy("Hints on a selected row"),
}


@dataclass(frozen=True)
class Typed:
    """`seen` is what the page showed when it was drawn."""

    given: Traits
    seen: Traits

    @classmethod
    def of(cls, marketplace: Marketplace) -> Typed:
        now = {trait: getattr(marketplace, trait) for trait in traits.TRAITS}
        return cls(now, now)

    @classmethod
    def read(cls, posted: QueryDict) -> Typed:
        accent = posted.get("accent", "")
        own = posted.get("own", "").strip().lower()
        seen = _seen(posted.get("seen", ""))
        given = {
            "name": posted.get("name", "").strip(),
            "languages": _languages(posted, seen.get("languages", [])),
            "accent": own if accent == OWN else accent,
            "calendar": posted.get("calendar", "").strip().upper(),
            "time_zone": posted.get("time_zone", "").strip(),
            "frame_hosts": _lines(posted.get("frame_hosts", "")),
            "origins": _lines(posted.get("origins", "")),
            "plans_url": posted.get("plans_url", "").strip(),
            "clip_url": posted.get("clip_url", "").strip(),
        }
        return cls(given, seen)


def _languages(posted: QueryDict, seen: Any) -> list[str]:
    """The main one comes first: it is spoken where nobody asks for another. The rest keep the order
    that they had.
    """
    had = seen if isinstance(seen, list) else []
    chosen = [code for code in LANGUAGES if code in posted.getlist("languages")]
    chosen.sort(key=lambda code: had.index(code) if code in had else len(had))
    return sorted(chosen, key=lambda code: code != posted.get("main", ""))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _seen(text: str) -> Traits:
    """What can't be read was never drawn by us: then everything counts as changed."""
    try:
        found = json.loads(text[:100_000])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def errors(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """By trait; of a list of hosts with the number of the line."""
    found: dict[str, list[str]] = {}
    for one in problems:
        text = one.detail
        if one.line:
            text = _("Line %(line)s: %(problem)s") % {"line": one.line, "problem": text}
        found.setdefault(one.field, []).append(text)
    return found


def shown(typed: Typed, found: Mapping[str, Sequence[str]], day: date) -> dict[str, Any]:
    """Everything that the page draws."""
    given = typed.given
    own = given["accent"] not in accents.ACCENTS
    return {
        **{trait: given[trait] for trait in ("name", "calendar", "time_zone")},
        **{trait: given[trait] for trait in ("plans_url", "clip_url")},
        "frame_hosts": "\n".join(given["frame_hosts"]),
        "origins": "\n".join(given["origins"]),
        "languages": [
            {"code": code, "name": language.NAMES[code], "chosen": code in given["languages"]}
            for code in LANGUAGES
        ],
        "main": next(iter(given["languages"]), ""),
        "accents": [_accent(name, given["accent"]) for name in accents.ACCENTS],
        "own": given["accent"] if own else "",
        "own_chosen": own,
        "own_shown": _own(given["accent"]) if own else None,
        "measured": _measured(given["accent"]),
        "calendars": _countries(language.current()),
        "zones": _zones(),
        "parts": _parts(given["calendar"]),
        "holidays": _holidays(given["calendar"], day),
        "unpublished": _unpublished(given["calendar"], day),
        "errors": found,
        "wrong": [{"trait": trait, "label": LABELS[trait]} for trait in found],
        "seen": json.dumps(typed.seen),
    }


def _accent(name: str, chosen: str) -> dict[str, Any]:
    light, dark = accents.ACCENTS[name]
    return {
        "name": name,
        "label": ACCENT_NAMES[name],
        "chosen": name == chosen,
        **_swatch(light, dark),
    }


def _own(colour: str) -> dict[str, Any] | None:
    if not accents.OWN.fullmatch(colour):
        return None
    return _swatch(*accents.pair(colour))


def _swatch(light: str, dark: str) -> dict[str, Any]:
    on_light, on_dark = accents.worst(light, accents.LIGHT), accents.worst(dark, accents.DARK)
    return {
        "light": light,
        "dark": dark,
        "on_light": ratio(on_light.ratio),
        "on_dark": ratio(on_dark.ratio),
        "passes": on_light.passes and on_dark.passes,
    }


def ratio(value: float) -> str:
    """Rounded down, since 4.49 isn't 4.5: "5.3"."""
    shown = f"{int(value * 10) / 10:.1f}"
    return shown if language.current() == "en" else shown.replace(".", ",")


def _measured(accent: str) -> list[dict[str, Any]]:
    if accent not in accents.ACCENTS and not accents.OWN.fullmatch(accent):
        return []
    light, dark = accents.pair(accent)
    pairs = zip(
        accents.measure(light, accents.LIGHT), accents.measure(dark, accents.DARK), strict=True
    )
    return [
        {
            "place": PLACES[one.place],
            "light": ratio(one.ratio),
            "dark": ratio(two.ratio),
            "passes": one.passes and two.passes,
        }
        for one, two in pairs
    ]


@cache
def _countries(code: str) -> list[tuple[str, str]]:
    named = Locale(code).territories
    found = [(one, named.get(one, one)) for one in working_days.countries()]
    return sorted(found, key=lambda one: one[1].casefold())


@cache
def _zones() -> list[str]:
    """Those that people live in: an area, a stroke, a place."""
    known = zoneinfo.available_timezones()
    return ["UTC", *sorted(one for one in known if "/" in one and not one.startswith("Etc/"))]


def _known(calendar: str) -> bool:
    return not any(traits.problems({"calendar": calendar}))


def _parts(calendar: str) -> list[str]:
    return working_days.parts(calendar) if _known(calendar) else []


def _holidays(calendar: str, day: date) -> list[tuple[date, str]]:
    if not _known(calendar):
        return []
    return working_days.next_free_days(
        calendar=calendar, day=day, count=HOLIDAYS, language=language.current()
    )


def _unpublished(calendar: str, day: date) -> int | None:
    """The next year whose free days aren't known yet."""
    years = (day.year, day.year + 1) if _known(calendar) else ()
    return next(
        (one for one in years if not working_days.published(calendar=calendar, year=one)), None
    )


def current(marketplace: Marketplace, fields: Sequence[str]) -> list[dict[str, str]]:
    """What others have made of these traits meanwhile."""
    found = []
    for trait in fields:
        value = getattr(marketplace, trait)
        text = value if isinstance(value, str) else ", ".join(value)
        found.append({"label": str(LABELS[trait]), "value": text})
    return found
