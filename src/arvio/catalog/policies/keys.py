"""What each key of a policy is called and does, in one sentence, and how its values are said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from arvio.catalog.labels import reason_label
from arvio.catalog.policies.choices import NONES, OPTIONS, SCREENED, SECTIONS
from arvio.catalog.words import duration_words, number_words
from arvio.policy.durations import DurationError, parse
from arvio.policy.model import FROZEN_AT_SUBMISSION
from arvio.policy.schema import KEYS, PLAN_NAMES, Rule

Text = str | Promise

# Key: (what it is called, what it does).
WORDS: dict[str, tuple[Text, Text]] = {
    "eligibility.surface": (
        gettext_lazy("Where reviews are written"),
        gettext_lazy("Only on the app’s page inside the product, or on the public page too."),
    ),
    "eligibility.plans": (
        gettext_lazy("Plans that may review"),
        gettext_lazy("Whether the account has to be on a paid plan."),
    ),
    "eligibility.unknown_plan": (
        gettext_lazy("A plan that isn’t known"),
        gettext_lazy(
            "What happens to a plan that is in neither list below. Only read where a paid plan is "
            "asked for."
        ),
    ),
    "eligibility.refuse": (
        gettext_lazy("Who can’t review"),
        gettext_lazy("Groups of people who are refused; the refusal says why."),
    ),
    "eligibility.grace_after_uninstall": (
        gettext_lazy("Time to review after uninstalling"),
        gettext_lazy("For how long somebody may still review an app that was uninstalled."),
    ),
    "eligibility.plan_names.commercial": (
        gettext_lazy("Names of paid plans"),
        gettext_lazy("Plan names that count as paid, one on a line, in small or capital letters."),
    ),
    "eligibility.plan_names.other": (
        gettext_lazy("Names of other plans"),
        gettext_lazy("Plan names that count as not paid, one on a line: free, trial, test."),
    ),
    "limits.user_scope": (
        gettext_lazy("Who counts as one user"),
        gettext_lazy(
            "Whether somebody who works in several accounts is one user or one in each account."
        ),
    ),
    "limits.per_user": (
        gettext_lazy("Reviews per user and app"),
        gettext_lazy("How many reviews of one app the same user may have at a time."),
    ),
    "limits.per_account": (
        gettext_lazy("Reviews per account and app"),
        gettext_lazy("How many reviews of one app all users of an account may have together."),
    ),
    "form": (
        gettext_lazy("The review form"),
        gettext_lazy(
            "Sections and fields in their order, as TOML: what is asked, what is needed, and what "
            "is shown."
        ),
    ),
    "publication.hold": (
        gettext_lazy("Wait before publication"),
        gettext_lazy("How long each review waits, whatever its stars, before it is published."),
    ),
    "publication.recheck": (
        gettext_lazy("Checked again at publication"),
        gettext_lazy("A review that fails one of these when its wait ends isn’t shown."),
    ),
    "editing.by_author": (
        gettext_lazy("Editing by the author"),
        gettext_lazy("Whether authors may edit their reviews. Every version is kept."),
    ),
    "editing.max": (
        gettext_lazy("Edits per review"),
        gettext_lazy("How often the author may edit one review."),
    ),
    "editing.window": (
        gettext_lazy("Time for editing"),
        gettext_lazy("How long after sending the author may edit."),
    ),
    "editing.raise_delay": (
        gettext_lazy("Wait of an edit to a good rating"),
        gettext_lazy("How long an edit waits that raises the stars, or gives a good rating."),
    ),
    "editing.lower_delay": (
        gettext_lazy("Wait of any other edit"),
        gettext_lazy("How long every other edit waits; the old version stays until then."),
    ),
    "editing.good_from": (
        gettext_lazy("A good rating begins at"),
        gettext_lazy("Stars from which an edit counts as one to a good rating."),
    ),
    "editing.operator_replacement": (
        gettext_lazy("Corrections by the marketplace"),
        gettext_lazy("Whether the marketplace replaces words of a review when its author asks."),
    ),
    "replies.during_hold": (
        gettext_lazy("Replies while a review waits"),
        gettext_lazy("Whether the partner may answer a review before it is published."),
    ),
    "replies.editable": (
        gettext_lazy("Editing a reply"),
        gettext_lazy("Whether the partner may edit its reply. Every version is kept."),
    ),
    "replies.again_after_removal": (
        gettext_lazy("Another reply after a removal"),
        gettext_lazy("Whether the partner may answer again when its reply was removed."),
    ),
    "aggregates.min_reviews": (
        gettext_lazy("Reviews before a rating shows"),
        gettext_lazy("With fewer published reviews an app shows its count and no rating."),
    ),
    "aggregates.zero_counts": (
        gettext_lazy("A quality rating of 0 counts"),
        gettext_lazy("Whether an answer of 0 counts in the mean of a quality rating."),
    ),
    "ranking.prior_mean": (
        gettext_lazy("Mean that every app begins with"),
        gettext_lazy("Stars that the score of an app without reviews has."),
    ),
    "ranking.prior_weight": (
        gettext_lazy("Weight of that mean"),
        gettext_lazy("How many reviews that beginning weighs; more lets few reviews move less."),
    ),
    "ranking.half_life": (
        gettext_lazy("Age at which a review weighs half"),
        gettext_lazy("In whole days. Only the order of the list follows it, not the rating."),
    ),
    "privacy.display_name": (
        gettext_lazy("Name beside a review"),
        gettext_lazy("How authors are named in public."),
    ),
    "reports.who": (
        gettext_lazy("Who may report"),
        gettext_lazy("Whether visitors may report a review, after they confirmed their address."),
    ),
    "reports.business_days": (
        gettext_lazy("Working days to decide on a report"),
        gettext_lazy("Counted by the marketplace’s calendar. Open cases keep the day they have."),
    ),
    "reports.reasons": (
        gettext_lazy("Reasons for a report"),
        gettext_lazy("What a report can name. Each needs a rule in the review guidelines."),
    ),
    "moderation.four_eyes": (
        gettext_lazy("Decisions by two moderators"),
        gettext_lazy("Which decisions a second moderator has to confirm."),
    ),
    "moderation.appeal_window": (
        gettext_lazy("Time to appeal"),
        gettext_lazy("How long after a decision those concerned may appeal."),
    ),
    "screening.denied_words": (
        gettext_lazy("Obscene words"),
        gettext_lazy("What happens to a review that holds a word from the list of denied words."),
    ),
    "screening.own_words": (
        gettext_lazy("Denied words of one’s own"),
        gettext_lazy("Further words for that list, one on a line."),
    ),
    "screening.links": (
        gettext_lazy("Links"),
        gettext_lazy("What happens to a review that holds a link."),
    ),
    "screening.emails": (
        gettext_lazy("E-mail addresses"),
        gettext_lazy("What happens to a review that holds an e-mail address."),
    ),
    "screening.phones": (
        gettext_lazy("Phone numbers"),
        gettext_lazy("What happens to a review that holds a phone number."),
    ),
    "screening.cards": (
        gettext_lazy("Numbers of bank cards"),
        gettext_lazy("What happens to a review that holds the number of a bank card."),
    ),
    "screening.duplicates": (
        gettext_lazy("Texts alike"),
        gettext_lazy("Whether a text much like that of another review is shown to a moderator."),
    ),
    "screening.bursts": (
        gettext_lazy("Many reviews in a short time"),
        gettext_lazy("Whether a sudden number of reviews of one app is shown to a moderator."),
    ),
    "screening.partner_domains": (
        gettext_lazy("Addresses of partners"),
        gettext_lazy(
            "Whether a partner’s address, in the words or of the author, is shown to a moderator."
        ),
    ),
    "screening.new_account": (
        gettext_lazy("A new account is one known for less than"),
        gettext_lazy("Reviews from new accounts are shown to a moderator."),
    ),
    "requests.email_after": (
        gettext_lazy("Request by e-mail"),
        gettext_lazy("How long after an installation one e-mail asks for a review."),
    ),
    "requests.to": (
        gettext_lazy("Who gets that e-mail"),
        gettext_lazy("Chosen where an e-mail is sent, and only there."),
    ),
    "prompts.every": (
        gettext_lazy("Time between two prompts"),
        gettext_lazy("An app doesn’t ask the same person again before it has passed."),
    ),
    "prompts.per_year": (
        gettext_lazy("Prompts a year"),
        gettext_lazy("How often one app may ask the same person within a year; 0 for never."),
    ),
    "prompts.per_user_day": (
        gettext_lazy("Prompts a day"),
        gettext_lazy("How often all apps together may ask one person on a day; 0 for never."),
    ),
    "prompts.min_age": (
        gettext_lazy("First prompt after"),
        gettext_lazy("How long after the installation an app may ask for the first time."),
    ),
    "prompts.min_successes": (
        gettext_lazy("Uses before a prompt"),
        gettext_lazy("How often the person must have used the app with success before it asks."),
    ),
    "retention.removed": (
        gettext_lazy("Removed reviews are kept for"),
        gettext_lazy("After that their words are forgotten. Only moderators see them till then."),
    ),
    "retention.erasure": (
        gettext_lazy("When an author’s data is erased"),
        gettext_lazy("Whether the stars stay, without words and name, or go too."),
    ),
}


def label(key: str) -> str:
    return str(WORDS[key][0])


def sentence(key: str) -> str:
    return str(WORDS[key][1])


def section_label(section: str) -> str:
    return str(SECTIONS[section])


def since_words(section: str) -> str:
    """From when a change in this section counts, and for which reviews (CONTRACT 4)."""
    if section in FROZEN_AT_SUBMISSION:
        return _("Counts for reviews sent from then on; earlier ones keep the rules of their day.")
    return _("Counts for everything from the moment on at which the version takes effect.")


def rule_of(key: str) -> Rule:
    """Raises KeyError, also for the form, which has many."""
    section, _dot, name = key.partition(".")
    if name.startswith("plan_names."):
        return PLAN_NAMES[name.partition(".")[2]]
    return KEYS[section][name]


def option(key: str, name: str) -> str:
    if key == "reports.reasons":
        return reason_label(name)
    options = OPTIONS.get(key) or SCREENED
    return str(options[name])


def value_words(key: str, value: Any) -> str:
    """A value as `to_dict` writes it, in words: "10", "3 days", "no limit", "Links · Spam"."""
    rule = rule_of(key)
    if value is None:
        return str(NONES[key])
    if rule.kind == "choice":
        return option(key, value)
    if rule.kind == "yes_no":
        return pgettext("a rule", "yes") if value else pgettext("a rule", "no")
    if rule.kind == "duration":
        return length_words(value)
    if rule.kind in ("whole", "number"):
        return number_words(value)
    return list_words(key, value)


def list_words(key: str, values: Sequence[str]) -> str:
    """Few by name; of many the first, and how many more."""
    rule, shown = rule_of(key), 8
    names = [option(key, one) if rule.kind == "choices" else one for one in values]
    if not names:
        return _("none")
    words = " · ".join(names[: shown + 1] if len(names) == shown + 1 else names[:shown])
    more = len(names) - shown
    if more < 2:
        return words
    return ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more) % {
        "names": words,
        "count": more,
    }


def length_words(written: str) -> str:
    """ "3 days" for P3D; empty for what is no length."""
    try:
        length = parse(written)
    except DurationError:
        return ""
    return duration_words(length, "plain") if length else _("no time at all")
