"""The readers of a notice and their mails: who hears it for a party, in which language, and where
the mail leads.

A notice is for one party; it becomes a mail for each reader the party has, in the transaction of
what it tells of. These mails are owed: they carry no unsubscription, and say why they came. Whoever
has no address reads the same on their pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog.models import Marketplace, Partner, User
from arvio.moderation import links
from arvio.moderation.models import Case, Notice, Report, Thread
from arvio.notify import preferences
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Letter, Link
from arvio.notify.posting import Mail, post
from arvio.notify.preferences import MEMBER_EVENTS
from arvio.notify.rendering import render
from arvio.notify.rules import OFF, how_told
from arvio.people.models import Person, Role
from arvio.reviews.models import Review

Write = Callable[[], Letter]


@dataclass(frozen=True)
class Telling:
    """One notice before it is sent: for whom, the mails that it becomes, and their languages."""

    event: str
    party: str
    review: Review
    case: Case | None
    mails: Sequence[Mail]
    names: Sequence[str] = ()
    languages: Sequence[str] = ()


def send(*, tellings: Iterable[Telling], now: datetime) -> None:
    told = list(tellings)
    post(mails=[mail for one in told for mail in one.mails], now=now)
    Notice.objects.bulk_create(
        [
            Notice(
                app_id=one.review.app_id,
                review=one.review,
                case=one.case,
                event=one.event,
                party=one.party,
                readers=len(one.mails),
                told_at=now,
            )
            for one in told
        ]
    )


def member_letter(letter: Letter, review: Review, *, url: str = "", label: str = "") -> Letter:
    page = url or f"{settings.BASE_URL}/partner/reviews/{review.pk}/"
    why = _("You get this because you are a member of %(partner)s on %(marketplace)s.") % _names(
        review
    )
    return replace(letter, action=Link(label or _("Open the review"), page), why=why)


def members_to_tell(partner: Partner) -> list[tuple[Person, Reader]]:
    """The members who want to hear of reviews; where nobody does, the owners: somebody must."""
    rows = Role.objects.select_related("person").filter(
        place_id=partner.pk, kind__in=Role.MEMBER_KINDS, person__is_active=True
    )
    roles = list(rows.order_by("person__email"))
    wishes = preferences.wishes(readers=[role.person_id for role in roles], places=[partner.pk])
    wanted = [
        role
        for role in roles
        if how_told(
            reader=role.person_id,
            places=[partner.pk],
            event=MEMBER_EVENTS[0],
            wishes=wishes,
            stop=partner.pk,
        )
        != OFF
    ]
    chosen = wanted or [role for role in roles if role.kind == Role.Kind.OWNER]
    return [(role.person, person_reader(role.person)) for role in chosen]


def to_reporter(report: Report, case: Case, event: str, write: Callable[[], Letter]) -> Telling:
    def letter() -> Letter:
        url = links.status_url(marketplace=report.marketplace.slug, report_id=report.pk)
        why = _("You get this because you sent a report on %(marketplace)s.") % {
            "marketplace": report.marketplace.name
        }
        return replace(write(), action=Link(_("See how it stands"), url), why=why)

    reader = reporter_reader(report)
    return to_one(event, "reporter", case.review, case, reader, letter, reader.email)


def to_party(thread: Thread, case: Case | None, event: str, write: Callable[[], Letter]) -> Telling:
    """Whose thread it is."""
    review = thread.review
    if thread.party == Thread.Party.PARTNER:
        url = f"{settings.BASE_URL}/partner/disputes/{thread.pk}/"
        return to_members(review, case, event, write, url=url, label=_("Open the conversation"))
    if thread.party == Thread.Party.REPORTER and thread.report and case:
        return to_reporter(thread.report, case, event, write)
    reader = user_reader(thread.user) if thread.user else None

    def letter() -> Letter:
        return author_letter(write(), review)

    return to_one(event, "author", review, case, reader, letter)


def author_letter(letter: Letter, review: Review) -> Letter:
    page = f"{settings.BASE_URL}/{review.marketplace.slug}/apps/{review.app.ref}/"
    why = _("You get this because you reviewed %(app)s on %(marketplace)s.") % _names(review)
    return replace(letter, action=Link(_("Open the app’s page"), page), why=why)


def to_members(
    review: Review,
    case: Case | None,
    event: str,
    write: Callable[[], Letter],
    *,
    url: str = "",
    label: str = "",
) -> Telling:
    mails, names, languages = [], [], []
    for person, reader in members_to_tell(review.app.partner):
        with speaking(reader=reader, marketplace=review.marketplace):
            languages.append(get_language() or "")
            letter = member_letter(write(), review, url=url, label=label)
            mails.append(mail_to(letter, reader, review.marketplace))
        names.append(person.name or person.email)
    return Telling(event, "partner", review, case, mails, names, languages)


def to_staff(
    review: Review,
    case: Case | None,
    event: str,
    write: Callable[[], Letter],
    path: str,
    *,
    kinds: Sequence[str] = (Role.Kind.MODERATOR,),
    also: Person | None = None,
) -> Telling:
    rows = Role.objects.select_related("person").filter(
        place_id=review.marketplace_id, kind__in=list(kinds), person__is_active=True
    )
    people = {role.person_id: role.person for role in rows.order_by("person__email")}
    if also is not None:
        people.setdefault(also.pk, also)
    mails = []
    for person in people.values():
        reader = person_reader(person)
        with speaking(reader=reader, marketplace=review.marketplace):
            why = _("You get this because you moderate %(marketplace)s.") % _names(review)
            action = Link(_("Open the desk"), f"{settings.BASE_URL}{path}")
            letter = replace(write(), action=action, why=why)
            mails.append(mail_to(letter, reader, review.marketplace))
    return Telling(event, "moderator", review, case, mails)


def to_one(
    event: str,
    party: str,
    review: Review,
    case: Case | None,
    reader: Reader | None,
    write: Callable[[], Letter],
    name: str = "",
) -> Telling:
    """A party of one. Whoever has no address is told on their pages alone."""
    mails, languages = [], []
    if reader is not None and reader.email:
        with speaking(reader=reader, marketplace=review.marketplace):
            languages.append(get_language() or "")
            mails.append(mail_to(write(), reader, review.marketplace))
    return Telling(event, party, review, case, mails, [name] if name else [], languages)


def mail_to(letter: Letter, reader: Reader, marketplace: Marketplace) -> Mail:
    known: dict[str, Any] = {"reader_id": reader.id} if reader.known else {}
    return Mail(
        to=reader.email,
        rendered=render(letter=letter, marketplace=marketplace.name, accent=marketplace.accent),
        from_name=marketplace.name,
        marketplace_id=marketplace.pk,
        **known,
    )


def reporter_reader(report: Report) -> Reader:
    if report.user is not None:
        return replace(user_reader(report.user), locale=report.language)
    if report.person is not None:
        return replace(person_reader(report.person), locale=report.language)
    return Reader(report.pk, report.email, report.language, known=False)


def user_reader(user: User) -> Reader:
    return Reader(user.pk, user.email, user.locale)


def person_reader(person: Person) -> Reader:
    return Reader(person.pk, person.email, person.language)


def _names(review: Review) -> dict[str, str]:
    return {
        "app": review.app.name,
        "partner": review.app.partner.name,
        "marketplace": review.marketplace.name,
    }
