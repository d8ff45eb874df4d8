"""What the bar on top of the demo's pages shows: who one may become, and where one is.

A context processor, so that the pages know nothing of the demo; it asks the database for the number
of mails and, where somebody has signed in, for that person.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.demo.content import DemoPartner
from arvio.demo.listings import SLUGS, partners, read_listing, staff
from arvio.notify.models import Message
from arvio.people.models import Person


def bar(request: HttpRequest) -> dict[str, Any]:
    """Nothing in a frame: there the page stands in somebody's product, as it will in earnest."""
    if request.headers.get("Sec-Fetch-Dest") == "iframe":
        return {}
    match = request.resolver_match
    names = match.kwargs if match else {}
    slug, app = names.get("marketplace", ""), names.get("app", "")
    member = getattr(request, "member", None) or getattr(request, "moderator", None)
    slug = slug or (member.marketplace.slug if member else "")
    first = [slug] if slug in SLUGS else []
    person = getattr(request, "user", None)
    roles = [
        role
        for each in [*first, *(s for s in SLUGS if s not in first)]
        for role in _roles(each, slug, app)
    ]
    return {
        "demo": {
            "roles": roles,
            "person": person if isinstance(person, Person) else None,
            "you": _you(person, roles) if isinstance(person, Person) else "",
            "mails": Message.objects.count,
            "here": request.get_full_path() if request.method == "GET" else request.path,
        }
    }


def _you(person: Person, roles: list[dict[str, Any]]) -> str:
    """Whoever signs in by the sign-in page may be somebody that the bar doesn't offer."""
    own = (str(role["name"]) for role in roles if role.get("person") == person.email)
    return next(own, person.name or person.email)


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
        *_members(slug),
        *_staff(slug),
    ]


def _members(slug: str) -> list[dict[str, Any]]:
    """All members of the first partner, so that each right is there, and the owners of others."""
    known = {partner.ref: partner for partner in partners(slug=slug)}
    first, *others = (known[ref] for ref in read_listing(slug)["marketplace"]["bar"])
    shown = [(first, person) for person in first.members]
    shown += [(partner, partner.who("owner")) for partner in others]
    return [
        {
            "name": _member(person.role, partner.name),
            "what": _may(person.role, person.name, is_new=_is_new(slug, partner)),
            "marketplace": slug,
            "person": person.email,
        }
        for partner, person in shown
    ]


def _staff(slug: str) -> list[dict[str, Any]]:
    """Two moderators, since an appeal goes to another one, and the operator."""
    return [
        {
            **(_operator if person.role == "operator" else _moderator)(person.name),
            "marketplace": slug,
            "person": person.email,
        }
        for person in staff(slug=slug)
    ]


def _moderator(name: str) -> dict[str, Any]:
    return {
        "name": _("Moderator, %(name)s") % {"name": name},
        "what": _("Decides on reports, answers disputes"),
    }


def _operator(name: str) -> dict[str, Any]:
    return {
        "name": _("Operator, %(name)s") % {"name": name},
        "what": _("Owns rules, guidelines and bans"),
    }


def _is_new(slug: str, partner: DemoPartner) -> bool:
    apps = [app for app in read_listing(slug)["apps"] if app["partner"] == partner.ref]
    return not any(app["reviews"] for app in apps)


def _member(role: str, partner: str) -> str:
    names = {"partner": partner}
    if role == "owner":
        return _("Owner, %(partner)s") % names
    if role == "replier":
        return _("Replier, %(partner)s") % names
    return _("Reader, %(partner)s") % names


def _may(role: str, name: str, *, is_new: bool) -> str:
    names = {"name": name}
    if is_new:
        return _("%(name)s has no reviews yet") % names
    if role == "owner":
        return _("%(name)s answers and manages members") % names
    if role == "replier":
        return _("%(name)s reads and answers reviews") % names
    return _("%(name)s reads reviews and their figures") % names


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
