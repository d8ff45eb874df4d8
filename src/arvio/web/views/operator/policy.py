"""The rules of a marketplace in their time: in force, to come, earlier; and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import DraftOvertaken, InvalidFact, Overtaken
from arvio.catalog.models import PolicyVersion
from arvio.catalog.policies import timeline
from arvio.catalog.policies.actions import cancel_version, discard_draft, roll_back
from arvio.catalog.staff import Moderator
from arvio.web import policy_shown
from arvio.web.policy_shown import When
from arvio.web.previewed import previewed
from arvio.web.views.desk.access import read_id
from arvio.web.views.operator.access import operator_page, render

SECTION = "policy"
HOME = "operator:policy"


@require_safe
@operator_page()
def policy(request: HttpRequest, operator: Moderator) -> HttpResponse:
    return _overview(request, operator)


def _overview(
    request: HttpRequest, operator: Moderator, *, problem: str = "", status: int = 200
) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    shown = policy_shown.turns(timeline.timeline(marketplace=marketplace, now=now))
    draft = timeline.draft(marketplace=marketplace)
    made = request.GET.get("made", "")
    context = {
        "in_force": next((one for one in shown if one["state"] == "in_force"), None),
        "coming": [one for one in reversed(shown) if one["state"] == "to_come"],
        "history": [one for one in shown if one["state"] != "to_come"],
        "draft": draft and policy_shown.draft(draft, now),
        "made": next((one for one in shown if str(one["number"]) == made), None),
        "problem": problem or request.GET.get("problem", ""),
    }
    return render(
        request, operator, "web/operator/policy.html", context, section=SECTION, status=status
    )


def done(version: PolicyVersion) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse(HOME)}?made={version.number}", status=303)


@require_POST
@operator_page(back=HOME)
def discard(request: HttpRequest, operator: Moderator) -> HttpResponse:
    token = read_id(request.POST.get("token", ""))
    try:
        if token:
            discard_draft(marketplace=operator.marketplace, token=token)
    except DraftOvertaken:
        return _overview(request, operator, problem="draft", status=409)
    return HttpResponseRedirect(reverse(HOME), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def back(request: HttpRequest, operator: Moderator, number: int) -> HttpResponse:
    """Say again what an earlier version said, from a moment on."""
    now, marketplace = clock.now(), operator.marketplace
    wanted = timeline.version(marketplace=marketplace, number=number)
    when = When.read(request.POST)
    at = when.moment(marketplace, now)
    status, newer = 200, None
    if at and request.POST.get("do") == "publish":

        def make(base: int) -> PolicyVersion:
            return roll_back(
                marketplace=marketplace,
                number=number,
                effective_at=at,
                actor=operator.actor,
                now=now,
                base=base,
            )

        made = _make(request, make)
        if isinstance(made, PolicyVersion):
            return done(made)
        status, newer = 409, made
    turns = timeline.timeline(marketplace=marketplace, now=now)
    in_force = queries.policy_in_force(marketplace=marketplace, now=now)
    context = {
        "version": wanted,
        "in_force": in_force,
        "difference": policy_shown.beside(in_force.policy, wanted.policy),
        "differs": _differs(turns, wanted),
        "around": policy_shown.around(turns, at or now),
        "when": when.shown(marketplace, now),
        "base": timeline.newest_number(marketplace=marketplace),
        "preview": previewed(
            marketplace=marketplace, policy=wanted.policy, at=at or now, now=now, linked=False
        ),
        "newer": newer,
    }
    status = 422 if at is None else status
    return render(
        request, operator, "web/operator/policy_back.html", context, section=SECTION, status=status
    )


def _differs(turns: list[timeline.Turn], wanted: PolicyVersion) -> bool:
    """From what is in force, or from what is to come and would be put off."""
    live = [turn.version for turn in turns if turn.state in ("in_force", "to_come")]
    return any(version.policy != wanted.policy for version in live)


def _make(request: HttpRequest, make: Callable[[int], PolicyVersion]) -> PolicyVersion | int:
    """The version made; or, where somebody else has made one since the page was drawn, its number.

    The page names the newest version that it knew.
    """
    base = request.POST.get("base", "")
    try:
        return make(int(base) if base.isdecimal() and len(base) < 10 else 0)
    except Overtaken as newer:
        return newer.number


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def cancel(request: HttpRequest, operator: Moderator, number: int) -> HttpResponse:
    """A version that is to come never begins."""
    now, marketplace = clock.now(), operator.marketplace
    timeline.version(marketplace=marketplace, number=number)
    status, newer = 200, None
    if request.method == "POST":
        try:
            made = _make(request, lambda base: _cancel(operator, number, base, now))
        except InvalidFact:
            return _overview(request, operator, problem="begun", status=409)
        if isinstance(made, PolicyVersion):
            return done(made)
        status, newer = 409, made
    turns = timeline.timeline(marketplace=marketplace, now=now)
    turn = next(turn for turn in turns if turn.version.number == number)
    if turn.state != "to_come" or turn.before is None:
        return _overview(request, operator, problem="begun", status=409)
    context = {
        "turn": policy_shown.turns([turn])[0],
        "before": turn.before,
        "around": policy_shown.around(turns, turn.version.effective_at),
        "base": timeline.newest_number(marketplace=marketplace),
        "newer": newer,
    }
    return render(
        request,
        operator,
        "web/operator/policy_cancel.html",
        context,
        section=SECTION,
        status=status,
    )


def _cancel(operator: Moderator, number: int, base: int, now: datetime) -> PolicyVersion:
    return cancel_version(
        marketplace=operator.marketplace, number=number, actor=operator.actor, now=now, base=base
    )
