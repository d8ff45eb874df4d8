"""The demo's outbox (CONTRACT 1): all mails that were written, as JSON and to be read by people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from arvio import clock
from arvio.notify import queries
from arvio.notify.models import Message
from arvio.policy.verdict import moment_text
from arvio.web import pages

MOST_SHOWN = 200


@require_safe
@never_cache
@vary_on_headers("Accept")
def outbox(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").replace("\0", "")
    mails = queries.outbox(to=to)
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse([_json(mail) for mail in mails], safe=False)
    context = {"mails": list(mails[:MOST_SHOWN]), "count": mails.count(), "to": to}
    return _page(request, "demo/outbox.html", context)


@require_safe
@never_cache
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # typed for views without a path
def mail(request: HttpRequest, message: UUID) -> HttpResponse:
    context = {"mail": _found(message)}
    return _page(request, "demo/mail.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    person = request.user if request.user.is_authenticated else None
    return pages.page(
        request, template, {**context, "person": person}, marketplace=None, now=clock.now()
    )


# A mail brings its own styles, and words that others wrote: it may style itself and nothing more.
@require_safe
@never_cache
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]  # the same
    {
        "default-src": ["'none'"],
        "script-src": None,
        "connect-src": None,
        "img-src": None,
        "font-src": None,
        "form-action": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def html(request: HttpRequest, message: UUID) -> HttpResponse:
    # Links of a mail open where they are read from, not in the frame.
    body = _found(message).html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(body)


def _found(pk: UUID) -> Message:
    found = queries.message(message_id=pk)
    if found is None:
        raise Http404("there is no such mail")
    return found


def _json(mail: Message) -> dict[str, Any]:
    return {
        "id": str(mail.pk),
        "to": mail.to_email,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "sent_at": moment_text(mail.sent_at),
        "message_id": mail.message_id,
        "headers": mail.headers,
    }
