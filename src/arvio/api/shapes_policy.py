"""The shape of a policy: every key, and its sentences."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from arvio.api.shapes import MomentOut


class PolicyOut(BaseModel):
    """The rules in force, every key, with their sentences. A client can build the form from it."""

    preset: str
    version: int
    effective_at: MomentOut
    eligibility: dict[str, Any]
    limits: dict[str, Any]
    form: dict[str, Any]
    publication: dict[str, Any]
    editing: dict[str, Any]
    replies: dict[str, Any]
    aggregates: dict[str, Any]
    ranking: dict[str, Any]
    privacy: dict[str, Any]
    reports: dict[str, Any]
    moderation: dict[str, Any]
    screening: dict[str, Any]
    requests: dict[str, Any]
    prompts: dict[str, Any]
    retention: dict[str, Any]
    sentences: dict[str, list[str]]
