"""A stage whose marketplace asks by mail, and what its worker sent."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from arvio.asking.models import ReviewRequest
from arvio.catalog import actions as catalog
from arvio.catalog import planning
from arvio.catalog.models import Account, App, Installation, User
from arvio.due.models import Due
from arvio.notify.models import Message
from arvio.reviews import moves
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage

MONTH = timedelta(days=30)
KINDS = (planning.VERSION, moves.FIXED_IN, planning.REQUEST)
LINK = re.compile(r"http://\S+/in/me/asked/([\w-]+)/")


def stage(preset: str = "hubspot-2022", **overrides: Any) -> Stage:
    """On which nothing is planned yet."""
    made = cast.stage(preset=preset, overrides=overrides)
    Due.objects.all().delete()
    return made


def someone(
    on: Stage,
    ref: str,
    *,
    app: App | None = None,
    installed_at: datetime = NOW - MONTH,
    installed_by: str | None = None,
    **fields: Any,
) -> tuple[Account, User, Installation]:
    """A user of an account of their own who installed the app, heard of at once."""
    account, _ = catalog.put_account(
        marketplace=on.marketplace,
        ref=f"{ref}-inc",
        name=f"{ref.title()} Inc",
        plan="commercial",
        kind="production",
        now=installed_at,
    )
    values = {"name": f"{ref.title()} Korhonen", "email": f"{ref}@customer.example", "locale": "en"}
    user, _ = catalog.put_user(account=account, ref=ref, now=installed_at, **{**values, **fields})
    installation, _ = catalog.put_installation(
        app=app or on.app,
        account=account,
        installed_at=installed_at,
        installed_by=ref if installed_by is None else installed_by,
        version="3.2",
        now=installed_at,
    )
    return account, user, installation


def work(now: datetime = NOW) -> dict[str, int]:
    return work_once(now=now, kinds=KINDS)


def mails() -> list[Message]:
    return list(Message.objects.order_by("to_email", "created_at", "id"))


def codes() -> dict[str, str]:
    """By the user, what became of asking them."""
    return dict(ReviewRequest.objects.values_list("user__ref", "code"))


def token_in(mail: Message) -> str:
    found = LINK.search(mail.text)
    assert found, mail.text
    return found[1]
