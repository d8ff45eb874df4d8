"""What stands beside a case: its author, the account, earlier cases, bans, disputes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from arvio.catalog import written
from arvio.catalog.models import Account, Installation
from arvio.moderation.context import Around, Looked
from arvio.moderation.models import Case
from arvio.moderation.standing import Standing
from arvio.moderation.states import OUTCOMES, CaseState
from arvio.moderation.wording import outcome
from arvio.reviews.models import Review, Source
from arvio.web import language
from arvio.web.desk_queue import reason_name

Row = dict[str, str]


def show(
    looked: Looked, around: Around, standing: Standing | None, *, now: datetime
) -> dict[str, Any]:
    review = looked.review
    return {
        "rows": [row for row in _rows(looked, around, standing, now) if row["value"]],
        "others": [_other(one) for one in around.others],
        "others_count": around.others_count,
        "cases": [_case(one, review) for one in around.cases],
        "bans": [
            {"ban": ban, "in_force": ban.is_in_force(now), "whole_account": ban.user_id is None}
            for ban in around.bans
        ],
        "ban_query": urlencode(
            {"account": review.account.ref, **({"user": review.user.ref} if review.user else {})}
        )
        if review.source == Source.AUTHOR
        else "",
        "disputes": [
            {
                "url": reverse("desk:dispute", args=[one.pk]),
                "open": one.state == "open",
                "at": one.last_at,
            }
            for one in around.disputes
        ],
    }


def _rows(looked: Looked, around: Around, standing: Standing | None, now: datetime) -> list[Row]:
    review, account = looked.review, looked.review.account
    known = review.source == Source.AUTHOR
    return [
        _row(_("Author"), looked.public.display_name),
        _row(pgettext("author", "Other reviews"), _others(around) if known else ""),
        _row(_("Account"), account.name if known else ""),
        _row(_("Plan"), account.plan if known else ""),
        _row(_("Kind of account"), KINDS[account.kind]() if known else ""),
        _row(_("Installed"), installed(review.installation, now)),
        _row(_("Verified"), _("Yes") if review.verified_install else _("No")),
        _row(_("Same account"), _account(around) if known else ""),
        _row(_("Partner’s reply"), _reply(looked)),
        _row(_("Cases of the app"), by_outcome(around.app_cases)),
        _row(_("Policy version"), str(review.policy_version.number)),
        _row(_("Source"), _("Imported") if not known else ""),
    ]


def _row(label: str, value: str) -> Row:
    return {"label": label, "value": value}


KINDS = {
    Account.Kind.PRODUCTION.value: lambda: pgettext("account", "Production"),
    Account.Kind.SANDBOX.value: lambda: pgettext("account", "Sandbox"),
    Account.Kind.DEVELOPER.value: lambda: pgettext("account", "Developer"),
}


def _others(around: Around) -> str:
    if not around.others_count:
        return _("None")
    count = ngettext("%(count)s review", "%(count)s reviews", around.others_count) % {
        "count": around.others_count
    }
    return _("%(reviews)s, %(removed)s removed") % {
        "reviews": count,
        "removed": around.others_removed,
    }


def _account(around: Around) -> str:
    """How much of what the account may write about this app."""
    if around.account_limit is None:
        return ngettext("%(count)s review", "%(count)s reviews", around.account_reviews) % {
            "count": around.account_reviews
        }
    return _("%(count)s of %(limit)s reviews") % {
        "count": around.account_reviews,
        "limit": around.account_limit,
    }


def installed(found: Installation | None, now: datetime) -> str:
    if found is None or found.installed_at is None:
        return _("Not that we know")
    since = written.month(found.installed_at.date(), language.current(), form="year")
    if found.ended_at is None or found.ended_at > now:
        return _("%(since)s, still is") % {"since": since}
    until = written.month(found.ended_at.date(), language.current(), form="year")
    return _("%(since)s to %(until)s") % {"since": since, "until": until}


def _reply(looked: Looked) -> str:
    reply = looked.public.reply
    return written.day(reply.replied_at, language.current()) if reply else _("None")


def by_outcome(counts: Mapping[str, int]) -> str:
    """ "3 removed, 1 kept" """
    found = [(counts[code], code) for code in OUTCOMES if counts.get(code)]
    if not found:
        return _("None decided")
    return ", ".join(
        _("%(count)s %(outcome)s") % {"count": count, "outcome": outcome(code)}
        for count, code in found
    )


def _other(review: Review) -> dict[str, Any]:
    return {
        "url": reverse("desk:review", args=[review.pk]),
        "app": review.app.name,
        "stars": review.stars,
        "at": review.submitted_at,
        "gone": review.state in ("removed", "rejected"),
    }


def _case(case: Case, review: Review) -> dict[str, Any]:
    return {
        "url": reverse("desk:case", args=[case.pk]),
        "number": case.number,
        "reason": reason_name(case.reason),
        "app": case.app.name,
        "same": case.review_id == review.pk,
        "outcome": outcome(case.outcome)
        if case.state == CaseState.DECIDED and case.outcome
        else pgettext("case", "open"),
    }
