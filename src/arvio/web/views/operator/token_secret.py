"""The secret for viewer tokens: a new one, and the end of the one before.

It stands in the answer to the POST that makes it and on no other page.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.errors import InvalidFact
from arvio.catalog.staff import Moderator
from arvio.catalog.token_secret import end_old_secret, rotate_secret
from arvio.web import key_words
from arvio.web.views.keys import METHODS, show
from arvio.web.views.operator.access import operator_page
from arvio.web.views.operator.keys import door


@require_http_methods(METHODS)
@operator_page()
def rotate(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now, at = clock.now(), door(request, operator)
    marketplace = operator.marketplace
    two = len(marketplace.token_secrets(now)) > 1
    choices = key_words.secret_keeps()
    if two:
        choices = {"none": choices["none"]}
    chosen = choices.get(request.POST.get("keep", ""))
    if request.method == "POST" and chosen is not None:
        try:
            secret = rotate_secret(
                marketplace=marketplace, keep=chosen.length, actor=operator.actor, now=now
            )
        except InvalidFact:
            messages.error(request, _("Somebody else made a new secret meanwhile."))
            return at.back()
        marketplace.refresh_from_db()
        return show(at, secret=secret)
    context = {
        "heading": _("Make a new secret for viewer tokens"),
        "lead": ""
        if two
        else _("For a time tokens of both secrets are taken, so that nobody is refused."),
        "question": _("How long are tokens of the old secret taken?"),
        "choices": choices,
        "chosen": "" if two else "hour",
        "old_until": marketplace.old_jwt_secret_until if two else None,
        "button": _("Make the new secret"),
        "wrong": request.method == "POST",
    }
    return at.page("choose", context, 422 if request.method == "POST" else 200)


@require_http_methods(METHODS)
@operator_page()
def end(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now, at = clock.now(), door(request, operator)
    if request.method == "POST":
        if end_old_secret(marketplace=operator.marketplace, actor=operator.actor, now=now):
            messages.success(request, _("The old secret is over."))
        return at.back()
    if len(operator.marketplace.token_secrets(now)) == 1:
        return at.back()
    context = {
        "heading": _("End the old secret now?"),
        "text": _(
            "Viewers whose token it signed are refused from this moment on, until their page "
            "gets a new one. It can’t be undone."
        ),
        "button": _("End the old secret"),
    }
    return at.page("confirm", context)
