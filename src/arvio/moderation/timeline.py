"""What has happened to a case and its review: their audit rows, and who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from arvio.audit.models import AuditRow
from arvio.moderation.models import Case, Notice
from arvio.people.models import Person
from arvio.reviews.models import Review

# Newest first: whoever wants all of a longer history asks for its proof.
MOST = 100


@dataclass(frozen=True)
class Happened:
    """`tag` is the audit row's, or `told` for a notice; `by` a person's name where it is one."""

    at: datetime
    tag: str
    actor: str
    by: str
    policy: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def events(*, review: Review, case: Case | None) -> list[Happened]:
    """The newest first; three statements."""
    subjects = [review.subject, *([case.subject] if case else [])]
    rows = list(AuditRow.objects.filter(subject__in=subjects).order_by("-at", "-pk")[:MOST])
    names = _names(rows)
    found = [
        Happened(
            row.at,
            row.tag,
            row.actor,
            names.get(row.actor, ""),
            row.policy_version,
            row.before or {},
            _named(row.after or {}, names),
        )
        for row in rows
    ]
    # Of the same moment, what was told comes after what it tells of, so above it.
    return sorted([*_told(review, case), *found], key=lambda one: one.at, reverse=True)


def _names(rows: Sequence[AuditRow]) -> dict[str, str]:
    actors = {row.actor for row in rows}
    actors |= {f"person:{row.after['to']}" for row in rows if row.after and row.after.get("to")}
    ids = [UUID(actor[7:]) for actor in actors if actor.startswith("person:")]
    people = Person.objects.filter(pk__in=ids)
    return {f"person:{person.pk}": person.name or person.email for person in people}


def _named(after: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    to = after.get("to")
    return {**after, "to_name": names.get(f"person:{to}", "")} if to else after


def _told(review: Review, case: Case | None) -> list[Happened]:
    about = Q(review=review, case=None)
    if case is not None:
        about |= Q(case=case)
    together: dict[datetime, dict[str, int]] = {}
    for at, party in (
        Notice.objects.filter(about).order_by("-told_at", "-pk").values_list("told_at", "party")
    )[:MOST]:
        parties = together.setdefault(at, {})
        parties[party] = parties.get(party, 0) + 1
    return [
        Happened(at, "told", "policy", "", None, {}, parties) for at, parties in together.items()
    ]
