"""What a draft changes, in words, before it counts; and the step that makes it count."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import DraftOvertaken, Overtaken
from arvio.catalog.models import PolicyDraft
from arvio.catalog.policies import timeline
from arvio.catalog.policies.actions import preset_of, publish_draft, save_draft
from arvio.catalog.staff import Moderator
from arvio.policy.changing import overrides_for
from arvio.policy.load import merge, read_policy, to_dict
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from arvio.policy.symmetry import asymmetries
from arvio.policy.toml_text import policy_text
from arvio.web import policy_shown
from arvio.web.policy_shown import When
from arvio.web.previewed import previewed
from arvio.web.views.desk.access import read_id
from arvio.web.views.operator.access import operator_page, render
from arvio.web.views.operator.policy import HOME, SECTION, done

CHANGES = "operator:policy_changes"


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def changes(request: HttpRequest, operator: Moderator) -> HttpResponse:
    draft = timeline.draft(marketplace=operator.marketplace)
    if draft is None:
        gone = "?problem=draft" if request.method == "POST" else ""
        return HttpResponseRedirect(reverse(HOME) + gone, status=303)
    try:
        policy = draft.policy
    except PolicyError:
        page = "operator:policy_toml" if draft.text else "operator:policy_edit"
        return HttpResponseRedirect(reverse(page), status=303)
    if request.method != "POST":
        when = When.of(draft.effective_at, operator.marketplace, clock.now())
        return _page(request, operator, draft, policy, when)
    return _answer(request, operator, draft, policy)


def _answer(
    request: HttpRequest, operator: Moderator, draft: PolicyDraft, policy: Policy
) -> HttpResponse:
    now, do = clock.now(), request.POST.get("do", "")
    token = read_id(request.POST.get("token", ""))
    when = When.read(request.POST)
    at = when.moment(operator.marketplace, now)
    if at:  # whatever is done, the time that was chosen stays chosen
        draft.effective_at = None if when.choice == "now" else at
    try:
        if do.startswith("symmetric:"):
            code = do.partition(":")[2]
            draft = _alike(operator, draft, policy, code, token=token, now=now)
        elif do == "again":
            newest = timeline.newest_number(marketplace=operator.marketplace)
            draft = _kept(operator, draft, policy, token=token, base=newest, now=now)
        elif at is None:
            return _page(request, operator, draft, policy, when, status=422)
        elif do == "publish" and token:
            return done(
                publish_draft(
                    marketplace=operator.marketplace,
                    token=token,
                    effective_at=at,
                    actor=operator.actor,
                    now=now,
                )
            )
        else:
            draft = _kept(operator, draft, policy, token=token, base=draft.base, now=now)
    except DraftOvertaken:
        return _lost(request, operator, when)
    except Overtaken as newer:
        return _page(request, operator, draft, policy, when, newer=newer.number, status=409)
    return HttpResponseRedirect(reverse(CHANGES), status=303)


def _lost(request: HttpRequest, operator: Moderator, when: When) -> HttpResponse:
    """Somebody else was quicker: with the draft, or with a version made from it."""
    draft = timeline.draft(marketplace=operator.marketplace)
    if draft is None:
        return HttpResponseRedirect(f"{reverse(HOME)}?problem=draft", status=303)
    try:
        policy = draft.policy
    except PolicyError:
        return HttpResponseRedirect(f"{reverse(HOME)}?problem=draft", status=303)
    return _page(request, operator, draft, policy, when, overtaken=True, status=409)


def _alike(
    operator: Moderator,
    draft: PolicyDraft,
    policy: Policy,
    code: str,
    *,
    token: UUID | None,
    now: datetime,
) -> PolicyDraft:
    """The draft with one thing in it made symmetric."""
    raw = to_dict(policy)
    for found in asymmetries(policy=policy):
        if found.code == code:
            raw = merge(base=raw, over=found.overrides)
    policy = read_policy(raw=raw)
    if draft.text:
        preset = preset_of(draft)
        overrides = overrides_for(preset=preset, policy=policy)
        draft.text = policy_text(preset=preset, overrides=overrides)
    return _kept(operator, draft, policy, token=token, base=draft.base, now=now)


def _kept(
    operator: Moderator,
    draft: PolicyDraft,
    policy: Policy,
    *,
    token: UUID | None,
    base: int,
    now: datetime,
) -> PolicyDraft:
    """Save it with this policy; a text stays, which says the same."""
    preset = preset_of(draft)
    return save_draft(
        marketplace=operator.marketplace,
        preset=preset,
        overrides=overrides_for(preset=preset, policy=policy),
        text=draft.text,
        effective_at=draft.effective_at,
        base=base,
        token=token,
        actor=operator.actor,
        now=now,
    )


def _page(
    request: HttpRequest,
    operator: Moderator,
    draft: PolicyDraft,
    policy: Policy,
    when: When,
    *,
    newer: int | None = None,
    overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    turns = timeline.timeline(marketplace=marketplace, now=now)
    in_force = queries.policy_in_force(marketplace=marketplace, now=now)
    newest = timeline.newest_number(marketplace=marketplace)
    at = when.moment(marketplace, now)
    live = [turn.version for turn in turns if turn.state in ("in_force", "to_come")]
    context = {
        "draft": policy_shown.draft(draft, now),
        "in_force": in_force,
        "difference": policy_shown.beside(in_force.policy, policy),
        "differs": any(version.policy != policy for version in live),
        "around": policy_shown.around(turns, at or now),
        "when": when.shown(marketplace, now),
        "newer": newest if newest != draft.base else None,
        "refused": newer,
        "overtaken": overtaken,
        "edit_url": reverse("operator:policy_toml" if draft.text else "operator:policy_edit"),
        "preview": previewed(marketplace=marketplace, policy=policy, at=at or now, now=now),
    }
    return render(
        request,
        operator,
        "web/operator/policy_changes.html",
        context,
        section=SECTION,
        status=status,
    )
