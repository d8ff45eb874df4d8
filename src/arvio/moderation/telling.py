"""Who is told of what, each in their language with what they can do next (R127-R130, R143).

A notice is for one party; it becomes a mail for each reader the party has, in the transaction of
what it tells of. These mails are owed: they carry no unsubscription, and say why they came. An
author without an address reads the same under "My reviews".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog.models import User
from arvio.moderation import letters, links
from arvio.moderation.guidelines import rule_words
from arvio.moderation.letters import About, Result
from arvio.moderation.models import Case, Decision, Item, Report, Thread
from arvio.moderation.readers import (
    Telling,
    author_letter,
    mail_to,
    member_letter,
    person_reader,
    reporter_reader,
    send,
    to_members,
    to_one,
    to_party,
    to_reporter,
    to_staff,
    user_reader,
)
from arvio.notify.ground import speaking
from arvio.notify.letters import Letter, Link
from arvio.notify.posting import post
from arvio.people.models import Person, Role
from arvio.reviews.models import Reply, Review, Source

if TYPE_CHECKING:
    from arvio.moderation.standing import Standing

Party = Report.Party
AGAINST = ("removed", "rejected")


# --- Reports ------------------------------------------------------------------------------------


def asks_to_confirm(*, report: Report, now: datetime) -> None:
    """No notice yet: nobody has said anything until it is confirmed."""
    url = links.status_url(marketplace=report.marketplace.slug, report_id=report.pk)
    with speaking(reader=reporter_reader(report), marketplace=report.marketplace):
        letter = replace(
            letters.confirm(_about_case(report.case), report.reason),
            action=Link(_("Confirm the report"), url),
            why=_("You get this because this address was given with a report on %(marketplace)s.")
            % {"marketplace": report.marketplace.name},
        )
        mail = mail_to(letter, reporter_reader(report), report.marketplace)
    post(mails=[replace(mail, urgent=True)], now=now)


def received(*, report: Report, now: datetime) -> None:
    """The case number, by when it is answered, and the private page where it can be followed."""
    case = report.case
    if report.party == Party.MODERATOR or case.due_at is None:
        return
    due_at = case.due_at
    telling = to_reporter(
        report,
        case,
        "report_received",
        lambda: letters.received(_about_case(case), due_at),
    )
    send(tellings=[telling], now=now)


def outcome_to(*, report: Report, now: datetime) -> None:
    """Confirmed after the case was decided: the answer is there already."""
    case = report.case
    decision = Decision.objects.filter(case=case).order_by("-number").first()
    if decision is None:
        return
    telling = to_reporter(
        report,
        case,
        "report_answered",
        lambda: letters.outcome(_about_case(case), result_of(decision, get_language() or "en")),
    )
    send(tellings=[telling], now=now)


# --- Decisions ----------------------------------------------------------------------------------


def decided(
    *, standing: Standing, decision: Decision, appeals: Sequence[Thread], now: datetime
) -> None:
    send(tellings=of_decision(standing=standing, decision=decision, appeals=appeals), now=now)


def of_decision(
    *, standing: Standing, decision: Decision, appeals: Sequence[Thread] = ()
) -> list[Telling]:
    """Every notice of a decision: the preview on the desk shows them before it is made.

    A review that goes or comes back: each reporter, the author, the partner. A reply: each reporter
    and the partner. What stays, or has gone already: the reporters. After an appeal, whoever
    appealed in any case.
    """
    case, review = standing.case, standing.review
    reports = list(
        Report.objects.select_related("user", "person", "partner", "marketplace")
        .filter(case=case, confirmed_at__isnull=False, erased_at=None)
        .exclude(party=Party.MODERATOR)
        .order_by("filed_at", "pk")
    )
    appellants = {thread.party for thread in appeals}
    changed = decision.outcome not in ("kept", _before(decision))
    author_told = case.item == Item.REVIEW and (changed or "author" in appellants)
    partner_told = changed or "partner" in appellants
    appealed = {thread.report_id for thread in appeals}
    about = about_of(case, review, standing.reply)
    told: list[Telling] = []
    for report in reports:
        # A member of the partner hears it once: as the partner, where that is told.
        own = report.partner is not None and report.partner.pk == review.app.partner_id
        if (not appeals or changed or report.pk in appealed) and not (own and partner_told):
            told.append(_outcome(report, case, decision, about))
    before = _have_appealed(case)
    if author_told:
        told += _to_author(review, case, decision, about, final="author" in before)
    if partner_told:
        told.append(_to_partner(review, case, decision, about, final="partner" in before))
    return told


def _have_appealed(case: Case) -> set[str]:
    """Who has: each party may once."""
    rows = Thread.objects.filter(decision__case=case, kind=Thread.Kind.APPEAL)
    return set(rows.values_list("party", flat=True))


def _before(decision: Decision) -> str:
    """The outcome that would leave the item as it was."""
    return {"removed": "removed", "rejected": "rejected"}.get(decision.item_state, "kept")


def _outcome(report: Report, case: Case, decision: Decision, about: About) -> Telling:
    return to_reporter(
        report,
        case,
        "report_answered",
        lambda: letters.outcome(about, result_of(decision, get_language() or "en")),
    )


def _to_author(
    review: Review, case: Case, decision: Decision, about: About, *, final: bool
) -> list[Telling]:
    if review.user is None or review.source != Source.AUTHOR or review.user.erased_at:
        return []

    def write() -> Letter:
        result = result_of(decision, get_language() or "en")
        letter = letters.to_author(about, replace(result, final=final))
        return author_letter(letter, review)

    event, reader = f"review_{decision.outcome}", user_reader(review.user)
    return [to_one(event, "author", review, case, reader, write, review.user.name)]


def _to_partner(
    review: Review, case: Case, decision: Decision, about: About, *, final: bool
) -> Telling:
    def write() -> Letter:
        result = result_of(decision, get_language() or "en")
        return letters.to_partner(about, replace(result, final=final))

    return to_members(review, case, f"{case.item}_{decision.outcome}", write)


def result_of(decision: Decision, language: str) -> Result:
    rule = None
    if decision.rule and decision.outcome in AGAINST:
        rule = rule_words(
            marketplace=decision.marketplace,
            number=decision.guidelines_number,
            key=decision.rule,
            language=language,
        )
    return Result(
        outcome=decision.outcome,
        rule=rule,
        statement=decision.statement,
        until=decision.appealable_until,
        appealed=decision.number > 1,
        gone=decision.outcome == "kept" and decision.item_state in ("removed", "replaced"),
    )


def about_of(case: Case, review: Review, reply: Reply | None) -> About:
    return About(
        app=case.app.name,
        partner=review.app.partner.name,
        number=case.number,
        is_reply=case.item == Item.REPLY,
        stars=review.stars,
        written_at=review.published_at or review.submitted_at,
    )


def _about_case(case: Case) -> About:
    reply = case.reply if case.item == Item.REPLY else None
    return about_of(case, case.review, reply)


# --- Appeals, disputes, corrections, deadlines ----------------------------------------------------


def appeal_received(*, thread: Thread, case: Case, now: datetime) -> None:
    if thread.due_at is None:
        return
    due_at, about = thread.due_at, _about_case(case)

    def write() -> Letter:
        return letters.appeal_received(about, due_at)

    send(tellings=[to_party(thread, case, "appeal_received", write)], now=now)


def thread_message(*, thread: Thread, opened: bool, from_staff: bool, now: datetime) -> None:
    """The other side learns that there is something to read; the words stay on the page."""
    about = _about_review(thread.review, thread)

    def write() -> Letter:
        return letters.thread_message(about, opened=opened, from_staff=from_staff)

    event = "thread_answered" if from_staff else "thread_message"
    if from_staff:
        telling = to_party(thread, None, event, write)
    else:
        telling = to_staff(thread.review, None, event, write, f"/desk/disputes/{thread.pk}/")
    send(tellings=[telling], now=now)


def thread_closed(*, thread: Thread, answer: Callable[[], str], now: datetime) -> None:
    about = _about_review(thread.review, thread)

    def write() -> Letter:
        return letters.thread_closed(about, answer())

    send(tellings=[to_party(thread, None, "thread_closed", write)], now=now)


def corrected(*, review: Review, why: str, now: datetime) -> None:
    """Author and partner (R51)."""
    about = _about_review(review, None)

    def to_author() -> Letter:
        return author_letter(letters.corrected(about, to_author=True, why=why), review)

    told = []
    if review.user and review.source == Source.AUTHOR and not review.user.erased_at:
        reader = user_reader(review.user)
        name = review.user.name
        told.append(to_one("review_corrected", "author", review, None, reader, to_author, name))
    told.append(
        to_members(
            review,
            None,
            "review_corrected",
            lambda: letters.corrected(about, to_author=False, why=why),
        )
    )
    send(tellings=told, now=now)


def not_corrected(
    *, review: Review, user: User | None, person: Person | None, why: str, now: datetime
) -> None:
    about = _about_review(review, None)

    def write() -> Letter:
        letter = letters.not_corrected(about, why=why)
        return author_letter(letter, review) if user else member_letter(letter, review)

    party = "author" if user else "partner"
    reader = user_reader(user) if user else person_reader(person) if person else None
    if reader is not None:
        event = "correction_declined"
        send(tellings=[to_one(event, party, review, None, reader, write)], now=now)


def overdue(*, cases: Sequence[Case], now: datetime) -> None:
    """The moderator who has it, and the operators, learn that a promise was broken (R123)."""
    send(tellings=[_overdue(case, now) for case in cases], now=now)


def _overdue(case: Case, now: datetime) -> Telling:
    about, due_at = _about_case(case), case.due_at or now
    return to_staff(
        case.review,
        case,
        "case_overdue",
        lambda: letters.overdue(about, due_at),
        f"/desk/cases/{case.pk}/",
        kinds=[Role.Kind.OPERATOR],
        also=case.assigned_to,
    )


def _about_review(review: Review, thread: Thread | None) -> About:
    return About(
        app=review.app.name,
        partner=review.app.partner.name,
        number="",
        is_reply=False,
        stars=review.stars,
        written_at=review.published_at or review.submitted_at,
    )
