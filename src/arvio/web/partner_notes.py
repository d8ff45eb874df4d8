"""What a partner reads of moderation at the open review: reports, decisions, appeals, disputes and
corrections, each with its time and reason, and what can be asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.members import Member
from arvio.moderation.guidelines import rule_words
from arvio.moderation.models import CorrectionRequest, Decision, Item, Report, Thread
from arvio.moderation.partner_reads import AGAINST, Moderated, SeenCase
from arvio.moderation.threads import outcome_words
from arvio.reviews.inbox import DECIDED, PartnerReview
from arvio.reviews.states import State
from arvio.web import language

Note = dict[str, Any]
REPLY = Item.REPLY


def notes(
    found: PartnerReview, seen: Moderated, *, member: Member, address: str = ""
) -> list[Note]:
    """In the order of their weight: what was decided, what waits, what was said."""
    made = [case_note(one, found, member=member, address=address) for one in seen.cases]
    if seen.dispute:
        made.append(_dispute(seen.dispute, unread=seen.unread))
    if seen.correction:
        made.append(_correction(seen.correction))
    return made


def asks(
    found: PartnerReview, seen: Moderated, *, member: Member, address: str = ""
) -> list[dict[str, str]]:
    """What a member may ask of the moderators here, by right and state; nothing for readers."""
    if not member.may("reply") or found.state in DECIDED:
        return []
    waiting = seen.review is not None and seen.review.decision is None
    wanted = (
        ("report", "flag", _("Report"), found.state == State.PUBLISHED and not waiting),
        ("dispute_new", "people", _("Talk to a moderator"), not _is_open(seen.dispute)),
        (
            "correction",
            "shield",
            _("Ask for a correction"),
            found.can_correct.allowed and not _is_open(seen.correction),
        ),
    )
    return [
        {"url": _page(name, found) + address, "icon": icon, "label": label}
        for name, icon, label, possible in wanted
        if possible
    ]


def _is_open(what: Thread | CorrectionRequest | None) -> bool:
    return what is not None and what.state == "open"


def _page(name: str, found: PartnerReview) -> str:
    return reverse(f"partner:{name}", args=[found.public.id])


def done(seen: Moderated, what: str) -> dict[str, str] | None:
    """What has just been asked for, as the address says it: believed only where it is so."""
    if what == "reported" and seen.review and seen.review.report:
        number = {"number": seen.review.case.number}
        return {"fact": _("Report sent."), "rest": _("Its case number is %(number)s.") % number}
    if what == "asked" and _is_open(seen.correction):
        return {"fact": _("Sent."), "rest": _("The answer comes by mail and stands here.")}
    return None


# --- Cases ----------------------------------------------------------------------------------------


def case_note(seen: SeenCase, found: PartnerReview, *, member: Member, address: str = "") -> Note:
    note = _waits(seen, member) if seen.decision is None else _decided(seen, seen.decision, found)
    rest, links = [note["rest"]], []
    if seen.appeal:
        rest.append(_appeal(seen.appeal))
        page = reverse("partner:dispute", args=[seen.appeal.pk])
        links.append({"url": page, "label": _("Open the appeal")})
    elif seen.decision and seen.refusal is None:
        rest.append(
            _("You can appeal before %(moment)s; another moderator decides.")
            % {"moment": _limit(seen.decision.appealable_until)}
        )
        if member.may("reply"):
            links.append({"url": _page("appeal", found) + address, "label": _("Appeal")})
    return {**note, "rest": " ".join(filter(None, rest)), "links": links}


def _waits(seen: SeenCase, member: Member) -> Note:
    report, case = seen.report, seen.case
    values = {**_by(report, member), "number": case.number}
    if report is None or report.person is None or report.person.pk == member.person.pk:
        fact = _("You reported this review on %(date)s.") % values
    else:
        fact = _("%(name)s of your team reported this review on %(date)s.") % values
    rest = _(
        "Case %(number)s: a moderator decides before %(moment)s. Until then everybody still sees "
        "the review."
    ) % {**values, "moment": _limit(case.due_at)}
    return {"kind": "", "icon": "flag", "fact": fact, "rest": rest}


def _by(report: Report | None, member: Member) -> dict[str, str]:
    person = report.person if report else None
    name = (person.name or person.email) if person else member.partner.name
    return {"name": name, "date": _day(report.filed_at) if report else ""}


def _decided(seen: SeenCase, decision: Decision, found: PartnerReview) -> Note:
    about_reply = seen.case.item == REPLY
    fact = (_reply_fact if about_reply else _review_fact)(decision)
    rest = [_rule(decision)]
    note: Note = {"kind": "", "icon": "info", "fact": fact}
    if decision.outcome in AGAINST:
        note["icon"] = "cross"
        if about_reply:
            note |= {"quote": decision.statement, "quote_by": _("Statement of reasons")}
            rest.append(_("A person decided it, not a machine. The review stays."))
            if found.can_reply.allowed and not found.public.reply:
                rest.append(_("You can write a new reply that keeps to the guidelines."))
        else:
            rest.append(_gone(found))
    elif decision.outcome == "kept":
        rest.append(_answered(seen))
    return {**note, "rest": " ".join(filter(None, rest))}


def _review_fact(decision: Decision) -> str:
    values = {"date": _day(decision.decided_at)}
    again = decision.number > 1
    return {
        "removed": _("After an appeal another moderator decided on %(date)s: it stays removed.")
        if again
        else _("A moderator removed this review on %(date)s."),
        "rejected": _("After an appeal another moderator decided on %(date)s: it isn’t published.")
        if again
        else _("A moderator decided on %(date)s not to publish this review."),
        "kept": _("A moderator looked at this review on %(date)s and found no breach."),
        "restored": _("After an appeal another moderator restored this review on %(date)s."),
        "upheld_superseded": _(
            "An appeal was right, another moderator decided on %(date)s. The author has written a "
            "new review meanwhile, so that one stays."
        ),
    }[decision.outcome] % values


def _reply_fact(decision: Decision) -> str:
    values = {"date": _day(decision.decided_at)}
    return {
        "removed": _(
            "After an appeal another moderator decided on %(date)s: your reply stays removed."
        )
        if decision.number > 1
        else _("A moderator removed your reply on %(date)s."),
        "kept": _("A moderator looked at your reply on %(date)s and found no breach."),
        "restored": _("After an appeal another moderator restored your reply on %(date)s."),
        "upheld_superseded": _(
            "Your appeal was right, another moderator decided on %(date)s. You have written a new "
            "reply meanwhile, so that one stays."
        ),
    }[decision.outcome] % values


def _rule(decision: Decision) -> str:
    if decision.outcome not in AGAINST or not decision.rule:
        return ""
    words = rule_words(
        marketplace=decision.marketplace,
        number=decision.guidelines_number,
        key=decision.rule,
        language=language.current(),
    )
    return _("The rule it breaks: %(rule)s.") % {"rule": words.named}


def _gone(found: PartnerReview) -> str:
    """How much of it is left, and for whom."""
    if found.state not in DECIDED:
        return ""
    if found.state == State.REJECTED:
        left = _("It never was public and never counted in the rating.")
    else:
        left = _("It no longer counts in the rating, and readers see a note without its words.")
    if found.wordless:
        return left + " " + _("By this rule its words aren’t shown here any more either.")
    return left + " " + _("Here you still see its words.")


def _answered(seen: SeenCase) -> str:
    if seen.report is None:
        return ""
    return _("This answers your report, case %(number)s.") % {"number": seen.case.number}


def _appeal(thread: Thread) -> str:
    values = {"date": _day(thread.opened_at), "moment": _limit(thread.due_at)}
    if thread.state == Thread.State.CLOSED:
        return _("You had appealed on %(date)s.") % values
    return _("You appealed on %(date)s; another moderator decides before %(moment)s.") % values


# --- Disputes and corrections ---------------------------------------------------------------------


def _dispute(thread: Thread, *, unread: bool) -> Note:
    note: Note = {"kind": "", "icon": "people", "rest": ""}
    if thread.state == Thread.State.CLOSED:
        closed = thread.closed_at or thread.last_at
        note["fact"] = _("Your dispute was closed on %(date)s.") % {"date": _day(closed)}
        note["rest"] = outcome_words(thread.outcome)
    elif unread:
        values = {"date": _day(thread.last_at)}
        note["fact"] = _("The moderators answered you on %(date)s.") % values
    else:
        values = {"date": _day(thread.opened_at)}
        note["fact"] = _("You talk with the moderators about it, since %(date)s.") % values
        note["rest"] = _("That hides nothing: the review stays as it is.")
    if unread:
        note["kind"] = "warn"
        note["rest"] = " ".join(filter(None, (note["rest"], _("You haven’t read it yet."))))
    page = reverse("partner:dispute", args=[thread.pk])
    return {**note, "links": [{"url": page, "label": _("Open the conversation")}]}


def _correction(asked: CorrectionRequest) -> Note:
    if asked.state == CorrectionRequest.State.OPEN:
        fact = _("You asked for a correction on %(date)s.") % {"date": _day(asked.asked_at)}
        rest = _("A moderator replaces the text or says why not. Until then it stays as it is.")
        return {"kind": "", "icon": "clock", "fact": fact, "rest": rest}
    date = {"date": _day(asked.closed_at or asked.asked_at)}
    if asked.state == CorrectionRequest.State.DONE:
        icon, fact = "check", _("The text was corrected on %(date)s, as you had asked.") % date
        rest = _("The earlier text is kept, and the review shows that it was edited.")
    else:
        icon, fact = "info", _("You asked for a correction; on %(date)s it was declined.") % date
        rest = _("The text stays as it is.")
    quote = {"quote": asked.answer, "quote_by": _("The reason")}
    return {"kind": "", "icon": icon, "fact": fact, "rest": rest, **quote}


def _day(at: datetime) -> str:
    return written.day(at, language.current())


def _limit(at: datetime | None) -> str:
    return written.limit(at, language.current()) if at else ""
