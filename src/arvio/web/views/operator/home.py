"""What an operator sees first: what waits, how the marketplace stands, what can be changed."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import accents, placements, queries, roster, written
from arvio.catalog.policies import timeline
from arvio.catalog.policies.timeline import Turn
from arvio.catalog.staff import Moderator
from arvio.moderation import lists
from arvio.moderation import queries as cases
from arvio.moderation.queries import CaseCounts
from arvio.notify.webhooks.queries import turned_off
from arvio.policy import working_days
from arvio.web import language
from arvio.web.views.operator.access import operator_page, render

SECTION = "home"


@require_safe
@operator_page()
def home(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    turns = timeline.timeline(marketplace=marketplace, now=now)
    counts = cases.counts(moderator=operator, now=now)
    waiting = lists.sections(moderator=operator)
    context = {
        "version": queries.policy_in_force(marketplace=marketplace, now=now),
        "coming": [turn.version for turn in reversed(turns) if turn.state == "to_come"],
        "guidelines": queries.guidelines_numbers(marketplace=marketplace, moments=[now])[0],
        "counts": counts,
        "waiting": waiting,
        "attention": _attention(operator, counts, turns, now),
        "calm": not any((counts.open, waiting.disputes, waiting.corrections, waiting.flags)),
        "placed": placements.running(marketplace=marketplace, now=now),
        "paid_label": placements.label(marketplace),
        "accent": accents.pair(marketplace.accent),
        "spoken": [language.NAMES[code] for code in marketplace.languages],
    }
    return render(request, operator, "web/operator/home.html", context, section=SECTION)


def _attention(
    operator: Moderator, counts: CaseCounts, turns: list[Turn], now: datetime
) -> list[dict[str, str]]:
    """What somebody should look at soon, the gravest first, each with the way to it."""
    marketplace = operator.marketplace
    found = [
        (counts.overdue, "bad", reverse("desk:cases"), _overdue),
        (
            turned_off(marketplace=marketplace),
            "bad",
            reverse("operator:webhooks"),
            _turned_off,
        ),
        (
            roster.without_second_factor(marketplace=marketplace),
            "warn",
            reverse("operator:people"),
            _without_factor,
        ),
    ]
    said = [
        {"kind": kind, "url": url, "text": words(count)}
        for count, kind, url, words in found
        if count
    ]
    coming = [turn for turn in turns if turn.state == "to_come"]
    said += [_coming(turn) for turn in reversed(coming)]
    return said + _calendar(operator, now)


def _overdue(count: int) -> str:
    return ngettext("%(n)s case is overdue.", "%(n)s cases are overdue.", count) % {"n": count}


def _turned_off(count: int) -> str:
    return ngettext(
        "%(n)s webhook is turned off, since its address kept failing.",
        "%(n)s webhooks are turned off, since their addresses kept failing.",
        count,
    ) % {"n": count}


def _without_factor(count: int) -> str:
    return ngettext(
        "%(n)s person of the staff signs in without a second factor.",
        "%(n)s people of the staff sign in without a second factor.",
        count,
    ) % {"n": count}


def _coming(turn: Turn) -> dict[str, str]:
    at = written.limit(turn.version.effective_at, language.current())
    values = {"number": turn.version.number, "moment": at}
    text = _("Version %(number)s of the rules comes into force on %(moment)s.") % values
    return {"kind": "", "url": reverse("operator:policy"), "text": text}


def _calendar(operator: Moderator, now: datetime) -> list[dict[str, str]]:
    """Days are counted into the next year from a few weeks before it begins."""
    marketplace = operator.marketplace
    local = now.astimezone(zoneinfo.ZoneInfo(marketplace.time_zone))
    year = local.year + (local.month == 12)
    if working_days.published(calendar=marketplace.calendar, year=year):
        return []
    text = _("Which days are free in %(year)s isn’t known yet. Update Arvio once it is published.")
    return [
        {
            "kind": "warn",
            "url": reverse("operator:marketplace"),
            "text": text % {"year": year},
        }
    ]
