"""What the bar on top of the demo's pages shows: who one may become, and where one is.

A context processor, so that the pages know nothing of the demo; it asks the database for the number
of mails and nothing else.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.demo.listings import SLUGS, read_listing
from arvio.notify.models import Message


def bar(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    names = match.kwargs if match else {}
    slug, app = names.get("marketplace", ""), names.get("app", "")
    first = [slug] if slug in SLUGS else []
    roles = [
        role
        for each in [*first, *(s for s in SLUGS if s not in first)]
        for role in _roles(each, slug, app)
    ]
    return {
        "demo": {
            "roles": roles,
            "mails": Message.objects.count,
            "here": request.get_full_path() if request.method == "GET" else request.path,
        }
    }


def _roles(slug: str, here: str, app: str) -> list[dict[str, Any]]:
    listing = read_listing(slug)
    visitor = {
        "heading": listing["marketplace"]["name"],
        "name": _("Visitor"),
        "what": _("Reads the storefront"),
        "marketplace": slug,
        "account": "",
        "user": "",
    }
    return [
        visitor,
        *(
            _customer(slug, number, raw, app if slug == here else "")
            for number, raw in enumerate(listing["customers"], 1)
        ),
    ]


def _customer(slug: str, number: int, raw: dict[str, Any], app: str) -> dict[str, Any]:
    """Refs as `cast.add_customers` gives them."""
    return {
        "name": _("Customer, %(account)s") % {"account": raw["account"]},
        "what": _what(raw["key"], len(raw["installs"])),
        "marketplace": slug,
        "account": f"{slug}-{raw['key']}",
        "user": f"c{number}",
        "app": app,
    }


def _what(key: str, installs: int) -> str:
    count = {"count": installs}
    if key == "paid":
        return (
            ngettext(
                "Paid plan, %(count)s app installed",
                "Paid plan, %(count)s apps installed",
                installs,
            )
            % count
        )
    if key == "trial":
        return _("Trial plan, nothing installed")
    if key == "reviewed":
        return (
            ngettext(
                "Has written reviews, %(count)s app installed",
                "Has written reviews, %(count)s apps installed",
                installs,
            )
            % count
        )
    return _("A test account, which can’t review")
