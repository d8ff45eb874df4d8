"""What a marketplace is called and looks like, where its pages may stand, and by which days and
hours it works: what may be, and the change of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog.errors import InvalidFact, SettingsOvertaken
from arvio.catalog.models import ACCENTS, Marketplace
from arvio.policy import working_days

LANGUAGES = ("en", "ru", "fi")
LONGEST_NAME = 200
LONGEST_URL = 500
LONGEST_LABEL = 60
MOST_HOSTS = 100
FIELDS = (
    "name", "languages", "accent", "calendar", "time_zone", "frame_hosts", "origins",
    "plans_url", "clip_url", "paid_labels",
)  # fmt: skip
HOST = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:([0-9]{1,5}|\*))?")
_url = URLValidator(schemes=["http", "https"])


def settings_of(marketplace: Marketplace) -> dict[str, Any]:
    return {field: getattr(marketplace, field) for field in FIELDS}


def signature(marketplace: Marketplace) -> str:
    """Tells whether the settings are still those that somebody has seen."""
    text = json.dumps(settings_of(marketplace), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def problems(values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """By field: what can't be in it, as it was given, and in English what may be."""
    found = {}
    for field, value in values.items():
        wrong = _CHECKS[field](value)
        if wrong is not None:
            found[field] = (wrong, ALLOWED[field])
    return found


def check(values: Mapping[str, Any]) -> None:
    """Raises InvalidFact for the first field that can't be kept."""
    for field, (wrong, allowed) in problems(values).items():
        given = f"{wrong!r} isn't possible: " if wrong else ""
        raise InvalidFact(field, f"{given}{allowed}.")


@transaction.atomic
def change_marketplace(
    *,
    marketplace: Marketplace,
    changes: Mapping[str, Any],
    seen: str = "",
    actor: str,
    now: datetime,
) -> Marketplace:
    """What is given (see FIELDS) takes the place of what was, from the next request on.

    `seen` is the signature of what whoever changes has seen. Raises InvalidFact, and
    SettingsOvertaken where somebody else was quicker; then nothing has changed.
    """
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    if seen and seen != signature(found):
        raise SettingsOvertaken
    check(changes)
    before = {field: getattr(found, field) for field in changes}
    given = {
        field: list(value) if isinstance(value, tuple) else value
        for field, value in changes.items()
    }
    after = {field: value for field, value in given.items() if value != before[field]}
    if not after:
        return found
    for field, value in after.items():
        setattr(found, field, value)
    found.save(update_fields=list(after))
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{found.pk}",
                tag="marketplace:changed",
                actor=actor,
                at=now,
                marketplace_id=found.pk,
                before={field: before[field] for field in after},
                after=after,
            )
        ]
    )
    return found


def _name(value: Any) -> str | None:
    right = isinstance(value, str) and value.strip() and len(value) <= LONGEST_NAME
    return None if right and value.isprintable() else str(value)[:LONGEST_NAME]


def _languages(value: Sequence[str]) -> str | None:
    known = value and len(set(value)) == len(value) and set(value) <= set(LANGUAGES)
    return None if known else ", ".join(value)


def _time_zone(value: str) -> str | None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return value
    return None if value else value


def _calendar(value: str) -> str | None:
    try:
        working_days.check(value)
    except ValueError:
        return value
    return None


def _hosts(value: Sequence[str]) -> str | None:
    if len(value) > MOST_HOSTS:
        return str(len(value))
    return next((host for host in value if not HOST.fullmatch(host)), None)


def _origins(value: Sequence[str]) -> str | None:
    return _hosts(value) or next((origin for origin in value if "*" in origin), None)


def _address(value: str) -> str | None:
    if not value:
        return None
    try:
        _url(value)
    except ValidationError:
        return value
    return None if value.isprintable() and len(value) <= LONGEST_URL else value[:LONGEST_URL]


def _labels(value: Mapping[str, str] | None) -> str | None:
    wrong = (
        text
        for language, text in (value or {}).items()
        if language not in LANGUAGES
        or not text.strip()
        or len(text) > LONGEST_LABEL
        or not text.isprintable()
    )
    return next(wrong, None)


_CHECKS: dict[str, Any] = {
    "name": _name,
    "languages": _languages,
    "accent": lambda value: None if value in ACCENTS else value,
    "calendar": _calendar,
    "time_zone": _time_zone,
    "frame_hosts": _hosts,
    "origins": _origins,
    "plans_url": _address,
    "clip_url": _address,
    "paid_labels": _labels,
}
ALLOWED = {
    "name": f"a name has 1 to {LONGEST_NAME} characters on one line",
    "languages": f"languages are one or more of {', '.join(LANGUAGES)}",
    "accent": f"the accent is one of {', '.join(ACCENTS)}",
    "calendar": "a calendar is a country such as FI, or a part of one such as US-CA, that the "
    "package holidays knows",
    "time_zone": "a time zone is one such as Europe/Helsinki",
    "frame_hosts": "a host is https://portal.example or https://*.portal.example, at most "
    f"{MOST_HOSTS} of them",
    "origins": f"an origin is one such as https://portal.example, at most {MOST_HOSTS} of them",
    "plans_url": f"an address begins with https:// and has at most {LONGEST_URL} characters",
    "clip_url": f"an address begins with https:// and has at most {LONGEST_URL} characters",
    "paid_labels": f"a label has 1 to {LONGEST_LABEL} characters on one line, by language",
}
