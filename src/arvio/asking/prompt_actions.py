"""The prompt broker (R103-R108): one budget of asks for a person over all apps of a marketplace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet

from arvio.asking import prompt_rules as rules
from arvio.asking.counting import counted_as
from arvio.asking.errors import OutcomeSaid
from arvio.asking.prompt_models import Prompt, PromptDay, PromptSpread, PromptTurn, PromptUse
from arvio.asking.prompt_rules import Code, Facts, Outcome
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace, User
from arvio.catalog.pseudonyms import pseudonym
from arvio.catalog.queries import Viewer
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.reviews.models import Review
from arvio.reviews.submitting import asker_of, judge

FORGET, EVERYTHING = "old_prompts", "all"
BATCH = 1_000


@dataclass(frozen=True)
class Answer:
    """What the broker says to a moment; a prompt comes with "ask" alone."""

    code: Code
    prompt: Prompt | None = None


@dataclass(frozen=True)
class _Person:
    """A user as the policy in force counts people (`limits.user_scope`)."""

    marketplace: Marketplace
    user: User
    anywhere: str
    budget: str

    @property
    def is_wide(self) -> bool:
        return self.budget == self.anywhere

    def uses(self, app: App) -> QuerySet[PromptUse]:
        own = PromptUse.objects.filter(app=app)
        return own.filter(person=self.anywhere) if self.is_wide else own.filter(user=self.user)

    def turns(self) -> QuerySet[PromptTurn]:
        if self.is_wide:
            return PromptTurn.objects.filter(marketplace=self.marketplace, person=self.anywhere)
        return PromptTurn.objects.filter(user=self.user)


def take_moment(*, viewer: Viewer, app: App, moment: str, now: datetime) -> Answer:
    """Count a successful use of the app, and say whether to ask for a review now (R105, R107).

    `moment` is as `prompt_rules.MOMENT` writes it. Of somebody whom nobody told us of, nothing is
    stored. An ask counts from here on, whether its popup is ever shown or not.
    """
    user = viewer.user
    if user is None or viewer.account is None:
        return Answer("not_eligible")
    marketplace = viewer.marketplace
    version = catalog.policy_in_force(marketplace=marketplace, now=now)
    verdict, known = judge(
        marketplace=marketplace,
        asker=asker_of(viewer=viewer, app=app),
        version=version,
        now=now,
    )
    eligible, reviewed = rules.standing(verdict=verdict, form_elsewhere=bool(app.listing_url))
    person = _person(marketplace, user, version.policy.limits.user_scope)
    with transaction.atomic():
        _wait_for_turn(person)
        uses, opted_out = _count_use(app, person, now)
        turns = list(person.turns())
        facts = Facts(
            eligible=eligible and not app.retired,
            reviewed=reviewed,
            opted_out=opted_out,
            installed_at=known.facts.installed_at,
            uses=uses,
            asked_here=[turn.asked_at for turn in turns if turn.app_id == app.pk],
            asked=[turn.asked_at for turn in turns],
        )
        code = rules.decide(policy=version.policy.prompts, facts=facts, now=now)
        prompt = _give(app, person, turns, moment, now) if code == "ask" else None
        _count(app, now.date(), code)
    return Answer(code, prompt)


def _person(marketplace: Marketplace, user: User, scope: str) -> _Person:
    anywhere = pseudonym(marketplace_id=marketplace.pk, ref=user.ref)
    budget = counted_as(user=user, marketplace_id=marketplace.pk, scope=scope)
    return _Person(marketplace, user, anywhere, budget)


def _wait_for_turn(person: _Person) -> None:
    """One at a time for a person, before anything of theirs is read: the next one sees what this
    one gave. SQLite's writers wait for each other anyway.
    """
    if connection.vendor != "postgresql":
        return
    name = f"prompt/{person.marketplace.pk}/{person.budget}"
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _count_use(app: App, person: _Person, now: datetime) -> tuple[int, bool]:
    """(uses, opted out), this use included."""
    rows = PromptUse.objects.filter(app=app, user=person.user)
    added: dict[str, Any] = {"uses": F("uses") + 1, "last_at": now, "person": person.anywhere}
    if not rows.update(**added):
        new = PromptUse(app=app, user=person.user, person=person.anywhere, last_at=now)
        PromptUse.objects.bulk_create([new], ignore_conflicts=True)
        rows.update(**added)
        due.ensure(rows=[_forgetting(now)])
    counted = list(person.uses(app).values_list("uses", "opted_out_at"))
    return sum(uses for uses, _ in counted), any(at is not None for _, at in counted)


def _give(
    app: App, person: _Person, turns: Sequence[PromptTurn], moment: str, now: datetime
) -> Prompt:
    """The next of the person's asks. It can't be written twice (`PromptTurn`)."""
    prompt = Prompt(id=uuid7(), app=app, user=person.user, moment=moment, asked_at=now)
    numbers = [turn.number for turn in turns if turn.budget == person.budget]
    PromptTurn.objects.create(
        id=prompt.pk,
        marketplace=person.marketplace,
        user=person.user,
        person=person.anywhere,
        budget=person.budget,
        number=max(numbers, default=0) + 1,
        app_id=app.pk,
        asked_at=now,
    )
    prompt.save(force_insert=True)
    nth, gap = rules.spread(asked=[turn.asked_at for turn in turns], now=now)
    place = {"marketplace": person.marketplace, "day_date": now.date(), "nth": nth, "gap": gap}
    rows = PromptSpread.objects.filter(**place)
    if not rows.update(count=F("count") + 1):
        PromptSpread.objects.bulk_create([PromptSpread(**place)], ignore_conflicts=True)
        rows.update(count=F("count") + 1)
    return prompt


@transaction.atomic
def say_outcome(*, viewer: Viewer, prompt_id: UUID, outcome: Outcome, now: datetime) -> Prompt:
    """What became of an ask, as the app says to whom it was given. "never" opts the person out.

    Said once: the same again changes nothing, and only "never" may follow another. Raises NotFound,
    or OutcomeSaid.
    """
    rows = Prompt.objects.select_for_update(of=("self",)).select_related("app")
    found = rows.filter(pk=prompt_id, user=viewer.user).first() if viewer.user else None
    if found is None:
        raise NotFound("prompt", "There is no such prompt of yours.")
    said = found.outcome
    if not rules.may_follow(said=said, outcome=outcome):
        raise OutcomeSaid(said)
    if said == outcome:
        return found
    found.outcome, found.outcome_at = outcome, now
    found.save(update_fields=["outcome", "outcome_at"])
    if outcome == "never":
        uses = PromptUse.objects.filter(app=found.app, user=found.user_id, opted_out_at=None)
        uses.update(opted_out_at=now)
    # All of an ask stands on the day of the ask, so that a day's outcomes add up to its asks.
    changed = {outcome: 1, **({said: -1} if said else {})}
    for what in sorted(changed):
        _count(found.app, found.asked_at.date(), what, changed[what])
    return found


def note_review(*, review: Review, now: datetime) -> None:
    """Count a review that was just submitted for the ask that it followed, if there was one.

    Call it in the transaction of the submission.
    """
    asks = Prompt.objects.filter(
        app=review.app_id, user=review.user_id, asked_at__gt=now - rules.FOLLOWS, review_id=None
    )
    prompt = asks.order_by("-asked_at", "-pk").first()
    if prompt and asks.filter(pk=prompt.pk).update(review_id=review.pk):
        _count(review.app, prompt.asked_at.date(), "review")


def _count(app: App, day: date, what: str, by: int = 1) -> None:
    """Last in every transaction: many people's moments meet in these rows."""
    place = {"app": app, "day_date": day, "what": what}
    rows = PromptDay.objects.filter(**place)
    if not rows.update(count=F("count") + by):
        new = PromptDay(**place, marketplace_id=app.marketplace_id)
        PromptDay.objects.bulk_create([new], ignore_conflicts=True)
        rows.update(count=F("count") + by)


# --- What is kept no longer -----------------------------------------------------------------------


@transaction.atomic
def forget_old(*, now: datetime) -> None:
    """Once a day, remove what no limit looks back to any more. That somebody doesn't want to be
    asked stays.
    """
    cutoff = now - rules.KEPT
    full = False
    for rows, column, since in (
        (Prompt.objects.all(), "asked_at", cutoff),
        (PromptTurn.objects.all(), "asked_at", cutoff),
        (PromptUse.objects.filter(opted_out_at=None), "last_at", cutoff),
        (PromptDay.objects.all(), "day_date", cutoff.date()),
        (PromptSpread.objects.all(), "day_date", cutoff.date()),
    ):
        old: Any = rows.filter(**{f"{column}__lt": since})
        ids = list(old.order_by(column, "pk").values_list("pk", flat=True)[:BATCH])
        old.filter(pk__in=ids).delete()
        full = full or len(ids) == BATCH
    due.ensure(rows=[_forgetting(now, after=timedelta(0) if full else rules.DAY)])


def _forgetting(now: datetime, *, after: timedelta = rules.DAY) -> Due:
    return Due(kind=FORGET, key=EVERYTHING, due_at=now + after)
