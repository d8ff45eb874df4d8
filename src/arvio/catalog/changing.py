"""What an operator changes by hand about what a server told us: one thing at a time, by the same
actions, until the server tells otherwise.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog.actions import put_app, put_user
from arvio.catalog.models import Account, App, Partner, User


@transaction.atomic
def move_app(*, app: App, partner: Partner, actor: str, now: datetime) -> App:
    return _put(app, partner, app.retired, actor, now)


@transaction.atomic
def set_retired(*, app: App, retired: bool, actor: str, now: datetime) -> App:
    """A retired app keeps its page and its reviews, and takes no new ones."""
    return _put(app, app.partner, retired, actor, now)


def _put(app: App, partner: Partner, retired: bool, actor: str, now: datetime) -> App:
    now_is = App.objects.select_for_update(of=("self",), no_key=True).get(pk=app.pk)
    made, _ = put_app(
        marketplace=app.marketplace,
        ref=now_is.ref,
        partner=partner,
        name=now_is.name,
        category=now_is.category,
        tagline=now_is.tagline,
        version=now_is.version,
        listing_url=now_is.listing_url,
        retired=retired,
        actor=actor,
        now=now,
    )
    return made


@transaction.atomic
def change_email(*, user: User, email: str, actor: str, now: datetime) -> User:
    """The history tells that it was changed and by whom, and no address."""
    Account.objects.select_for_update().get(pk=user.account_id)
    before = User.objects.select_related("account").get(pk=user.pk)
    made, _ = put_user(
        account=before.account,
        ref=before.ref,
        name=before.name,
        email=email,
        locale=before.locale,
        now=now,
    )
    if made.email != before.email:
        audit.append(
            entries=[
                audit.Entry(
                    subject=f"user:{user.pk}",
                    tag="user:email_changed",
                    actor=actor,
                    at=now,
                    marketplace_id=before.account.marketplace_id,
                )
            ]
        )
    return made
