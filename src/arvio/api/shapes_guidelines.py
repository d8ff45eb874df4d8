"""The shape of the review guidelines."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from arvio.api.shapes import MomentOut

Texts = Annotated[dict[str, str], Field(description="By language.")]


class GuidelinesRule(BaseModel):
    """`code` is the rule's place in this version; `key` stays the same in every version."""

    key: str
    code: str
    title: Texts
    text: Texts


class GuidelinesOut(BaseModel):
    """What decisions and bans rest on. `partners` is what partners may not do to get reviews."""

    version: int
    effective_at: MomentOut
    intro: Texts
    rules: list[GuidelinesRule]
    partners: Texts
