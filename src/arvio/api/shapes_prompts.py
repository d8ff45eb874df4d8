"""What apps say to the prompt broker, and what it answers (R103-R107)."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import BaseModel, Field

from arvio.api import bodies, shapes
from arvio.api.fields import Words, refuse
from arvio.api.shapes import IdOut
from arvio.asking.prompt_rules import LONGEST_MOMENT, MOMENT, Code, Outcome


def _moment(text: str) -> str:
    if not MOMENT.fullmatch(text):
        raise refuse("invalid", _("Write it with small letters a to z, figures, and - _ . alone."))
    return text


MomentKey = Annotated[
    str, Words(1, LONGEST_MOMENT, _moment, trim=False, pattern=f"^{MOMENT.pattern}$")
]


class MomentIn(bodies.Strict):
    model_config = bodies.example(moment="report-sent")
    moment: MomentKey = Field(description="What the person has just done with success.")


class OutcomeIn(bodies.Strict):
    model_config = bodies.example(outcome="opened")
    outcome: Outcome = Field(
        description="`opened`: the form or the listing was opened; `later`: not now; `never`: "
        "don't ask about this app; `failed`: nothing could be opened."
    )


class AskingApp(BaseModel):
    app: str
    name: str


class PromptOut(BaseModel):
    id: IdOut
    app: AskingApp
    clip: str | None = Field(description="A short clip or a picture of how to review.")
    form_url: str = Field(description="The form that Arvio hosts.")
    listing_url: str | None = Field(description="The app's page in the marketplace, if it is told.")


class MomentOut(BaseModel):
    model_config = shapes.example(ask=False, code="not_enough_use")

    ask: bool
    code: Code
    prompt: PromptOut | None = Field(None, description="There only where `ask` is true.")


class OutcomeOut(BaseModel):
    model_config = shapes.example(id="018f0000-0000-7000-8000-000000000000", outcome="opened")

    id: IdOut
    outcome: Outcome
