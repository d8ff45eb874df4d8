"""Idempotency-Key: a creating POST sent twice creates once and answers alike (CONTRACT 3).

The answer is written in the transaction that creates, so there is never one without the other.
Refusals aren't kept: who mends the request may send it again under the same key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from arvio.api.models import KeptAnswer
from arvio.api.problems import Problem, invalid, to_json
from arvio.api.reading import read_json
from arvio.due import actions as due
from arvio.due.models import Due

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
FORGET = "forget_answers"
# Where answers tell of it.
ABOUT = {
    "review": ("reviews", "moderation/reviews"),
    "case": ("cases", "moderation/cases"),
    "thread": ("disputes",),
}
WRITTEN = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True)
class Made:
    """What a creating action answers."""

    status: int
    body: dict[str, Any]
    location: str = ""

    def response(self) -> HttpResponse:
        return _response(self.status, to_json(self.body), self.location)


def once(
    request: HttpRequest, *, caller: str, act: Callable[[], Made], now: datetime
) -> HttpResponse:
    """Act, or give the answer that was given before. Raises Problem 409 and 422."""
    key = request.headers.get(HEADER)
    if key is None:
        return act().response()
    if not WRITTEN.fullmatch(key) or not key.strip():
        raise invalid(HEADER, "Give 1 to 200 printable ASCII characters.")
    names: dict[str, Any] = {"caller": caller, "route": request.path, "key": key}
    body_hash = _body_hash(request)
    with transaction.atomic():
        _take_turn(names)
        kept = KeptAnswer.objects.filter(**names).first()
        if kept is not None and kept.kept_at > now - KEPT:
            return _again(kept, body_hash)
        made = act()
        response = made.response()
        values = {
            "body_hash": body_hash,
            "status": made.status,
            "location": made.location,
            "answer": response.content.decode(),
            "kept_at": now,
        }
        KeptAnswer.objects.update_or_create(defaults=values, **names)
        _schedule_forgetting(now)
    return response


def _body_hash(request: HttpRequest) -> str:
    """Of the body's meaning: spaces and the order of keys make no other body."""
    body = json.dumps(read_json(request.body), sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def _take_turn(names: dict[str, str]) -> None:
    """On PostgreSQL a lock that ends with the transaction; on SQLite writers wait for each other
    anyway.
    """
    if connection.vendor != "postgresql":
        return
    digest = hashlib.sha256("\n".join(names.values()).encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s)",
            [int.from_bytes(digest[:8], "big", signed=True)],
        )
        if not cursor.fetchone()[0]:
            raise Problem(
                409,
                "idempotency_key_in_use",
                "A request with this key is still running.",
                headers={"Retry-After": "1"},
            )


def _again(kept: KeptAnswer, body_hash: str) -> HttpResponse:
    if kept.body_hash != body_hash:
        raise Problem(
            422, "idempotency_key_reused", "This key was sent with another body. Take a new key."
        )
    response = _response(kept.status, kept.answer.encode(), kept.location)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _response(status: int, body: bytes, location: str) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    if location:
        response.headers["Location"] = location
    return response


def _schedule_forgetting(now: datetime) -> None:
    """One due row for all the answers of an hour, so that keeping one is a mere look most times."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = hour.isoformat()
    if not Due.objects.filter(kind=FORGET, key=key).exists():
        due.schedule(rows=[Due(kind=FORGET, key=key, due_at=hour + timedelta(hours=1) + KEPT)])


def forget_answers(*, about: Sequence[str] = (), now: datetime) -> None:
    """Remove the answers that have had their day, and those about somebody who was erased.

    `about` is a caller (`user:…`), a review, case or thread (`review:…`, answers to whoever acted
    on it), or a marketplace (`tokens:…`, whose viewer tokens hold names); what else it says names
    nothing.
    """
    gone = Q(kept_at__lte=now - KEPT)
    for topic in about:
        kind, _, name = topic.partition(":")
        if kind == "user":
            gone |= Q(caller=topic) | Q(caller__startswith=f"{topic}/")
        elif kind in ABOUT:
            for route in ABOUT[kind]:
                gone |= Q(route__startswith=f"/api/v1/{route}/{name}/")
        elif kind == "tokens":
            gone |= Q(route=f"/api/v1/marketplaces/{name}/viewer-tokens")
    KeptAnswer.objects.filter(gone).delete()
