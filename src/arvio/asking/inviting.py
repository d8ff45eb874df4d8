"""Telling an author that the version which a reply named is on their account (FEATURES idea 7).

One invitation a review, whatever the stars and outside the budget of prompts. Looked at when the
account's version changes, and when a reply that names one can be read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from arvio.asking import letters, request_rules, signing_in
from arvio.asking.models import SignInLink, UpdateInvitation
from arvio.asking.request_rules import SENT, WAITING, InvitationFacts
from arvio.asking.requesting import is_address
from arvio.catalog import queries as catalog
from arvio.catalog.models import Installation, User
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import envelopes, preferences
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Link
from arvio.notify.posting import Mail, post
from arvio.notify.preferences import FIXED_IN, Stop
from arvio.notify.rules import OFF, how_told
from arvio.reviews import moves
from arvio.reviews.correcting import can_correct
from arvio.reviews.editing import can_edit
from arvio.reviews.models import Reply, Review, ReviewVersion, Source
from arvio.reviews.states import State

AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class _Row:
    """A review with its reply that stands, and what is on its account."""

    review: Review
    reply: Reply | None
    user: User
    installation: Installation | None


@dataclass(frozen=True)
class _Known:
    """What is known of many at once, by id."""

    invited: Collection[UUID]
    edited: Collection[UUID]
    stopped: Collection[UUID]


@transaction.atomic
def look_at_versions(*, installation_ids: Sequence[UUID], now: datetime, at: datetime) -> None:
    """Another version is on these accounts; `at` is of the real clock, for the links."""
    pairs = Installation.objects.filter(pk__in=installation_ids).values_list("app_id", "account_id")
    wanted = set(pairs)
    if not wanted:
        return
    reviews = Review.objects.filter(
        app__in={app for app, _ in wanted},
        account__in={account for _, account in wanted},
        answered=True,
        state__in=[State.HELD, State.PUBLISHED],
    )
    found = reviews.values_list("pk", "app_id", "account_id")
    ids = [pk for pk, app, account in found if (app, account) in wanted]
    # Who serves one of these takes it before the author, too.
    due.hold(kinds=(moves.FIXED_IN,), keys=[str(pk) for pk in ids])
    invite_authors(review_ids=ids, now=now, at=at)


@transaction.atomic
def invite_authors(*, review_ids: Sequence[UUID], now: datetime, at: datetime) -> None:
    """Invite whoever is to be invited, and note why the others aren't.

    The number of statements doesn't grow with the reviews.
    """
    rows = _rows(review_ids, now)
    if not rows:
        return
    known = _known(rows)
    decided = [
        (row, request_rules.decide_invitation(facts=_facts(row, known, now))) for row in rows
    ]
    _wait([row.review for row, code in decided if code == "held"], now)
    _note(decided, now)
    _send([row for row, code in decided if code == SENT], now, at)


def _rows(ids: Sequence[UUID], now: datetime) -> list[_Row]:
    authors = Review.objects.filter(pk__in=ids, user__isnull=False).values("user_id")
    locked = User.objects.filter(pk__in=authors).select_for_update(no_key=True).order_by("pk")
    users = {user.pk: user for user in locked}
    found: Any = (
        Review.objects.filter(pk__in=ids, user__in=users)
        .select_related(
            "marketplace", "app__marketplace", "app__partner", "policy_version", "live_version"
        )
        .annotate(policy_id=catalog.policy_id(marketplace=OuterRef("marketplace_id"), now=now))
    )
    reviews = list(found.order_by("pk"))
    live = Reply.objects.filter(review__in=reviews, state=Reply.ReplyState.LIVE)
    replies = {reply.review_id: reply for reply in live}
    rows = Installation.objects.filter(
        app__in={review.app_id for review in reviews},
        account__in={review.account_id for review in reviews},
    )
    installed = {(row.app_id, row.account_id): row for row in rows}
    return [
        _Row(
            review,
            replies.get(review.pk),
            users[review.user_id],
            installed.get((review.app_id, review.account_id)),
        )
        for review in reviews
    ]


def _known(rows: Sequence[_Row]) -> _Known:
    ids = [row.review.pk for row in rows]
    sent = UpdateInvitation.objects.filter(review__in=ids, code=SENT)
    edits = ReviewVersion.objects.filter(origin=ReviewVersion.Origin.EDIT, review__in=ids)
    replied = {row.review.pk: row.reply.replied_at for row in rows if row.reply}
    edited = {
        review
        for review, submitted_at in edits.values_list("review_id", "submitted_at")
        if review in replied and submitted_at > replied[review]
    }
    places = {row.user.pk: row.review.marketplace_id for row in rows}
    wishes = preferences.wishes(readers=places.keys(), places=set(places.values()))
    stopped = {
        user
        for user, place in places.items()
        if how_told(reader=user, places=[place], event=FIXED_IN, wishes=wishes, stop=place) == OFF
    }
    return _Known(set(sent.values_list("review_id", flat=True)), edited, stopped)


def _facts(row: _Row, known: _Known, now: datetime) -> InvitationFacts:
    review, installation = row.review, row.installation
    return InvitationFacts(
        state=str(review.state),
        fixed_in=row.reply.fixed_in if row.reply else "",
        version=installation.version if installation else "",
        installed=bool(installation and installation.is_live),
        imported=review.source == Source.IMPORTED,
        erased=bool(row.user.erased_at or review.live_version.erased_at),
        invited_before=review.pk in known.invited,
        edited_since=review.pk in known.edited,
        opted_out=row.user.pk in known.stopped,
        has_address=is_address(row.user.email),
        may_edit=can_edit(review=review, now=now).allowed,
        may_correct=can_correct(review=review, now=now).allowed,
    )


def _wait(reviews: Sequence[Review], now: datetime) -> None:
    """Until the reply can be read. An edit may have put the publication off."""
    rows = []
    for review in reviews:
        at = review.publishes_at
        later = at if at and at > now else now + AGAIN
        rows.append(
            Due(kind=moves.FIXED_IN, key=str(review.pk), app_id=review.app_id, due_at=later)
        )
    due.schedule(rows=rows)


def _note(decided: Sequence[tuple[_Row, str]], now: datetime) -> None:
    """What became of it. What was sent once stays as it was."""
    unchanged = WAITING | {"already_invited", "no_version_named"}
    UpdateInvitation.objects.bulk_create(
        [
            UpdateInvitation(
                app_id=row.review.app_id,
                review=row.review,
                fixed_in=row.reply.fixed_in if row.reply else "",
                code=code,
                decided_at=now,
            )
            for row, code in decided
            if code not in unchanged
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=("app", "review"),
        update_fields=("fixed_in", "code", "decided_at"),
    )


def _send(rows: Sequence[_Row], now: datetime, at: datetime) -> None:
    links: list[SignInLink] = []
    mails = [_mail(row, row.reply, links, now, at) for row in rows if row.reply]
    signing_in.save_links(links=links)
    post(mails=mails, now=now)


def _mail(row: _Row, reply: Reply, links: list[SignInLink], now: datetime, at: datetime) -> Mail:
    review: Any = row.review
    app, marketplace, user = review.app, review.marketplace, row.user
    reader = Reader(user.pk, user.email, user.locale)
    stop = Stop(user.pk, marketplace.pk, FIXED_IN)
    policy = catalog.policy_version(review.policy_id).policy
    signs_in = policy.eligibility.surface != "in_product"
    if signs_in:
        link, url = signing_in.new_link(app=app, user=user, review=review, at=at)
        links.append(link)
    else:
        url = f"{settings.BASE_URL}/{marketplace.slug}/in/{app.ref}/?asked=update"
    correction = not can_edit(review=review, now=now).allowed
    with speaking(reader=reader, marketplace=marketplace):
        letter = replace(
            letters.fixed_in(
                app=app,
                version=reply.fixed_in,
                stars=review.stars,
                reply=reply.text,
                correction=correction,
                signs_in=signs_in,
            ),
            action=Link(_("Ask for a correction") if correction else _("Update your review"), url),
            links=[Link(_("Unsubscribe"), stop.url)],
        )
        return envelopes.stoppable(letter, reader, marketplace, stop, review.pk)
