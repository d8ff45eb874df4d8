"""Bans on pages: in force and ended, a new one, lifting, and the appeals that wait. One room with
two doors: the desk's for moderators, and the operator's pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from arvio import clock
from arvio.catalog import appeals, banning, bans, queries
from arvio.catalog.errors import BanRefused
from arvio.catalog.explain import explain_field_error
from arvio.catalog.models import Account, Ban, BanAppeal, User
from arvio.catalog.staff import Moderator
from arvio.paging import CursorError
from arvio.people.models import Person
from arvio.policy.form import FormError, clean_words
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.web.days import end_of_day
from arvio.web.forms import draft_answers
from arvio.web.views.guidelines import in_language

SECTION = "bans"
METHODS = ["GET", "HEAD", "POST"]
PAGES = ("bans", "bans_new", "bans_lift", "bans_appeal")


@dataclass(frozen=True)
class Door:
    """Who comes in, under which names the pages stand, and how one is drawn."""

    moderator: Moderator
    space: str
    draw: Callable[[str, Mapping[str, Any], int], HttpResponse]

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        pages = {name: f"{self.space}:{name}" for name in PAGES}
        common = {"base": f"web/{self.space}/base.html", "pages": pages}
        return self.draw(f"web/bans/{template}.html", {**common, **context}, status)

    def done(self, what: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse(f'{self.space}:bans')}?done={what}", status=303)


def listing(request: HttpRequest, door: Door) -> HttpResponse:
    now, moderator = clock.now(), door.moderator
    marketplace = moderator.marketplace
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
    return door.page("list", context)


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


def new(request: HttpRequest, door: Door) -> HttpResponse:
    """First whom, found by a search; then why and until when; what it will do stands beside."""
    asked = request.POST if request.method == "POST" else request.GET
    if not asked.get("account"):
        return _search(door, asked.get("q", ""))
    account, user = bans.whom(
        marketplace=door.moderator.marketplace, account=asked["account"], user=asked.get("user", "")
    )
    if request.method != "POST":
        return _form(door, account, user, Wanted(), {})
    fields = draft_answers(
        {name: asked.get(name, "") for name in ("reason", "rule", "end", "until")}
    )
    wanted = Wanted(**fields)
    now = clock.now()
    zone = door.moderator.marketplace.time_zone
    until_at = end_of_day(wanted.until, zone=zone) if wanted.end == "day" else None
    errors = _errors(wanted, until_at, door.moderator, now)
    if errors:
        return _form(door, account, user, wanted, errors, status=422)
    banning.ban(
        account=account,
        user=user,
        reason=wanted.reason,
        rule=wanted.rule,
        until_at=until_at,
        actor=door.moderator.actor,
        now=now,
    )
    return door.done("banned")


def _search(door: Door, q: str) -> HttpResponse:
    words = str(draft_answers({"q": q})["q"])[:200]
    found = bans.search(marketplace=door.moderator.marketplace, q=words)
    context = {"q": words, "found": found, "most": bans.MOST_FOUND}
    return door.page("search", context)


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
    door: Door,
    account: Account,
    user: User | None,
    wanted: Wanted,
    errors: dict[str, str],
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    version = queries.guidelines(marketplace=door.moderator.marketplace, now=now)
    policy = queries.policy_in_force(marketplace=door.moderator.marketplace, now=now).policy
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
    return door.page("new", context, status)


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


def lift(request: HttpRequest, door: Door, ban: UUID) -> HttpResponse:
    found = bans.one(marketplace=door.moderator.marketplace, ban_id=ban)
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
            done = banning.lift_ban(
                ban=found, reason=words, actor=door.moderator.actor, now=clock.now()
            )
            state = "lifted" if done else "over"
            return door.done(state)
    context = {
        "ban": _shown(found, _names([found]), clock.now()),
        "reason": reason,
        "error": error,
        "longest": banning.LONGEST_REASON,
    }
    return door.page("lift", context, 422 if error else 200)


def answer(request: HttpRequest, door: Door, appeal: UUID) -> HttpResponse:
    found = bans.one_appeal(marketplace=door.moderator.marketplace, appeal_id=appeal)
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
                    actor=door.moderator.actor,
                    now=clock.now(),
                )
                return door.done(chosen)
        except FormError as refused:
            error, status = explain_field_error(refused.errors[0]), 422
        except BanRefused as refused:
            found.refresh_from_db()
            error, status = REFUSED[refused.code](), 403 if refused.code == "same_person" else 409
    context = {
        "appeal": found,
        "ban": _shown(found.ban, _names([found.ban]), clock.now()),
        "mine": _is_mine(found, door.moderator),
        "chosen": chosen,
        "answer": text,
        "error": error,
        "longest": banning.LONGEST_REASON,
    }
    return door.page("appeal", context, status)


REFUSED = {
    "same_person": lambda: _("You imposed this ban, so somebody else answers the appeal."),
    "over": lambda: _("Somebody else has answered this appeal meanwhile."),
}
