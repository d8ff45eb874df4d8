"""Reporting: one word about one item, one case, one clock (R120-R124, R133-R135)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from arvio.audit import actions as audit
from arvio.catalog import queries as catalog
from arvio.catalog.models import PolicyVersion
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.moderation import rules, telling
from arvio.moderation.errors import Declined, NoSuchItem
from arvio.moderation.models import Case, Item, Report
from arvio.moderation.parties import Party, Reporter
from arvio.moderation.states import CASE_MOVES, UNDECIDED, CaseState
from arvio.notify.webhooks.recording import record
from arvio.people import limits
from arvio.policy.model import Policy
from arvio.policy.working_days import due_at
from arvio.reviews.constraints import is_violation
from arvio.reviews.models import Reply, Review
from arvio.reviews.states import PUBLIC, State
from arvio.screening import actions as screening

OVERDUE, LAPSE = "case_due", "report_lapse"
# So long a visitor may take to confirm.
CONFIRM_WITHIN = timedelta(days=7)
MOST_ATTEMPTS = 50
# By one customer or one member of a partner.
MOST_A_DAY = 50
CASE_TAKEN = {
    "case_one_undecided": "moderation_case.app_id, moderation_case.item_id",
    "case_number": "moderation_case.marketplace_id, moderation_case.number",
    "report_once": "report.app_id, report.case_id, report.reporter_key",
}


@dataclass(frozen=True)
class Target:
    """What a report is about: a review, or a reply to one."""

    review: Review
    reply: Reply | None = None

    @property
    def item(self) -> Item:
        return Item.REPLY if self.reply else Item.REVIEW

    @property
    def item_id(self) -> UUID:
        return self.reply.pk if self.reply else self.review.pk

    @property
    def public(self) -> bool:
        live = self.reply is None or self.reply.state == Reply.ReplyState.LIVE
        return self.review.state in PUBLIC and live


def target_of(*, item: str, item_id: UUID, marketplace_id: UUID | None = None) -> Target:
    """Raises NoSuchItem, also for what never was public and for another marketplace's."""
    reply = None
    if item == Item.REPLY:
        reply = Reply.objects.filter(pk=item_id).first()
    review_id = reply.review_id if reply else item_id
    rows = Review.objects.select_related(
        "marketplace", "app__partner", "app__marketplace", "user", "account", "live_version"
    ).filter(pk=review_id)
    review = rows.first() if item == Item.REVIEW or reply else None
    if review is None or (marketplace_id and review.marketplace_id != marketplace_id):
        raise NoSuchItem
    return Target(review, reply)


def public_target(*, item: str, item_id: UUID, marketplace_id: UUID | None = None) -> Target:
    """What a stranger may speak of: as `target_of`, and nothing else than what is public."""
    target = target_of(item=item, item_id=item_id, marketplace_id=marketplace_id)
    if not target.public:
        raise NoSuchItem
    return target


def file_report(
    *, target: Target, reporter: Reporter, reason: str, comment: str = "", now: datetime
) -> Report:
    """The content stays up (R122). A visitor's counts once it is confirmed; whoever is known counts
    at once, and is told so.

    Raises NoSuchItem, Declined, FormError.
    """
    version = catalog.policy_in_force(marketplace=reporter.marketplace, now=now)
    words = _check(target, reporter, version, reason, comment)
    for _ in range(MOST_ATTEMPTS):
        try:
            with transaction.atomic():
                return _file(target, reporter, version, reason, words, now)
        except IntegrityError as error:
            if not any(is_violation(error, *taken) for taken in CASE_TAKEN.items()):
                raise
    raise RuntimeError("no case was found for a report after many attempts")


def why_not_report(*, target: Target, reporter: Reporter, policy: Policy) -> str | None:
    """None for yes, or the code of the refusal (`rules.why_not_report`)."""
    own = (
        target.review.user_id is not None
        and target.reply is None
        and reporter.user is not None
        and reporter.user.pk == target.review.user_id
    ) or (
        target.reply is not None
        and reporter.partner is not None
        and reporter.partner.pk == target.review.app.partner_id
    )
    staff = reporter.party == Party.MODERATOR
    held = staff and target.review.state in (State.HELD, State.ARCHIVED)
    return rules.why_not_report(
        policy=policy,
        facts=rules.ReportFacts(
            signed_in=reporter.party != Party.VISITOR, public=target.public or held, own=own
        ),
    )


def _check(
    target: Target, reporter: Reporter, version: PolicyVersion, reason: str, comment: str
) -> str:
    if target.review.marketplace_id != reporter.marketplace.pk:
        raise NoSuchItem
    refusal = why_not_report(target=target, reporter=reporter, policy=version.policy)
    if refusal == "not_public":
        raise NoSuchItem
    if refusal:
        raise Declined(refusal)
    return rules.check_report_words(policy=version.policy, reason=reason, comment=comment)


def standing_report(*, target: Target, reporter: Reporter) -> Report | None:
    """What somebody who is known has said of an item whose case isn't decided yet."""
    rows = Report.objects.select_related("case__marketplace", "marketplace").filter(
        app=target.review.app_id,
        case__item_id=target.item_id,
        case__state__in=sorted(UNDECIDED),
        reporter_key=reporter.key,
    )
    return rows.first()


def _file(
    target: Target,
    reporter: Reporter,
    version: PolicyVersion,
    reason: str,
    words: str,
    now: datetime,
) -> Report:
    case = _undecided(target) or _new_case(target, reporter, reason, now)
    earlier = Report.objects.filter(case=case, reporter_key=reporter.key).first()
    if earlier is not None:
        return _again(earlier, case, reporter, now)
    _limit_known(reporter, now)
    report = Report.objects.create(
        marketplace=reporter.marketplace,
        app=target.review.app,
        case=case,
        party=reporter.party,
        reporter_key=reporter.key,
        user=reporter.user,
        person=reporter.person,
        partner=reporter.partner,
        email=reporter.email,
        language=reporter.language,
        reason=reason,
        comment=words,
        filed_at=now,
        confirmed_at=now if reporter.counts_at_once else None,
    )
    report.case = case
    if case.own and case.item == Item.REVIEW:
        screening.settle(review_id=case.review_id, outcome="case", by=reporter.actor, now=now)
    if reporter.counts_at_once:
        _count(case, report, version, reporter.actor, now)
        telling.received(report=report, now=now)
    else:
        due.schedule(rows=[_lapse(report, now)])
        telling.asks_to_confirm(report=report, now=now)
    return report


def _again(earlier: Report, case: Case, reporter: Reporter, now: datetime) -> Report:
    """Said once already. A visitor gets the same answer as at first, so that nobody learns whose
    address has reported what; the mail that asks to confirm goes out once more.
    """
    earlier.case = case
    if reporter.counts_at_once:
        raise Declined("already_reported", case=case.number)
    if earlier.confirmed_at is None:
        telling.asks_to_confirm(report=earlier, now=now)
    return earlier


def _undecided(target: Target) -> Case | None:
    rows = Case.objects.select_for_update(of=("self",)).filter(
        app=target.review.app_id, item_id=target.item_id, state__in=sorted(UNDECIDED)
    )
    return rows.first()


def _new_case(target: Target, reporter: Reporter, reason: str, now: datetime) -> Case:
    review = target.review
    case = Case(
        marketplace=review.marketplace,
        app=review.app,
        number=rules.new_number(),
        item=target.item,
        item_id=target.item_id,
        review=review,
        reply=target.reply,
        stars=review.stars,
        reason=reason,
        own=reporter.party == Party.MODERATOR,
        state=CaseState.UNCONFIRMED,
        created_at=now,
    )
    if reporter.counts_at_once:
        _open(case, catalog.policy_in_force(marketplace=review.marketplace, now=now), reason, now)
    case.save(force_insert=True)
    return case


def _open(case: Case, version: PolicyVersion, reason: str, now: datetime) -> None:
    """The clock starts, and is read once (CONTRACT section 5)."""
    place = case.marketplace
    case.state = CASE_MOVES[CaseState.UNCONFIRMED, "report"]
    case.reason, case.opened_at = reason, now
    case.due_at = due_at(
        filed_at=now,
        days=version.policy.reports.business_days,
        calendar=place.calendar,
        time_zone=place.time_zone,
    )


def _count(case: Case, report: Report, version: PolicyVersion, actor: str, now: datetime) -> None:
    """This report counts from now on: the first starts the clock, others join it (R134)."""
    first = case.report_count == 0
    if case.state == CaseState.UNCONFIRMED:
        _open(case, version, report.reason, now)
    case.report_count += 1
    case.save(update_fields=["state", "reason", "opened_at", "due_at", "report_count"])
    if first and case.due_at:
        due.schedule(
            rows=[Due(kind=OVERDUE, key=str(case.pk), app_id=case.app_id, due_at=case.due_at)]
        )
    after: dict[str, Any] = {
        "report": str(report.pk),
        "by": str(report.party),
        "reason": report.reason,
    }
    if first:
        after |= {"item": str(case.item), "due_at": case.due_at and case.due_at.isoformat()}
    record(
        entries=[
            audit.Entry(
                subject=case.subject,
                tag="case:opened" if first else "case:report_added",
                actor=actor,
                at=now,
                marketplace_id=case.marketplace_id,
                app_id=case.app_id,
                policy_version=version.number,
                after=after,
                first=first,
            )
        ]
    )


@transaction.atomic
def confirm_report(*, report_id: UUID, now: datetime) -> Report:
    """The visitor has the address: the report counts, and the clock starts with the first that
    does. Twice is once. Of a case that was decided meanwhile its outcome is told at once, also
    while somebody appeals against it: what that changes is told then.

    Raises NoSuchItem for one that isn't there or has lapsed.
    """
    report = _lock_report(report_id)
    if report is None or report.erased_at is not None:
        raise NoSuchItem
    if report.confirmed_at is not None:
        return report
    case = report.case
    report.confirmed_at = now
    Report.objects.filter(pk=report.pk).update(confirmed_at=now)
    due.cancel(kind=LAPSE, keys=[str(report.pk)])
    if case.state in UNDECIDED:
        version = catalog.policy_in_force(marketplace=case.marketplace, now=now)
        _count(case, report, version, "visitor", now)
        telling.received(report=report, now=now)
    else:
        telling.outcome_to(report=report, now=now)
    return report


def _lock_report(report_id: UUID) -> Report | None:
    """What waits for it first, as the worker takes that first; then its case; then it is read, so
    that of two at once the second sees what the first has done.
    """
    due.hold(kinds=(LAPSE,), keys=[str(report_id)])
    case = Case.objects.select_for_update(of=("self",)).filter(reports=report_id).first()
    rows = Report.objects.select_related("app__partner", "marketplace")
    report = rows.filter(pk=report_id).first() if case else None
    if report is not None and case is not None:
        report.case = case
    return report


def _lapse(report: Report, now: datetime) -> Due:
    return Due(kind=LAPSE, key=str(report.pk), app_id=report.app_id, due_at=now + CONFIRM_WITHIN)


def lapse_reports(*, report_ids: list[UUID], now: datetime) -> None:
    """Nobody confirmed them: what was said and by whom is forgotten; a case that has no other
    report lapses with them.
    """
    rows = Report.objects.filter(pk__in=report_ids, confirmed_at=None, erased_at=None)
    cases = set(rows.values_list("case_id", flat=True))
    rows.update(comment="", email="", erased_at=now)
    for case in (
        Case.objects.select_for_update(of=("self",))
        .filter(pk__in=cases, state=CaseState.UNCONFIRMED)
        .order_by("pk")
    ):
        if not Report.objects.filter(case=case, erased_at=None).exists():
            Case.objects.filter(pk=case.pk).update(state=CASE_MOVES[CaseState.UNCONFIRMED, "lapse"])


def _limit_known(reporter: Reporter, now: datetime) -> None:
    """How often somebody who is known may report. Raises Declined."""
    if reporter.party in (Party.VISITOR, Party.MODERATOR):
        return
    seconds = limits.take(
        action="report_known", key=reporter.key, most=MOST_A_DAY, period=DAY, at=now
    )
    if seconds:
        raise Declined("too_many", seconds=seconds)


def limit_visitor(*, email: str, address: str, at: datetime) -> None:
    """How often one address, of a mail box or of a machine, may report (R133). Raises Declined."""
    waits = [
        limits.take(action="report_mail", key=email.lower(), most=10, period=DAY, at=at),
        limits.take(action="report_from", key=address, most=20, period=HOUR, at=at),
    ]
    if max(waits):
        raise Declined("too_many", seconds=max(waits))


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
