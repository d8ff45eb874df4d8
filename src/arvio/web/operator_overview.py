"""How a marketplace stands, for its operator: one line for each thing that may need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import queries, staff
from arvio.catalog.models import Marketplace
from arvio.catalog.placing import places_of
from arvio.catalog.policies import timeline
from arvio.catalog.staff import Moderator
from arvio.moderation import lists, retaining
from arvio.moderation.models import Case
from arvio.moderation.states import WAITING
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.web.templatetags.look import day, limit, number


@dataclass(frozen=True)
class Line:
    """`state` is good, warn or bad; `url` the page where something can be done."""

    name: str
    text: str
    url: str
    state: str = "good"


def lines(*, operator: Moderator, now: datetime) -> list[Line]:
    """As many statements whatever there is."""
    return [one(operator, now) for one in LINES]


def _rules(operator: Moderator, now: datetime) -> Line:
    place = operator.marketplace
    version = queries.policy_in_force(marketplace=place, now=now)
    text = _("Version %(number)s on %(preset)s, since %(date)s.") % {
        "number": version.number,
        "preset": version.preset,
        "date": day(version.effective_at),
    }
    turns = timeline.timeline(marketplace=place, now=now)
    coming = [turn.version for turn in turns if turn.state == "to_come"]
    if coming:
        first = min(coming, key=lambda one: (one.effective_at, one.number))
        text += " " + _("Version %(number)s follows on %(moment)s.") % {
            "number": first.number,
            "moment": limit(first.effective_at),
        }
    if timeline.draft(marketplace=place):
        text += " " + _("A draft waits.")
    return Line(_("Rules"), text, reverse("operator:policy"), "warn" if coming else "good")


def _cases(operator: Moderator, now: datetime) -> Line:
    found = lists.sections(moderator=operator)
    waiting = Case.objects.filter(marketplace=operator.marketplace, state__in=sorted(WAITING))
    overdue = waiting.filter(due_at__lte=now).count()
    text = ngettext(
        "%(count)s waits for a decision.", "%(count)s wait for a decision.", found.cases
    ) % {"count": number(found.cases)}
    if overdue:
        text += " " + ngettext("%(count)s is overdue.", "%(count)s are overdue.", overdue) % {
            "count": number(overdue)
        }
    return Line(_("Cases"), text, reverse("desk:cases"), "bad" if overdue else "good")


def _people(operator: Moderator, now: datetime) -> Line:
    people = [one.person.pk for one in staff.colleagues(marketplace=operator.marketplace)]
    safe = Authenticator.objects.filter(user__in=people, type=Authenticator.Type.TOTP)
    without = len(people) - safe.values("user").distinct().count()
    text = ngettext("%(count)s person works here.", "%(count)s people work here.", len(people)) % {
        "count": number(len(people))
    }
    if without:
        text += " " + ngettext(
            "%(count)s of them has no second factor.",
            "%(count)s of them have no second factor.",
            without,
        ) % {"count": number(without)}
    return Line(_("People"), text, reverse("operator:home"), "warn" if without else "good")


def _webhooks(operator: Moderator, now: datetime) -> Line:
    rows = WebhookEndpoint.objects.filter(marketplace=operator.marketplace, partner=None)
    all_of_them, off = rows.count(), rows.exclude(disabled_at=None).count()
    text = ngettext("%(count)s endpoint.", "%(count)s endpoints.", all_of_them) % {
        "count": number(all_of_them)
    }
    if off:
        text += " " + ngettext("%(count)s is turned off.", "%(count)s are turned off.", off) % {
            "count": number(off)
        }
    return Line(_("Webhooks"), text, reverse("operator:webhooks"), "bad" if off else "good")


def _guidelines(operator: Moderator, now: datetime) -> Line:
    version = queries.guidelines(marketplace=operator.marketplace, now=now)
    text = _("Version %(number)s, in force since %(date)s.") % {
        "number": version.number,
        "date": day(version.effective_at),
    }
    return Line(_("Guidelines"), text, reverse("operator:guidelines"))


def _paid(operator: Moderator, now: datetime) -> Line:
    rows = places_of(marketplace=operator.marketplace).filter(until_at__gt=now, since_at__lte=now)
    running = rows.first()
    text = _("Nothing stands above the list.")
    if running:
        text = _("%(app)s stands above the list until %(moment)s.") % {
            "app": running.app.name,
            "moment": limit(running.until_at),
        }
    return Line(_("Paid places"), text, reverse("operator:placements"))


def _kept(operator: Moderator, now: datetime) -> Line:
    count = retaining.waiting(marketplace=operator.marketplace, now=now).count()
    text = ngettext(
        "The words of %(count)s removed review are forgotten tonight.",
        "The words of %(count)s removed reviews are forgotten tonight.",
        count,
    ) % {"count": number(count)}
    if not count:
        text = _("No removed review has been kept for its whole time.")
    return Line(_("What was removed"), text, _how(operator.marketplace))


def _how(marketplace: Marketplace) -> str:
    return reverse("web:transparency", args=[marketplace.slug])


LINES: tuple[Callable[[Moderator, datetime], Line], ...] = (
    _rules,
    _cases,
    _people,
    _webhooks,
    _guidelines,
    _paid,
    _kept,
)
