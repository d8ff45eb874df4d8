"""What a preview is made of: a change of rules, walks over what is there, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from django.db.models import Count, Model, QuerySet

from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.paging import Key, after
from arvio.policy.model import Policy

Row = TypeVar("Row", bound=Model)
# Where an item stands in its list: what a cursor names.
Place: TypeAlias = tuple[str, ...]
BATCH = 500
# How far back it is looked at what would have been otherwise.
RECENT, LONG = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Change:
    """The rules that hold at `at` without the change, and with it."""

    marketplace: Marketplace
    old: Policy
    new: Policy
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a figure counts. `old` and `new` are plain values; `explain` words them.

    `kind` is app, user, installation, review, reply, case, report, decision or ban; `about` says
    which by a second name; `key` is what is counted once, where several items may be one.
    """

    kind: str
    name: str
    ref: str
    old: Any
    new: Any
    about: str = ""
    place: Place = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of `code`; `listed` says whether there is a list. `values` may hold `at_least`:
    the counting was stopped, so there are more.
    """

    code: str
    count: int
    values: Mapping[str, Any]
    listed: bool


@dataclass(frozen=True, slots=True)
class Listed:
    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Found:
    code: str
    item: Item


@dataclass(frozen=True, slots=True)
class Reached:
    """So far the walk has looked; it may stop here and go on later."""

    place: Place


Step: TypeAlias = Found | Reached
Walk: TypeAlias = Callable[[Change, Place | None], Iterator[Step]]


def _nothing(change: Change, code: str) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Topic:
    """One walk and the codes it finds, in the order in which they are told.

    A walk that is `whole` reads all there is at once, in its own order; the others go by batches
    along a key, each in the same number of statements. `each` names what several found items
    together are, such as a person; then `count` counts those, and `pairs` the items.
    """

    codes: tuple[str, ...]
    touched: Callable[[Change], bool]
    walk: Walk
    whole: bool = False
    each: bool = False
    order: Sequence[Key] = ()
    values: Callable[[Change, str], Mapping[str, Any]] = field(default=_nothing)


def along(
    rows: QuerySet[Row],
    order: Sequence[Key],
    start: Place | None,
    look: Callable[[list[Row]], Iterator[Found]],
) -> Iterator[Step]:
    """What `look` finds in batch after batch behind `start`, in an order that goes up first."""
    last = start
    while True:
        page = rows
        if last:
            values = [key.read(text) for key, text in zip(order, last, strict=True)]
            # The first is said twice, so that the index is entered where the list goes on.
            page = rows.filter(after(order, values), **{f"{order[0].name}__gte": values[0]})
        batch = list(page.order_by(*(key.order for key in order))[:BATCH])
        yield from look(batch)
        if len(batch) < BATCH:
            return
        last = place_of(batch[-1], order)
        yield Reached(last)


def by_app(
    change: Change,
    rows: QuerySet[Row],
    order: Sequence[Key],
    start: Place | None,
    look: Callable[[list[Row]], Iterator[Found]],
    *,
    app: str = "app_id",
    counted: QuerySet[Any] | None = None,
) -> Iterator[Step]:
    """As `along`, for rows of any marketplace whose order begins with their app. They are counted
    by app first, so that each statement enters an index at one app, or reads small apps together:
    ordered over all apps, every page would sort the whole marketplace.

    `app` is the column that leads there, `counted` the rows to count where these carry more.
    """
    found = rows if counted is None else counted
    found = found.filter(**{f"{app.removesuffix('_id')}__marketplace": change.marketplace})
    if start:
        found = found.filter(**{f"{app}__gte": order[0].read(start[0])})
    counts = found.order_by().values_list(app).annotate(n=Count("pk"))
    last = start
    for apps in _groups(sorted(counts)):
        keys = order[1:] if len(apps) == 1 else order
        batch = None
        while batch is None or len(batch) == BATCH:
            page = rows.filter(**{f"{app}__in": apps})
            if last and UUID(last[0]) in apps:
                seen = last[-len(keys) :]
                values = [key.read(text) for key, text in zip(keys, seen, strict=True)]
                page = page.filter(after(keys, values))
            batch = list(page.order_by(*(key.order for key in keys))[:BATCH])
            yield from look(batch)
            if batch:
                last = place_of(batch[-1], order)
                yield Reached(last)


def _groups(counts: Sequence[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    """Apps in their order: those that fill a batch alone, the others together."""
    together: list[UUID] = []
    size = 0
    for app, count in counts:
        if together and size + count > BATCH:
            yield together
            together, size = [], 0
        together.append(app)
        size += count
    if together:
        yield together


def place_of(row: Model, order: Sequence[Key]) -> Place:
    return tuple(key_text(getattr(row, key.name)) for key in order)


def key_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def change_of(*, marketplace: Marketplace, policy: Policy, at: datetime, now: datetime) -> Change:
    """Raises NotFound for a marketplace without a policy."""
    at = max(at, now)
    old = catalog.policy_in_force(marketplace=marketplace, now=at).policy
    return Change(marketplace, old, policy, at, now)
