"""Routes of an app's own popup: may it ask now, and what came of it (R103-R108)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from arvio import clock
from arvio.api import shapes_prompts as shapes
from arvio.api.audience import VIEWER
from arvio.api.once import Made, once
from arvio.api.routes_viewer import app_of, viewer_of, viewer_token
from arvio.asking import prompt_actions as prompts
from arvio.asking.prompt_models import Prompt
from arvio.catalog.models import Marketplace

router = Router(tags=[VIEWER.value])


@router.post(
    "/marketplaces/{marketplace}/apps/{app}/prompt",
    auth=viewer_token,
    response=shapes.MomentOut,
    summary="May the app ask for a review now?",
    description="Each call counts as a successful use of the app by this person, whatever the "
    "answer. Where `ask` is true, it is the person's turn for this app, and it counts as asked "
    "from then on. `code` is the first reason not to ask, the most lasting one first.",
)
def take_moment(
    request: HttpRequest, marketplace: str, app: str, body: shapes.MomentIn
) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    found = app_of(request, app)

    def act() -> Made:
        answer = prompts.take_moment(viewer=viewer, app=found, moment=body.moment, now=now)
        said: dict[str, Any] = {"ask": answer.prompt is not None, "code": answer.code}
        if answer.prompt is not None:
            said["prompt"] = _prompt(answer.prompt, viewer.marketplace)
        return Made(200, said)

    if viewer.user is None:
        return act().response()  # of whom we don't know, nothing is kept
    return once(request, caller=viewer.actor, act=act, now=now)


def _prompt(prompt: Prompt, marketplace: Marketplace) -> dict[str, Any]:
    app = prompt.app
    form = reverse("web:product", args=[marketplace.slug, app.ref])
    return {
        "id": str(prompt.pk),
        "app": {"app": app.ref, "name": app.name},
        "clip": marketplace.clip_url or None,
        "form_url": f"{settings.BASE_URL}{form}",
        "listing_url": app.listing_url or None,
    }


@router.post(
    "/prompts/{uuid:prompt_id}",
    auth=viewer_token,
    response=shapes.OutcomeOut,
    summary="What came of a prompt",
    description="Said once: the same again answers alike, another one is refused with 409 "
    "`outcome_already_said`. Only `never` may follow another outcome; it opts the person out of "
    "questions about this app.",
)
def say_outcome(request: HttpRequest, prompt_id: UUID, body: shapes.OutcomeIn) -> Any:
    prompt = prompts.say_outcome(
        viewer=viewer_of(request), prompt_id=prompt_id, outcome=body.outcome, now=clock.now()
    )
    return {"id": str(prompt.pk), "outcome": prompt.outcome}
