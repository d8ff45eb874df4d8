"""The versions of a policy in their time: which holds, which is to come, which never begins.

Of two versions for one moment the higher number holds, so a version that hasn't begun is taken
back by another for the same moment (docs/decisions/0028).
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from django.db.models import Max, Q

from arvio.catalog import queries
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace, PolicyDraft, PolicyVersion
from arvio.people.models import Person
from arvio.policy.changing import Change, difference


@dataclass(frozen=True)
class Turn:
    """One version in its time.

    `before` is the version whose rules it takes over from; None for the first. `until` is when the
    next one takes over. `repeats` is the number of an earlier version that says just the same.
    """

    version: PolicyVersion
    state: Literal["in_force", "to_come", "over", "dropped"]
    before: PolicyVersion | None
    until: datetime | None
    repeats: int | None

    @property
    def changes(self) -> list[Change]:
        if self.before is None:
            return []
        return difference(before=self.before.policy, after=self.version.policy)


def timeline(*, marketplace: Marketplace, now: datetime) -> list[Turn]:
    """Every version, the latest to begin first; one statement."""
    ordered = list(queries.policy_history(marketplace=marketplace))[::-1]
    dropped = _dropped(ordered)
    live = [version for version in ordered if version.number not in dropped]
    current = max((place for place, one in enumerate(live) if one.effective_at <= now), default=-1)
    turns = {}
    for place, version in enumerate(live):
        state: Literal["in_force", "to_come", "over"] = "in_force"
        if place != current:
            state = "to_come" if place > current else "over"
        before = live[place - 1] if place else None
        until = live[place + 1].effective_at if place + 1 < len(live) else None
        turns[version.number] = Turn(version, state, before, until, _repeats(version, ordered))
    return [turns.get(one.number) or _never(one, live, ordered) for one in ordered[::-1]]


def _dropped(versions: Sequence[PolicyVersion]) -> set[int]:
    """The numbers of those that another took the place of before they began."""
    return {
        one.number
        for one in versions
        for other in versions
        if other.effective_at == one.effective_at
        and other.number > one.number
        and other.created_at < one.effective_at
    }


def _never(one: PolicyVersion, live: list[PolicyVersion], known: list[PolicyVersion]) -> Turn:
    earlier = [other for other in live if other.effective_at < one.effective_at]
    return Turn(one, "dropped", earlier[-1] if earlier else None, None, _repeats(one, known))


def _repeats(version: PolicyVersion, known: Sequence[PolicyVersion]) -> int | None:
    same = (
        other.number
        for other in known
        if other.number < version.number and other.policy == version.policy
    )
    return max(same, default=None)


def version(*, marketplace: Marketplace, number: int) -> PolicyVersion:
    """Raises NotFound."""
    versions = PolicyVersion.objects.filter(marketplace=marketplace, number=number)
    found = versions.first() if 0 < number < 2**31 else None
    if found is None:
        raise NotFound("version", f"There is no version {number} of this policy.")
    return found


def newest_number(*, marketplace: Marketplace) -> int:
    """Of the version that was made last, whenever it begins; 0 before the first."""
    versions = PolicyVersion.objects.filter(marketplace=marketplace)
    return versions.aggregate(last=Max("number"))["last"] or 0


def taken_over_from(
    *, marketplace: Marketplace, effective_at: datetime, now: datetime
) -> PolicyVersion | None:
    """The version that holds until `effective_at`, which is not before `now`."""
    begun = Q(effective_at__lt=effective_at) | Q(effective_at__lte=now)
    versions = PolicyVersion.objects.filter(begun, marketplace=marketplace)
    return versions.order_by("-effective_at", "-number").first()


def local_moment(text: str, time_zone: str) -> datetime | None:
    """A day and a time in the marketplace's zone, unless the text has its own; None for neither."""
    try:
        at = datetime.fromisoformat(text.strip())
        zone = zoneinfo.ZoneInfo(time_zone)
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year < 9999 else None  # the last year that isn't one in every time zone


def draft(*, marketplace: Marketplace) -> PolicyDraft | None:
    return PolicyDraft.objects.filter(marketplace=marketplace).first()


def names(*, actors: Iterable[str]) -> dict[str, str]:
    """What people are called who made versions and drafts; one statement for any number."""
    ids = {actor: actor.partition(":")[2] for actor in actors if actor.startswith("person:")}
    people = Person.objects.in_bulk([UUID(pk) for pk in set(ids.values())])
    return {
        actor: people[UUID(pk)].name or people[UUID(pk)].email
        for actor, pk in ids.items()
        if UUID(pk) in people
    }
