"""The desk's other lists: disputes and corrections, and how many of each wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from arvio.catalog.staff import RIGHTS, Moderator
from arvio.moderation import flagged
from arvio.moderation.models import Case, CorrectionRequest, Thread, ThreadMessage, ThreadRead
from arvio.moderation.states import WAITING
from arvio.moderation.threads import MODERATOR
from arvio.paging import Key, moment, page_of
from arvio.people.models import Person, Role
from arvio.reviews.models import Review

T = TypeVar("T")
PAGE = 20
NEWEST = (Key("last_at", moment, down=True), Key("id", UUID, down=True))
OLDEST = (Key("asked_at", moment), Key("id", UUID))
LATEST = (Key("asked_at", moment, down=True), Key("id", UUID, down=True))
KINDS: dict[str, type[Case] | type[Review] | type[Thread] | type[CorrectionRequest]] = {
    "case": Case,
    "review": Review,
    "thread": Thread,
    "correction": CorrectionRequest,
}


@dataclass(frozen=True)
class Sections:
    """What waits for the moderators, for the menu. Disputes: where a partner wrote last."""

    cases: int
    disputes: int
    corrections: int
    flags: int


@dataclass(frozen=True)
class Listed(Generic[T]):
    items: Sequence[T]
    next: str | None


def sections(*, moderator: Moderator) -> Sections:
    """One statement each, along the lists' indexes."""
    place = moderator.marketplace
    return Sections(
        cases=Case.objects.filter(marketplace=place, state__in=sorted(WAITING)).count(),
        disputes=_disputes(moderator, closed=False).filter(~Q(last_party=MODERATOR)).count(),
        corrections=_corrections(moderator, closed=False).count(),
        flags=flagged.waiting_count(moderator=moderator),
    )


def disputes(
    *, moderator: Moderator, closed: bool = False, cursor: str | None = None
) -> Listed[Any]:
    """Threads with `unread`, how many messages this moderator hasn't read. Raises CursorError."""
    read = ThreadRead.objects.filter(thread=OuterRef("pk"), reader_key=moderator.actor)
    seen = Coalesce(Subquery(read.values("number")[:1]), Value(0), output_field=IntegerField())
    rows = _disputes(moderator, closed=closed).select_related("review__app", "partner")
    return _page(
        rows.annotate(unread=F("message_count") - seen),
        NEWEST,
        f"disputes-{closed}",
        cursor,
    )


def _disputes(moderator: Moderator, *, closed: bool) -> QuerySet[Thread]:
    state = Thread.State.CLOSED if closed else Thread.State.OPEN
    return Thread.objects.filter(
        marketplace=moderator.marketplace, kind=Thread.Kind.DISPUTE, state=state
    )


def messages_of(*, thread: Thread) -> list[ThreadMessage]:
    """The oldest first."""
    rows = ThreadMessage.objects.select_related("person").filter(thread=thread)
    return list(rows.order_by("number"))


def corrections(
    *, moderator: Moderator, closed: bool = False, cursor: str | None = None
) -> Listed[CorrectionRequest]:
    """Open ones in the order in which they came, closed ones the newest first."""
    rows = _corrections(moderator, closed=closed).select_related("review__app", "review__user")
    return _page(rows, LATEST if closed else OLDEST, f"corrections-{closed}", cursor)


def _corrections(moderator: Moderator, *, closed: bool) -> QuerySet[CorrectionRequest]:
    ended = [CorrectionRequest.State.DONE, CorrectionRequest.State.DECLINED]
    states = ended if closed else [CorrectionRequest.State.OPEN]
    return CorrectionRequest.objects.filter(marketplace=moderator.marketplace, state__in=states)


def _page(rows: QuerySet[Any], keys: Sequence[Key], name: str, cursor: str | None) -> Listed[Any]:
    return Listed(*page_of(rows, keys, kind=name, cursor=cursor, limit=PAGE))


def place_of(*, kind: str, item_id: UUID, person: Person) -> UUID | None:
    """The marketplace of a case, a review, a thread or a request, for a link in a mail; None for
    whoever isn't staff there. One statement, whether it is there or not.
    """
    places = Role.objects.filter(person=person, kind__in=list(RIGHTS)).values("place_id")
    rows: QuerySet[Any] = KINDS[kind]._default_manager.filter(pk=item_id, marketplace__in=places)
    found: UUID | None = rows.values_list("marketplace_id", flat=True).first()
    return found
