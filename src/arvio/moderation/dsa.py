"""Decisions against content with the fields and words of the DSA Transparency Database (Regulation
(EU) 2022/2065, Article 24(5)). What is sent there may hold no personal data, so the statement's own
words are left out unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef

from arvio.catalog.labels import REASONS
from arvio.catalog.models import Marketplace
from arvio.moderation.models import Decision, Item, Report
from arvio.moderation.statements import rules_of

BATCH = 500
# By rule: the category there and, where there is one that fits, its keyword.
CATEGORIES: dict[str, tuple[str, str]] = {
    "spam": ("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_OTHER"),
    "offensive": ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_OTHER"),
    "off_topic": ("STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE", "KEYWORD_OTHER"),
    "fake": ("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_INAUTHENTIC_USER_REVIEWS"),
    "conflict_of_interest": (
        "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "KEYWORD_INAUTHENTIC_USER_REVIEWS",
    ),
    "personal_data": ("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "KEYWORD_OTHER"),
    "wrong_app": ("STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE", "KEYWORD_OTHER"),
}
# The countries that the database knows.
EEA = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
]  # fmt: skip
OTHER = ("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "KEYWORD_OTHER")


def statements(*, marketplace: Marketplace, with_text: bool = False) -> Iterator[dict[str, Any]]:
    """One for each decision that took something, oldest first. A decision that an appeal left as it
    was isn't a new one.
    """
    noticed = Report.objects.filter(case=OuterRef("case"), confirmed_at__isnull=False).exclude(
        party=Report.Party.MODERATOR
    )
    rows = (
        Decision.objects.filter(marketplace=marketplace, outcome__in=("removed", "rejected"))
        .exclude(outcome=F("item_state"))
        .select_related("case__review", "case__reply", "app")
        .annotate(noticed=Exists(noticed))
        .order_by("decided_at", "id")
    )
    batch: list[Decision] = []
    for decision in rows.iterator(chunk_size=BATCH):
        batch.append(decision)
        if len(batch) == BATCH:
            yield from _lines(marketplace, batch, with_text)
            batch = []
    yield from _lines(marketplace, batch, with_text)


def _lines(
    marketplace: Marketplace, decisions: list[Decision], with_text: bool
) -> Iterator[dict[str, Any]]:
    language = marketplace.languages[0]
    words = rules_of(marketplace=marketplace, decisions=decisions, language=language)
    for decision in decisions:
        rule = words.get((decision.guidelines_number, decision.rule))
        yield _line(decision, rule.named if rule else decision.rule, with_text)


def _line(decision: Decision, rule: str, with_text: bool) -> dict[str, Any]:
    case: Any = decision.case
    reply = case.item == Item.REPLY
    written_at = case.reply.replied_at if reply else case.review.submitted_at
    category, keyword = CATEGORIES.get(decision.rule, OTHER)
    removed = decision.outcome == "removed"
    return {
        "puid": str(decision.pk),
        "decision_visibility": [
            "DECISION_VISIBILITY_CONTENT_REMOVED"
            if removed
            else "DECISION_VISIBILITY_CONTENT_DISABLED"
        ],
        "decision_ground": _ground(decision),
        **_grounds(decision, rule),
        "category": category,
        "category_specification": [keyword],
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": None if reply else (case.review.language or "").upper() or None,
        "content_date": written_at.date().isoformat(),
        "application_date": decision.decided_at.date().isoformat(),
        "end_date_visibility_restriction": None,
        "territorial_scope": EEA,
        "source_type": "SOURCE_ARTICLE_16" if _noticed(decision) else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if decision.automated_detection else "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "decision_facts": decision.statement if with_text else _facts(decision, reply),
    }


def _noticed(decision: Any) -> bool:
    return bool(decision.noticed)


def _ground(decision: Decision) -> str:
    illegal = decision.ground == "illegal"
    return f"DECISION_GROUND_{'ILLEGAL' if illegal else 'INCOMPATIBLE'}_CONTENT"


def _grounds(decision: Decision, rule: str) -> dict[str, str]:
    why = f"Version {decision.guidelines_number} of the marketplace's review guidelines: {rule}."
    if decision.ground == "illegal":
        return {"illegal_content_legal_ground": rule, "illegal_content_explanation": why}
    return {
        "incompatible_content_ground": rule,
        "incompatible_content_explanation": why,
        "incompatible_content_illegal": "No",
    }


def _facts(decision: Decision, reply: bool) -> str:
    what = "partner's reply to a review" if reply else "review of an app"
    known = decision.rule if decision.rule in REASONS else "another rule"
    return f"A {what} was found to break the rule {known} of the marketplace's guidelines."
