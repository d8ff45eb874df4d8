"""Decisions as they are told: with the rule as its guidelines said it, and until when it may be
appealed against. A page of reviews or cases costs the same number of statements as one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer
from arvio.moderation import guidelines, rules
from arvio.moderation.guidelines import RuleWords
from arvio.moderation.models import Case, Decision, Item, Report, Thread
from arvio.moderation.states import CaseState

Key = tuple[int, str]


@dataclass(frozen=True)
class Statement:
    """A decision in force. `rule` is None where it rests on none; `can_appeal` is of whoever asks.

    `open` says that an appeal against it waits for its answer.
    """

    case: Case
    decision: Decision
    rule: RuleWords | None
    can_appeal: bool = False

    @property
    def open(self) -> bool:
        return self.case.state == CaseState.APPEALED


def rules_of(
    *, marketplace: Marketplace, decisions: Iterable[Decision], language: str
) -> dict[Key, RuleWords]:
    """The rules that these decisions name, by version and key; at most one statement."""
    named = {(one.guidelines_number, one.rule) for one in decisions if one.rule}
    return guidelines.words_of(marketplace=marketplace, named=named, language=language)


def for_author(
    *, viewer: Viewer, review_ids: Collection[UUID], language: str, now: datetime
) -> dict[UUID, Statement]:
    """By review: what was last decided against it, or took that back. What was only reported and
    kept is no business of its author's; at most three statements.
    """
    if viewer.user is None or not review_ids:
        return {}
    about = Q(case__item=Item.REVIEW, case__review__in=list(review_ids))
    found = _latest(about & ~Q(outcome="kept"))
    return _told(found, viewer.marketplace, "author", f"user:{viewer.user.pk}", language, now)


def for_partner(
    *, member: Member, review_ids: Collection[UUID], language: str, now: datetime
) -> dict[UUID, Statement]:
    """By review: what was last decided about it or about its reply. What was kept is told where the
    partner had reported it.
    """
    if not review_ids:
        return {}
    mine = Report.objects.filter(
        case=OuterRef("case"), partner=member.partner, confirmed_at__isnull=False
    )
    found = _latest(
        Q(case__review__in=list(review_ids), case__app__partner=member.partner),
        reported=Exists(mine),
    )
    key = f"partner:{member.partner.pk}"
    return _told(found, member.marketplace, "partner", key, language, now)


def _latest(wanted: Q, reported: Exists | None = None) -> dict[UUID, Decision]:
    """Of each review the decision that was made last."""
    rows = Decision.objects.filter(wanted).select_related("case")
    if reported is not None:
        rows = rows.annotate(reported=reported).filter(~Q(outcome="kept") | Q(reported=True))
    newest = rows.order_by("case__review_id", "decided_at", "number", "id")
    return {one.case.review_id: one for one in newest}


def _told(
    found: dict[UUID, Decision],
    marketplace: Marketplace,
    party: str,
    key: str,
    language: str,
    now: datetime,
) -> dict[UUID, Statement]:
    decisions = list(found.values())
    words = rules_of(marketplace=marketplace, decisions=decisions, language=language)
    earlier = _earlier(decisions, key)

    def can_appeal(one: Decision) -> bool:
        facts = rules.AppealFacts(
            party=party,
            item=str(one.case.item),
            outcome=one.outcome,
            until=one.appealable_until,
            earlier=earlier.get(one.case_id, 0),
            reported=getattr(one, "reported", False),
        )
        return rules.why_not_appeal(facts=facts, now=now) is None

    return {
        review: Statement(
            one.case, one, words.get((one.guidelines_number, one.rule)), can_appeal(one)
        )
        for review, one in found.items()
    }


def _earlier(decisions: Sequence[Decision], key: str) -> dict[UUID, int]:
    """How many appeals of this party each case has had."""
    if not decisions:
        return {}
    rows = Thread.objects.filter(
        kind=Thread.Kind.APPEAL,
        party_key=key,
        decision__case__in=[one.case_id for one in decisions],
    )
    return dict(rows.values_list("decision__case").annotate(Count("pk")))
