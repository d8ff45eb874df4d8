"""Sentences of a policy about the author: who may review, the form, the hold, editing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.labels import field_label
from arvio.catalog.words import duration_words, number_words, times_words
from arvio.policy.model import Field, Form, Policy


def who(policy: Policy) -> Iterable[str]:
    rules, limits = policy.eligibility, policy.limits
    if rules.surface == "in_product":
        yield _(
            "Anybody in an account that has the app installed, on the app’s page inside the "
            "product. On the public page nobody can."
        )
    else:
        yield _("Anybody who is signed in to an account that has the app installed.")
    if rules.plans == "any":
        yield _("The plan of the account doesn’t matter.")
    elif rules.unknown_plan == "refuse":
        yield _("The account must be on a paid plan, and on one that we know to be paid.")
    else:
        yield _("The account must be on a paid plan. A plan that we don’t know counts as paid.")
    if rules.grace_after_uninstall:
        yield _("After an app is uninstalled, a review is still possible for %(time)s.") % {
            "time": duration_words(rules.grace_after_uninstall, "within")
        }
    else:
        yield _("An app that was uninstalled can’t be reviewed any more.")
    yield _per_user(limits.per_user)
    if limits.user_scope == "marketplace":
        yield _("Who works in several accounts is one user in all of them.")
    else:
        yield _("Who works in several accounts is a user of its own in each.")
    yield _per_account(limits.per_account)
    yield _("A review that is withdrawn or removed leaves room for a new one.")
    for reason in rules.refuse:
        yield REFUSED[reason]()
    yield _("Who was suspended by the marketplace can’t review.")
    yield _("If you can’t review, we always say why and what would change it.")


def _per_user(count: int) -> str:
    return _("Each user can review an app %(times)s.") % {"times": times_words(count)}


def _per_account(count: int | None) -> str:
    if count is None:
        return _("One account can have any number of reviews of the same app.")
    return ngettext(
        "One account can have at most %(count)s review of the same app.",
        "One account can have at most %(count)s reviews of the same app.",
        count,
    ) % {"count": count}


REFUSED: dict[str, Callable[[], str]] = {
    "affiliated": lambda: _(
        "The partner’s own people can’t review its apps. People of other partners can if they "
        "say so, and the review shows it."
    ),
    "operator_staff": lambda: _("The marketplace’s staff can’t review."),
    "test_account": lambda: _("Sandboxes and developer accounts can’t review."),
}


def form(form: Form) -> Iterable[str]:
    asked = [field for field in form.fields if field.type != "consent"]
    required = [field for field in asked if field.required]
    optional = [field for field in asked if not field.required]
    yield _("Every review needs: %(fields)s.") % {"fields": _labels(required)}
    for field in optional:
        if field.required_up_to_stars is not None:
            yield ngettext(
                "“%(field)s” is needed with %(count)s star.",
                "“%(field)s” is needed with %(count)s stars or fewer.",
                field.required_up_to_stars,
            ) % {"field": field_label(field.key), "count": field.required_up_to_stars}
    if optional:
        yield _("The author may leave out: %(fields)s.") % {"fields": _labels(optional)}
    for field in asked:
        if field.type in ("line", "text"):
            yield _("“%(field)s” has from %(min)s to %(max)s characters.") % {
                "field": field_label(field.key),
                "min": number_words(field.min or 0),
                "max": number_words(field.max or 0),
            }
    if form.qualities:
        yield _(
            "Quality ratings go from 0 to 5. One that wasn’t answered isn’t shown; a 0 is an "
            "answer and is shown."
        )
    private = [field for field in asked if field.visibility == "private"]
    if private:
        yield _("Never shown, only used in statistics: %(fields)s.") % {"fields": _labels(private)}
    agreed = [field for field in form.consents.values() if field.required]
    if agreed:
        yield _("The author must agree to: %(fields)s.") % {"fields": _labels(agreed)}
    asked_for = [field for field in form.consents.values() if not field.required]
    if asked_for:
        yield _("The author may agree to: %(fields)s.") % {"fields": _labels(asked_for)}


def _labels(fields: Iterable[Field]) -> str:
    return ", ".join(field_label(field.key) for field in fields)


def appears(policy: Policy) -> Iterable[str]:
    hold = policy.publication.hold
    if not hold:
        yield _("A review is published as soon as it is sent.")
    elif policy.replies.during_hold:
        yield _(
            "A review is published by itself after %(time)s. Until then the partner may thank "
            "the author or try to put things right."
        ) % {"time": duration_words(hold, "after")}
    else:
        yield _(
            "A review is published by itself after %(time)s. Until then the partner can read it "
            "but can’t answer yet."
        ) % {"time": duration_words(hold, "after")}
    if hold:
        yield _("The partner can’t stop or delay it.")
        yield _("The wait is the same for every review, whatever its stars.")
    for name in policy.publication.recheck:
        yield RECHECKED[name]()


RECHECKED: dict[str, Callable[[], str]] = {
    "ban": lambda: _("A review whose author is suspended is not shown while the suspension lasts."),
    "affiliation": lambda: _(
        "A review whose author joins the app’s partner is not shown while that lasts."
    ),
    "test_account": lambda: _(
        "A review whose account becomes a test account is not shown while that lasts."
    ),
}


def editing(policy: Policy) -> Iterable[str]:
    editing = policy.editing
    if editing.by_author == "never":
        yield _("A review can’t be edited by its author once it is sent.")
    else:
        yield _how_often(policy)
        yield from _edit_delays(policy)
        yield _("Every version is kept, and an edited review shows the date of the edit.")
    if editing.operator_replacement:
        yield _(
            "On request the marketplace corrects the words of a review. It gives its reason, "
            "keeps the old version and tells the author."
        )
    else:
        yield _("The marketplace doesn’t change the words of a review.")


def _how_often(policy: Policy) -> str:
    times, window = policy.editing.max, policy.editing.window
    if window is None and times is None:
        return _("You can edit your review at any time and as often as you like.")
    if window is None:
        return _("You can edit your review %(times)s, whenever you like.") % {
            "times": times_words(times or 0)
        }
    time = duration_words(window, "within")
    if times is None:
        return _("You can edit your review as often as you like within %(time)s of sending it.") % {
            "time": time
        }
    return _("You can edit your review %(times)s within %(time)s of sending it.") % {
        "times": times_words(times),
        "time": time,
    }


def _edit_delays(policy: Policy) -> Iterable[str]:
    editing = policy.editing
    if editing.raise_delay is None or editing.lower_delay is None:
        return
    raised = {"stars": editing.good_from, "time": duration_words(editing.raise_delay, "after")}
    lowered = {"time": duration_words(editing.lower_delay, "after")}
    if editing.raise_delay:
        yield (
            _(
                "An edit that gives %(stars)s stars or more, or more stars than before, appears "
                "after %(time)s."
            )
            % raised
        )
    else:
        yield (
            _(
                "An edit that gives %(stars)s stars or more, or more stars than before, appears at "
                "once."
            )
            % raised
        )
    if editing.lower_delay:
        yield _("Any other edit appears after %(time)s; until then the old version stays.") % (
            lowered
        )
    else:
        yield _("Any other edit appears at once.")
    if policy.publication.hold:
        yield _(
            "An edit of a review that isn’t published yet doesn’t change the day of its "
            "publication, unless it is one that must wait longer."
        )
