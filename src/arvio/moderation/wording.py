"""Sentences for what moderation refuses and decides, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from arvio.catalog.words import moment_words
from arvio.moderation.errors import Declined

Values = Mapping[str, Any]


def declined(error: Declined) -> str:
    """What is wrong and what can be done."""
    return DECLINED[error.code](error.values)


def _already_decided(values: Values) -> str:
    if not values.get("at"):
        return _("This case is closed.")
    return _("%(by)s decided this case on %(moment)s: %(outcome)s.") % {
        "by": values["by"],
        "moment": moment_words(values["at"]),
        "outcome": outcome(values["outcome"]),
    }


DECLINED: dict[str, Callable[[Values], str]] = {
    "not_signed_in": lambda v: _("Only people who are signed in can report here."),
    "own_words": lambda v: _("These are your own words. You can withdraw or correct them instead."),
    "already_reported": lambda v: (
        _("You have reported this already. It is case %(case)s, and you get the answer by mail.")
        % {"case": v.get("case", "")}
    ),
    "too_many": lambda v: _(
        "Many reports came in a short time. Try again later, or write to the marketplace."
    ),
    "already_decided": _already_decided,
    "waits_for_second": lambda v: _("A decision is proposed and waits for a second moderator."),
    "nothing_proposed": lambda v: _("No decision is proposed in this case."),
    "proposal_changed": lambda v: _("Another decision is proposed meanwhile. Look at it again."),
    "same_moderator": lambda v: _(
        "You have decided in this case before. It takes another moderator."
    ),
    "own_partner": lambda v: _(
        "You belong to the partner that makes this app. It takes another moderator."
    ),
    "not_concerned": lambda v: _("This decision isn’t one that you can appeal against."),
    "window_closed": lambda v: _("The time for an appeal has ended."),
    "already_appealed": lambda v: _("You have appealed in this case already. It can be done once."),
    "already_open": lambda v: _("There is one already that isn’t answered yet."),
    "one_text": lambda v: _("An appeal is one text: another moderator decides by what it says."),
    "closed": lambda v: _("It is closed: nothing can be added any more."),
    "correction_not_allowed": lambda v: _(
        "The rules of this review don’t let anybody replace its text."
    ),
    "review_not_visible": lambda v: _(
        "The review isn’t there any more, so there is no text to replace."
    ),
    "edit_waits": lambda v: _(
        "An edit of the author’s waits to be published. The text can be corrected after that."
    ),
}


def outcome(code: str) -> str:
    """What a decision came to, in a word or two."""
    return {
        "kept": pgettext("outcome", "kept"),
        "removed": pgettext("outcome", "removed"),
        "rejected": pgettext("outcome", "not published"),
        "restored": pgettext("outcome", "restored"),
        "upheld_superseded": pgettext("outcome", "right, but something newer stands"),
    }[code]
