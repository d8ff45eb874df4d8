"""A preview of rules as pages show it: sentences with the way to their lists, rows in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone, translation

from arvio.catalog.models import Marketplace
from arvio.connect.sheets import MARK, written
from arvio.policy.model import Policy
from arvio.preview import queries
from arvio.preview.explain import sentence, titled
from arvio.preview.item_words import before_and_after, name_words
from arvio.preview.queries import Figure, Item

COLUMNS = ("kind", "name", "about", "ref", "without_the_change", "with_the_change")


def previewed(
    *, marketplace: Marketplace, policy: Policy, at: datetime, now: datetime, linked: bool = True
) -> dict[str, Any]:
    """What `web/operator/preview_block.html` is given as `preview`; linked to the lists where the
    policy is the draft's. Raises NotFound.
    """
    start = monotonic()
    found = queries.figures(marketplace=marketplace, policy=policy, at=at, now=now)
    return block(found, now=now, seconds=monotonic() - start, linked=linked)


def block(
    found: Sequence[Figure], *, now: datetime, seconds: float, linked: bool = True
) -> dict[str, Any]:
    of = {one.code: one for one in found}
    return {
        "parts": [
            {"title": title, "sentences": sentences}
            for title, codes in titled()
            if (sentences := [_sentence(of[code], linked) for code in codes if code in of])
        ],
        "counted_at": now,
        "seconds": max(0.1, round(seconds, 1)),
    }


def _sentence(one: Figure, linked: bool) -> dict[str, str]:
    url = reverse("operator:preview", args=[one.code]) if one.listed and linked else ""
    return {"text": sentence(one), "url": url}


def rows(marketplace: Marketplace, code: str, items: Iterable[Item]) -> list[dict[str, str]]:
    shown = []
    for item in items:
        name, about = name_words(code, item)
        before, after = before_and_after(code, item)
        shown.append(
            {
                "name": name,
                "about": about,
                "ref": item.ref if item.kind in ("user", "installation") else "",
                "url": _url(marketplace, item),
                "before": before,
                "after": after,
            }
        )
    return shown


def _url(marketplace: Marketplace, item: Item) -> str:
    if item.kind == "app":
        return reverse("web:app", args=[marketplace.slug, item.ref])
    if item.kind in ("review", "reply"):
        return reverse("desk:review", args=[item.ref])
    return reverse("desk:case", args=[item.ref]) if item.kind in CASES else ""


CASES = ("case", "report", "decision")


def sheet(
    *, marketplace: Marketplace, code: str, items: Iterable[Item], language: str
) -> Iterator[str]:
    """The whole list for a spreadsheet. It is written after the page's language is over, so each
    row is worded in it anew.
    """
    yield MARK + written(COLUMNS)
    zone = ZoneInfo(marketplace.time_zone)
    for item in items:
        with translation.override(language), timezone.override(zone):
            name, about = name_words(code, item)
            before, after = before_and_after(code, item)
        yield written([item.kind, name, about, item.ref, before, after])
