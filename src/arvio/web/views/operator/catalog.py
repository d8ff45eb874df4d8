"""The operator's catalog: one search over apps, partners, accounts and users, and a page for each
with its facts, what hangs on it, and what can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio.catalog import finding
from arvio.catalog.models import Account, App, Partner, User
from arvio.catalog.staff import Moderator
from arvio.connect import hanging
from arvio.paging import CursorError
from arvio.people.models import Role
from arvio.web.forms import draft_answers
from arvio.web.templatetags.look import number
from arvio.web.views.operator.access import operator_page, render

SECTION = "catalog"
MOST_MEMBERS = 100
Row = tuple[str, Any, str]


def kind_names() -> dict[str, str]:
    return {
        "apps": _("Apps"),
        "partners": _("Partners"),
        "accounts": _("Accounts"),
        "users": _("Users"),
    }


def url(thing: Any) -> str:
    """The page of an app, a partner, an account or a user."""
    return reverse("operator:catalog_one", args=[KIND_OF[type(thing)], thing.pk])


KIND_OF: dict[type, str] = {App: "apps", Partner: "partners", Account: "accounts", User: "users"}


@require_safe
@operator_page()
def search(request: HttpRequest, operator: Moderator) -> HttpResponse:
    q = str(draft_answers({"q": request.GET.get("q", "")})["q"])[:200]
    kind = request.GET.get("kind", "")
    names = kind_names()
    if kind in names:
        found = [_page(request, operator, kind, q)]
    else:
        kind = ""
        found = finding.search(marketplace=operator.marketplace, q=q) if q.strip() else []
    context = {
        "q": q,
        "kind": kind,
        "kinds": [(key, name, f"?{urlencode({'kind': key})}") for key, name in names.items()],
        "found": [
            {
                "title": names[one.kind],
                "rows": [(row.name or row.ref, _beside(row), url(row)) for row in one.rows],
                "more": f"?{urlencode(_more(one, q, whole=bool(kind)))}" if one.next else "",
            }
            for one in found
            if one.rows
        ],
    }
    return render(request, operator, "web/operator/catalog.html", context, section=SECTION)


def _page(request: HttpRequest, operator: Moderator, kind: str, q: str) -> finding.Found:
    cursor = request.GET.get("cursor") or None
    try:
        return finding.page(marketplace=operator.marketplace, kind=kind, q=q, cursor=cursor)
    except CursorError:
        return finding.page(marketplace=operator.marketplace, kind=kind, q=q)


def _more(found: finding.Found, q: str, *, whole: bool) -> dict[str, str]:
    """The next page of a whole list; from the first few of each kind, the list from its start."""
    asked = {"kind": found.kind, "q": q}
    return {**asked, "cursor": found.next or ""} if whole else asked


def _beside(row: Any) -> str:
    words = [row.ref]
    if isinstance(row, App):
        words += [row.partner.name, *([_("retired")] if row.retired else [])]
    if isinstance(row, User):
        words += [row.email, row.account.name]
    return " · ".join(word for word in words if word)


@require_safe
@operator_page()
def one(request: HttpRequest, operator: Moderator, kind: str, pk: UUID) -> HttpResponse:
    thing = finding.one(marketplace=operator.marketplace, kind=kind, pk=pk)
    context = {
        **SHOWN[KIND_OF[type(thing)]](thing),
        "thing": thing,
        "title": thing.name or thing.ref,
        "kind": KIND_OF[type(thing)],
        "kind_name": kind_names()[KIND_OF[type(thing)]],
        "done": DONE.get(request.GET.get("done", ""), lambda: "")(),
    }
    return render(request, operator, "web/operator/catalog_one.html", context, section=SECTION)


def _app(app: App) -> dict[str, Any]:
    found = hanging.of_app(app=app)
    return {
        "facts": [
            (_("Id"), app.ref, ""),
            (_("Partner"), app.partner.name, url(app.partner)),
            (_("Category"), app.category, ""),
            (_("Version"), app.version, ""),
            (_("State"), _("Retired") if app.retired else _("On the marketplace"), ""),
        ],
        "figures": _figures(
            (_("Reviews"), found.reviews),
            (_("Unanswered"), found.unanswered),
            (_("Replies"), found.replies),
            (_("Open disputes"), found.disputes),
            (_("Links"), found.links),
            (_("Installations"), app.install_count),
        ),
    }


def _partner(partner: Partner) -> dict[str, Any]:
    reviews, unanswered = hanging.of_partner(partner=partner)
    roles = Role.objects.filter(place_id=partner.pk, kind__in=Role.MEMBER_KINDS)
    apps = list(partner.apps.order_by("name", "pk")[:MOST_MEMBERS])
    return {
        "facts": [
            (_("Id"), partner.ref, ""),
            (_("Domains"), ", ".join(partner.domains), ""),
        ],
        "figures": _figures((_("Reviews"), reviews), (_("Unanswered"), unanswered)),
        "apps": [(app.name, _beside(app), url(app)) for app in apps],
        "members": list(
            roles.select_related("person").order_by("person__email", "pk")[:MOST_MEMBERS]
        ),
    }


def _account(account: Account) -> dict[str, Any]:
    found = hanging.of_account(account=account)
    users = account.users.filter(leads_to=None).select_related("account").order_by("name", "pk")
    users = users[: finding.PAGE]
    former = account.former.order_by("ref").values_list("ref", flat=True)[:MOST_MEMBERS]
    return {
        "facts": [
            (_("Id"), account.ref, ""),
            (_("Former ids"), ", ".join(former), ""),
            (_("Plan"), account.plan, ""),
            (_("Kind"), account.kind, ""),
        ],
        "figures": _figures(
            (_("Users"), found.users),
            (_("Installations"), found.installations),
            (_("Reviews"), found.reviews),
            (_("Bans"), found.bans),
        ),
        "users": [(user.name or user.ref, _beside(user), url(user)) for user in users],
    }


def _user(user: User) -> dict[str, Any]:
    reviews, public = hanging.of_user(user=user)
    return {
        "facts": [
            (_("Id"), user.ref, ""),
            (_("Account"), user.account.name, url(user.account)),
            (_("E-mail"), user.email, ""),
        ],
        "figures": _figures((_("Reviews"), reviews), (_("Published"), public)),
    }


def _figures(*rows: tuple[str, int]) -> list[tuple[str, str]]:
    return [(label, number(value)) for label, value in rows]


SHOWN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "apps": _app,
    "partners": _partner,
    "accounts": _account,
    "users": _user,
}
DONE = {
    "moved": lambda: _("The app has moved, and its reviews with it."),
    "retired": lambda: _("The app is retired. Its page and its reviews stay."),
    "back": lambda: _("The app is on the marketplace again."),
    "renamed": lambda: _("The account has another id. The old one leads to it."),
    "merged": lambda: _("The two accounts are one now."),
    "removed": lambda: _("The membership has ended. Replies stay."),
    "email": lambda: _("The address is changed, and reviews are looked at again."),
}
