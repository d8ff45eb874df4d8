"""How often somebody may do something, counted in a table that every process shares.

A window is fixed and on the real clock: a demo's clock that jumps forgives nobody.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import F
from django.http import HttpRequest

from arvio.people.models import RateWindow

KEPT = timedelta(days=2)


def take(*, action: str, key: str, most: int, period: timedelta, at: datetime) -> int:
    """Count one more. Answers 0, or in how many seconds it is allowed again.

    `key` is an address or a name: only its hash is kept. Call it in the transaction of what is
    counted: what fails doesn't count.
    """
    seconds = int(period.total_seconds())
    start = int(at.timestamp()) // seconds * seconds
    window, _ = RateWindow.objects.get_or_create(
        action=action,
        key_hash=hashlib.sha256(f"{action}\n{key}".encode("utf-8", "replace")).hexdigest(),
        starts_at=datetime.fromtimestamp(start, at.tzinfo),
    )
    if not RateWindow.objects.filter(pk=window.pk, count__lt=most).update(count=F("count") + 1):
        return max(1, start + seconds - int(at.timestamp()))
    return 0


def forget_old(*, at: datetime) -> None:
    RateWindow.objects.filter(starts_at__lt=at - KEPT).delete()


def address_of(*, request: HttpRequest) -> str:
    """The machine that a request came from, as the limits of signing in take it: proxies are
    believed only as far as `TRUSTED_PROXIES` says.
    """
    try:
        return get_adapter(request).get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        return str(request.META.get("REMOTE_ADDR", ""))
