"""The shape of the document about one person."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from arvio.api.shapes import MomentOut


class PersonalData(BaseModel):
    """Everything that is held about one user (docs/files.md)."""

    format: Literal["arvio-personal-data"]
    version: int
    exported_at: MomentOut
    marketplace: dict[str, str]
    user: dict[str, str | None]
    account: dict[str, str]
    reviews: list[dict[str, Any]]
    drafts: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    mail_settings: list[dict[str, Any]]
    installations: list[dict[str, Any]]
    bans: list[dict[str, Any]]
    prompts: list[dict[str, Any]]
    app_uses: list[dict[str, Any]]
