"""`arvio verify`: what stands is what was decided, and whatever waits is watched (DESIGN 5).

Reads only, five statements in all; call it inside `one_moment`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from arvio.due.models import Due
from arvio.moderation.models import Case, Decision, DecisionDraft, Item
from arvio.moderation.reporting import OVERDUE
from arvio.moderation.states import WAITING, CaseState
from arvio.ratings.verifying import Difference
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.models import Review
from arvio.reviews.states import State

# What changes an item; all else leaves it as it is.
TAKEN = {"removed": State.REMOVED, "rejected": State.REJECTED}
PART = 2_000


def verify(*, now: datetime) -> Iterator[Difference]:
    """Every difference between the cases, their decisions and what these are about."""
    yield from _outcomes()
    yield from _items()
    yield from _undecided_endings()
    yield from _unwatched(now)


def _outcomes() -> Iterator[Difference]:
    """A case says of itself what its last decision says; a proposal has its words."""
    last = Decision.objects.filter(case=OuterRef("pk")).order_by("-number")
    rows: QuerySet[Any] = Case.objects.select_related("app").annotate(
        last=Subquery(last.values("outcome")[:1]),
        last_at=Subquery(last.values("decided_at")[:1]),
        proposal=Exists(
            DecisionDraft.objects.filter(case=OuterRef("pk"), proposed_at__isnull=False)
        ),
    )
    for case in rows.order_by("pk").iterator(chunk_size=PART):
        told, made = (case.outcome, case.decided_at), (case.last or "", case.last_at)
        if told != made:
            yield _difference(case, "outcome", case.outcome or "none", case.last or "none")
        decided = case.state in (CaseState.DECIDED, CaseState.APPEALED)
        if decided != bool(case.last):
            yield _difference(case, "state", case.state, "decided" if case.last else "undecided")
        if (case.state == CaseState.PROPOSED) != case.proposal:
            yield _difference(case, "proposal", str(case.proposal), str(not case.proposal))


def _items() -> Iterator[Difference]:
    """What was last decided of an item, in whichever case, is how it stands."""
    same = Decision.objects.filter(
        case__review=OuterRef("review_id"),
        case__item_id=OuterRef("item_id"),
        outcome__in=[*TAKEN, "restored"],
    ).order_by("-decided_at", "-number")
    rows: QuerySet[Any] = Case.objects.select_related("app", "review", "reply").annotate(
        last=Subquery(same.values("outcome")[:1])
    )
    decided = rows.filter(last__isnull=False, outcome__in=[*TAKEN, "restored"])
    for case in decided.order_by("pk").iterator(chunk_size=PART):
        stands = str(case.reply.state if case.item == Item.REPLY else case.review.state)
        if case.item == Item.REVIEW and case.review.removed_rule in NOT_DECIDED:
            continue
        wanted = TAKEN.get(case.last)
        if (stands != wanted) if wanted else (stands in TAKEN.values()):
            yield _difference(case, str(case.item), stands, str(wanted or "not removed"))


def _undecided_endings() -> Iterator[Difference]:
    """Only a decision takes a review away, but for its author and the law."""
    rows = Review.objects.filter(state__in=list(TAKEN.values())).exclude(
        removed_rule__in=sorted(NOT_DECIDED)
    )
    decided = Decision.objects.filter(case__review=OuterRef("pk"), case__item=Item.REVIEW)
    for review in rows.exclude(Exists(decided)).select_related("app").order_by("pk"):
        yield Difference(review.app.ref, str(review.pk), "decision", "none", str(review.state))


def _unwatched(now: datetime) -> Iterator[Difference]:
    """Whatever waits has a due row until its time has come, and nothing else has one."""
    keys = set(Due.objects.filter(kind=OVERDUE).values_list("key", flat=True))
    rows = Case.objects.filter(state__in=sorted(WAITING)).annotate(ref=F("app__ref"))
    waiting = {str(pk): (number, ref, due_at) for pk, number, ref, due_at in rows.values_list(
        "pk", "number", "ref", "due_at"
    )}  # fmt: skip
    for key, (number, ref, due_at) in waiting.items():
        if key not in keys and due_at and due_at > now:
            yield Difference(ref, "", f"case {number}: due row", "missing", due_at.isoformat())
    for key in sorted(keys - set(waiting)):
        yield Difference("", "", f"due row {OVERDUE} {key}", "waits", "no case waits for it")


def _difference(case: Case, what: str, stored: str, expected: str) -> Difference:
    about = str(case.review_id)
    return Difference(case.app.ref, about, f"case {case.number}: {what}", str(stored), expected)
