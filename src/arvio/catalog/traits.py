"""What a marketplace may be called, look like, count its days by and let in: each problem, named.

The sentences are in the language of whoever reads them: a page's, or a command's English.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from arvio.catalog import accents
from arvio.policy import working_days

LANGUAGES = ("en", "ru", "fi")
LONGEST_NAME = 200
LONGEST_URL = 500
MOST_LINES = 100
# Everything of a marketplace that an operator changes, in the order of the page.
TRAITS = (
    "name",
    "languages",
    "accent",
    "calendar",
    "time_zone",
    "frame_hosts",
    "origins",
    "plans_url",
    "clip_url",
)
HOST = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:([0-9]{1,5}|\*))?")

_NAME = gettext_lazy("A name has 1 to %(most)s characters on one line.")
_LANGUAGES = gettext_lazy("Languages are one or more of %(known)s.")
_ACCENT = gettext_lazy("The accent is one of %(known)s, or a colour such as #1a5fc2.")
_CONTRAST = gettext_lazy(
    "%(colour)s can’t be read well: it reaches %(ratio)s : 1 where 4.5 : 1 is asked. "
    "%(instead)s is near and passes."
)
_ZONE = gettext_lazy("%(value)r isn't a time zone such as Europe/Helsinki.")
_CALENDAR = gettext_lazy(
    "%(value)r is no calendar that is known. "
    "It is a country such as FI, RU or US, or a part of one such as US-CA or DE-BY."
)
_FRAME = gettext_lazy("%(value)r isn't https://portal.example or https://*.portal.example.")
_ORIGIN = gettext_lazy("%(value)r isn't an origin such as https://portal.example.")
_LINES = gettext_lazy("At most %(most)s lines.")
_ADDRESS = gettext_lazy("%(value)r isn't an address such as https://portal.example/plans.")
_CLIP = gettext_lazy("%(value)r isn't an address such as https://portal.example/how-to.mp4.")
_LONG = gettext_lazy("An address has at most %(most)s characters.")


@dataclass(frozen=True)
class Problem:
    """`line` is the number of the line of a list of hosts, from 1, else 0."""

    field: str
    sentence: str | Promise
    values: Mapping[str, Any]
    line: int = 0

    @property
    def detail(self) -> str:
        return str(self.sentence) % self.values


def problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with these traits, all of it; traits that aren't given are no problem."""
    found: list[Problem] = []
    for trait in TRAITS:
        if trait in given:
            found += CHECKS[trait](given[trait])
    return found


def _name(name: str) -> Iterator[Problem]:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        yield Problem("name", _NAME, {"most": LONGEST_NAME})


def _languages(languages: Sequence[str]) -> Iterator[Problem]:
    known = all(language in LANGUAGES for language in languages)
    if not languages or not known or len(set(languages)) < len(languages):
        yield Problem("languages", _LANGUAGES, {"known": ", ".join(LANGUAGES)})


def _accent(accent: str) -> Iterator[Problem]:
    if accent in accents.ACCENTS:
        return
    if not accents.OWN.fullmatch(accent):
        yield Problem("accent", _ACCENT, {"known": ", ".join(accents.ACCENTS)})
    elif not accents.passes(accent, accents.LIGHT):
        reached = accents.worst(accent, accents.LIGHT).ratio
        # Rounded down: 4.49 isn't 4.5.
        ratio = f"{int(reached * 10) / 10:.1f}"
        values = {"colour": accent, "ratio": ratio, "instead": accents.suggestion(accent)}
        yield Problem("accent", _CONTRAST, values)


def _calendar(calendar: str) -> Iterator[Problem]:
    try:
        working_days.check(calendar)
    except ValueError:
        yield Problem("calendar", _CALENDAR, {"value": calendar})


def _time_zone(time_zone: str) -> Iterator[Problem]:
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield Problem("time_zone", _ZONE, {"value": time_zone})


def _frame_hosts(hosts: Sequence[str]) -> Iterator[Problem]:
    return _hosts("frame_hosts", hosts, _FRAME, HOST.fullmatch)


def _origins(origins: Sequence[str]) -> Iterator[Problem]:
    return _hosts(
        "origins", origins, _ORIGIN, lambda one: "*" not in one and bool(HOST.fullmatch(one))
    )


def _hosts(
    trait: str, hosts: Sequence[str], sentence: str | Promise, right: Callable[[str], object]
) -> Iterator[Problem]:
    if len(hosts) > MOST_LINES:
        yield Problem(trait, _LINES, {"most": MOST_LINES})
        return
    for line, host in enumerate(hosts, start=1):
        if not right(host):
            yield Problem(trait, sentence, {"value": host[:200]}, line)


def _plans_url(url: str) -> Iterator[Problem]:
    return _address("plans_url", url, _ADDRESS)


def _clip_url(url: str) -> Iterator[Problem]:
    return _address("clip_url", url, _CLIP)


_check = URLValidator(schemes=["http", "https"])


def _address(trait: str, url: str, sentence: str | Promise) -> Iterator[Problem]:
    if not url:
        return
    try:
        _check(url)
        readable = url.isprintable()
    except ValidationError:
        readable = False
    if not readable:
        yield Problem(trait, sentence, {"value": url[:200]})
    elif len(url) > LONGEST_URL:
        yield Problem(trait, _LONG, {"most": LONGEST_URL})


CHECKS: Mapping[str, Callable[[Any], Iterator[Problem]]] = {
    "name": _name,
    "languages": _languages,
    "accent": _accent,
    "calendar": _calendar,
    "time_zone": _time_zone,
    "frame_hosts": _frame_hosts,
    "origins": _origins,
    "plans_url": _plans_url,
    "clip_url": _clip_url,
}
