"""Bans on the desk: in force and ended, a new one, lifting, and the appeals that wait."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog import appeals, banning, bans, queries
from arvio.catalog.errors import BanRefused
from arvio.catalog.explain import explain_field_error
from arvio.catalog.models import Account, Ban, BanAppeal, Marketplace, User
from arvio.catalog.staff import Moderator
from arvio.paging import CursorError
from arvio.people.models import Person
from arvio.policy.form import FormError, clean_words
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.web.forms import draft_answers
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.guidelines import in_language

SECTION = "bans"
METHODS = ["GET", "HEAD", "POST"]


@require_safe
@desk_page("read")
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    now, marketplace = clock.now(), moderator.marketplace
    ended = "ended" in request.GET
    cursor = request.GET.get("cursor") or None
    try:
        found, more = bans.page(marketplace=marketplace, ended=ended, now=now, cursor=cursor)
    except CursorError:
        found, more = bans.page(marketplace=marketplace, ended=ended, now=now)
    waiting = bans.waiting(marketplace=marketplace)
    named = _names([*found, *(appeal.ban for appeal in waiting)])
    query = "ended=1&" if ended else ""
    context = {
        "bans": [_shown(ban, named, now) for ban in found],
        "appeals": [
            {"appeal": one, "ban": _shown(one.ban, named, now), "mine": _is_mine(one, moderator)}
            for one in waiting
        ],
        "ended": ended,
        "may_decide": moderator.may("decide"),
        "done": DONE.get(request.GET.get("done", ""), lambda: "")(),
        "more_url": f"?{query}cursor={more}" if more else "",
    }
    return render(request, moderator, "web/desk/bans.html", context, section=SECTION)


def _is_mine(appeal: BanAppeal, moderator: Moderator) -> bool:
    return not appeals.may_answer(actor=moderator.actor, imposed_by=appeal.ban.imposed_by)


def _shown(ban: Ban, named: dict[str, str], now: datetime) -> dict[str, Any]:
    return {
        "row": ban,
        "whom": (ban.user.name or ban.user.ref) if ban.user else ban.account.name,
        "imposed_by": named.get(ban.imposed_by, ""),
        "lifted_by": named.get(ban.lifted_by, ""),
        "in_force": ban.is_in_force(now),
    }


def _names(found: list[Ban]) -> dict[str, str]:
    """By actor: how staff calls the person; commands have no name. One statement."""
    actors = {actor for ban in found for actor in (ban.imposed_by, ban.lifted_by)}
    ids = [actor.removeprefix("person:") for actor in actors if actor.startswith("person:")]
    people = Person.objects.filter(pk__in=ids) if ids else Person.objects.none()
    return {f"person:{person.pk}": person.name or person.email for person in people}


DONE = {
    "banned": lambda: _("The ban is in force, and who is banned is told by e-mail."),
    "lifted": lambda: _("The ban is lifted, and who was banned is told by e-mail."),
    "kept": lambda: _("The ban stays, and who appealed is told by e-mail."),
    "over": lambda: _("The ban had been lifted already."),
}


# A new one


@dataclass(frozen=True)
class Wanted:
    """What was typed for a new ban."""

    reason: str = ""
    rule: str = ""
    end: str = ""
    until: str = ""


@require_http_methods(METHODS)
@desk_page("decide")
def new(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """First whom, found by a search; then why and until when; what it will do stands beside."""
    asked = request.POST if request.method == "POST" else request.GET
    if not asked.get("account"):
        return _search(request, moderator, asked.get("q", ""))
    account, user = bans.whom(
        marketplace=moderator.marketplace, account=asked["account"], user=asked.get("user", "")
    )
    if request.method != "POST":
        return _form(request, moderator, account, user, Wanted(), {})
    fields = draft_answers(
        {name: asked.get(name, "") for name in ("reason", "rule", "end", "until")}
    )
    wanted = Wanted(**fields)
    now = clock.now()
    until_at = _until(wanted, moderator.marketplace)
    errors = _errors(wanted, until_at, moderator, now)
    if errors:
        return _form(request, moderator, account, user, wanted, errors, status=422)
    banning.ban(
        account=account,
        user=user,
        reason=wanted.reason,
        rule=wanted.rule,
        until_at=until_at,
        actor=moderator.actor,
        now=now,
    )
    return HttpResponseRedirect(f"{reverse('desk:bans')}?done=banned", status=303)


def _search(request: HttpRequest, moderator: Moderator, q: str) -> HttpResponse:
    words = str(draft_answers({"q": q})["q"])[:200]
    found = bans.search(marketplace=moderator.marketplace, q=words)
    context = {"q": words, "found": found, "most": bans.MOST_FOUND}
    return render(request, moderator, "web/desk/ban_search.html", context, section=SECTION)


def _until(wanted: Wanted, marketplace: Marketplace) -> datetime | None:
    """The first moment of the day after the last one, where the marketplace is."""
    if wanted.end != "day":
        return None
    try:
        day = datetime.fromisoformat(wanted.until).date() + timedelta(days=1)
        zone = zoneinfo.ZoneInfo(marketplace.time_zone)
        return datetime.combine(day, time(), tzinfo=zone).astimezone(zoneinfo.ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        return None


def _errors(
    wanted: Wanted, until_at: datetime | None, moderator: Moderator, now: datetime
) -> dict[str, str]:
    errors: dict[str, str] = {}
    try:
        clean_words(text=wanted.reason, field="reason", shortest=1, longest=banning.LONGEST_REASON)
    except FormError as error:
        errors["reason"] = explain_field_error(error.errors[0])
    version = queries.guidelines(marketplace=moderator.marketplace, now=now)
    if wanted.rule not in {rule.key for rule in version.rules}:
        errors["rule"] = _("Choose the rule that the ban rests on.")
    if wanted.end not in ("none", "day"):
        errors["end"] = _("Say whether the ban ends by itself.")
    elif wanted.end == "day" and (until_at is None or until_at <= now):
        errors["until"] = _("Give a day that is still to come.")
    return errors


def _form(
    request: HttpRequest,
    moderator: Moderator,
    account: Account,
    user: User | None,
    wanted: Wanted,
    errors: dict[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    version = queries.guidelines(marketplace=moderator.marketplace, now=now)
    policy = queries.policy_in_force(marketplace=moderator.marketplace, now=now).policy
    context = {
        "account": account,
        "user_banned": user,
        "wanted": wanted,
        "errors": errors,
        "longest": banning.LONGEST_REASON,
        "rules": [
            {"key": rule.key, "code": rule.code, "title": in_language(rule.title)}
            for rule in version.rules
        ],
        "effect": _effect(account, user),
        "appeal_until": policy.moderation.appeal_window.add(now),
        "standing": bans.in_force(Ban.objects.filter(account=account, user=user), now).exists(),
    }
    return render(
        request, moderator, "web/desk/ban_new.html", context, section=SECTION, status=status
    )


def _effect(account: Account, user: User | None) -> dict[str, int]:
    """How many reviews leave the storefront, and how many won't come to it."""
    rows = Review.objects.filter(account=account, source="author")
    if user:
        rows = rows.filter(user=user)
    return {
        "published": rows.filter(state=State.PUBLISHED).count(),
        "held": rows.filter(state=State.HELD).count(),
    }


# Lifting and answering


@require_http_methods(METHODS)
@desk_page("decide")
def lift(request: HttpRequest, moderator: Moderator, ban: UUID) -> HttpResponse:
    found = bans.one(marketplace=moderator.marketplace, ban_id=ban)
    reason, error = "", ""
    if request.method == "POST":
        reason = str(draft_answers({"reason": request.POST.get("reason", "")})["reason"])
        try:
            words = clean_words(
                text=reason, field="reason", shortest=1, longest=banning.LONGEST_REASON
            )
        except FormError as refused:
            error = explain_field_error(refused.errors[0])
        else:
            done = banning.lift_ban(ban=found, reason=words, actor=moderator.actor, now=clock.now())
            state = "lifted" if done else "over"
            return HttpResponseRedirect(f"{reverse('desk:bans')}?done={state}", status=303)
    context = {
        "ban": _shown(found, _names([found]), clock.now()),
        "reason": reason,
        "error": error,
        "longest": banning.LONGEST_REASON,
    }
    return render(
        request,
        moderator,
        "web/desk/ban_lift.html",
        context,
        section=SECTION,
        status=422 if error else 200,
    )


@require_http_methods(METHODS)
@desk_page("decide")
def answer(request: HttpRequest, moderator: Moderator, appeal: UUID) -> HttpResponse:
    found = bans.one_appeal(marketplace=moderator.marketplace, appeal_id=appeal)
    text, error, status, chosen = "", "", 200, ""
    if request.method == "POST":
        chosen = request.POST.get("outcome", "")
        text = str(draft_answers({"answer": request.POST.get("answer", "")})["answer"])
        try:
            if chosen not in ("kept", "lifted"):
                error, status = _("Choose whether the ban stays."), 422
            else:
                banning.answer_appeal(
                    appeal=found,
                    lift=chosen == "lifted",
                    answer=text,
                    actor=moderator.actor,
                    now=clock.now(),
                )
                return HttpResponseRedirect(f"{reverse('desk:bans')}?done={chosen}", status=303)
        except FormError as refused:
            error, status = explain_field_error(refused.errors[0]), 422
        except BanRefused as refused:
            found.refresh_from_db()
            error, status = REFUSED[refused.code](), 403 if refused.code == "same_person" else 409
    context = {
        "appeal": found,
        "ban": _shown(found.ban, _names([found.ban]), clock.now()),
        "mine": _is_mine(found, moderator),
        "chosen": chosen,
        "answer": text,
        "error": error,
        "longest": banning.LONGEST_REASON,
    }
    return render(
        request, moderator, "web/desk/ban_appeal.html", context, section=SECTION, status=status
    )


REFUSED = {
    "same_person": lambda: _("You imposed this ban, so somebody else answers the appeal."),
    "over": lambda: _("Somebody else has answered this appeal meanwhile."),
}
