"""What happens next: real dates from the policy, told before anything is sent."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import written
from arvio.catalog.words import duration_words
from arvio.policy.durations import Duration
from arvio.policy.model import Policy
from arvio.web import language

Step = dict[str, str]


def of_submission(policy: Policy, *, partner: str, now: datetime) -> list[Step]:
    first = {
        "when": _("Now"),
        "what": _(
            "You send the review. We keep it together with the proof that the app is installed."
        ),
    }
    return [first, *_publication(policy, partner, now), _editing(policy, now)]


def of_held(policy: Policy, *, partner: str, publishes_at: datetime, now: datetime) -> list[Step]:
    """For a review that waits: the same steps, but the first is done."""
    return [
        {"when": _("Now"), "what": _reader(policy, partner)},
        {"when": written.moment(publishes_at, language.current(), now=now), "what": _by_itself()},
    ]


def _publication(policy: Policy, partner: str, now: datetime) -> list[Step]:
    hold = policy.publication.hold
    if not hold:
        what = _("It is published. %(partner)s is told and may answer once.") % {"partner": partner}
        return [{"when": _("At once"), "what": what}]
    waiting = _("The next %(time)s") % {"time": duration_words(hold, "plain")}
    return [
        {"when": waiting, "what": _reader(policy, partner)},
        {"when": written.moment(hold.add(now), language.current(), now=now), "what": _by_itself()},
    ]


def _reader(policy: Policy, partner: str) -> str:
    if policy.replies.during_hold:
        sentence = _(
            "%(partner)s can read it and may answer. Otherwise only you and the moderators see it."
        )
    else:
        sentence = _("%(partner)s can read it. Otherwise only you and the moderators see it.")
    return sentence % {"partner": partner}


def _by_itself() -> str:
    return _(
        "It is published by itself, with the answer if there is one. Nobody can stop or delay it."
    )


def _editing(policy: Policy, now: datetime) -> Step:
    editing = policy.editing
    if editing.by_author == "never":
        return {
            "when": _("Afterwards"),
            "what": _("It can’t be edited. You can withdraw it at any time and write a new one."),
        }
    when = _("Later")
    if editing.window is not None:
        when = _("Before %(end)s") % {
            "end": written.limit(editing.window.add(now), language.current())
        }
    if editing.max is None:
        return {"when": when, "what": _("You can edit it as often as you need to.")}
    what = ngettext(
        "You can edit it %(count)s time.", "You can edit it %(count)s times.", editing.max
    )
    return {"when": when, "what": what % {"count": editing.max}}


def of_edit(policy: Policy, *, published: bool, now: datetime) -> list[Step]:
    editing = policy.editing
    first = {"when": _("Now"), "what": _("You send the edit. The earlier version is kept.")}
    if not published:
        what = _(
            "The edit takes the place of what you sent. If it lowers the stars, the wait may "
            "begin anew."
        )
        return [first, {"when": _("At once"), "what": what}]
    if editing.raise_delay == editing.lower_delay or editing.raise_delay is None:
        return [
            first,
            {
                "when": _at(editing.lower_delay, now),
                "what": _("The edited review is published by itself."),
            },
        ]
    good = {"good": editing.good_from or 5}
    return [
        first,
        {
            "when": _at(editing.raise_delay, now),
            "what": _("It is published if the stars rise, or are %(good)s or more.") % good,
        },
        {
            "when": _at(editing.lower_delay, now),
            "what": _(
                "It is published by itself in all other cases. Until then the page keeps the "
                "present review."
            ),
        },
    ]


def _at(delay: Duration | None, now: datetime) -> str:
    return written.moment(delay.add(now), language.current(), now=now) if delay else _("At once")
