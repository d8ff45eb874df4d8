"""What the desk shows of the prompt broker: figures as words, a chart and tables."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from arvio.asking.prompt_queries import MOST_APPS, Figures
from arvio.catalog import written
from arvio.web import charts

NONE = "–"
DAYS_NAMED = 4


def page(found: Figures) -> dict[str, Any]:
    """All that the page draws."""
    return {
        "anything": found.moments > 0,
        "key_figures": _key_figures(found),
        "chart": _chart(found) if found.asks else None,
        "answers": _answers(found),
        "outcomes": _outcomes(found),
        "apps": _apps(found),
    }


def _key_figures(found: Figures) -> list[dict[str, str]]:
    moments = ngettext("of %(count)s moment", "of %(count)s moments", found.moments)
    mean = (
        written.number(found.asks / found.people, get_language(), places=1) if found.people else ""
    )
    return [
        {
            "label": _("Asks"),
            "figure": _number(found.asks),
            "note": moments % {"count": _number(found.moments)},
        },
        {
            "label": _("People asked"),
            "figure": _number(found.people),
            "note": _("%(mean)s asks each on average") % {"mean": mean} if found.people else "",
        },
        {
            "label": _("Most asks to one person"),
            "figure": _number(found.most) if found.most else NONE,
            "note": _("within any thirty days"),
        },
        {
            "label": _("Reviews that followed"),
            "figure": _number(found.reviews),
            "note": _("%(share)s of the asks") % {"share": _share(found.reviews, found.asks)}
            if found.asks
            else "",
        },
    ]


def _chart(found: Figures) -> dict[str, Any]:
    days = [written.day(day, get_language()) for day in found.days]
    counts = list(found.days.values())
    label = ngettext(
        "%(count)s ask in thirty days; at most %(most)s on one day.",
        "%(count)s asks in thirty days; at most %(most)s on one day.",
        found.asks,
    ) % {"count": _number(found.asks), "most": _number(max(counts))}
    return {
        "chart": charts.days_chart(
            counts=counts, labels=charts.sparse(days, DAYS_NAMED), write=_number
        ),
        "label": label,
        "head": _("Day"),
        "columns": [_("Asks")],
        "rows": [[day, _number(count)] for day, count in zip(days, counts, strict=True)],
    }


def _answers(found: Figures) -> dict[str, Any]:
    words = {
        "not_eligible": _("The person may not review the app"),
        "already_reviewed": _("The person has reviewed the app"),
        "opted_out": _("The person doesn’t want to be asked about the app"),
        "recently_installed": _("The app was installed only recently"),
        "not_enough_use": _("The person has used the app too little"),
        "cooldown": _("The app asked the person not long ago"),
        "yearly_limit": _("The app has asked the person often enough this year"),
        "elsewhere_today": _("The person was asked today already"),
    }
    rows = [(text, found.answers[code]) for code, text in words.items()]
    return _table(
        "answers",
        _("Why it wasn’t the time to ask"),
        [_("Reason"), _("Moments"), _("Share")],
        rows,
        found.moments - found.asks,
        _("It was always the time to ask."),
    )


def _outcomes(found: Figures) -> dict[str, Any]:
    words = {
        "opened": _("Opened the form or the listing"),
        "later": _("Not now"),
        "never": _("Doesn’t want to be asked about the app"),
        "failed": _("The form couldn’t be opened"),
    }
    rows = [(text, found.outcomes[key]) for key, text in words.items()]
    rows.append((_("Not told by the app"), found.unanswered))
    return _table(
        "outcomes",
        _("What came of the asks"),
        [_("Outcome"), _("Asks"), _("Share")],
        rows,
        found.asks,
        _("Nobody was asked in these days."),
    )


def _apps(found: Figures) -> dict[str, Any]:
    rows = [(one.app.name, one.asks) for one in found.apps]
    shown = sum(asks for _name, asks in rows)
    if len(rows) == MOST_APPS and found.asks > shown:
        rows.append((_("All other apps"), found.asks - shown))
    return _table(
        "apps",
        _("Apps by their share of the asks"),
        [_("App"), _("Asks"), _("Share")],
        rows,
        found.asks,
        _("Nobody was asked in these days."),
    )


def _table(
    key: str,
    title: str,
    columns: list[str],
    rows: Iterable[tuple[str, int]],
    whole: int,
    nothing: str,
) -> dict[str, Any]:
    """Rows without anything in them stay out."""
    return {
        "id": key,
        "title": title,
        "columns": columns,
        "rows": [[name, _number(count), _share(count, whole)] for name, count in rows if count],
        "nothing": nothing,
    }


def _number(value: float) -> str:
    return written.number(value, get_language())


def _share(part: int, whole: int) -> str:
    return written.percent(Fraction(part, whole), get_language()) if whole else NONE
