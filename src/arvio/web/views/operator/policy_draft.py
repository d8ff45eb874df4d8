"""The draft of a policy: by a form or as TOML, checked as one types, kept until it counts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import DraftOvertaken
from arvio.catalog.models import PolicyDraft
from arvio.catalog.policies import timeline
from arvio.catalog.policies.actions import LONGEST_TEXT, preset_of, save_draft
from arvio.catalog.policies.words import problem_list
from arvio.catalog.staff import Moderator
from arvio.policy.changing import overrides_for
from arvio.policy.load import load_policy, load_preset, load_toml, parse_toml, preset_names
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError, Problem
from arvio.policy.schema import SECTIONS
from arvio.policy.toml_text import policy_text
from arvio.web import pages, policy_form, policy_shown
from arvio.web.policy_form import Typed
from arvio.web.views.desk.access import read_id
from arvio.web.views.operator.access import operator_page, render
from arvio.web.views.operator.policy import SECTION

# Where a problem with such a key is, the form can't show all that was written.
UNSHOWN = ("preset", *SECTIONS)
FORM, TOML, CHANGES = "operator:policy_edit", "operator:policy_toml", "operator:policy_changes"


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def edit(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """The policy by a form."""
    draft = timeline.draft(marketplace=operator.marketplace)
    if request.method != "POST":
        try:
            preset, overrides = _begun(operator, draft)
        except PolicyError:
            return HttpResponseRedirect(f"{reverse(TOML)}?mend=1", status=303)
        return _form(request, operator, Typed.of(preset=preset, overrides=overrides))
    typed, do = Typed.read(request.POST), request.POST.get("do", "")
    if typed.preset != typed.was:
        return _form(request, operator, typed.on_preset(), taken=typed.preset)
    if do not in ("save", "next", "toml"):
        return _form(request, operator, typed)
    try:
        _save(request, operator, preset=typed.preset, overrides=typed.overrides)
    except DraftOvertaken:
        return _form(request, operator, typed, overtaken=True)
    except PolicyError as error:
        return _form(request, operator, typed, more=error.problems)
    if do == "next" and _problems(typed)[0]:
        return _form(request, operator, typed, stopped=True)
    to = {"next": reverse(CHANGES), "toml": reverse(TOML)}.get(do, f"{reverse(FORM)}?saved=1")
    return HttpResponseRedirect(to, status=303)


def _begun(operator: Moderator, draft: PolicyDraft | None) -> tuple[str, dict[str, Any]]:
    """Preset and overrides of the draft; where there is none, of the version in force.

    Raises PolicyError for a text that the form can't hold.
    """
    if draft is None:
        version = queries.policy_in_force(marketplace=operator.marketplace, now=clock.now())
        preset = version.preset if version.preset in preset_names() else preset_names()[0]
        return preset, overrides_for(preset=preset, policy=version.policy)
    if not draft.text:
        return draft.preset, draft.overrides
    policy, problems = _read_text(draft.text)
    if policy is not None:
        preset = preset_of(draft)
        return preset, overrides_for(preset=preset, policy=policy)
    if any(one.code in ("unknown_key", "unreadable") or one.key in UNSHOWN for one in problems):
        raise PolicyError(problems)
    raw = parse_toml(text=draft.text)
    return str(raw.pop("preset", draft.preset)), raw


def _save(
    request: HttpRequest,
    operator: Moderator,
    *,
    preset: str,
    overrides: dict[str, Any] | None = None,
    text: str = "",
) -> PolicyDraft:
    """Raises DraftOvertaken where somebody else has written since the page was drawn."""
    draft = timeline.draft(marketplace=operator.marketplace)
    return save_draft(
        marketplace=operator.marketplace,
        preset=preset,
        overrides=overrides,
        text=text,
        effective_at=draft.effective_at if draft else None,
        base=_base(request),
        token=read_id(request.POST.get("token", "")),
        actor=operator.actor,
        now=clock.now(),
    )


def _problems(typed: Typed) -> tuple[list[Problem], Policy | None]:
    found = [typed.form_problem] if typed.form_problem else []
    try:
        policy = load_policy(preset=typed.was, overrides=typed.overrides)
    except PolicyError as error:
        others = [one for one in error.problems if not (found and one.key == "form")]
        return [*found, *others], None
    return found, policy if not found else None


def _read_text(text: str) -> tuple[Policy | None, list[Problem]]:
    if len(text) > LONGEST_TEXT:
        allowed = f"up to {LONGEST_TEXT} characters"
        return None, [Problem("(file)", len(text), allowed)]
    try:
        return load_toml(text=text), []
    except PolicyError as error:
        return None, error.problems


def _found(operator: Moderator, problems: list[Problem], policy: Policy | None) -> dict[str, Any]:
    """What the check says: problems, or the difference to the version in force."""
    in_force = queries.policy_in_force(marketplace=operator.marketplace, now=clock.now())
    listed = problem_list(problems)
    for one in listed:
        place = policy_form.place_of(one["key"])
        one["at"] = policy_form.field_id(place) if place else ""
    return {
        "problems": listed,
        "in_force": in_force,
        "difference": policy_shown.beside(in_force.policy, policy) if policy else None,
    }


def _frame(
    request: HttpRequest, operator: Moderator, *, overtaken: bool, stopped: bool
) -> dict[str, Any]:
    """What both ways of writing have in common. A page drawn again names the draft that it was
    begun with, so that nobody else's is written over unseen: until it has told of another.
    """
    now, marketplace = clock.now(), operator.marketplace
    draft = timeline.draft(marketplace=marketplace)
    newest = timeline.newest_number(marketplace=marketplace)
    base = draft.base if draft else newest
    token = str(draft.token) if draft else ""
    if request.method == "POST":
        base = _base(request)
        token = token if overtaken or stopped else str(read_id(request.POST.get("token", "")) or "")
    return {
        "draft": draft and policy_shown.draft(draft, now),
        "base": base,
        "token": token,
        "newest": newest if newest != base else None,
        "overtaken": overtaken,
        "stopped": stopped,
        "saved": request.GET.get("saved") == "1",
        "checked": request.method == "POST",
    }


def _base(request: HttpRequest) -> int:
    """The newest version that the page knew."""
    base = request.POST.get("base", "")
    return int(base) if base.isdecimal() and len(base) < 10 else 0


def _form(
    request: HttpRequest,
    operator: Moderator,
    typed: Typed,
    *,
    taken: str = "",
    overtaken: bool = False,
    stopped: bool = False,
    more: list[Problem] | None = None,
) -> HttpResponse:
    problems, policy = _problems(typed)
    problems = [*problems, *(more or [])]
    context = {
        **_frame(request, operator, overtaken=overtaken, stopped=stopped),
        "found": _found(operator, problems, policy),
        "sections": policy_form.show(typed, problems),
        "presets": [load_preset(name) for name in preset_names()],
        "preset": typed.was,
        "taken": taken,
    }
    status = 409 if overtaken else 422 if problems and request.method == "POST" else 200
    return render(
        request, operator, "web/operator/policy_edit.html", context, section=SECTION, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def toml(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """The same draft as a policy file."""
    draft = timeline.draft(marketplace=operator.marketplace)
    if request.method != "POST":
        return _text(request, operator, _text_of(operator, draft))
    text, do = policy_form.clean(request.POST.get("text", "")), request.POST.get("do", "")
    if do not in ("save", "next", "form") or len(text) > LONGEST_TEXT:
        return _text(request, operator, text)
    in_force = queries.policy_in_force(marketplace=operator.marketplace, now=clock.now())
    try:
        _save(request, operator, preset=draft.preset if draft else in_force.preset, text=text)
    except DraftOvertaken:
        return _text(request, operator, text, overtaken=True)
    if do == "next" and _read_text(text)[1]:
        return _text(request, operator, text, stopped=True)
    to = {"next": reverse(CHANGES), "form": reverse(FORM)}.get(do, f"{reverse(TOML)}?saved=1")
    return HttpResponseRedirect(to, status=303)


def _text_of(operator: Moderator, draft: PolicyDraft | None) -> str:
    if draft and draft.text:
        return draft.text
    preset, overrides = _begun(operator, draft)
    return policy_text(preset=preset, overrides=overrides)


def _text(
    request: HttpRequest,
    operator: Moderator,
    text: str,
    *,
    overtaken: bool = False,
    stopped: bool = False,
) -> HttpResponse:
    policy, problems = _read_text(text)
    context = {
        **_frame(request, operator, overtaken=overtaken, stopped=stopped),
        "found": _found(operator, problems, policy),
        "text": text,
        "mend": request.GET.get("mend") == "1",
    }
    status = 409 if overtaken else 422 if problems and request.method == "POST" else 200
    return render(
        request, operator, "web/operator/policy_toml.html", context, section=SECTION, status=status
    )


@require_POST
@operator_page(back=FORM)
def check(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """What is wrong with what was typed so far, for the page to show while one types."""
    if "text" in request.POST:
        policy, problems = _read_text(policy_form.clean(request.POST["text"]))
        context = {"found": _found(operator, problems, policy), "live": True}
        return pages.fragment(request, "web/operator/policy_checked.html", context)
    typed = Typed.read(request.POST)
    other = typed.preset if typed.preset != typed.was else ""
    problems, policy = _problems(typed)
    context = {
        "found": _found(operator, problems, policy),
        "sections": policy_form.show(typed, problems),
        "other": other,
        "live": True,
    }
    return pages.fragment(request, "web/operator/policy_checked.html", context)
