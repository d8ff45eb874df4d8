"""Disputes: partners' conversations with the moderators about a review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog.explain import explain_field_error
from arvio.catalog.staff import Moderator
from arvio.moderation import context, lists, threads
from arvio.moderation.errors import Declined
from arvio.moderation.models import Thread, ThreadMessage
from arvio.moderation.wording import declined
from arvio.paging import CursorError
from arvio.policy.form import FieldError, FormError
from arvio.web import desk_case, forms
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.desk.by_item import item_page

SECTION = "disputes"


@require_safe
@desk_page()
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    closed = "closed" in request.GET
    try:
        found = lists.disputes(
            moderator=moderator, closed=closed, cursor=request.GET.get("cursor") or None
        )
    except CursorError:
        found = lists.disputes(moderator=moderator, closed=closed)
    query = "closed=1&" if closed else ""
    shown = {
        "closed": closed,
        "threads": [_row(one) for one in found.items],
        "more_url": f"?{query}cursor={found.next}" if found.next else "",
    }
    return render(request, moderator, "web/desk/disputes.html", shown, section=SECTION)


def _row(thread: Any) -> dict[str, Any]:
    return {
        "thread": thread,
        "url": reverse("desk:dispute", args=[thread.pk]),
        "waits": thread.state == Thread.State.OPEN and thread.last_party != threads.MODERATOR,
        "outcome": OUTCOMES[thread.outcome]() if thread.outcome in OUTCOMES else "",
    }


OUTCOMES: dict[str, Callable[[], str]] = {
    "stays": lambda: _("The review stays"),
    "corrected": lambda: _("The text was corrected"),
    "case": lambda: _("It became a case"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@item_page("thread")
def dispute(request: HttpRequest, moderator: Moderator, thread: UUID) -> HttpResponse:
    """`do` is what was pressed: an answer (without it), or closing with an outcome."""
    found = threads.thread_of_moderator(moderator=moderator, thread_id=thread)
    if found.kind == Thread.Kind.APPEAL and found.decision:
        # Appeals are decided in their case.
        return HttpResponseRedirect(reverse("desk:case", args=[found.decision.case_id]))
    if request.method != "POST":
        threads.mark_read(thread=found, reader_key=moderator.actor)
        return _show(request, moderator, found, done=request.GET.get("done", ""))
    kept = forms.draft_answers({key: request.POST.get(key, "") for key in ("text", "outcome")})
    said: dict[str, Any] = {"moderator": moderator, "thread_id": thread, "now": clock.now()}
    close = request.POST.get("do") == "close"
    try:
        if close and kept["outcome"] not in threads.OUTCOMES:
            raise FormError([FieldError("outcome", "required", {"type": "choice"})])
        if close:
            threads.close_dispute(**said, outcome=kept["outcome"], text=kept["text"])
        else:
            threads.write_as_moderator(**said, text=kept["text"])
    except FormError as error:
        return _show(request, moderator, found, kept=kept, errors=error.errors, status=422)
    except Declined as error:
        late = declined(error)
        fresh = threads.thread_of_moderator(moderator=moderator, thread_id=thread)
        return _show(request, moderator, fresh, kept=kept, late=late, status=error.status)
    done = "closed" if close else "sent"
    url = reverse("desk:dispute", args=[thread])
    return HttpResponseRedirect(f"{url}?done={done}", status=303)


DONE = {
    "sent": lambda: _("Your message is sent. The partner is told by e-mail."),
    "closed": lambda: _("The dispute is closed. The partner is told by e-mail."),
}


def _show(
    request: HttpRequest,
    moderator: Moderator,
    thread: Thread,
    *,
    kept: dict[str, Any] | None = None,
    errors: Sequence[FieldError] = (),
    late: str = "",
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    chosen = kept["outcome"] if kept else ""
    looked = context.look(moderator=moderator, review_id=thread.review_id, now=now)
    shown = {
        "thread": thread,
        "open": thread.state == Thread.State.OPEN,
        "outcome": OUTCOMES[thread.outcome]() if thread.outcome in OUTCOMES else "",
        "messages": [_message(one, moderator, thread) for one in lists.messages_of(thread=thread)],
        "item": desk_case.item(looked, None),
        "outcomes": [
            {"key": key, "label": label(), "chosen": key == chosen}
            for key, label in OUTCOMES.items()
        ],
        "text": kept["text"] if kept else "",
        "errors": {error.field: explain_field_error(error) for error in errors},
        "late": late,
        "done": DONE.get(done, lambda: "")(),
        "longest": 5_000,
    }
    return render(
        request, moderator, "web/desk/dispute.html", shown, section=SECTION, status=status
    )


def _message(message: ThreadMessage, moderator: Moderator, thread: Thread) -> dict[str, Any]:
    person = message.person
    name = (person.name or person.email) if person else ""
    staff = message.party == threads.MODERATOR
    if staff and person and person.pk == moderator.person.pk:
        who = _("You")
    elif staff:
        who = _("Moderator: %(name)s") % {"name": name}
    else:
        partner = thread.partner.name if thread.partner else ""
        who = _("%(partner)s: %(name)s") % {"partner": partner, "name": name}
    return {"who": who, "at": message.sent_at, "text": message.text, "erased": message.erased_at}
