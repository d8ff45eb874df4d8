"""The form that replaces a review's words, and what was asked for beside what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict

from arvio.catalog.explain import explain_field_error
from arvio.catalog.labels import field_label
from arvio.moderation.errors import Declined
from arvio.moderation.wording import declined
from arvio.policy.form import FieldError
from arvio.reviews.correcting import LONGEST_WORDS, WORDS, can_correct
from arvio.reviews.models import Review
from arvio.web import forms


def read(review: Review, posted: QueryDict) -> dict[str, str]:
    """What was typed, of the words that this review's form has; and the reason."""
    names = [*_asked(review), "reason"]
    kept = forms.draft_answers({name: posted.get(name, "") for name in names})
    return {name: text.replace("\r\n", "\n") for name, text in kept.items()}


def changed(review: Review, typed: Mapping[str, str]) -> dict[str, str]:
    """The words that are no longer those of the live version."""
    now = {name: getattr(review.live_version, name) for name in _asked(review)}
    return {name: typed[name] for name in now if typed[name].strip() != now[name].strip()}


def form(
    review: Review,
    *,
    typed: Mapping[str, str],
    errors: Sequence[FieldError] = (),
    now: datetime,
) -> dict[str, Any]:
    """`typed` stands instead of the words that are there. `closed` says why there is no form."""
    wrong = {error.field: explain_field_error(error) for error in reversed(errors)}
    verdict = can_correct(review=review, now=now)
    return {
        "closed": "" if verdict.allowed else declined(Declined(verdict.failed[0].code)),
        "fields": [
            {
                "name": name,
                "id": f"c-{name}",
                "label": field_label(name),
                "line": review.policy_version.policy.form.content[name].type == "line",
                "max": review.policy_version.policy.form.content[name].max or LONGEST_WORDS,
                "value": typed.get(name, getattr(review.live_version, name)),
                "error": wrong.get(name, ""),
            }
            for name in _asked(review)
        ],
        "reason": typed.get("reason", ""),
        "reason_error": wrong.get("reason", ""),
        "errors": bool(wrong),
    }


def _asked(review: Review) -> list[str]:
    content = review.policy_version.policy.form.content
    return [name for name in WORDS if name in content]
