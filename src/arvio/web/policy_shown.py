"""Versions of a policy, drafts and differences as the operator's pages show them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from arvio.catalog.models import Marketplace, PolicyDraft, PolicyVersion
from arvio.catalog.policies import timeline
from arvio.catalog.policies.timeline import Turn, local_moment
from arvio.catalog.policies.words import (
    caution_words,
    change_words,
    changes_in_words,
    problem_list,
    rewritten,
)
from arvio.catalog.words import age
from arvio.policy.changing import difference
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from arvio.policy.symmetry import asymmetries
from arvio.web import language


def turns(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Every version with what it changed, in words, and who made it; one statement for names."""
    people = timeline.names(actors=[turn.version.created_by for turn in turns])
    return [
        {
            "number": turn.version.number,
            "preset": turn.version.preset,
            "state": turn.state,
            "effective_at": turn.version.effective_at,
            "created_at": turn.version.created_at,
            "until": turn.until,
            "by": actor(turn.version.created_by, people),
            "before": turn.before and turn.before.number,
            "repeats": turn.repeats,
            "changes": [
                change_words(change, past=turn.state != "to_come") for change in turn.changes
            ],
        }
        for turn in turns
    ]


def actor(key: str, people: dict[str, str]) -> str:
    if key in people:
        return people[key]
    if key.startswith("person:"):
        return _("somebody who has left")
    return _("a command") if key == "command" else key


def draft(draft: PolicyDraft, now: datetime) -> dict[str, Any]:
    """Whose it is and how old; `problems` is how many there are in it."""
    people = timeline.names(actors=[draft.saved_by])
    try:
        problems, policy = [], draft.policy
    except PolicyError as error:
        problems, policy = error.problems, None
    values = {"name": actor(draft.saved_by, people), "age": age(draft.saved_at, now)}
    return {
        "saved_at": draft.saved_at,
        "token": draft.token,
        "title": _("Draft by %(name)s, %(age)s") % values
        if values["age"]
        else _("Draft by %(name)s") % values,
        "problems": problem_list(problems),
        "policy": policy,
    }


def beside(before: Policy, after: Policy) -> dict[str, Any]:
    """What differs, in words, and where criticism fares worse."""
    changes = difference(before=before, after=after)
    return {
        "count": len(changes),
        "sections": changes_in_words(changes),
        "rewritten": rewritten(before=before, after=after, language=language.current()),
        "cautions": [caution_words(found) for found in asymmetries(policy=after)],
    }


def around(turns: Sequence[Turn], at: datetime) -> dict[str, list[PolicyVersion]]:
    """The versions to come that begin before a version of this moment would, that it takes the
    place of, and that take over from it afterwards.
    """
    coming = [turn.version for turn in reversed(turns) if turn.state == "to_come"]
    return {
        "earlier": [one for one in coming if one.effective_at < at],
        "replaced": [one for one in coming if one.effective_at == at],
        "later": [one for one in coming if one.effective_at > at],
    }


@dataclass
class When:
    """When a version is to take effect, as it was chosen: now, a moment by name, or a typed one."""

    choice: str = "now"
    at: str = ""

    @classmethod
    def read(cls, posted: QueryDict) -> When:
        return cls(posted.get("when", "now")[:40], posted.get("at", "").replace("\0", "")[:40])

    @classmethod
    def of(cls, moment: datetime | None, marketplace: Marketplace, now: datetime) -> When:
        if moment is None:
            return cls()
        if moment in [at for at, _words in quick(marketplace, now)]:
            return cls(moment.isoformat())
        local = moment.astimezone(zoneinfo.ZoneInfo(marketplace.time_zone))
        return cls("later", f"{local:%Y-%m-%dT%H:%M}")

    def moment(self, marketplace: Marketplace, now: datetime) -> datetime | None:
        """None for what can't be read or has passed; `now` itself for now."""
        if self.choice == "now":
            return now
        text = self.at if self.choice == "later" else self.choice
        at = local_moment(text, marketplace.time_zone)
        return at if at and at > now else None

    def shown(self, marketplace: Marketplace, now: datetime) -> dict[str, Any]:
        choices = [
            {"value": at.isoformat(), "words": words, "at": at}
            for at, words in quick(marketplace, now)
        ]
        names = ["now", "later", *(one["value"] for one in choices)]
        right = self.moment(marketplace, now) is not None
        return {
            "choice": self.choice if self.choice in names else "later",
            "at": self.at,
            "quick": choices,
            "zone": marketplace.time_zone,
            "error": "" if right else _("Give a day and a time that are still to come."),
        }


def quick(marketplace: Marketplace, now: datetime) -> list[tuple[datetime, str]]:
    """Midnights that are often meant, in the marketplace's time zone; each moment once."""
    zone = zoneinfo.ZoneInfo(marketplace.time_zone)
    today = now.astimezone(zone).date()
    named = {
        today + timedelta(days=1): _("Tomorrow at 00:00"),
        today + timedelta(days=7 - today.weekday()): _("On Monday at 00:00"),
        (today.replace(day=1) + timedelta(days=32)).replace(day=1): _(
            "On the first of the month at 00:00"
        ),
    }
    midnights = sorted(named)
    utc = zoneinfo.ZoneInfo("UTC")
    return [
        (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(utc), named[day])
        for day in midnights
    ]
