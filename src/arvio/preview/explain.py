"""A preview in sentences, in the active language: what would happen, what would have happened, and
what stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from arvio.catalog.words import duration_words, number_words
from arvio.policy.durations import parse
from arvio.preview.shapes import Figure


def sentence(figure: Figure) -> str:
    """What a figure says. "At least" stands where counting was stopped."""
    count: Any = number_words(figure.count)
    if figure.values.get("at_least"):
        count = pgettext("how many", "at least %(count)s") % {"count": count}
    values = {**WORDED.get(figure.code, _as_is)(figure.values), "count": count}
    text = SENTENCES[figure.code](figure.count) % values
    text = text[:1].upper() + text[1:]
    pairs = figure.values.get("pairs", figure.count)
    if pairs != figure.count:
        text += " " + _("Counted by person and app: %(pairs)s.") % {"pairs": number_words(pairs)}
    return text


def _as_is(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return values


def _holds(values: Mapping[str, Any]) -> Mapping[str, Any]:
    lengths = {key: parse(values[key]) for key in ("old", "new")}
    at_once = pgettext("how long", "not at all")
    return {key: duration_words(one, "plain") if one else at_once for key, one in lengths.items()}


def _numbers(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: number_words(values[key]) for key in ("old", "new")}


WORDED: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "rating_lost": _numbers,
    "rating_gained": _numbers,
    "hold_otherwise": _holds,
    "not_counted": lambda values: {"keys": ", ".join(values["keys"])},
}

# In this order: what is told of one thing beside another.
HAPPENS = (
    "rating_lost", "rating_gained", "place_moved", "score_changed", "quality_changed",
    "may_review", "may_not_review", "name_changed", "request_dropped", "request_moved",
    "request_added", "words_forgotten", "words_kept", "ban_appeal_closed", "ban_appeal_opened",
)  # fmt: skip
STAYS = ("held_keep", "reviews_keep", "cases_keep", "appeals_keep")
WOULD = (
    "hold_otherwise", "second_look_stops", "second_look_passes", "form_refuses", "written_outside",
    "words_refused", "words_allowed", "words_flagged", "words_unflagged", "edit_refused",
    "edit_later", "edit_sooner", "reply_while_held", "reply_changed", "case_late", "case_in_time",
    "report_refused", "decision_second", "decision_alone",
)  # fmt: skip
NOTES = ("unfinished", "not_counted")


def titled() -> list[tuple[str, tuple[str, ...]]]:
    """The parts of a preview: a title, and the codes below it. Notes have none."""
    return [
        (_("What happens to what is there"), HAPPENS),
        (_("What stays as it is"), STAYS),
        (_("What would have been different lately"), WOULD),
        ("", NOTES),
    ]


# By code, for a number of things: the sentence with its places still open.
SENTENCES: dict[str, Callable[[int], str]] = {
    "rating_lost": lambda n: ngettext(
        "%(count)s app loses its public rating: it has fewer than %(new)s reviews.",
        "%(count)s apps lose their public rating: they have fewer than %(new)s reviews.",
        n,
    ),
    "rating_gained": lambda n: ngettext(
        "%(count)s app gains a public rating: the threshold is %(new)s.",
        "%(count)s apps gain a public rating: the threshold is %(new)s.",
        n,
    ),
    "place_moved": lambda n: ngettext(
        "%(count)s app changes its place in the storefront.",
        "%(count)s apps change their place in the storefront.",
        n,
    ),
    "score_changed": lambda n: ngettext(
        "%(count)s app gets another score.", "%(count)s apps get another score.", n
    ),
    "quality_changed": lambda n: ngettext(
        "%(count)s quality rating that is shown changes.",
        "%(count)s quality ratings that are shown change.",
        n,
    ),
    "held_keep": lambda n: ngettext(
        "%(count)s held review keeps its time of publication: it was sent under the rules of then.",
        "%(count)s held reviews keep their time of publication: "
        "they were sent under the rules of then.",
        n,
    ),
    "hold_otherwise": lambda n: ngettext(
        "%(count)s review of the last 30 days would have waited for another time: "
        "%(old)s by the present rules, %(new)s by the new ones.",
        "%(count)s reviews of the last 30 days would have waited for another time: "
        "%(old)s by the present rules, %(new)s by the new ones.",
        n,
    ),
    "second_look_stops": lambda n: ngettext(
        "%(count)s review of the last 30 days would have gone to the archive "
        "at the second look before publication.",
        "%(count)s reviews of the last 30 days would have gone to the archive "
        "at the second look before publication.",
        n,
    ),
    "second_look_passes": lambda n: ngettext(
        "%(count)s review of the last 30 days would have passed the second look "
        "before publication, which stops it by the present rules.",
        "%(count)s reviews of the last 30 days would have passed the second look "
        "before publication, which stops them by the present rules.",
        n,
    ),
    "form_refuses": lambda n: ngettext(
        "%(count)s review of the last 30 days wouldn’t fit the new form as it was sent.",
        "%(count)s reviews of the last 30 days wouldn’t fit the new form as they were sent.",
        n,
    ),
    "written_outside": lambda n: ngettext(
        "%(count)s review of the last 30 days was written outside the product, "
        "which won’t be possible.",
        "%(count)s reviews of the last 30 days were written outside the product, "
        "which won’t be possible.",
        n,
    ),
    "words_refused": lambda n: ngettext(
        "%(count)s review of the last 30 days would have been refused for its words.",
        "%(count)s reviews of the last 30 days would have been refused for their words.",
        n,
    ),
    "words_allowed": lambda n: ngettext(
        "%(count)s review of the last 30 days has words that wouldn’t be refused any more.",
        "%(count)s reviews of the last 30 days have words that wouldn’t be refused any more.",
        n,
    ),
    "words_flagged": lambda n: ngettext(
        "%(count)s review of the last 30 days would have been flagged for its words.",
        "%(count)s reviews of the last 30 days would have been flagged for their words.",
        n,
    ),
    "words_unflagged": lambda n: ngettext(
        "%(count)s review of the last 30 days wouldn’t have been flagged for its words.",
        "%(count)s reviews of the last 30 days wouldn’t have been flagged for their words.",
        n,
    ),
    "reviews_keep": lambda n: ngettext(
        "%(count)s review keeps the rules for edits and replies that it was sent under.",
        "%(count)s reviews keep the rules for edits and replies that they were sent under.",
        n,
    ),
    "edit_refused": lambda n: ngettext(
        "%(count)s edit of the last 90 days would have been refused.",
        "%(count)s edits of the last 90 days would have been refused.",
        n,
    ),
    "edit_later": lambda n: ngettext(
        "%(count)s edit of the last 90 days would have been public later.",
        "%(count)s edits of the last 90 days would have been public later.",
        n,
    ),
    "edit_sooner": lambda n: ngettext(
        "%(count)s edit of the last 90 days would have been public sooner.",
        "%(count)s edits of the last 90 days would have been public sooner.",
        n,
    ),
    "reply_while_held": lambda n: ngettext(
        "%(count)s reply of the last 90 days was sent while the review was held, "
        "which won’t be possible.",
        "%(count)s replies of the last 90 days were sent while the review was held, "
        "which won’t be possible.",
        n,
    ),
    "reply_changed": lambda n: ngettext(
        "%(count)s reply of the last 90 days was changed later, which won’t be possible.",
        "%(count)s replies of the last 90 days were changed later, which won’t be possible.",
        n,
    ),
    "cases_keep": lambda n: ngettext(
        "%(count)s open case keeps its due time.", "%(count)s open cases keep their due time.", n
    ),
    "case_late": lambda n: ngettext(
        "%(count)s case of the last 90 days would have been overdue that wasn’t.",
        "%(count)s cases of the last 90 days would have been overdue that weren’t.",
        n,
    ),
    "case_in_time": lambda n: ngettext(
        "%(count)s case of the last 90 days wouldn’t have been overdue that was.",
        "%(count)s cases of the last 90 days wouldn’t have been overdue that were.",
        n,
    ),
    "report_refused": lambda n: ngettext(
        "%(count)s report of the last 90 days could not have been made.",
        "%(count)s reports of the last 90 days could not have been made.",
        n,
    ),
    "decision_second": lambda n: ngettext(
        "%(count)s decision of the last 90 days would have needed a second moderator.",
        "%(count)s decisions of the last 90 days would have needed a second moderator.",
        n,
    ),
    "decision_alone": lambda n: ngettext(
        "%(count)s decision of the last 90 days wouldn’t have needed a second moderator.",
        "%(count)s decisions of the last 90 days wouldn’t have needed a second moderator.",
        n,
    ),
    "appeals_keep": lambda n: ngettext(
        "%(count)s decision keeps the time for appeals that it was told with.",
        "%(count)s decisions keep the time for appeals that they were told with.",
        n,
    ),
    "ban_appeal_closed": lambda n: ngettext(
        "%(count)s ban can’t be appealed against any more.",
        "%(count)s bans can’t be appealed against any more.",
        n,
    ),
    "ban_appeal_opened": lambda n: ngettext(
        "%(count)s ban can be appealed against again.",
        "%(count)s bans can be appealed against again.",
        n,
    ),
    "words_forgotten": lambda n: ngettext(
        "%(count)s removed review has been kept long enough by the new rules: its words go.",
        "%(count)s removed reviews have been kept long enough by the new rules: their words go.",
        n,
    ),
    "words_kept": lambda n: ngettext(
        "%(count)s removed review keeps its words, which would go by the present rules.",
        "%(count)s removed reviews keep their words, which would go by the present rules.",
        n,
    ),
    "request_dropped": lambda n: ngettext(
        "%(count)s planned request by mail falls away.",
        "%(count)s planned requests by mail fall away.",
        n,
    ),
    "request_moved": lambda n: ngettext(
        "%(count)s planned request by mail moves to another time.",
        "%(count)s planned requests by mail move to another time.",
        n,
    ),
    "request_added": lambda n: ngettext(
        "%(count)s request by mail is planned that wasn’t.",
        "%(count)s requests by mail are planned that weren’t.",
        n,
    ),
    "name_changed": lambda n: ngettext(
        "%(count)s public review shows another name.",
        "%(count)s public reviews show another name.",
        n,
    ),
    "may_review": lambda n: ngettext(
        "%(count)s person may review who could not.",
        "%(count)s people may review who could not.",
        n,
    ),
    "may_not_review": lambda n: ngettext(
        "%(count)s person may not review any more who could.",
        "%(count)s people may not review any more who could.",
        n,
    ),
    "unfinished": lambda n: _(
        "Counting took too long and was stopped: where it says “at least”, there may be more, "
        "and some of what changes may be missing here. The command counts to the end."
    ),
    "not_counted": lambda n: _(
        "Nothing is counted for these rules, which act on what comes from then on: %(keys)s."
    ),
}
