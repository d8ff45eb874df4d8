"""`arvio verify`: what is derived is recomputed from the reviews and compared (DESIGN 5).

Reads only, in batches, with a constant number of statements each; call it inside `one_moment`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Count, Model, QuerySet

from arvio.audit import guards
from arvio.audit import rules as chain
from arvio.audit.models import AuditRow
from arvio.audit.verifying import verify_seals
from arvio.catalog.models import App
from arvio.due.models import Due
from arvio.ratings.actions import Change
from arvio.ratings.verifying import (
    Difference,
    Recount,
    policy_of,
    waiting_apps,
)
from arvio.ratings.verifying import differences as rating_differences
from arvio.reviews.checking import Case, check_case
from arvio.reviews.models import InboxItem, Reply, Review, ReviewVersion
from arvio.reviews.states import PUBLIC

APPS = 100
REVIEWS = 500
SUBJECT = "review:"
WAITING = ("publish", "edit")

Progress = Callable[[int], None]
T = TypeVar("T")
M = TypeVar("M", bound=Model)


def verify(*, now: datetime, progress: Progress = lambda done: None) -> Iterator[Difference]:
    """Every difference there is; none, ever, is what is promised. `progress` hears of reviews done.

    `now` says which policies are in force.
    """
    yield from _guards()
    yield from _ratings(now)
    yield from _reviews(now, progress)
    yield from _shared_places()
    yield from _lost_due_rows()
    yield from _lost_histories()
    yield from _other_histories()
    yield from _seals()


def _guards() -> Iterator[Difference]:
    for name in guards.missing(connection):
        yield Difference("", "", f"guard {name}", "missing", "in place")


def _ratings(now: datetime) -> Iterator[Difference]:
    for apps in _in_parts(App.objects.select_related("marketplace"), APPS):
        recount = Recount()
        published = Review.objects.filter(app__in=apps, state__in=sorted(PUBLIC))
        rows: QuerySet[Any, Any] = published.values_list(
            "app_id", "published_at", "live_version__stars", "live_version__qualities"
        )
        for app_id, at, stars, qualities in rows.order_by().iterator(chunk_size=2000):
            recount.add(Change(app_id, at.date(), stars, 1, qualities))
        yield from rating_differences(apps=apps, recount=recount, now=now)


def _reviews(now: datetime, progress: Progress) -> Iterator[Difference]:
    rows = Review.objects.select_related("app__marketplace", "account", "user", "policy_version")
    for reviews in _in_parts(rows, REVIEWS):
        for case in _cases(reviews, now):
            for what, stored, expected in check_case(case):
                review = case.review
                yield Difference(
                    review.app.ref, str(review.pk), what, _text(stored), _text(expected)
                )
        progress(len(reviews))


def _cases(reviews: Sequence[Review], now: datetime) -> Iterator[Case]:
    apps = {review.app_id: review.app for review in reviews}
    waiting = waiting_apps(apps=list(apps.values()), now=now)
    places = {app.marketplace_id: app.marketplace for app in apps.values()}
    policies = {pk: policy_of(place, now) for pk, place in places.items()}
    ids = [review.pk for review in reviews]
    versions = _grouped(
        ReviewVersion.objects.filter(review__in=ids).order_by("number"), "review_id"
    )
    replies = _grouped(
        Reply.objects.filter(review__in=ids).order_by("replied_at", "id"), "review_id"
    )
    due = _grouped(Due.objects.filter(kind__in=WAITING, key__in=[str(pk) for pk in ids]), "key")
    subjects = [review.subject for review in reviews]
    history = _grouped(AuditRow.objects.filter(subject__in=subjects).order_by("seq"), "subject")
    items = InboxItem.objects.in_bulk(ids)
    for review in reviews:
        yield Case(
            review=review,
            versions=versions[review.pk],
            replies=replies[review.pk],
            due=due[str(review.pk)],
            history=history[review.subject],
            item=items.get(review.pk),
            policy=None if review.app_id in waiting else policies[review.marketplace_id],
        )


def _shared_places() -> Iterator[Difference]:
    """Two on one place: the unique keys forbid it, unless somebody dropped them."""
    for who, place in (("person_key", "person_place"), ("account__ref", "account_place")):
        taken = Review.objects.filter(**{f"{place}__isnull": False}).order_by()
        shared = taken.values("app__ref", "app_id", who, place).annotate(n=Count("id"))
        for row in shared.filter(n__gt=1):
            what = f"{place} {row[place]} of {row[who]}"
            yield Difference(row["app__ref"], "", what, f"{row['n']} reviews", "1 review")


def _lost_due_rows() -> Iterator[Difference]:
    rows = Due.objects.filter(kind__in=WAITING).values_list("kind", "key")
    for part in _parts(rows.iterator(chunk_size=2000), REVIEWS):
        there = _there(key for _, key in part)
        for kind, key in part:
            if key not in there:
                yield Difference("", key, f"due row {kind}", "waits", "there is no such review")


def _lost_histories() -> Iterator[Difference]:
    """Histories of reviews that are gone: a review is never deleted by Arvio."""
    rows = AuditRow.objects.filter(subject__startswith=SUBJECT, seq=1)
    for part in _parts(rows.values_list("subject", flat=True).iterator(chunk_size=2000), REVIEWS):
        keys = [subject.removeprefix(SUBJECT) for subject in part]
        there = _there(keys)
        for key in keys:
            if key not in there:
                yield Difference("", key, "review", "only its history", "the review")


def _other_histories() -> Iterator[Difference]:
    rows = AuditRow.objects.exclude(subject__startswith=SUBJECT).order_by("subject", "seq")
    for subject, chained in groupby(rows.iterator(chunk_size=2000), key=lambda row: row.subject):
        if problem := chain.broken(chained):
            yield Difference("", "", f"history of {subject}", problem, "a whole chain")


def _seals() -> Iterator[Difference]:
    for found in verify_seals():
        review = found.subject.removeprefix(SUBJECT) if found.subject.startswith(SUBJECT) else ""
        about = "" if review or not found.subject else f" of {found.subject}"
        what = f"history{about}: {found.what}" if found.subject else found.what
        yield Difference("", review, what, found.stored, found.expected)


def _there(keys: Iterable[str]) -> set[str]:
    wanted = [pk for key in keys if (pk := _uuid(key))]
    return {str(pk) for pk in Review.objects.filter(pk__in=wanted).values_list("pk", flat=True)}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _in_parts(rows: QuerySet[M], size: int) -> Iterator[list[M]]:
    """By keyset, so that the last part costs what the first did."""
    ordered = rows.order_by("pk")
    part = list(ordered[:size])
    while part:
        yield part
        part = list(ordered.filter(pk__gt=part[-1].pk)[:size])


def _parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(rows)
    while part := list(islice(source, size)):
        yield part


def _grouped(rows: Iterable[Any], key: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return "none" if value is None else str(value)
