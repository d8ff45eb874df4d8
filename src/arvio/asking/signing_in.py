"""Links in mails that sign their reader in, once. Opening one changes nothing: scanners of mail
follow links, so it is a button on its page that uses it.

Their life is on the real clock: `at` is never the demo's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from arvio.asking import letters
from arvio.asking.errors import TooManyLinks
from arvio.asking.models import SignInLink
from arvio.asking.request_rules import LINK_LIVES, Destination, destination
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace, User
from arvio.catalog.queries import storable
from arvio.ids import uuid7
from arvio.notify.ground import Reader, speaking
from arvio.notify.letters import Link
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import render
from arvio.people import limits
from arvio.reviews.correcting import can_correct
from arvio.reviews.editing import can_edit
from arvio.reviews.models import Review

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_A_DAY, MOST_FROM_ONE_PLACE = 3, 20
# An expired link still says to whom a new one may be sent.
KEPT = timedelta(days=60)


def new_link(
    *, app: App, user: User, at: datetime, review: Review | None = None
) -> tuple[SignInLink, str]:
    """An unsaved link and its address, which is told to nobody but the mail."""
    token = secrets.token_urlsafe(32)
    link = SignInLink(
        id=uuid7(),
        app=app,
        user=user,
        review=review,
        email=user.email,
        hash=_hash(token),
        expires_at=at + LINK_LIVES,
    )
    return link, link_url(marketplace=app.marketplace, token=token)


def link_url(*, marketplace: Marketplace, token: str) -> str:
    return f"{settings.BASE_URL}/{marketplace.slug}/in/me/asked/{token}/"


def save_links(*, links: Sequence[SignInLink]) -> None:
    SignInLink.objects.bulk_create(links, batch_size=500)


def link_of(*, marketplace: Marketplace, token: str) -> SignInLink:
    """The link behind a token, also one that is used or over. Raises NotFound."""
    rows = SignInLink.objects.select_related(
        "app__marketplace", "app__partner", "user__account", "review__policy_version"
    ).filter(app__marketplace=marketplace, user__erased_at=None)
    found = rows.filter(hash=_hash(token)).first() if storable(token) else None
    if found is None:
        raise NotFound("link", "There is no such link.")
    return found


def is_open(*, link: SignInLink, at: datetime) -> bool:
    """Does the button still sign in? Not for an address that is the user's no more."""
    return link.used_at is None and at < link.expires_at and link.email == link.user.email


@transaction.atomic
def use_link(*, link: SignInLink, at: datetime) -> bool:
    """Use it up. Of any number at once one is answered True."""
    if not is_open(link=link, at=at):
        return False
    rows = SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=at)
    return bool(rows.update(used_at=at))


@transaction.atomic
def send_again(*, link: SignInLink, address: str, at: datetime, now: datetime) -> None:
    """A new link by mail, to whoever the old one was for. `address` is the machine that asks.

    Raises TooManyLinks; NotFound where there is no address to send it to.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
    if user.erased_at or not user.email:
        raise NotFound("address", "There is no address to send a link to.")
    waits = [
        limits.take(action="sign_in_mail", key=str(user.pk), most=MOST_A_DAY, period=DAY, at=at),
        limits.take(
            action="sign_in_from", key=address, most=MOST_FROM_ONE_PLACE, period=HOUR, at=at
        ),
    ]
    if max(waits):
        raise TooManyLinks(max(waits))
    made, url = new_link(app=link.app, user=user, review=link.review, at=at)
    save_links(links=[made])
    post(mails=[_new_link_mail(link, user, url)], now=now)


def _new_link_mail(link: SignInLink, user: User, url: str) -> Mail:
    """It was asked for, so it carries no unsubscription."""
    marketplace = link.app.marketplace
    reader = Reader(user.pk, user.email, user.locale)
    with speaking(reader=reader, marketplace=marketplace):
        letter = replace(letters.new_link(link.app), action=Link(_("Open the page"), url))
        rendered = render(letter=letter, marketplace=marketplace.name, accent=marketplace.accent)
    return Mail(
        to=user.email,
        rendered=rendered,
        from_name=marketplace.name,
        marketplace_id=marketplace.pk,
        review_id=link.review_id,
        reader_id=user.pk,
        urgent=True,
    )


def leads_to(*, link: SignInLink, now: datetime) -> tuple[UUID, Destination] | None:
    """The review that is to be changed, and how; None for a link that leads to writing one."""
    if link.review is None:
        return None
    may_edit = can_edit(review=link.review, now=now).allowed
    may_correct = not may_edit and can_correct(review=link.review, now=now).allowed
    return link.review.pk, destination(may_edit=may_edit, may_correct=may_correct) or "edit"


def forget_old(*, at: datetime) -> None:
    SignInLink.objects.filter(expires_at__lt=at - KEPT).delete()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
