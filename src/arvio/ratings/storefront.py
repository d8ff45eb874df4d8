"""The storefront's list: apps in an order, by keyset, with the paid place apart.

Three statements, whatever the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from arvio.catalog import queries as catalog
from arvio.catalog import rules as catalog_rules
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import App, Marketplace, Placement, PolicyVersion
from arvio.paging import Key, after, moment, read_cursor, whole, write_cursor
from arvio.ratings.actions import prior_micros
from arvio.ratings.models import QualitySummary
from arvio.ratings.queries import RatedApp, make_rating, summary_of

SORTS: dict[str, tuple[Key, ...]] = {
    "rating": (
        Key("order_score", whole, down=True),
        Key("order_count", whole, down=True),
        Key("id", UUID),
    ),
    "newest": (Key("listed_at", moment, down=True), Key("id", UUID)),
    "reviews": (Key("order_count", whole, down=True), Key("id", UUID)),
    "installs": (Key("install_count", whole, down=True), Key("id", UUID)),
}


@dataclass(frozen=True)
class Category:
    name: str
    apps: int
    reviews: int


@dataclass(frozen=True)
class Storefront:
    """A page of it.

    `first_place` is the place of the first item; places count organic rows only.
    """

    marketplace: Marketplace
    policy_version: PolicyVersion
    items: Sequence[RatedApp]
    next: str | None
    first_place: int
    placed: RatedApp | None
    categories: Sequence[Category]


def storefront(
    *,
    slug: str,
    now: datetime,
    sort: str = "rating",
    category: str = "",
    q: str = "",
    cursor: str | None = None,
    limit: int = 20,
    qualities: bool = False,
    categories: bool = False,
) -> Storefront:
    """A page of listed apps. With `qualities` (the API) their means are read, with `categories`
    (the page) the list of categories: each a statement more than the first two. Raises NotFound,
    InvalidFact, CursorError.
    """
    if sort not in SORTS:
        raise InvalidFact("sort", f"Sort is one of {', '.join(SORTS)}.")
    marketplace, version, placed_id = _marketplace(slug, now)
    keys = SORTS[sort]
    place, page = 1, Q()
    if cursor:
        place, *values = read_cursor(f"apps-{sort}", cursor, [whole, *(key.read for key in keys)])
        page = after(keys, values)
    page &= Q(retired=False)
    if category:
        page &= Q(category=category) if catalog.storable(category) else Q(pk=None)
    for word in catalog_rules.search_text(q).split():
        page &= Q(search_text__contains=word) if catalog.storable(word) else Q(pk=None)
    rows = _rows(marketplace, version, keys, page, placed_id if not cursor else None, limit)
    organic = [row for row in rows if row.organic]
    organic.sort(
        key=lambda row: tuple(
            _down(getattr(row, key.name)) if key.down else getattr(row, key.name) for key in keys
        )
    )
    shown = organic[:limit]
    more = len(organic) > limit
    # Bought or not, what doesn't match the search isn't shown.
    placed_row = next((row for row in organic if row.pk == placed_id), None) if not cursor else None
    means = _qualities([*shown, *([placed_row] if placed_row else [])]) if qualities else {}
    return Storefront(
        marketplace=marketplace,
        policy_version=version,
        items=[_rated(row, version, means) for row in shown],
        next=(
            write_cursor(
                f"apps-{sort}",
                [place + limit, *(getattr(shown[-1], key.name) for key in keys)],
            )
            if more
            else None
        ),
        first_place=place,
        placed=_rated(placed_row, version, means) if placed_row else None,
        categories=_categories(marketplace) if categories else (),
    )


def _marketplace(slug: str, now: datetime) -> tuple[Marketplace, PolicyVersion, UUID | None]:
    paid = Placement.objects.filter(
        marketplace=OuterRef("pk"), since_at__lte=now, until_at__gt=now, app__retired=False
    )
    rows = (
        Marketplace.objects.filter(slug=slug)
        if catalog.storable(slug)
        else Marketplace.objects.none()
    )
    found: Any = rows.annotate(
        policy_id=catalog.policy_id(marketplace=OuterRef("pk"), now=now),
        placed_id=Subquery(
            paid.order_by("since_at", "id").values("app_id")[:1],
            # Named, because SQLite else gives the id back as plain text.
            output_field=UUIDField(),
        ),
    ).first()
    if found is None:
        raise NotFound("marketplace", f"There is no marketplace {slug!r}.")
    if found.policy_id is None:
        raise NotFound("policy", "This marketplace has no policy in force yet.")
    return found, catalog.policy_version(found.policy_id), found.placed_id


def _rows(
    marketplace: Marketplace,
    version: PolicyVersion,
    keys: Sequence[Key],
    page: Q,
    placed_id: UUID | None,
    limit: int,
) -> list[Any]:
    """The page and the paid app in one statement.

    The paid one comes first, and `organic` tells if it is of the page too.
    """
    apps: QuerySet[Any] = App.objects.filter(marketplace=marketplace).select_related(
        "partner", "summary"
    )
    apps = apps.annotate(
        order_score=Coalesce("summary__score_micros", Value(prior_micros(policy=version.policy))),
        order_count=Coalesce("summary__count", Value(0)),
    )
    apps = apps.annotate(organic=Case(When(page, then=Value(True)), default=Value(False)))
    order = [key.order for key in keys]
    if placed_id is None:
        return list(apps.filter(page).order_by(*order)[: limit + 1])
    first = Case(When(pk=placed_id, then=Value(0)), default=Value(1))
    return list(apps.filter(page | Q(pk=placed_id)).order_by(first, *order)[: limit + 2])


def _down(value: Any) -> Any:
    return -value.timestamp() if isinstance(value, datetime) else -value


def _qualities(apps: Sequence[App]) -> dict[UUID, dict[str, tuple[int, int, int]]]:
    found: dict[UUID, dict[str, tuple[int, int, int]]] = {}
    rows = QualitySummary.objects.filter(app_id__in=[app.pk for app in apps])
    for app, dimension, total, count, zeros in rows.values_list(
        "app_id", "dimension", "total", "count", "zeros"
    ):
        found.setdefault(app, {})[dimension] = (total, count, zeros)
    return found


def _rated(
    app: App, version: PolicyVersion, means: dict[UUID, dict[str, tuple[int, int, int]]]
) -> RatedApp:
    rating = make_rating(
        app=app, version=version, summary=summary_of(app), qualities=means.get(app.pk, {})
    )
    return RatedApp(app, version, rating)


def _categories(marketplace: Marketplace) -> list[Category]:
    rows = App.objects.filter(marketplace=marketplace, retired=False).values("category")
    rows = rows.annotate(apps=Count("id"), reviews=Coalesce(Sum("summary__count"), 0)).order_by(
        "category"
    )
    return [Category(row["category"], row["apps"], row["reviews"]) for row in rows]
