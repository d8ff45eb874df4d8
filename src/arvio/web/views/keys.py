"""API keys of a marketplace on pages: one room with two doors, the operator's for all of them and
the desk's for one's own.

A key stands in the answer to the POST that makes it and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from arvio import clock
from arvio.catalog import staff_keys
from arvio.catalog.staff import Moderator
from arvio.people.actions import LONGEST_REASON, SCOPES
from arvio.people.errors import KeyRefused
from arvio.people.models import Key, Person
from arvio.people.queries import SOON
from arvio.web import key_words
from arvio.web.days import end_of_day
from arvio.web.forms import draft_answers

SECTION = "keys"
METHODS = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class Door:
    """Who comes in, and how a page is drawn. The operator's makes keys of servers."""

    moderator: Moderator
    space: str
    draw: Callable[[str, Mapping[str, Any], int], HttpResponse]

    @property
    def is_operators(self) -> bool:
        return self.space == "operator"

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        common = {
            "base": f"web/{self.space}/base.html",
            "home": reverse(f"{self.space}:keys"),
            "rotate_page": f"{self.space}:key_rotate",
            "revoke_page": f"{self.space}:key_revoke",
        }
        return self.draw(f"web/keys/{template}.html", {**common, **context}, status)

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"{self.space}:keys"), status=303)


@dataclass(frozen=True)
class Wanted:
    """What stands in the form of a new key."""

    name: str = ""
    scopes: tuple[str, ...] = SCOPES
    until: str = ""


def listing(request: HttpRequest, door: Door) -> HttpResponse:
    """The list, and a new key."""
    if request.method != "POST":
        return show(door)
    fields = draft_answers({name: request.POST.get(name, "") for name in ("name", "until")})
    scopes = tuple(scope for scope in SCOPES if scope in request.POST.getlist("scopes"))
    wanted = Wanted(fields["name"].strip(), scopes, fields["until"])
    now = clock.now()
    ends_at = end_of_day(wanted.until, zone=door.moderator.marketplace.time_zone)
    if errors := _errors(door, wanted, ends_at, now):
        return show(door, wanted=wanted, errors=errors)
    given: dict[str, Any] = {"name": wanted.name, "ends_at": ends_at, "now": now}
    try:
        if door.is_operators:
            token = staff_keys.create_server_key(by=door.moderator, scopes=scopes, **given)
        else:
            token = staff_keys.create_own_key(by=door.moderator, **given)
    except KeyRefused as refusal:
        return show(door, wanted=wanted, errors={"name": key_words.refused(refusal.code)})
    return show(door, token=token)


def _errors(door: Door, wanted: Wanted, ends_at: datetime | None, now: datetime) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not wanted.name:
        errors["name"] = _("Say what the key is for.")
    elif len(wanted.name) > staff_keys.LONGEST_NAME:
        errors["name"] = _("A name has at most 200 characters.")
    if door.is_operators and not wanted.scopes:
        errors["scopes"] = key_words.refused("no_scopes")
    if wanted.until and (ends_at is None or ends_at <= now):
        errors["until"] = key_words.refused("ends")
    return errors


def show(
    door: Door,
    *,
    token: str = "",
    secret: str = "",
    wanted: Wanted | None = None,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    """`token` and `secret` are what was just made."""
    now, by = clock.now(), door.moderator
    marketplace = by.marketplace
    live = staff_keys.live_keys(by=by, now=now) if door.is_operators else None
    keys = list(live if live is not None else staff_keys.own_keys(by=by, now=now))
    over = list(staff_keys.over_keys(by=by, now=now)) if door.is_operators else []
    rows = _rows(by, keys, now)
    context = {
        "token": token,
        "secret": secret,
        "wanted": wanted or Wanted(),
        "errors": errors or {},
        "longest": staff_keys.LONGEST_NAME,
        "scopes": [(scope, key_words.scope(scope)) for scope in SCOPES],
        "server_keys": [row for row in rows if row["key"].kind == Key.Kind.SERVER],
        "staff_keys": [row for row in rows if row["key"].kind == Key.Kind.MODERATOR],
        "over": over,
        "for_servers": door.is_operators,
        "secret_at": marketplace.jwt_secret_at or marketplace.created_at,
        "old_until": marketplace.old_jwt_secret_until
        if len(marketplace.token_secrets(now)) > 1
        else None,
    }
    return door.page("list", context, 422 if errors else 200)


def _rows(by: Moderator, keys: list[Key], now: datetime) -> list[dict[str, Any]]:
    successors = {key.rotated_from_id: key for key in keys if key.rotated_from_id}
    makers = _makers(keys)
    return [
        {
            "key": key,
            "scopes": [key_words.scope(scope)["name"] for scope in key.scopes],
            "maker": makers.get(key.created_by, ""),
            "by_command": key.created_by == "command",
            "successor": successors.get(key.pk),
            "soon": bool(key.ends_at and key.ends_at <= now + SOON),
            "may_rotate": key.pk not in successors and key.person_id in (None, by.person.pk),
        }
        for key in keys
    ]


def _makers(keys: Iterable[Key]) -> dict[str, str]:
    """By actor: how staff calls the person. One statement."""
    actors = {key.created_by for key in keys if key.created_by.startswith("person:")}
    people = Person.objects.filter(pk__in=[actor.removeprefix("person:") for actor in actors])
    return {f"person:{person.pk}": person.name or person.email for person in people}


def rotate(request: HttpRequest, door: Door, key: UUID) -> HttpResponse:
    now = clock.now()
    found = _key(door, key, now)
    choices = key_words.keeps()
    chosen = choices.get(request.POST.get("keep", ""))
    if request.method == "POST" and chosen is not None:
        try:
            token = staff_keys.rotate_key(
                by=door.moderator, key_id=key, keep=chosen.length, now=now
            )
        except KeyRefused as refusal:
            messages.error(request, key_words.refused(refusal.code))
            return door.back()
        return show(door, token=token)
    context = {
        "heading": _("Make a new key for “%(name)s”") % {"name": found.name},
        "lead": _(
            "It may what the old one may. While both work, your programs change over without a "
            "refusal."
        ),
        "question": _("How long does the old key work?"),
        "choices": choices,
        "chosen": "day",
        "ends_at": found.ends_at,
        "button": _("Make the new key"),
        "wrong": request.method == "POST",
    }
    return door.page("choose", context, 422 if request.method == "POST" else 200)


def revoke(request: HttpRequest, door: Door, key: UUID) -> HttpResponse:
    now = clock.now()
    found = _key(door, key, now)
    if request.method == "POST":
        reason = draft_answers({"reason": request.POST.get("reason", "")})["reason"]
        staff_keys.revoke_key(by=door.moderator, key_id=key, reason=reason, now=now)
        messages.success(request, _("The key is revoked."))
        return door.back()
    context = {
        "heading": _("Revoke the key “%(name)s”?") % {"name": found.name},
        "text": _("Programs that use it are refused from this moment on. It can’t be undone."),
        "key": found,
        "longest": LONGEST_REASON,
        "button": _("Revoke the key"),
    }
    return door.page("confirm", context)


def _key(door: Door, key_id: UUID, now: datetime) -> Key:
    try:
        found = staff_keys.key_of(by=door.moderator, key_id=key_id, now=now)
    except KeyRefused as refusal:
        raise Http404(refusal.code) from None
    if not door.is_operators and found.person_id != door.moderator.person.pk:
        raise Http404("not_own")
    return found
