"""What every page carries: marketplace, viewer, language switch, the time."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer
from arvio.web import language


def settle(
    request: HttpRequest,
    marketplace: Marketplace,
    viewer: Viewer | None = None,
    *,
    locale: str = "",
) -> None:
    """Speak one of the marketplace's languages, in its time zone. Before anything is worded."""
    locale = viewer.locale if viewer else locale
    language.settle(request, offered=marketplace.languages, locale=locale)
    timezone.activate(zoneinfo.ZoneInfo(marketplace.time_zone))


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    marketplace: Marketplace | None,
    now: datetime,
    viewer: Viewer | None = None,
    section: str = "",
    status: int = 200,
) -> HttpResponse:
    offered = marketplace.languages if marketplace else list(language.NAMES)
    common = {
        "marketplace": marketplace,
        "viewer": viewer,
        "section": section,
        "now": now,
        "home_url": home_url(marketplace, viewer) if marketplace else "/",
        "languages": language.switch(request, offered=offered),
        "LANGUAGE_CODE": language.current(),
    }
    return render(request, template, {**common, **context}, status=status)


def fragment(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    return render(request, template, dict(context))


def home_url(marketplace: Marketplace, viewer: Viewer | None) -> str:
    return reverse("web:inside" if viewer else "web:storefront", args=[marketplace.slug])
