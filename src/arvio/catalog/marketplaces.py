"""Making a marketplace and changing its rules."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from arvio.audit import actions as audit
from arvio.catalog import rules
from arvio.catalog.errors import InvalidFact
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document
from arvio.catalog.models import ACCENTS, Marketplace, PolicyVersion
from arvio.catalog.sealing import next_hour, schedule_seal
from arvio.catalog.token_secret import make_secret
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people import actions as people
from arvio.people.models import Role
from arvio.policy import working_days
from arvio.policy.load import load_policy, to_dict

LANGUAGES = ("en", "ru", "fi")
LONGEST_NAME = 200


@transaction.atomic
def create_marketplace(
    *,
    slug: str,
    name: str,
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    languages: Sequence[str] = LANGUAGES,
    accent: str = "indigo",
    calendar: str = "US",
    time_zone: str = "UTC",
    frame_hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    actor: str = "command",
    now: datetime,
) -> Marketplace:
    """A marketplace with its first policy version and the usual guidelines, in force at once.

    Raises InvalidFact or PolicyError.
    """
    _check(slug, languages, accent, time_zone)
    _check_calendar(calendar)
    _check_outside(name, frame_hosts, origins)
    try:
        with transaction.atomic():
            marketplace = Marketplace.objects.create(
                slug=slug,
                name=name,
                languages=list(languages),
                accent=accent,
                calendar=calendar,
                time_zone=time_zone,
                frame_hosts=list(frame_hosts),
                origins=list(origins),
                jwt_secret=make_secret(),
                created_at=now,
            )
    except IntegrityError:
        raise InvalidFact("slug", f"A marketplace {slug!r} exists already.") from None
    set_policy(
        marketplace=marketplace,
        preset=preset,
        overrides=overrides,
        effective_at=now,
        actor=actor,
        now=now,
    )
    set_guidelines(
        marketplace=marketplace,
        document=default_document(languages=marketplace.languages),
        effective_at=now,
        actor=actor,
        now=now,
    )
    schedule_seal(marketplace_id=marketplace.pk, at=next_hour(now))
    return marketplace


def _check(slug: str, languages: Sequence[str], accent: str, time_zone: str) -> None:
    problem = rules.slug_problem(slug)
    if problem:
        raise InvalidFact("slug", problem)
    if not languages or any(language not in LANGUAGES for language in languages):
        raise InvalidFact("languages", f"Languages are one or more of {', '.join(LANGUAGES)}.")
    if accent not in ACCENTS:
        raise InvalidFact("accent", f"The accent is one of {', '.join(ACCENTS)}.")
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidFact(
            "time_zone", f"{time_zone!r} isn't a time zone such as Europe/Helsinki."
        ) from None


HOST = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:([0-9]{1,5}|\*))?")


def _check_calendar(calendar: str) -> None:
    try:
        working_days.check(calendar)
    except ValueError as error:
        raise InvalidFact("calendar", str(error)) from None


def _check_outside(name: str, frame_hosts: Sequence[str], origins: Sequence[str]) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidFact("name", f"A name has 1 to {LONGEST_NAME} characters on one line.")
    for host in frame_hosts:
        if not HOST.fullmatch(host):
            raise InvalidFact(
                "frame_hosts", f"{host!r} isn't https://portal.example or https://*.portal.example."
            )
    for origin in origins:
        if not HOST.fullmatch(origin) or "*" in origin:
            raise InvalidFact(
                "origins", f"{origin!r} isn't an origin such as https://portal.example."
            )


@transaction.atomic
def change_marketplace(
    *,
    marketplace: Marketplace,
    name: str | None = None,
    frame_hosts: Sequence[str] | None = None,
    origins: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> Marketplace:
    """What is given takes the place of what was, from the next request on; None leaves it.

    Raises InvalidFact, and then nothing has changed.
    """
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    given = {
        "name": name,
        "frame_hosts": None if frame_hosts is None else list(frame_hosts),
        "origins": None if origins is None else list(origins),
    }
    before = {field: getattr(found, field) for field in given}
    after = {
        field: value
        for field, value in given.items()
        if value is not None and value != before[field]
    }
    for field, value in after.items():
        setattr(found, field, value)
    _check_outside(found.name, found.frame_hosts, found.origins)
    if not after:
        return found
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


@transaction.atomic
def set_policy(
    *,
    marketplace: Marketplace,
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    effective_at: datetime,
    actor: str,
    now: datetime,
) -> PolicyVersion:
    """Make the next immutable version.

    At `effective_at` the worker rebuilds what rests on it (CONTRACT 4).
    """
    policy = load_policy(preset=preset, overrides=overrides or {})
    if effective_at < now:
        raise InvalidFact("effective_at", "A policy takes effect now or later, never in the past.")
    Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    last = (
        PolicyVersion.objects.filter(marketplace=marketplace).aggregate(last=Max("number"))["last"]
        or 0
    )
    version = PolicyVersion.objects.create(
        marketplace=marketplace,
        number=last + 1,
        preset=preset,
        overrides=dict(overrides or {}),
        document=to_dict(policy),
        effective_at=effective_at,
        created_at=now,
        created_by=actor,
    )
    due.schedule(rows=[Due(kind="policy", key=str(version.pk), due_at=effective_at)])
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{marketplace.pk}",
                tag="marketplace:policy_set",
                actor=actor,
                at=now,
                marketplace_id=marketplace.pk,
                policy_version=version.number,
                after={"preset": preset, "effective_at": effective_at.isoformat()},
            )
        ]
    )
    return version


def put_staff(*, marketplace: Marketplace, members: Sequence[tuple[str, str, str]]) -> None:
    """(e-mail, name, moderator|operator): the whole staff of a marketplace."""
    with transaction.atomic():
        people.put_members(
            marketplace_id=marketplace.pk,
            place_id=marketplace.pk,
            members=members,
            kinds=Role.STAFF_KINDS,
        )
