"""The forms by which a partner asks something of the moderators: a report, a correction, a dispute,
an appeal. What they say, what they ask for, and why there is none at present.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import queries as catalog
from arvio.catalog import written
from arvio.catalog.explain import explain_field_error
from arvio.catalog.labels import reason_label
from arvio.catalog.members import Member
from arvio.moderation import rules
from arvio.moderation.errors import Declined
from arvio.moderation.partner_reads import Moderated
from arvio.moderation.wording import declined
from arvio.policy.form import FieldError
from arvio.policy.working_days import due_at
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.states import State
from arvio.web import language

LONGEST_KEPT = 20_000


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    longest: int
    hint: str = ""
    required: bool = True
    value: str = ""


@dataclass(frozen=True)
class Form:
    """`closed` says why nothing can be sent, empty where something can. `reasons` are choices."""

    heading: str
    lead: str
    button: str
    fields: Sequence[Field]
    reasons: Sequence[str] = ()
    reasons_label: str = ""
    then: str = ""
    closed: str = ""


def report(found: PartnerReview, *, member: Member, now: datetime) -> Form:
    policy = catalog.policy_in_force(marketplace=member.marketplace, now=now).policy
    place, days = member.marketplace, policy.reports.business_days
    answer_by = due_at(filed_at=now, days=days, calendar=place.calendar, time_zone=place.time_zone)
    then = ngettext(
        "A moderator decides before %(moment)s (%(days)s working day), and you get the answer by "
        "mail. Until then everybody still sees the review.",
        "A moderator decides before %(moment)s (%(days)s working days), and you get the answer by "
        "mail. Until then everybody still sees the review.",
        days,
    ) % {"moment": written.limit(answer_by, language.current()), "days": days}
    public = found.state == State.PUBLISHED
    return Form(
        heading=_("Report this review"),
        lead=_("For what breaks the guidelines. A low rating alone is no breach."),
        button=_("Send the report"),
        reasons=policy.reports.reasons,
        reasons_label=_("What is wrong with it?"),
        fields=[
            Field(
                "comment",
                _("Comment"),
                rules.LONGEST_COMMENT,
                _("Say where a moderator sees it. Only moderators read this."),
                required=False,
            )
        ],
        then=then,
        closed="" if public else _("Only what is public can be reported. This review isn’t now."),
    )


def correction(found: PartnerReview) -> Form:
    verdict = found.can_correct
    return Form(
        heading=_("Ask for a correction"),
        lead=_(
            "For a mistake in the text, such as a wrong name or number. A moderator replaces the "
            "text or says why not; the stars stay, and the author is told."
        ),
        button=_("Ask for it"),
        fields=[
            Field(
                "text",
                _("How the text should read"),
                rules.LONGEST_STATEMENT,
                value=found.public.text,
            ),
            Field(
                "reason",
                _("Why it should be replaced"),
                rules.LONGEST_STATEMENT,
                _("Say what is wrong and how a moderator can see that."),
            ),
        ],
        then=_("The earlier text is kept, and the review shows that it was edited."),
        closed="" if verdict.allowed else declined(Declined(verdict.failed[0].code)),
    )


def dispute(found: PartnerReview) -> Form:
    return Form(
        heading=_("Talk to a moderator"),
        lead=_(
            "For a review that you find unfair or wrong without being sure that it breaks a rule. "
            "Your team and the moderators read the conversation, nobody else."
        ),
        button=_("Send it to the moderators"),
        fields=[
            Field(
                "text",
                _("Your message"),
                rules.LONGEST_STATEMENT,
                _("Attachments aren’t taken; describe in words what they would show."),
            )
        ],
        then=_("A dispute hides nothing: the review stays as it is. The answer comes by mail."),
    )


def appeal(seen: Moderated) -> Form:
    decided = seen.decided
    refusal = decided.refusal if decided else "not_concerned"
    return Form(
        heading=_("Appeal against the decision"),
        lead=_(
            "Say what the decision overlooks. A moderator who hasn’t decided in this case looks at "
            "it, once."
        ),
        button=_("Send the appeal"),
        fields=[
            Field(
                "text",
                _("Your appeal"),
                rules.LONGEST_STATEMENT,
                _("It can’t be changed or added to. Attachments aren’t taken."),
            )
        ],
        then=_("Nothing changes until it is decided. The answer comes by mail and stands here."),
        closed=declined(Declined(refusal)) if refusal else "",
    )


def read(request: HttpRequest, form: Form) -> dict[str, str]:
    names = [field.name for field in form.fields] + (["reason"] if form.reasons else [])
    return {name: request.POST.get(name, "")[:LONGEST_KEPT] for name in names}


def no_attachments(request: HttpRequest) -> str:
    """Why a request with a file is refused; empty for one without (R131)."""
    if not request.FILES:
        return ""
    return _("Attachments aren’t taken. Describe in words what they would show.")


def show(
    form: Form,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Sequence[FieldError] = (),
    failed: str = "",
) -> dict[str, Any]:
    """`failed` is what is wrong with the whole: nothing was sent, and it says why."""
    wrong = {error.field: explain_field_error(error) for error in errors}
    values = typed or {}
    return {
        "heading": form.heading,
        "lead": form.lead,
        "button": form.button,
        "then": form.then,
        "closed": form.closed,
        "failed": failed,
        "wrong": bool(wrong),
        "reasons": [
            {"value": key, "label": reason_label(key), "chosen": values.get("reason") == key}
            for key in form.reasons
        ],
        "reasons_label": form.reasons_label,
        "reason_error": wrong.get("reason", "") if form.reasons else "",
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "longest": field.longest,
                "hint": field.hint,
                "required": field.required,
                "value": values.get(field.name, field.value),
                "error": wrong.get(field.name, ""),
            }
            for field in form.fields
        ],
        "typed": "\n\n".join(filter(None, (values.get(field.name) for field in form.fields))),
    }
