"""The review guidelines of a marketplace: in force now, earlier or to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.models import GuidelinesVersion, Marketplace
from arvio.web import language, pages


@require_safe
def guidelines(request: HttpRequest, marketplace: str, number: int | None = None) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    pages.settle(request, found)
    versions = catalog.guidelines_history(marketplace=found)
    current = next((one.number for one in versions if one.effective_at <= now), None)
    if number is None:
        wanted = catalog.guidelines(marketplace=found, now=now)
    else:
        wanted = catalog.guidelines_version(marketplace=found, number=number)
    context = {
        "version": wanted,
        "in_force": wanted.number == current,
        "coming": wanted.effective_at > now,
        "until": _until(wanted, versions),
        **shown(wanted),
        "versions": [_link(one, wanted, found.slug) for one in versions]
        if len(versions) > 1
        else [],
    }
    return pages.page(
        request, "web/guidelines.html", context, marketplace=found, now=now, section="guidelines"
    )


def shown(version: GuidelinesVersion) -> dict[str, Any]:
    """The words of a version in the reader's language, paragraph by paragraph."""
    return {
        "intro": paragraphs(in_language(version.document["intro"])),
        "rules": [
            {
                "key": rule.key,
                "code": rule.code,
                "title": in_language(rule.title),
                "paragraphs": paragraphs(in_language(rule.text)),
            }
            for rule in version.rules
        ],
        "partners": paragraphs(in_language(version.document["partners"])),
    }


def states(marketplace: Marketplace, now: datetime) -> list[dict[str, Any]]:
    """All versions, the newest first, with how each stands."""
    versions = catalog.guidelines_history(marketplace=marketplace)
    current = next((one.number for one in versions if one.effective_at <= now), None)
    return [
        {
            "number": one.number,
            "effective_at": one.effective_at,
            "in_force": one.number == current,
            "coming": one.effective_at > now,
        }
        for one in versions
    ]


def in_language(texts: Mapping[str, str]) -> str:
    """An earlier version may know fewer languages than the marketplace has now."""
    return texts.get(language.current()) or next(iter(texts.values()))


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def in_force(marketplace: Marketplace, now: datetime) -> int | None:
    """The number that the form's consent names."""
    return catalog.guidelines_numbers(marketplace=marketplace, moments=[now])[0]


def _until(version: GuidelinesVersion, newest_first: Sequence[GuidelinesVersion]) -> Any:
    """When the next one took over. Of several for one moment the highest number wins."""
    place = next(n for n, one in enumerate(newest_first) if one.number == version.number)
    return newest_first[place - 1].effective_at if place else None


def _link(one: GuidelinesVersion, wanted: GuidelinesVersion, slug: str) -> dict[str, Any]:
    return {
        "number": one.number,
        "effective_at": one.effective_at,
        "current": one.number == wanted.number,
        "url": reverse("web:guidelines_version", args=[slug, one.number]),
    }
