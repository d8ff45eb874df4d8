"""Making a marketplace and changing its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from arvio.audit import actions as audit
from arvio.catalog import rules, traits
from arvio.catalog.errors import InvalidFact, Outdated, Overtaken
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document
from arvio.catalog.models import Marketplace, PolicyVersion
from arvio.catalog.policies.timeline import newest_number, taken_over_from
from arvio.catalog.sealing import next_hour, schedule_seal
from arvio.catalog.token_secret import make_secret
from arvio.catalog.traits import LANGUAGES
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people import actions as people
from arvio.people.models import Role
from arvio.policy.changing import difference, overrides_for
from arvio.policy.load import load_policy, to_dict


@transaction.atomic
def create_marketplace(
    *,
    slug: str,
    name: str,
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    languages: Sequence[str] = LANGUAGES,
    accent: str = "indigo",
    calendar: str = "US",
    time_zone: str = "UTC",
    frame_hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    actor: str = "command",
    now: datetime,
) -> Marketplace:
    """A marketplace with its first policy version and the usual guidelines, in force at once.

    Raises InvalidFact or PolicyError.
    """
    if problem := rules.slug_problem(slug):
        raise InvalidFact("slug", problem)
    _refuse(
        languages=languages,
        accent=accent,
        time_zone=time_zone,
        calendar=calendar,
        name=name,
        frame_hosts=frame_hosts,
        origins=origins,
    )
    try:
        with transaction.atomic():
            marketplace = Marketplace.objects.create(
                slug=slug,
                name=name,
                languages=list(languages),
                accent=accent,
                calendar=calendar,
                time_zone=time_zone,
                frame_hosts=list(frame_hosts),
                origins=list(origins),
                jwt_secret=make_secret(),
                created_at=now,
            )
    except IntegrityError:
        raise InvalidFact("slug", f"A marketplace {slug!r} exists already.") from None
    set_policy(
        marketplace=marketplace,
        preset=preset,
        overrides=overrides,
        effective_at=now,
        actor=actor,
        now=now,
    )
    set_guidelines(
        marketplace=marketplace,
        document=default_document(languages=marketplace.languages),
        effective_at=now,
        actor=actor,
        now=now,
    )
    schedule_seal(marketplace_id=marketplace.pk, at=next_hour(now))
    return marketplace


def _refuse(**given: Any) -> None:
    for problem in traits.problems(given):
        raise InvalidFact(problem.field, problem.detail)


@transaction.atomic
def change_marketplace(
    *,
    marketplace: Marketplace,
    seen: Mapping[str, Any] | None = None,
    actor: str,
    now: datetime,
    **given: Any,
) -> Marketplace:
    """Traits that are given (`traits.TRAITS`) take the place of what was, from the next request on;
    None leaves one as it is. Open cases keep the due time that they have (DESIGN 6).

    `seen` is what the writer had before them: a trait that they left as they saw it isn't written,
    so two who change different traits both have their way. Raises InvalidFact; Outdated where
    somebody else changed the same one meanwhile; and then nothing has changed.
    """
    if unknown := set(given) - set(traits.TRAITS):
        raise TypeError(f"no trait of a marketplace: {', '.join(sorted(unknown))}")
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    wanted = {trait: _plain(value) for trait, value in given.items() if value is not None}
    before = {trait: getattr(found, trait) for trait in wanted}
    if seen is not None:
        wanted = {trait: value for trait, value in wanted.items() if value != seen.get(trait)}
        late = [trait for trait in wanted if trait in seen and before[trait] != seen[trait]]
        if outdated := [trait for trait in late if before[trait] != wanted[trait]]:
            raise Outdated(outdated)
    after = {trait: value for trait, value in wanted.items() if value != before[trait]}
    _refuse(**after)
    if not after:
        return found
    for trait, value in after.items():
        setattr(found, trait, value)
    found.save(update_fields=list(after))
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{found.pk}",
                tag="marketplace:changed",
                actor=actor,
                at=now,
                marketplace_id=found.pk,
                before={trait: before[trait] for trait in after},
                after=after,
            )
        ]
    )
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else list(value)


@transaction.atomic
def set_policy(
    *,
    marketplace: Marketplace,
    preset: str,
    overrides: Mapping[str, Any] | None = None,
    effective_at: datetime,
    actor: str,
    now: datetime,
    base: int | None = None,
    why: Mapping[str, int] | None = None,
) -> PolicyVersion:
    """Make the next immutable version. Raises PolicyError, InvalidFact or Overtaken.

    At `effective_at` the worker rebuilds what rests on it (CONTRACT 4). `base` is the number of the
    newest version that the writer knows: where there is a newer one, nothing is made. `why` goes
    into the history: {"back_to": 3}, {"cancels": 5}.
    """
    policy = load_policy(preset=preset, overrides=overrides or {})
    if effective_at < now:
        raise InvalidFact("effective_at", "A policy takes effect now or later, never in the past.")
    Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    last = newest_number(marketplace=marketplace)
    if base is not None and base != last:
        raise Overtaken(last)
    before = taken_over_from(marketplace=marketplace, effective_at=effective_at, now=now)
    version = PolicyVersion.objects.create(
        marketplace=marketplace,
        number=last + 1,
        preset=preset,
        overrides=overrides_for(preset=preset, policy=policy),
        document=to_dict(policy),
        effective_at=effective_at,
        created_at=now,
        created_by=actor,
    )
    due.schedule(rows=[Due(kind="policy", key=str(version.pk), due_at=effective_at)])
    changes = difference(before=before.policy, after=policy) if before else []
    after = {"preset": preset, "effective_at": effective_at.isoformat(), **(why or {})}
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{marketplace.pk}",
                tag="marketplace:policy_set",
                actor=actor,
                at=now,
                marketplace_id=marketplace.pk,
                policy_version=version.number,
                before={change.key: change.old for change in changes} if before else None,
                after=after | {change.key: change.new for change in changes},
            )
        ]
    )
    return version


def put_staff(*, marketplace: Marketplace, members: Sequence[tuple[str, str, str]]) -> None:
    """(e-mail, name, moderator|operator): the whole staff of a marketplace that its server names.

    What follows for people who were staff already is `staffing.name_staff`'s.
    """
    with transaction.atomic():
        people.put_members(
            marketplace_id=marketplace.pk,
            place_id=marketplace.pk,
            members=members,
            kinds=Role.STAFF_KINDS,
        )
