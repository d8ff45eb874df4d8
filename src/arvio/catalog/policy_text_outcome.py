"""Sentences of a policy about what becomes of reviews: replies, rating, reports, names, asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.labels import reason_label
from arvio.catalog.words import duration_words, number_words, times_words
from arvio.policy.model import Policy


def replies(policy: Policy) -> Iterable[str]:
    replies = policy.replies
    yield _("The partner can answer a review once. Customers can’t answer the reply.")
    if replies.editable:
        yield _("The partner can edit its reply. Every version is kept.")
    else:
        yield _("A reply can’t be edited once it is sent.")
    if replies.again_after_removal:
        yield _("If a reply is removed, the partner can write a new one.")
    else:
        yield _("If a reply is removed, the partner can’t write another.")


def rating(policy: Policy) -> Iterable[str]:
    count = policy.aggregates.min_reviews
    if count == 1:
        yield _("The rating is the plain mean of the published reviews, to one decimal.")
    else:
        yield ngettext(
            "The rating is the plain mean of the published reviews, to one decimal. It shows "
            "from %(count)s review on. Single reviews are visible before that.",
            "The rating is the plain mean of the published reviews, to one decimal. It shows "
            "from %(count)s reviews on. Single reviews are visible before that.",
            count,
        ) % {"count": count}
    if policy.form.qualities:
        if policy.aggregates.zero_counts:
            yield _("A quality rating of 0 counts in its mean; one not answered doesn’t.")
        else:
            yield _("A quality rating counts in its mean from 1 on; 0 and no answer don’t.")
    prior = {
        "mean": number_words(policy.ranking.prior_mean),
        "weight": number_words(policy.ranking.prior_weight),
    }
    yield (
        _(
            "The order of the list follows a score. Each app starts as if it already had "
            "%(weight)s reviews with a mean of %(mean)s, so a few perfect ratings don’t yet "
            "overtake hundreds of good ones:"
        )
        % prior
    )
    yield formula(policy)
    half_life = policy.ranking.half_life
    if half_life is None:
        yield _("Every review weighs the same, however old it is.")
    else:
        yield _("A review weighs 1 when it is new and half as much after every %(time)s.") % {
            "time": duration_words(half_life, "plain")
        }
    if count == 1:
        yield _("An app without reviews has a score of exactly %(mean)s.") % prior
    else:
        yield ngettext(
            "An app with fewer than %(count)s review, or with none, has a score of exactly "
            "%(mean)s, so its place says nothing about a rating that isn’t shown yet.",
            "An app with fewer than %(count)s reviews, or with none, has a score of exactly "
            "%(mean)s, so its place says nothing about a rating that isn’t shown yet.",
            count,
        ) % {**prior, "count": count}
    yield _("When scores are equal, the app with more reviews comes first.")
    yield _("A paid placement is labelled and changes neither the rating nor the order.")


def formula(policy: Policy) -> str:
    prior = {
        "mean": number_words(policy.ranking.prior_mean),
        "weight": number_words(policy.ranking.prior_weight),
    }
    if policy.ranking.half_life is None:
        return (
            _("score = (%(weight)s × %(mean)s + sum of stars) ÷ (%(weight)s + number of reviews)")
            % prior
        )
    return (
        _("score = (%(weight)s × %(mean)s + sum of weight × stars) ÷ (%(weight)s + sum of weights)")
        % prior
    )


def reports(policy: Policy) -> Iterable[str]:
    days = {"count": policy.reports.business_days}
    if policy.reports.who == "anyone":
        yield _("Anybody can report a review or a reply.")
    else:
        yield _("Anybody who is signed in can report a review or a reply.")
    yield (
        ngettext(
            "It stays visible until a moderator decides, within %(count)s working day.",
            "It stays visible until a moderator decides, within %(count)s working days.",
            policy.reports.business_days,
        )
        % days
    )
    yield _("A report names one of these reasons: %(reasons)s.") % {
        "reasons": " · ".join(reason_label(key) for key in policy.reports.reasons)
    }
    yield _(
        "A review is removed only if it breaks the guidelines, and the decision names the rule."
    )
    yield FOUR_EYES[policy.moderation.four_eyes]()
    yield _(
        "The reporter, the author and the partner are told, and the author may send a new review."
    )
    yield _(
        "Whoever was concerned can appeal within %(time)s. Another moderator decides on the appeal."
    ) % {"time": duration_words(policy.moderation.appeal_window, "within")}
    yield _("A removed review is kept for %(time)s, seen by nobody but the moderators.") % {
        "time": duration_words(policy.retention.removed, "within")
    }


FOUR_EYES: dict[str, Callable[[], str]] = {
    "never": lambda: _("One moderator decides."),
    "removals": lambda: _("One moderator decides; a removal takes a second one."),
    "always": lambda: _("Every decision takes two moderators."),
}


def checks(policy: Policy) -> Iterable[str]:
    modes = {key: getattr(policy.screening, key) for key in CHECKED}
    flagged = [name() for key, name in CHECKED.items() if modes[key] == "flag"]
    refused = [name() for key, name in CHECKED.items() if modes[key] == "refuse"]
    new_account = policy.screening.new_account
    if new_account is not None:
        flagged.append(
            _("accounts known for less than %(time)s")
            % {"time": duration_words(new_account, "plain")}
        )
    if not flagged and not refused:
        yield _("No review is checked by a machine.")
        return
    yield _("The same checks look at every review, whatever its stars.")
    if flagged:
        yield _(
            "They show these to a moderator, and nothing is delayed or hidden by that: %(found)s."
        ) % {"found": " · ".join(flagged)}
    if refused:
        yield _(
            "A review with these isn’t accepted, and its author is told at once: %(found)s."
        ) % {"found": " · ".join(refused)}
    own = len(policy.screening.own_words)
    if own and policy.screening.denied_words != "off":
        yield ngettext(
            "The marketplace has added %(count)s word of its own to the list of denied words.",
            "The marketplace has added %(count)s words of its own to the list of denied words.",
            own,
        ) % {"count": own}


CHECKED: dict[str, Callable[[], str]] = {
    "denied_words": lambda: _("obscene words"),
    "links": lambda: _("links"),
    "emails": lambda: _("e-mail addresses"),
    "phones": lambda: _("phone numbers"),
    "cards": lambda: _("numbers of bank cards"),
    "duplicates": lambda: _("texts like those of other reviews"),
    "bursts": lambda: _("many reviews of one app in a short time"),
    "partner_domains": lambda: _("addresses of a partner"),
}


def privacy(policy: Policy) -> Iterable[str]:
    yield NAMED[policy.privacy.display_name]()
    if policy.privacy.display_name == "company":
        yield _("The partner learns neither the author’s name nor the e-mail address.")
    else:
        yield _("The partner learns neither the author’s e-mail address nor the account.")
    yield _("With the review we keep the proof that the app was installed.")
    if policy.retention.erasure == "keep_stars":
        yield _("Authors can have their data erased. Name and words go, the stars stay.")
    else:
        yield _("Authors can have their data erased. Their reviews go with it.")


NAMED: dict[str, Callable[[], str]] = {
    "first_l": lambda: _(
        "A review is shown under the first name and the initial of the last name: Anna K."
    ),
    "last_f": lambda: _(
        "A review is shown under the last name and the initial of the first name: Korhonen, A."
    ),
    "company": lambda: _("A review is shown under the name of the author’s account."),
    "pseudonym": lambda: _("A review is shown under a code instead of the author’s name."),
}


def asking(policy: Policy) -> Iterable[str]:
    after, prompts = policy.requests.email_after, policy.prompts
    if after is None:
        yield _("We send no e-mail that asks for a review.")
    else:
        yield _(
            "We ask for a review by one e-mail, %(time)s after the installation. It goes to the "
            "person who installed the app."
        ) % {"time": duration_words(after, "after")}
    if not prompts.per_year or not prompts.per_user_day:
        yield _("Apps don’t ask for reviews inside the product.")
        return
    yield _("An app asks a person inside the product at most %(times)s a year.") % {
        "times": times_words(prompts.per_year)
    }
    if prompts.every:
        yield _("It doesn’t ask the same person again before %(time)s have passed.") % {
            "time": duration_words(prompts.every, "plain")
        }
    yield _("All apps together ask a person at most %(times)s a day.") % {
        "times": times_words(prompts.per_user_day)
    }
    if prompts.min_age:
        yield _("The first question comes no sooner than %(time)s after the installation.") % {
            "time": duration_words(prompts.min_age, "after")
        }
    if prompts.min_successes:
        yield _(
            "It comes only after the person has used the app with success at least %(times)s."
        ) % {"times": times_words(prompts.min_successes)}
    yield _("Nobody is asked first how they like the app, and nothing is offered in return.")
