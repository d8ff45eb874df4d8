"""Changing a policy: the draft, the version made from it, the way back, and the change of mind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from arvio.catalog.errors import DraftOvertaken, InvalidFact
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import Marketplace, PolicyDraft, PolicyVersion
from arvio.catalog.policies import timeline
from arvio.ids import uuid7
from arvio.policy.changing import overrides_for
from arvio.policy.load import parse_toml, preset_names
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError, Problem

LONGEST_TEXT = 200_000
DEEPEST = 20


@transaction.atomic
def save_draft(
    *,
    marketplace: Marketplace,
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    text: str = "",
    effective_at: datetime | None = None,
    base: int,
    token: UUID | None,
    actor: str,
    now: datetime,
) -> PolicyDraft:
    """Keep what is written so far, right or wrong: by the form, or as TOML in `text`.

    `token` is of the draft that the writer saw, None for none; where there is another, somebody
    else has written meanwhile, and DraftOvertaken is raised. `base` is the newest version that the
    writer knows. Raises PolicyError for a text that is far too long.
    """
    if len(text) > LONGEST_TEXT:
        allowed = f"up to {LONGEST_TEXT} characters"
        raise PolicyError([Problem("(file)", f"{len(text)} characters", allowed)])
    found = _draft(marketplace)
    if found and found.token != token:
        raise DraftOvertaken
    draft = found or PolicyDraft(marketplace=marketplace)
    draft.preset = preset
    draft.overrides = storable(overrides or {})
    draft.text = storable(text)
    draft.effective_at = effective_at
    draft.base = base
    draft.token = uuid7()
    draft.saved_at, draft.saved_by = now, actor
    draft.save()
    return draft


def storable(value: Any, *, depth: int = 0) -> Any:
    """As JSON that every database keeps: what TOML knows beside it becomes text.

    Raises PolicyError for tables in tables without end.
    """
    if depth > DEEPEST:
        raise PolicyError([Problem("(file)", "…", f"{DEEPEST} tables in each other", "unreadable")])
    if isinstance(value, Mapping):
        return {storable(key): storable(item, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, depth=depth + 1) for item in value]
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, date | time) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    return value


@transaction.atomic
def discard_draft(*, marketplace: Marketplace, token: UUID) -> None:
    """Raises DraftOvertaken where it isn't the one that was seen."""
    _seen(marketplace, token).delete()


@transaction.atomic
def publish_draft(
    *,
    marketplace: Marketplace,
    token: UUID,
    effective_at: datetime,
    actor: str,
    now: datetime,
) -> PolicyVersion:
    """Make the draft the next version, and the draft goes.

    Raises DraftOvertaken, Overtaken (another version was made since it was begun), PolicyError,
    InvalidFact.
    """
    draft = _seen(marketplace, token)
    policy = draft.policy
    preset = preset_of(draft)
    version = set_policy(
        marketplace=marketplace,
        preset=preset,
        overrides=overrides_for(preset=preset, policy=policy),
        effective_at=effective_at,
        actor=actor,
        now=now,
        base=draft.base,
    )
    draft.delete()
    return version


def preset_of(draft: PolicyDraft) -> str:
    """The one that a draft's text names; where it names none, the one it was begun with."""
    if not draft.text:
        return draft.preset
    try:
        return str(parse_toml(text=draft.text).get("preset", draft.preset))
    except PolicyError:
        return draft.preset


@transaction.atomic
def roll_back(
    *,
    marketplace: Marketplace,
    number: int,
    effective_at: datetime,
    actor: str,
    now: datetime,
    base: int | None = None,
) -> PolicyVersion:
    """A new version that says just what version `number` says, whatever its preset says today.

    Raises NotFound, Overtaken, InvalidFact.
    """
    _lock(marketplace)
    old = timeline.version(marketplace=marketplace, number=number)
    return _repeat(
        marketplace, old, effective_at, actor=actor, now=now, base=base, why={"back_to": number}
    )


@transaction.atomic
def cancel_version(
    *, marketplace: Marketplace, number: int, actor: str, now: datetime, base: int | None = None
) -> PolicyVersion:
    """A version that hasn't begun never does: another for the same moment takes its place, and
    repeats the rules that hold until then.

    Raises NotFound, Overtaken, and InvalidFact for a version that isn't to come.
    """
    _lock(marketplace)
    timeline.version(marketplace=marketplace, number=number)
    turns = timeline.timeline(marketplace=marketplace, now=now)
    turn = next(turn for turn in turns if turn.version.number == number)
    if turn.state != "to_come" or turn.before is None:
        raise InvalidFact("version", f"Version {number} isn't one that is still to come.")
    return _repeat(
        marketplace,
        turn.before,
        turn.version.effective_at,
        actor=actor,
        now=now,
        base=base,
        why={"cancels": number, "back_to": turn.before.number},
    )


def _repeat(
    marketplace: Marketplace,
    old: PolicyVersion,
    effective_at: datetime,
    *,
    actor: str,
    now: datetime,
    base: int | None,
    why: Mapping[str, int],
) -> PolicyVersion:
    policy: Policy = old.policy
    preset = old.preset if old.preset in preset_names() else preset_names()[0]
    return set_policy(
        marketplace=marketplace,
        preset=preset,
        overrides=overrides_for(preset=preset, policy=policy),
        effective_at=effective_at,
        actor=actor,
        now=now,
        base=base,
        why=why,
    )


def _lock(marketplace: Marketplace) -> None:
    Marketplace.objects.select_for_update().get(pk=marketplace.pk)


def _draft(marketplace: Marketplace) -> PolicyDraft | None:
    _lock(marketplace)
    return timeline.draft(marketplace=marketplace)


def _seen(marketplace: Marketplace, token: UUID) -> PolicyDraft:
    found = _draft(marketplace)
    if found is None or found.token != token:
        raise DraftOvertaken
    return found
