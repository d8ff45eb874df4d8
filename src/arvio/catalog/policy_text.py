"""A whole policy in sentences: the page "How reviews work here" and `GET .../policy`.

Every key that changes what happens changes these sentences, so that the page can't lie.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import policy_text_outcome as outcome
from arvio.catalog import policy_text_review as review
from arvio.catalog.words import duration_words
from arvio.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Explained:
    """One part of the page. `formula` is the one sentence, if any, that is a formula."""

    key: str
    title: str
    sentences: tuple[str, ...]
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the four figures above the page: "3 days", "from sending to publication"."""

    value: str
    label: str


def explain_policy(policy: Policy, language: str) -> list[Explained]:
    with translation.override(language):
        return [
            Explained("who", _("Who can review"), tuple(review.who(policy))),
            Explained("form", _("What a review holds"), tuple(review.form(policy.form))),
            Explained("appears", _("When a review appears"), tuple(review.appears(policy))),
            Explained("editing", _("Editing"), tuple(review.editing(policy))),
            Explained("replies", _("Replies"), tuple(outcome.replies(policy))),
            Explained(
                "rating",
                _("How the rating is counted"),
                tuple(outcome.rating(policy)),
                outcome.formula(policy),
            ),
            Explained("reports", _("Reports and removal"), tuple(outcome.reports(policy))),
            Explained("checks", _("What is checked"), tuple(outcome.checks(policy))),
            Explained("privacy", _("Names and privacy"), tuple(outcome.privacy(policy))),
            Explained("asking", _("Asking for reviews"), tuple(outcome.asking(policy))),
        ]


def policy_sentences(policy: Policy, language: str) -> list[str]:
    return [text for part in explain_policy(policy, language) for text in part.sentences]


def headline_figures(policy: Policy, language: str) -> tuple[Figure, Figure, Figure, Figure]:
    with translation.override(language):
        hold, per_user = policy.publication.hold, policy.limits.per_user
        shown_from, days = policy.aggregates.min_reviews, policy.reports.business_days
        return (
            Figure(
                duration_words(hold, "plain") if hold else _("At once"),
                _("from sending to publication"),
            ),
            Figure(_reviews(per_user), _("per user and app")),
            Figure(_reviews(shown_from), _("before a rating shows")),
            Figure(
                ngettext("%(count)s working day", "%(count)s working days", days) % {"count": days},
                _("to decide on a report"),
            ),
        )


def _reviews(count: int) -> str:
    return ngettext("%(count)s review", "%(count)s reviews", count) % {"count": count}
