"""What a partner sees of moderation: of one review, and its conversations with the moderators.

A partner hears of a case when one of its members has reported, and when a decision changed
something. What others report, appeal or ask for is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from arvio.catalog.members import Member
from arvio.moderation import rules
from arvio.moderation.models import (
    Case,
    CorrectionRequest,
    Decision,
    Item,
    Report,
    Thread,
    ThreadMessage,
    ThreadRead,
)
from arvio.moderation.threads import MODERATOR
from arvio.paging import Key, moment, page_of
from arvio.people.models import Person, Role

AGAINST = ("removed", "rejected")
# Open ones first, then by who wrote last.
ORDER = (
    Key("state", Thread.State, down=True),
    Key("last_at", moment, down=True),
    Key("id", UUID, down=True),
)


@dataclass(frozen=True)
class SeenCase:
    """A case as a partner may know it. `report` is its own, `decision` the one in force, `appeal`
    its own; `refusal` is why it can't appeal, None where it can.
    """

    case: Case
    report: Report | None
    decision: Decision | None
    appeal: Thread | None
    refusal: str | None


@dataclass(frozen=True)
class Moderated:
    """Of one review: the newest case about it and about its replies, the newest dispute, the
    newest correction that the partner asked for.
    """

    review: SeenCase | None
    reply: SeenCase | None
    dispute: Thread | None
    unread: bool
    correction: CorrectionRequest | None

    @property
    def cases(self) -> list[SeenCase]:
        return [seen for seen in (self.review, self.reply) if seen]

    @property
    def decided(self) -> SeenCase | None:
        """What was decided last of the review and its replies; first what can be appealed."""
        dated = [(one.decision.decided_at, one) for one in self.cases if one.decision]
        found = [one for _, one in sorted(dated, key=lambda pair: pair[0])]
        can = [one for one in found if one.refusal is None]
        return next(reversed(can or found), None)


@dataclass(frozen=True)
class ThreadPage:
    items: Sequence[Thread]
    next: str | None


def moderated(*, member: Member, review_id: UUID, now: datetime) -> Moderated:
    """Five statements, whatever has happened to the review."""
    mine = member.partner.pk
    opened = Case.objects.filter(review=review_id, opened_at__isnull=False)
    cases = list(opened.order_by("-created_at", "-id"))
    decisions = _by_case(
        Decision.objects.select_related("marketplace").filter(case__review=review_id)
    )
    reports = {
        report.case_id: report
        for report in Report.objects.select_related("person")
        .filter(case__review=review_id, partner=mine, confirmed_at__isnull=False)
        .order_by("-filed_at", "-id")
    }
    said = _threads(member).select_related("decision").filter(review=review_id)
    talks = list(said.order_by("-opened_at", "-id"))
    appeals = [thread for thread in talks if thread.decision is not None]
    disputes = [thread for thread in talks if thread.kind == Thread.Kind.DISPUTE]
    asked = CorrectionRequest.objects.select_related("person").filter(
        review=review_id, party_key=f"partner:{mine}"
    )
    seen = [
        _seen(case, decisions.get(case.pk, []), reports.get(case.pk), appeals, now)
        for case in cases
        if case.pk in reports or any(one.outcome in AGAINST for one in decisions.get(case.pk, []))
    ]
    return Moderated(
        review=next((one for one in seen if one.case.item == Item.REVIEW), None),
        reply=next((one for one in seen if one.case.item == Item.REPLY), None),
        dispute=disputes[0] if disputes else None,
        unread=bool(disputes) and is_unread(disputes[0]),
        correction=asked.order_by("-asked_at", "-id").first(),
    )


def _by_case(rows: QuerySet[Decision]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = {}
    for decision in rows.order_by("case_id", "number"):
        found.setdefault(decision.case_id, []).append(decision)
    return found


def _seen(
    case: Case,
    decisions: Sequence[Decision],
    report: Report | None,
    appeals: Sequence[Thread],
    now: datetime,
) -> SeenCase:
    last = decisions[-1] if decisions else None
    own = [one for one in appeals if one.decision and one.decision.case_id == case.pk]
    refusal: str | None = "not_concerned"
    if last is not None:
        refusal = rules.why_not_appeal(
            facts=rules.AppealFacts(
                party=Thread.Party.PARTNER,
                item=str(case.item),
                outcome=last.outcome,
                until=last.appealable_until,
                earlier=len(own),
                reported=report is not None,
            ),
            now=now,
        )
    return SeenCase(case, report, last, own[0] if own else None, refusal)


# --- Conversations --------------------------------------------------------------------------------


def unread_threads(*, member: Member) -> int:
    """How many conversations have an answer of the moderators that this person hasn't read."""
    return Thread.objects.filter(_is_new(member), partner=member.partner).count()


def threads(*, member: Member, cursor: str | None = None, limit: int = 20) -> ThreadPage:
    """The partner's, open ones first; each says by `is_unread` whether there is something new. One
    statement. Raises CursorError.
    """
    rows = _threads(member).select_related("review__app")
    return ThreadPage(*page_of(rows, ORDER, kind="disputes", cursor=cursor, limit=limit))


def is_unread(thread: Thread) -> bool:
    """Of a thread that one of the reads here gave."""
    return bool(getattr(thread, "unread", False))


def messages(*, thread: Thread) -> list[ThreadMessage]:
    rows = ThreadMessage.objects.select_related("person").filter(thread=thread)
    return list(rows.order_by("number"))


def read_until(*, member: Member, thread: Thread) -> int:
    """The number of the last message that this person has seen; 0 for none."""
    rows = ThreadRead.objects.filter(thread=thread, reader_key=member.actor)
    return rows.values_list("number", flat=True).first() or 0


def decision_about(*, thread: Thread) -> Decision | None:
    """What came of an appeal: the decision in force of its case."""
    if thread.decision is None:
        return None
    rows = Decision.objects.select_related("marketplace", "case")
    return rows.filter(case=thread.decision.case_id).order_by("-number").first()


def partner_of(*, thread_id: UUID, person: Person) -> UUID | None:
    """Whose conversation it is, for a link in a mail; None for whoever isn't a member of that
    partner. One statement, whether it is there or not.
    """
    places = Role.objects.filter(person=person, kind__in=Role.MEMBER_KINDS).values("place_id")
    mine = Thread.objects.filter(pk=thread_id, partner__in=places)
    found: UUID | None = mine.values_list("partner_id", flat=True).first()
    return found


def _threads(member: Member) -> QuerySet[Thread]:
    new = ExpressionWrapper(_is_new(member), output_field=BooleanField())
    return Thread.objects.filter(partner=member.partner).annotate(unread=new)


def _is_new(member: Member) -> Q:
    """The moderators wrote last, and this person hasn't seen it."""
    seen = ThreadRead.objects.filter(
        thread=OuterRef("pk"),
        reader_key=member.actor,
        number__gte=OuterRef("message_count"),
    )
    return Q(last_party=MODERATOR) & ~Q(Exists(seen))
