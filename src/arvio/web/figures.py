"""What the partner's insights show: figures put into words, charts and the tables behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.labels import field_label
from arvio.catalog.words import Unit, brief_in, brief_length
from arvio.ratings import rules as ratings
from arvio.reviews.insight_rules import Changed, RatingPast, ReplyPast
from arvio.reviews.insights import AppFigures, AppLine, Insights
from arvio.web import charts

NONE = "–"
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Thirds of an axis of time: round lengths of the unit in which its figures are read.
STEPS = [
    *(MINUTE * n for n in (5, 10, 15, 20, 30)),
    *(HOUR * n for n in (1, 2, 3, 4, 6, 8, 12, 16)),
    *(DAY * n for n in (1, 2, 3, 5, 7, 10, 14, 20, 30, 50, 70, 100, 200, 400, 1000)),
]
PROGRESS_SHOWN = 3


def page(found: Insights) -> dict[str, Any]:
    """All that the page draws but its form and its links."""
    rated = any(found.histogram)
    return {
        "rated": rated,
        "anything": rated or found.standing.held > 0 or found.first is not None,
        "mean": found.mean,
        "key_figures": _key_figures(found),
        "rows": _rows(found.histogram),
        "count": found.count,
        "qualities": [
            {"label": field_label(key), "mean": item.mean, "share": float(item.mean) * 20}
            for key, item in found.qualities.items()
        ],
        "rating_chart": _rating(found.past),
        "stars_chart": _stars(found.past),
        "times_chart": _times(found.replies),
        "shares_chart": _shares(found.replies),
        "changed": _changed(found.changed),
        "progress": [_progress(one) for one in found.below[:PROGRESS_SHOWN]],
        "more_progress": max(len(found.below) - PROGRESS_SHOWN, 0),
        "minimum": found.min_reviews,
        "lines": [_line(line) for line in found.lines] if len(found.apps) > 1 else [],
        "span": f"{_day(found.span.since)} – {_day(found.span.until)}",
    }


def _key_figures(found: Insights) -> dict[str, Any]:
    standing, times = found.standing, found.replies.times
    return {
        "rating": {
            "figure": NONE if found.mean is None else _mean(found.mean),
            "note": _drift(found),
        },
        "published": {"figure": _number(found.count), "note": _lately(found)},
        "reply": {
            "figure": _length(times.median),
            "note": _("Nine in ten within %(time)s") % {"time": _length(times.ninetieth)}
            if times.count
            else _("No replies in these days"),
        },
        "answered": {
            "figure": _share(standing.answered, standing.published),
            "note": _answered(found),
        },
    }


def _drift(found: Insights) -> str:
    if found.mean is None:
        return _("No published reviews yet")
    if found.change is None:
        return _("There were no reviews 90 days ago")
    values = {"difference": _mean(abs(found.change))}
    if found.change > 0:
        return _("%(difference)s higher than 90 days ago") % values
    if found.change < 0:
        return _("%(difference)s lower than 90 days ago") % values
    return _("The same as 90 days ago")


def _lately(found: Insights) -> str:
    held, lately = found.standing.held, _number(found.past.lately)
    if not held:
        return _("%(lately)s in the last 90 days") % {"lately": lately}
    text = ngettext(
        "%(lately)s in the last 90 days, %(held)s held",
        "%(lately)s in the last 90 days, %(held)s held",
        held,
    )
    return text % {"lately": lately, "held": _number(held)}


def _answered(found: Insights) -> str:
    standing = found.standing
    values = {
        "answered": _number(standing.answered),
        "count": _number(standing.published),
        "held": _number(standing.held_waiting),
    }
    if not standing.held_waiting:
        return _("%(answered)s of %(count)s published") % values
    text = ngettext(
        "%(answered)s of %(count)s published; %(held)s held one waits too",
        "%(answered)s of %(count)s published; %(held)s held ones wait too",
        standing.held_waiting,
    )
    return text % values


def _rows(histogram: Sequence[int]) -> list[dict[str, Any]]:
    together = sum(histogram)
    rows = []
    for stars in (5, 4, 3, 2, 1):
        count = histogram[stars - 1]
        named = ngettext("%(stars)s star", "%(stars)s stars", stars) % {"stars": stars}
        reviews = ngettext("%(count)s review", "%(count)s reviews", count) % {"count": count}
        share = 100 * count / together if together else 0
        rows.append(
            {"stars": stars, "count": count, "share": share, "label": f"{named}: {reviews}"}
        )
    return rows


def _rating(past: RatingPast) -> dict[str, Any] | None:
    months = past.months
    known = [(one.month, one.mean) for one in months if one.mean is not None]
    if not known:
        return None
    chart = charts.rating_chart(
        means=[None if one.mean is None else float(one.mean) for one in months],
        counts=[one.count for one in months],
        labels=_labels([one.month for one in months], (13, 10, 12)),
        write_mean=lambda value: _mean(Decimal(str(value))),
        write_count=_number,
    )
    rows = [
        [_month(one.month), NONE if one.mean is None else _mean(one.mean), _number(one.count)]
        for one in months
    ]
    columns = [_("Rating"), _("New reviews")]
    label = _rating_label(known, sum(one.count for one in months))
    return {"chart": chart, "label": label, "columns": columns, "rows": rows}


def _rating_label(known: Sequence[tuple[date, Fraction]], came: int) -> str:
    values = {
        "first": _month(known[0][0]),
        "first_mean": _mean(known[0][1]),
        "last": _month(known[-1][0]),
        "last_mean": _mean(known[-1][1]),
        "count": _number(came),
    }
    if len(known) == 1:
        text = ngettext(
            "Mean at the end of the month: %(last_mean)s in %(last)s. %(count)s new review.",
            "Mean at the end of the month: %(last_mean)s in %(last)s. %(count)s new reviews.",
            came,
        )
        return text % values
    text = ngettext(
        "Mean at the end of the month: %(first_mean)s in %(first)s, %(last_mean)s in %(last)s. "
        "%(count)s new review.",
        "Mean at the end of the month: %(first_mean)s in %(first)s, %(last_mean)s in %(last)s. "
        "%(count)s new reviews.",
        came,
    )
    return text % values


def _stars(past: RatingPast) -> dict[str, Any] | None:
    months = past.months
    sums = [sum(one.new[place] for one in months) for place in range(5)]
    if not any(sums):
        return None
    label = _(
        "New reviews by stars: 5 stars %(five)s, 4 stars %(four)s, 3 stars %(three)s, "
        "2 stars %(two)s, 1 star %(one)s."
    ) % dict(zip(("one", "two", "three", "four", "five"), map(_number, sums), strict=True))
    chart = charts.stars_chart(
        histograms=[one.new for one in months],
        labels=_labels([one.month for one in months], (13, 10, 12)),
        write=_number,
    )
    rows = [
        [_month(one.month), *(_number(count) for count in one.new[::-1]), _number(one.count)]
        for one in months
    ]
    columns = [*(f"{stars} ★" for stars in (5, 4, 3, 2, 1)), _("Together")]
    return {"chart": chart, "label": label, "columns": columns, "rows": rows}


def _times(past: ReplyPast) -> dict[str, Any] | None:
    months = past.months
    medians = [one.times.median for one in months]
    most = max((value for value in medians if value is not None), default=None)
    if most is None:
        return None
    step = charts.thirds(most, STEPS)
    unit: Unit = "d" if step % DAY == 0 else "h" if step % HOUR == 0 else "m"
    chart = charts.times_chart(
        values=medians,
        labels=_labels([one.month for one in months], (8, 3, 6)),
        step=step,
        write=lambda seconds: brief_in(seconds, unit),
        write_last=brief_length,
    )
    values = {"median": _length(past.times.median), "ninetieth": _length(past.times.ninetieth)}
    text = ngettext(
        "%(count)s reply: half within %(median)s, nine in ten within %(ninetieth)s.",
        "%(count)s replies: half within %(median)s, nine in ten within %(ninetieth)s.",
        past.times.count,
    )
    rows = [
        [
            _month(one.month),
            _number(one.times.count),
            _length(one.times.median),
            _length(one.times.ninetieth),
        ]
        for one in months
    ]
    return {
        "chart": chart,
        "label": text % {**values, "count": _number(past.times.count)},
        "columns": [_("Replies"), _("Half within"), _("Nine in ten within")],
        "rows": rows,
    }


def _shares(past: ReplyPast) -> dict[str, Any] | None:
    months = past.months
    if not past.sent:
        return None
    chart = charts.shares_chart(
        shares=[one.in_week / one.sent if one.sent else None for one in months],
        labels=_labels([one.month for one in months], (8, 3, 6)),
        write=lambda share: written.percent(share, get_language()),
    )
    label = _("Answered within a week: %(share)s, %(answered)s of %(sent)s.") % {
        "share": _share(past.in_week, past.sent),
        "answered": _number(past.in_week),
        "sent": _number(past.sent),
    }
    rows = [
        [
            _("%(month)s, not over yet") % {"month": _month(one.month)}
            if one.open and one.sent
            else _month(one.month),
            _number(one.sent),
            _number(one.in_week),
            _share(one.in_week, one.sent),
        ]
        for one in months
    ]
    young = [_month(one.month) for one in months if one.open and one.sent]
    return {
        "chart": chart,
        "label": label,
        "columns": [_("Sent"), _("Answered in a week"), _("Share")],
        "rows": rows,
        "young": young,
    }


def _changed(found: Changed) -> dict[str, Any] | None:
    if not found.count or found.before is None or found.after is None:
        return None
    moves = [
        (_("Stars raised"), found.raised),
        (_("Stars lowered"), found.lowered),
        (_("Stars unchanged"), found.unchanged),
    ]
    return {
        "count": found.count,
        "moves": [
            {"label": label, "count": count, "share": 100 * count / found.count}
            for label, count in moves
        ],
        "before": _mean(found.before),
        "after": _mean(found.after),
    }


def _progress(one: AppFigures) -> dict[str, Any]:
    return {"name": one.app.name, "count": one.count, "mean": one.mean}


def _line(line: AppLine) -> dict[str, Any]:
    figures = line.figures
    return {
        "ref": figures.app.ref,
        "name": figures.app.name,
        "retired": figures.app.retired,
        "mean": figures.mean,
        "count": figures.count,
        "unanswered": line.unanswered,
        "median": _length(line.median),
    }


def _labels(months: Sequence[date], most: tuple[int, int, int]) -> list[str]:
    """Names for the axis: of a year's months; of a few years' with the year; of years alone.

    `most` says how many of each there is room for.
    """
    if len(months) <= 13:
        return charts.sparse([_month(one, "short") for one in months], most[0])
    if len(months) <= 36:
        return charts.sparse([_month(one, "year") for one in months], most[1])
    years = [one.year for one in months if one.month == 1]
    told = dict(zip(years, charts.sparse([str(year) for year in years], most[2]), strict=True))
    return [told[one.year] if one.month == 1 else "" for one in months]


def _month(month: date, form: Any = "long") -> str:
    return written.month(month, get_language(), form=form)


def _day(day: date) -> str:
    return written.day(day, get_language())


def _mean(value: Decimal | Fraction) -> str:
    """As on every page: two decimals, then one, half to even."""
    exact = ratings.decimal(value, 2) if isinstance(value, Fraction) else value
    return written.number(exact.quantize(Decimal("0.1"), ROUND_HALF_EVEN), get_language(), places=1)


def _number(value: float) -> str:
    return written.number(value, get_language())


def _length(seconds: int | None) -> str:
    return NONE if seconds is None else brief_length(seconds)


def _share(part: int, whole: int) -> str:
    return written.percent(Fraction(part, whole), get_language()) if whole else NONE
