"""Paid places: sold for a time, ended early, labelled (FEATURES R93). None touches score or order.

The storefront shows one: of those that run, the one that began first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from arvio.audit import actions as audit
from arvio.catalog.errors import InvalidFact, NotFound, PlacementRefused
from arvio.catalog.models import App, Marketplace, Placement

# UCPD Annex I 11a: whoever searches is told of a paid place, so there is no empty label.
WORDINGS: dict[str, str | Promise] = {
    "paid": gettext_lazy("Paid placement"),
    "advertisement": pgettext_lazy("label of a paid place", "Advertisement"),
    "sponsored": pgettext_lazy("label of a paid place", "Sponsored"),
}
USUAL = "paid"
LONGEST_LABEL = 40
MOST_PAST = 50


@dataclass(frozen=True)
class Place:
    """`state` is running, coming or past. `behind` is the place that the storefront shows instead
    for a part of this one's time, because it began earlier.
    """

    row: Placement
    state: str
    behind: Placement | None


def label(marketplace: Marketplace) -> str:
    """What stands on a paid place, in the language of the page."""
    chosen = marketplace.paid_label
    own = chosen.get("own", {}).get((get_language() or "")[:2])
    return own or str(WORDINGS.get(chosen.get("wording", USUAL), WORDINGS[USUAL]))


def places(*, marketplace: Marketplace, now: datetime) -> list[Place]:
    """Running, then coming by their beginning, then the latest that are past. Two statements."""
    rows = Placement.objects.select_related("app__partner").filter(marketplace=marketplace)
    live = list(rows.filter(until_at__gt=now).order_by("since_at", "pk"))
    past = list(rows.filter(until_at__lte=now).order_by("-until_at", "-pk")[:MOST_PAST])
    running = [Place(row, "running", _behind(row, live)) for row in live if row.since_at <= now]
    coming = [Place(row, "coming", _behind(row, live)) for row in live if row.since_at > now]
    return [*running, *coming, *(Place(row, "past", None) for row in past)]


def running(*, marketplace: Marketplace, now: datetime) -> int:
    """How many have been sold for now; one statement."""
    rows = Placement.objects.filter(marketplace=marketplace, since_at__lte=now, until_at__gt=now)
    return rows.count()


def _behind(row: Placement, live: Sequence[Placement]) -> Placement | None:
    """`live` is in the order in which the storefront prefers them."""
    for other in live[: live.index(row)]:
        if other.until_at > row.since_at and not other.app.retired:
            return other
    return None


@transaction.atomic
def sell_place(
    *, app: App, since_at: datetime, until_at: datetime, actor: str = "command", now: datetime
) -> Placement:
    """Give the app the labelled place for a time; a beginning that has passed is now.

    Raises InvalidFact, and PlacementRefused: overlaps.
    """
    since_at = max(since_at, now)
    if until_at <= since_at:
        raise InvalidFact("until", "A paid placement ends later than it begins, and than now.")
    if app.retired:
        raise InvalidFact("app", "The app is retired: nobody would see it.")
    _hold(app.marketplace_id)
    same = Placement.objects.filter(app=app, since_at__lt=until_at, until_at__gt=since_at)
    if same.exists():
        raise PlacementRefused("overlaps")
    made = Placement.objects.create(
        marketplace_id=app.marketplace_id, app=app, since_at=since_at, until_at=until_at
    )
    _write(made, "place_sold", actor, now, after=_facts(made))
    return made


@transaction.atomic
def end_place(
    *, marketplace: Marketplace, placement_id: UUID, actor: str, now: datetime
) -> Placement:
    """One that runs ends now, one that is to come is called off.

    Raises NotFound, and PlacementRefused: over.
    """
    _hold(marketplace.pk)
    found = placement(marketplace=marketplace, placement_id=placement_id)
    if found.until_at <= now:
        raise PlacementRefused("over")
    before = _facts(found)
    if found.since_at >= now:
        Placement.objects.filter(pk=found.pk).delete()
        _write(found, "place_called_off", actor, now, before=before)
        return found
    found.until_at = now
    found.save(update_fields=["until_at"])
    _write(found, "place_ended", actor, now, before=before, after=_facts(found))
    return found


def placement(*, marketplace: Marketplace, placement_id: UUID) -> Placement:
    rows = Placement.objects.select_related("app__partner").filter(marketplace=marketplace)
    found = rows.filter(pk=placement_id).first()
    if found is None:
        raise NotFound("placement", "There is no such paid place.")
    return found


@transaction.atomic
def set_label(
    *, marketplace: Marketplace, label: Mapping[str, Any], actor: str, now: datetime
) -> Marketplace:
    """{"wording": a name of WORDINGS} or {"own": {language: words}}, for each language of the
    marketplace. Raises InvalidFact, whose field is `wording` or `own-ru`.
    """
    wanted = _checked(label, marketplace.languages)
    found = _hold(marketplace.pk)
    before = found.paid_label
    if before == wanted:
        return found
    found.paid_label = wanted
    found.save(update_fields=["paid_label"])
    entry = audit.Entry(
        subject=f"marketplace:{found.pk}",
        tag="marketplace:paid_label_set",
        actor=actor,
        at=now,
        marketplace_id=found.pk,
        before=before or {"wording": USUAL},
        after=wanted,
    )
    audit.append(entries=[entry])
    return found


def _checked(label: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    if "own" not in label:
        if label.get("wording") not in WORDINGS:
            raise InvalidFact("wording", f"The wording is one of {', '.join(WORDINGS)}.")
        return {"wording": label["wording"]}
    own = {}
    for language in languages:
        words = " ".join(label["own"].get(language, "").split())
        if not readable(words):
            raise InvalidFact(
                f"own-{language}", f"A label has 1 to {LONGEST_LABEL} characters that can be read."
            )
        own[language] = words
    return {"own": own}


def readable(words: str) -> bool:
    """A label that nobody sees would be none."""
    seen = any(character.isalnum() for character in words)
    return seen and len(words) <= LONGEST_LABEL and words.isprintable()


def _hold(marketplace_id: UUID) -> Marketplace:
    """One at a time, so that no two places of one app overlap."""
    return Marketplace.objects.select_for_update().get(pk=marketplace_id)


def _facts(row: Placement) -> dict[str, str]:
    return {
        "place": str(row.pk),
        "since": row.since_at.isoformat(),
        "until": row.until_at.isoformat(),
    }


def _write(
    row: Placement,
    what: str,
    actor: str,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    entry = audit.Entry(
        subject=f"marketplace:{row.marketplace_id}",
        tag=f"marketplace:{what}",
        actor=actor,
        at=now,
        marketplace_id=row.marketplace_id,
        app_id=row.app_id,
        before=before,
        after=after,
    )
    audit.append(entries=[entry])
