"""A customer's user has another e-mail address: who reads at the old one may be somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery

from arvio.catalog.models import User
from arvio.notify.models import Message


@transaction.atomic
def follow_email(*, user_ids: Sequence[UUID]) -> None:
    """Mails that haven't left go to the address that the user has now, or nowhere without one."""
    waiting = Message.objects.filter(reader_id__in=user_ids, sent_at=None)
    users = User.objects.filter(pk__in=user_ids)
    waiting.filter(reader_id__in=users.filter(email="").values("pk")).delete()
    address = users.filter(pk=OuterRef("reader_id")).values("email")[:1]
    waiting.update(to_email=Subquery(address))
