"""How reviews work here: the policy in words, in force now, earlier or to come."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.explain import explain_policy, headline_figures
from arvio.catalog.models import PolicyVersion
from arvio.catalog.policies.timeline import Turn, timeline
from arvio.web import language, pages


@require_safe
def how_reviews_work(
    request: HttpRequest, marketplace: str, number: int | None = None
) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    pages.settle(request, found)
    turns = timeline(marketplace=found, now=now)
    versions = [turn.version for turn in turns]
    in_force = next((turn.version for turn in turns if turn.state == "in_force"), None)
    wanted = (
        in_force
        if number is None
        else next((one for one in versions if one.number == number), None)
    )
    if wanted is None:
        raise NotFound("policy", "There is no such version of the policy.")
    context = {
        "version": wanted,
        "in_force": wanted == in_force,
        "coming": wanted.effective_at > now,
        "dropped": any(turn.version == wanted and turn.state == "dropped" for turn in turns),
        "next": _next(turns) if wanted == in_force else None,
        "until": _until(wanted, versions),
        "figures": headline_figures(wanted.policy, language.current()),
        "sections": [_section(part) for part in explain_policy(wanted.policy, language.current())],
        "versions": [_version_link(one, wanted, found.slug) for one in versions]
        if len(versions) > 1
        else [],
    }
    return pages.page(request, "web/how.html", context, marketplace=found, now=now, section="how")


def _next(turns: list[Turn]) -> PolicyVersion | None:
    """The next version that says anything else."""
    coming = [turn for turn in reversed(turns) if turn.state == "to_come"]
    return next((turn.version for turn in coming if turn.changes), None)


def _until(version: PolicyVersion, newest_first: list[PolicyVersion]) -> Any:
    """When the next one took over. Of several for one moment the highest number wins."""
    place = newest_first.index(version)
    return newest_first[place - 1].effective_at if place else None


def _section(part: Any) -> dict[str, Any]:
    sentences = [{"text": text, "formula": text == part.formula} for text in part.sentences]
    return {"key": part.key, "title": part.title, "sentences": sentences}


def _version_link(one: PolicyVersion, wanted: PolicyVersion, slug: str) -> dict[str, Any]:
    return {
        "number": one.number,
        "effective_at": one.effective_at,
        "current": one == wanted,
        "url": reverse("web:how_version", args=[slug, one.number]),
    }
