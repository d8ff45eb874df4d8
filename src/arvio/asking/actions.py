from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from arvio.asking import queries, rules
from arvio.asking.accepting import check_accepted
from arvio.asking.errors import InvalidLink
from arvio.asking.models import LinkDay, LinkReview, ReviewLink
from arvio.asking.prompt_actions import note_review
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.catalog.models import App
from arvio.catalog.queries import Viewer
from arvio.reviews.actions import submit_review
from arvio.reviews.constraints import is_violation
from arvio.reviews.models import Review

MOST_ATTEMPTS = 20


def default_link(*, app: App, actor: str, now: datetime) -> ReviewLink:
    """The app's standing link, made if there is none: of any number at once, one wins."""
    for _ in range(MOST_ATTEMPTS):
        found = queries.link_of(app=app)
        if found is not None:
            found.app = app
            return found
        ReviewLink.objects.bulk_create([_new(app, "", actor, now)], ignore_conflicts=True)
    raise RuntimeError("a review link was ended each time it was made")


def default_links(*, member: Member, now: datetime) -> list[App]:
    """Make the standing links that the partner's apps still lack; answers the apps, by name. Two
    statements where none lacks.
    """
    apps = queries.apps(member=member)
    rows = ReviewLink.objects.filter(app__partner=member.partner, campaign="", ended_at=None)
    known = set(rows.values_list("app_id", flat=True))
    new = [_new(app, "", member.actor, now) for app in apps if app.pk not in known]
    ReviewLink.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return apps


def create_link(*, member: Member, app: str, campaign: str, now: datetime) -> ReviewLink:
    """A link for one of the partner's apps, named by its ref.

    Raises NotFound, InvalidLink or GuidelinesNotAccepted.
    """
    found = next((one for one in queries.apps(member=member) if one.ref == app), None)
    if found is None:
        raise NotFound("app", f"There is no app {app!r} of yours.")
    label = rules.clean_campaign(campaign)
    if problem := rules.campaign_problem(label):
        raise InvalidLink(problem)
    check_accepted(partner=member.partner, now=now)
    link = _new(found, label, member.actor, now)
    try:
        with transaction.atomic():
            link.save(force_insert=True)
    except IntegrityError as error:
        if is_violation(error, "link_campaign", "review_link.app_id, review_link.campaign"):
            raise InvalidLink("taken") from None
        raise
    return link


def end_link(*, member: Member, link_id: UUID, now: datetime) -> ReviewLink:
    """From now on the link leads to the public card. An ended one stays as it is."""
    link = queries.one(member=member, link_id=link_id)
    ReviewLink.objects.filter(app_id=link.app_id, pk=link.pk, ended_at=None).update(ended_at=now)
    link.refresh_from_db(fields=["ended_at"])
    return link


@transaction.atomic
def arrive(*, link: ReviewLink, now: datetime) -> None:
    """Count one arrival. Who arrived is kept nowhere."""
    _count(link, now, arrivals=1)


def submit_from_link(
    *,
    viewer: Viewer,
    app: App,
    answers: Mapping[str, Any],
    codes: Sequence[str] = (),
    now: datetime,
) -> Review:
    """Submit a review as anybody does, and count it for the link that the viewer came by and for
    the ask that it followed.

    `codes` are the links that a browser remembers, newest first; those of other apps, or of none,
    hinder nothing. A link that has ended meanwhile still counts. Raises what submit_review raises.
    """
    link = queries.followed(app=app, codes=codes) if codes else None
    with transaction.atomic():
        review = submit_review(viewer=viewer, app=app, answers=answers, now=now)
        note_review(review=review, now=now)
        if link is not None:
            LinkReview.objects.create(app=app, link=link, review_id=review.pk)
            _count(link, now, reviews=1)
    return review


def _new(app: App, campaign: str, actor: str, now: datetime) -> ReviewLink:
    code = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.CODE_LENGTH))
    return ReviewLink(app=app, code=code, campaign=campaign, created_by=actor, created_at=now)


def _count(link: ReviewLink, now: datetime, *, arrivals: int = 0, reviews: int = 0) -> None:
    day: dict[str, Any] = {"app_id": link.app_id, "link_id": link.pk, "day_date": now.date()}
    rows = LinkDay.objects.filter(**day)
    added = {"arrivals": F("arrivals") + arrivals, "reviews": F("reviews") + reviews}
    if not rows.update(**added):
        LinkDay.objects.bulk_create([LinkDay(**day)], ignore_conflicts=True)
        rows.update(**added)
