"""Everything we hold about one customer, as one JSON document (access by law, R75).

Nothing about other people is in it: no member of a partner, no moderator. A room that keeps
anything of a customer adds its part to `PARTS`, as it does in `erasing`. The shape is described in
docs/files.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from arvio.asking import erasing as asking
from arvio.audit.models import AuditRow
from arvio.catalog.models import Ban, BanAppeal, Installation, User
from arvio.connect.exporting import moment
from arvio.moderation import personal_data as moderation
from arvio.notify.models import Message, Preference
from arvio.reviews.models import AboutAnswer, Consent, Draft, Reply, Review, ReviewVersion
from arvio.reviews.states import State

FORMAT, VERSION = "arvio-personal-data", 1

Document = dict[str, Any]


def personal_data(*, user: User, now: datetime) -> Document:
    """Call it inside `one_moment`. The number of statements doesn't grow with the reviews."""
    account = user.account
    own = {key: part(user) for key, part in PARTS.items()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": moment(now),
        "marketplace": {"slug": account.marketplace.slug, "name": account.marketplace.name},
        "user": {
            "id": str(user.pk),
            "user": user.ref,
            "name": user.name,
            "email": user.email,
            "locale": user.locale,
            "erased_at": moment(user.erased_at),
        },
        "account": {"account": account.ref, "name": account.name},
        **own,
    }


def _reviews(user: User) -> list[Document]:
    rows = Review.objects.filter(user=user).select_related("app", "policy_version")
    reviews = list(rows.order_by("submitted_at", "pk"))
    ids = [review.pk for review in reviews]
    versions = _grouped(
        ReviewVersion.objects.filter(review__in=ids).order_by("review", "number"), "review_id"
    )
    told = AboutAnswer.objects.filter(version__review__in=ids)
    about = _grouped(told.order_by("version", "key"), "version_id")
    agreed = Consent.objects.filter(version__review__in=ids)
    consents = _grouped(agreed.order_by("version", "key"), "version_id")
    replies = _grouped(
        Reply.objects.filter(review__in=ids).order_by("replied_at", "pk"), "review_id"
    )
    history = _grouped(
        AuditRow.objects.filter(subject__in=[review.subject for review in reviews]).order_by("seq"),
        "subject",
    )
    return [
        {
            "id": str(review.pk),
            "app": review.app.ref,
            "app_name": review.app.name,
            "state": review.state,
            "source": review.source,
            "app_version": review.app_version,
            "policy_version": review.policy_version.number,
            "submitted_at": moment(review.submitted_at),
            "publishes_at": moment(review.publishes_at if review.state == State.HELD else None),
            "published_at": moment(review.published_at),
            "edited_at": moment(review.edited_at),
            "archived_reason": review.archived_reason or None,
            "removed_at": moment(review.removed_at),
            "removed_rule": review.removed_rule or None,
            "versions": [
                _version(row, about[row.pk], consents[row.pk]) for row in versions[review.pk]
            ],
            "replies": [_reply(row) for row in replies[review.pk]],
            "history": [{"tag": row.tag, "at": moment(row.at)} for row in history[review.subject]],
        }
        for review in reviews
    ]


def _version(
    row: ReviewVersion, about: Sequence[AboutAnswer], consents: Sequence[Consent]
) -> Document:
    return {
        "number": row.number,
        "origin": row.origin,
        "stars": row.stars,
        "title": row.title,
        "text": row.text,
        "pros": row.pros,
        "cons": row.cons,
        "affiliation": row.affiliation,
        "qualities": dict(sorted(row.qualities.items())),
        "about": [
            {"key": one.key, "value": one.value, "public": one.public}
            for one in about
            if one.erased_at is None
        ],
        "consents": [
            {"key": one.key, "text_version": one.text_version, "given_at": moment(one.given_at)}
            for one in consents
        ],
        "language": row.language,
        "evidence": dict(row.evidence),
        "submitted_at": moment(row.submitted_at),
        "effective_at": moment(row.effective_at),
        "erased_at": moment(row.erased_at),
    }


def _reply(row: Reply) -> Document:
    """What the partner answered, whoever of its members wrote it."""
    return {
        "state": row.state,
        "text": row.text,
        "fixed_in": row.fixed_in or None,
        "replied_at": moment(row.replied_at),
        "erased_at": moment(row.erased_at),
    }


def _drafts(user: User) -> list[Document]:
    rows = Draft.objects.filter(user=user).select_related("app").order_by("saved_at", "pk")
    return [
        {"app": row.app.ref, "answers": row.answers, "saved_at": moment(row.saved_at)}
        for row in rows
    ]


def _mails(user: User) -> list[Document]:
    rows: QuerySet[Message] = Message.objects.filter(reader_id=user.pk)
    return [
        {
            "to": row.to_email,
            "subject": row.subject,
            "text": row.text,
            "created_at": moment(row.created_at),
            "sent_at": moment(row.sent_at),
        }
        for row in rows.order_by("created_at", "pk")
    ]


def _mail_settings(user: User) -> list[Document]:
    rows = Preference.objects.filter(reader_id=user.pk).order_by("event", "pk")
    return [{"event": row.event, "how": row.how, "stopped": row.stopped} for row in rows]


def _installations(user: User) -> list[Document]:
    """Those that the platform says this user made."""
    names = [name for name in (user.ref, user.email) if name]
    rows = Installation.objects.filter(account=user.account, installed_by__in=names)
    return [
        {
            "app": row.app.ref,
            "installed_by": row.installed_by,
            "installed_at": moment(row.installed_at),
            "uninstalled_at": moment(row.uninstalled_at),
            "version": row.version,
        }
        for row in rows.select_related("app").order_by("pk")
    ]


def _bans(user: User) -> list[Document]:
    """Of the account's too, where this user has appealed against them."""
    rows = Ban.objects.filter(Q(user=user) | Q(appeals__user=user)).distinct()
    return [
        {
            "reason": row.reason,
            "since_at": moment(row.since_at),
            "until_at": moment(row.until_at),
            "lifted_at": moment(row.lifted_at),
            "appeals": [_ban_appeal(one) for one in row.appeals.all() if one.user_id == user.pk],
        }
        for row in rows.prefetch_related("appeals").order_by("since_at", "pk")
    ]


def _ban_appeal(row: BanAppeal) -> Document:
    return {
        "text": row.text,
        "filed_at": moment(row.filed_at),
        "outcome": row.outcome,
        "answer": row.answer,
    }


def _grouped(rows: Iterable[Any], key: str) -> dict[Any, list[Any]]:
    groups: dict[UUID | str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


# Key in the document -> what stands under it.
PARTS: dict[str, Callable[[User], Any]] = {
    "reviews": _reviews,
    "drafts": _drafts,
    "mails": _mails,
    "mail_settings": _mail_settings,
    "installations": _installations,
    "bans": _bans,
    **moderation.PARTS,
    **asking.PARTS,
}
