"""What the transparency page shows: figures of moderation as words, tables and two charts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.labels import REASONS, reason_label
from arvio.catalog.words import brief_length
from arvio.moderation.figures import CLASSES, Figures, document
from arvio.moderation.measures import FEWEST
from arvio.moderation.tables import STARS, Table
from arvio.moderation.wording import outcome
from arvio.web import charts

NONE = "–"
OUTCOMES = ("kept", "removed", "rejected", "restored", "upheld_superseded")
# Working days until a decision, each up to its last one; the rest are late.
STEPS = (0, 2, 5, 10)


def page(found: Figures) -> dict[str, Any]:
    """All that the page draws but its period and its links."""
    known = document(found)
    return {
        "anything": found.anything,
        "key_figures": _key_figures(known),
        "speed_chart": _speed(found),
        "upheld_chart": _upheld(known["symmetry"], found),
        "verdict": _verdict(known["symmetry"]),
        "tables": [
            _by_reason(known["outcomes"]["by_reason"]),
            _by_stars(known["outcomes"]["by_stars"]),
            _accuracy(known["accuracy"]),
            _changes(known),
            *(_extra(one) for one in found.tables),
        ],
    }


def _key_figures(known: Mapping[str, Any]) -> list[dict[str, str]]:
    cases, hours = known["cases"], known["time_to_decision"]["hours"]
    in_time = known["within_deadline"]
    return [
        {
            "label": _("Cases opened"),
            "figure": _number(cases["opened"]),
            "note": _("%(count)s decided") % {"count": _number(cases["decided"])},
        },
        {
            "label": _("Waiting now"),
            "figure": _number(cases["open"] + known["appeals"]["pending"]),
            "note": _("%(count)s overdue") % {"count": _number(cases["overdue"])},
        },
        {
            "label": _("Median time to a decision"),
            "figure": _hours(hours["median"]),
            "note": _("Nine in ten within %(time)s") % {"time": _hours(hours["ninetieth"])}
            if cases["decided"]
            else _("Nothing was decided in these days"),
        },
        {
            "label": _("Decided by the deadline"),
            "figure": _share(in_time["in_time"], in_time["decided"]),
            "note": _("%(part)s of %(whole)s")
            % {"part": _number(in_time["in_time"]), "whole": _number(in_time["decided"])},
        },
    ]


def _speed(found: Figures) -> dict[str, Any] | None:
    days = [one.working_days for one in found.decided]
    if not days:
        return None
    low, counts, names = -1, [], []
    for high in STEPS:
        counts.append(sum(low < day <= high for day in days))
        names.append(str(high) if high == low + 1 else f"{low + 1}–{high}")
        low = high
    counts.append(sum(day > low for day in days))
    names.append(_("later"))
    chart = charts.columns_chart(counts=counts, labels=names, write=_number)
    label = ngettext(
        "%(count)s case decided, by working days.",
        "%(count)s cases decided, by working days.",
        len(days),
    ) % {"count": _number(len(days))}
    rows = [[name, _number(count)] for name, count in zip(names, counts, strict=True)]
    return {"chart": chart, "label": label, "head": _("Working days"), "rows": rows} | {
        "columns": [_("Cases")]
    }


def _upheld(known: Mapping[str, Any], found: Figures) -> dict[str, Any] | None:
    shares = [found.upheld(name) for name in CLASSES]
    if not any(one.whole for one in shares):
        return None
    names = [STARS[name] for name in CLASSES]
    chart = charts.shares_chart(
        shares=[one.share for one in shares],
        labels=names,
        write=lambda share: written.percent(share, get_language()),
    )
    label = _("Upheld of the cases about reviews: %(low)s of 1–2 stars, %(high)s of 4–5 stars.") % {
        "low": _share(known["low"]["upheld"], known["low"]["cases"]),
        "high": _share(known["high"]["upheld"], known["high"]["cases"]),
    }
    rows = [
        [name, _number(one.whole), _number(one.part), _share(one.part, one.whole)]
        for name, one in zip(names, shares, strict=True)
    ]
    columns = [_("Cases"), pgettext("cases", "Upheld"), _("Share")]
    return {"chart": chart, "label": label, "head": _("Stars"), "columns": columns, "rows": rows}


def _verdict(known: Mapping[str, Any]) -> dict[str, str]:
    """The same rules for all: does it hold, as far as figures can say?"""
    if known["verdict"] == "too_few":
        return {
            "kind": "",
            "fact": _("Too few cases to compare."),
            "then": _("It takes %(fewest)s decided cases on 1–2 stars and as many on 4–5 stars.")
            % {"fewest": FEWEST},
        }
    values = {
        "low": _share(known["low"]["upheld"], known["low"]["cases"]),
        "high": _share(known["high"]["upheld"], known["high"]["cases"]),
    }
    then = _("Upheld: %(low)s of the cases on 1–2 stars, %(high)s on 4–5 stars.") % values
    if known["verdict"] == "within":
        fact = _("Reports on low and on high ratings are treated alike.")
        return {"kind": "good", "fact": fact, "then": then}
    fact = _("Reports on low and on high ratings end differently, by more than chance.")
    return {"kind": "warn", "fact": fact, "then": then}


def _by_reason(counted: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    rows = {reason_label(key) if key in REASONS else key: row for key, row in counted.items()}
    return _outcomes("reasons", _("Outcomes by reason"), _("Reason"), rows)


def _by_stars(counted: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    rows = {STARS[key]: row for key, row in counted.items()}
    return _outcomes("stars", _("Outcomes by the review’s stars"), _("Stars"), rows)


def _outcomes(
    key: str, title: str, head: str, rows: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    used = [one for one in OUTCOMES if any(row.get(one) for row in rows.values())] or ["kept"]
    return {
        "id": key,
        "title": title,
        "columns": [head, *(outcome(one).capitalize() for one in used)],
        "rows": [[name, *(_number(row.get(one, 0)) for one in used)] for name, row in rows.items()],
    }


def _accuracy(counted: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Any]:
    def cell(one: Mapping[str, int]) -> str:
        if not one["reports"]:
            return NONE
        values = {
            "share": _share(one["upheld"], one["reports"]),
            "count": _number(one["reports"]),
        }
        return _("%(share)s of %(count)s") % values

    return {
        "id": "accuracy",
        "title": _("How many reports on reviews were right"),
        "columns": [_("Reported by"), *(STARS[name] for name in CLASSES)],
        "rows": [
            [_party(party), *(cell(classes[name]) for name in CLASSES)]
            for party, classes in counted.items()
        ],
    }


def _changes(known: Mapping[str, Any]) -> dict[str, Any]:
    appeals, bans = known["appeals"], known["bans"]
    rows = [
        (_("Reports"), sum(known["reports"].values())),
        (_("Reviews removed"), known["removals"]["reviews"]),
        (_("Replies removed"), known["removals"]["replies"]),
        (_("Held reviews not published"), known["rejections"]),
        (_("Restored"), known["restorations"]),
        (_("Appeals filed"), appeals["filed"]),
        (_("Appeals answered"), appeals["answered"]),
        (_("Appeals upheld"), appeals["upheld"]),
        (_("Bans imposed"), bans["imposed"]),
        (_("Bans lifted"), bans["lifted"]),
    ]
    return {
        "id": "changes",
        "title": _("What was done"),
        "columns": [_("What"), _("How many")],
        "rows": [[name, _number(count)] for name, count in rows],
    }


def _extra(one: Table) -> dict[str, Any]:
    rows = [
        [row.label]
        + [
            _cell(value, share=name in one.shares)
            for name, value in zip(one.columns, row.values, strict=True)
        ]
        for row in one.rows
    ]
    columns = [one.head, *one.columns.values()]
    return {"id": one.key, "title": one.title, "columns": columns, "rows": rows}


def _party(party: str) -> str:
    return {
        "visitor": _("Visitors"),
        "customer": _("Customers"),
        "partner": _("Partners"),
        "moderator": _("Moderators"),
    }[party]


def _cell(value: float | None, *, share: bool) -> str:
    if value is None:
        return NONE
    return written.percent(value, get_language()) if share else _number(value)


def _number(value: float) -> str:
    return written.number(value, get_language())


def _hours(hours: float | None) -> str:
    return NONE if hours is None else brief_length(hours * 3600)


def _share(part: int, whole: int) -> str:
    return written.percent(Fraction(part, whole), get_language()) if whole else NONE
