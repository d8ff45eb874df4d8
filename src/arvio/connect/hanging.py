"""What hangs on an app, a partner, an account or a user: figures for who is about to change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from arvio.asking.models import ReviewLink
from arvio.catalog.models import Account, App, Ban, Installation, Partner, User
from arvio.moderation.models import Thread
from arvio.reviews.models import InboxItem, Review
from arvio.reviews.states import State


@dataclass(frozen=True)
class OfApp:
    reviews: int
    unanswered: int
    replies: int
    disputes: int
    links: int


def of_app(*, app: App) -> OfApp:
    items = InboxItem.objects.filter(app=app).aggregate(
        n=Count("pk"),
        waiting=Count("pk", filter=Q(waiting=True)),
        answered=Count("pk", filter=Q(answered=True)),
    )
    threads = Thread.objects.filter(
        app=app, party=Thread.Party.PARTNER, state=Thread.State.OPEN
    ).count()
    links = ReviewLink.objects.filter(app=app, ended_at=None).count()
    return OfApp(items["n"], items["waiting"], items["answered"], threads, links)


@dataclass(frozen=True)
class OfAccount:
    users: int
    installations: int
    reviews: int
    bans: int


def of_account(*, account: Account) -> OfAccount:
    """Installations that last, bans that nobody lifted."""
    rows = Installation.objects.filter(account=account, installed_at__isnull=False)
    return OfAccount(
        users=User.objects.filter(account=account, leads_to=None).count(),
        installations=sum(row.is_live for row in rows),
        reviews=Review.objects.filter(account=account).count(),
        bans=Ban.objects.filter(account=account, lifted_at=None).count(),
    )


def of_partner(*, partner: Partner) -> tuple[int, int]:
    """(reviews, unanswered)."""
    found = InboxItem.objects.filter(partner=partner).aggregate(
        n=Count("pk"), waiting=Count("pk", filter=Q(waiting=True))
    )
    return found["n"], found["waiting"]


@dataclass(frozen=True)
class Double:
    """Somebody who has reviewed an app from both accounts, and keeps both reviews."""

    user: str
    app: str


@dataclass(frozen=True)
class ToMerge:
    """`same` are users who are in both, `kept` the doubles that there will be: the first few, and
    how many there are.
    """

    old: OfAccount
    same: int
    doubles: Sequence[Double]
    double_count: int


SHOWN = 5


def to_merge(*, old: Account, new: Account) -> ToMerge:
    there = User.objects.filter(account=new, leads_to=None, ref=OuterRef("ref"))
    same = User.objects.filter(Exists(there), account=old, leads_to=None)
    theirs = Review.objects.filter(
        account=new,
        app=OuterRef("app"),
        user__ref=OuterRef("user__ref"),
        person_place__isnull=False,
    )
    rows = Review.objects.filter(Exists(theirs), account=old, person_place__isnull=False)
    shown = rows.select_related("user", "app").order_by("app__name", "pk")[:SHOWN]
    return ToMerge(
        old=of_account(account=old),
        same=same.count(),
        doubles=[
            Double(review.user.name or review.user.ref, review.app.name)
            for review in shown
            if review.user
        ],
        double_count=rows.count(),
    )


def of_user(*, user: User) -> tuple[int, int]:
    """(reviews, published ones)."""
    found = Review.objects.filter(user=user).aggregate(
        n=Count("pk"), public=Count("pk", filter=Q(state=State.PUBLISHED))
    )
    return found["n"], found["public"]
