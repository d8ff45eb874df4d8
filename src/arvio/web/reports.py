"""The form of a report: what it is about, what may be said, and by when it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.explain import explain_field_error
from arvio.catalog.labels import reason_label
from arvio.catalog.models import Marketplace
from arvio.moderation import rules
from arvio.moderation.reporting import Target
from arvio.policy.form import FieldError, FormError
from arvio.policy.model import Policy
from arvio.policy.working_days import due_at
from arvio.web import forms

LONGEST_EMAIL = 254
# So much of what is reported that its reader knows it again.
SHORT = 280


@dataclass(frozen=True)
class Typed:
    reason: str = ""
    comment: str = ""
    email: str = ""


def read(posted: Mapping[str, str]) -> Typed:
    return Typed(
        reason=posted.get("reason", ""),
        comment=posted.get("comment", ""),
        email=posted.get("email", "").strip(),
    )


def check(typed: Typed, *, policy: Policy, asks_email: bool) -> None:
    """Every fault of the form at once. Raises FormError."""
    errors: list[FieldError] = []
    try:
        rules.check_report_words(policy=policy, reason=typed.reason, comment=typed.comment)
    except FormError as error:
        errors += error.errors
    if asks_email and not _is_email(typed.email):
        errors.append(FieldError("email", "not_an_email" if typed.email else "required"))
    if errors:
        raise FormError(errors)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL and text.isprintable()


def show_form(
    typed: Typed, *, policy: Policy, errors: tuple[FieldError, ...], asks_email: bool
) -> dict[str, Any]:
    wrong = {error.field: _explain(error) for error in errors}
    labels = {
        "reason": _("What is wrong?"),
        "comment": _("Comment"),
        "email": _("Your e-mail"),
    }
    return {
        **forms.draft_answers({"comment": typed.comment, "email": typed.email}),
        "reasons": [
            {"key": key, "label": reason_label(key), "chosen": key == typed.reason}
            for key in policy.reports.reasons
        ],
        "asks_email": asks_email,
        "wrong": wrong,
        "summary": [
            {"id": name, "label": label, "error": wrong[name]}
            for name, label in labels.items()
            if name in wrong
        ],
        "longest": rules.LONGEST_COMMENT,
        "longest_email": LONGEST_EMAIL,
    }


def _explain(error: FieldError) -> str:
    if error.field == "email":
        return _("Give an e-mail address such as name@example.com.")
    if error.field == "reason":
        return _("Choose what is wrong.")
    return explain_field_error(error)


def promise(marketplace: Marketplace, policy: Policy, now: datetime) -> dict[str, Any]:
    """By when it is decided if it counts from now."""
    days = policy.reports.business_days
    return {
        "due_at": due_at(
            filed_at=now,
            days=days,
            calendar=marketplace.calendar,
            time_zone=marketplace.time_zone,
        ),
        "days": ngettext("%(days)s working day", "%(days)s working days", days) % {"days": days},
    }


def item(target: Target) -> dict[str, Any]:
    """What is reported, as the public sees it; without its words once it isn't public."""
    review, reply = target.review, target.reply
    shown: dict[str, Any] = {
        "is_reply": reply is not None,
        "partner": review.app.partner.name,
        "app": review.app.name,
        "public": target.public,
        "at": reply.replied_at if reply else review.published_at or review.submitted_at,
    }
    if reply is None:
        shown["stars"] = review.stars
    if target.public:
        version = review.live_version
        words = [reply.text] if reply else [version.text, version.pros, version.cons]
        shown["title"] = "" if reply else version.title
        shown["words"] = next(filter(None, words), "")
        shown["language"] = "" if reply else version.language
    return shown
