"""A due time that passed without a decision: written down, and told to whom it falls (R123)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from arvio.moderation import telling
from arvio.moderation.history import write
from arvio.moderation.models import Case
from arvio.moderation.states import WAITING


def note_overdue(*, case_ids: Sequence[UUID], now: datetime) -> None:
    """Serves due rows; a case that was decided meanwhile, or has a later clock, is left alone."""
    locked = Case.objects.select_for_update(of=("self",)).filter(
        pk__in=case_ids, state__in=sorted(WAITING), due_at__lte=now
    )
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    rows = Case.objects.select_related(
        "app", "review__app__partner", "review__marketplace", "reply", "assigned_to"
    )
    cases = list(rows.filter(pk__in=ids).order_by("pk"))
    for case in cases:
        write(case, "case:overdue", "policy", now, {"due_at": _text(case.due_at)})
    telling.overdue(cases=cases, now=now)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
