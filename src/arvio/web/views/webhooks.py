"""Webhooks on pages: one room with two doors, the desk's for operators and a partner's for owners.

A secret stands in the answer to the POST that makes it and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio import clock
from arvio.notify.webhooks import actions, explain, queries
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.checking import LONGEST_DESCRIPTION, LONGEST_URL
from arvio.notify.webhooks.errors import InvalidWebhook, WebhookRefused
from arvio.notify.webhooks.queries import Delivery
from arvio.notify.webhooks.rules import EVENTS, PARTNER_EVENTS, PING
from arvio.paging import CursorError
from arvio.web.webhook_words import delivery_row, overlaps, row, span

PAGES = (
    "webhooks", "webhooks_new", "webhook", "webhook_edit", "webhook_switch", "webhook_test",
    "webhook_rotate", "webhook_delete", "webhook_again", "webhook_delivery",
    "webhook_delivery_again",
)  # fmt: skip
SINCE = (1, 3, 7, 30)
Render = Callable[[str, Mapping[str, Any], int], HttpResponse]


@dataclass(frozen=True)
class Door:
    """Whose webhooks, under which names the pages stand, and how one is drawn."""

    holder: Holder
    space: str
    draw: Render

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        pages = {name: f"{self.space}:{name}" for name in PAGES}
        common = {"base": f"web/{self.space}/base.html", "space": self.space, "pages": pages}
        return self.draw(f"web/webhooks/{template}.html", {**common, **context}, status)

    def to(self, name: str, *ids: UUID) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"{self.space}:{name}", args=ids), status=303)


def listing(door: Door) -> HttpResponse:
    found = queries.webhooks(holder=door.holder, now=clock.now())
    return door.page("list", {"webhooks": [row(one) for one in found], "kept": explain.kept()})


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    url: str = ""
    description: str = ""
    events: tuple[str, ...] = ()

    @classmethod
    def read(cls, request: HttpRequest) -> Typed:
        post = request.POST
        return cls(post.get("url", ""), post.get("description", ""), tuple(post.getlist("events")))


def new(request: HttpRequest, door: Door) -> HttpResponse:
    if request.method != "POST":
        return _form(door, Typed())
    typed = Typed.read(request)
    try:
        made, secret = actions.create_webhook(holder=door.holder, **vars(typed), now=clock.now())
    except InvalidWebhook as error:
        return _form(door, typed, error=error)
    except WebhookRefused as refusal:
        messages.error(request, explain.refused(refusal.code))
        return door.to("webhooks")
    return _one(request, door, made.pk, secret=secret)


def edit(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    found = queries.webhook(holder=door.holder, webhook_id=webhook, now=clock.now()).row
    if request.method != "POST":
        return _form(door, Typed(found.url, found.description, tuple(found.events)), webhook)
    typed = Typed.read(request)
    try:
        actions.change_webhook(
            holder=door.holder, webhook_id=webhook, changes=vars(typed), now=clock.now()
        )
    except InvalidWebhook as error:
        return _form(door, typed, webhook, error=error)
    messages.success(request, _("The webhook is saved."))
    return door.to("webhook", webhook)


def _form(
    door: Door, typed: Typed, webhook: UUID | None = None, *, error: InvalidWebhook | None = None
) -> HttpResponse:
    offered = PARTNER_EVENTS if door.holder.partner else EVENTS
    context = {
        "typed": typed,
        "webhook": webhook,
        "events": [
            {"name": name, "words": explain.event(name), "chosen": name in typed.events}
            for name in offered
        ],
        "errors": {error.field: explain.invalid(error)} if error else {},
        "longest": {"url": LONGEST_URL, "description": LONGEST_DESCRIPTION},
    }
    return door.page("form", context, 422 if error else 200)


def one(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    return _one(request, door, webhook)


def _one(request: HttpRequest, door: Door, webhook: UUID, *, secret: str = "") -> HttpResponse:
    """The webhook and its log. Filters that can't be read are left out."""
    found = queries.webhook(holder=door.holder, webhook_id=webhook, now=clock.now())
    offered = [*found.row.events, PING]
    state, event = request.GET.get("state", ""), request.GET.get("event", "")
    state = state if state in ("waiting", "delivered", "failed") else ""
    event = event if event in EVENTS or event == PING else ""
    wanted: dict[str, Any] = {
        "holder": door.holder, "webhook_id": webhook, "state": state, "event": event,
    }  # fmt: skip
    try:
        page = queries.deliveries(**wanted, cursor=request.GET.get("cursor") or None)
    except CursorError:
        page = queries.deliveries(**wanted)
    context = {
        "webhook": row(found),
        "secret": secret,
        "deliveries": [delivery_row(item) for item in page.items],
        "next": page.next,
        "state": state,
        "event": event,
        "states": [(name, explain.delivery_state(name)) for name in
                   ("waiting", "delivered", "failed")],
        "events": offered,
        "since": [(days, span(days)) for days in SINCE],
        "kept": explain.kept(),
    }  # fmt: skip
    return door.page("one", context)


def switch(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    on = request.POST.get("to") == "on"
    actions.change_webhook(
        holder=door.holder, webhook_id=webhook, changes={"active": on}, now=clock.now()
    )
    messages.success(
        request,
        _("The webhook is on. What waited is sent now.")
        if on
        else _("The webhook is paused. What happens waits for it."),
    )
    return door.to("webhook", webhook)


def test(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    try:
        made = actions.send_test(holder=door.holder, webhook_id=webhook, now=clock.now())
    except WebhookRefused as refusal:
        messages.error(request, explain.refused(refusal.code))
        return door.to("webhook", webhook)
    messages.success(request, _("A test is on its way. Load the page anew to see what came of it."))
    return door.to("webhook_delivery", webhook, made.pk)


def rotate(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    found = queries.webhook(holder=door.holder, webhook_id=webhook, now=clock.now())
    choices = overlaps()
    if request.method == "POST":
        chosen = choices.get(request.POST.get("overlap", ""))
        if chosen is not None:
            try:
                _row, secret = actions.rotate_secret(
                    holder=door.holder, webhook_id=webhook, overlap=chosen.length, now=clock.now()
                )
                return _one(request, door, webhook, secret=secret)
            except WebhookRefused as refusal:
                messages.error(request, explain.refused(refusal.code))
                return door.to("webhook", webhook)
    return door.page(
        "rotate",
        {"webhook": row(found), "choices": choices, "wrong": request.method == "POST"},
        422 if request.method == "POST" else 200,
    )


def delete(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    found = queries.webhook(holder=door.holder, webhook_id=webhook, now=clock.now())
    if request.method == "POST":
        actions.delete_webhook(holder=door.holder, webhook_id=webhook, now=clock.now())
        messages.success(request, _("The webhook is deleted."))
        return door.to("webhooks")
    return door.page("delete", {"webhook": row(found)})


def again(request: HttpRequest, door: Door, webhook: UUID) -> HttpResponse:
    """All that was given up in the last days."""
    days = request.POST.get("days", "")
    now = clock.now()
    if days not in {str(one) for one in SINCE}:
        messages.error(request, _("Choose since when."))
        return door.to("webhook", webhook)
    count = actions.redeliver_failed(
        holder=door.holder, webhook_id=webhook, since=now - timedelta(days=int(days)), now=now
    )
    said = ngettext("%(count)s event is sent now.", "%(count)s events are sent now.", count)
    messages.success(request, said % {"count": count})
    return door.to("webhook", webhook)


def delivery(door: Door, webhook: UUID, delivery: UUID) -> HttpResponse:
    holder = door.holder
    found = queries.webhook(holder=holder, webhook_id=webhook, now=clock.now())
    item = queries.delivery(holder=holder, webhook_id=webhook, delivery_id=delivery)
    context = {"webhook": row(found), "delivery": delivery_row(item), "body": _written(item)}
    return door.page("delivery", context)


def _written(item: Delivery) -> str:
    """As it is sent, but for the line breaks."""
    return json.dumps(json.loads(item.row.body), indent=2)


def delivery_again(request: HttpRequest, door: Door, webhook: UUID, delivery: UUID) -> HttpResponse:
    actions.redeliver(holder=door.holder, webhook_id=webhook, delivery_id=delivery, now=clock.now())
    messages.success(request, _("The event is sent again under its id."))
    return door.to("webhook_delivery", webhook, delivery)
