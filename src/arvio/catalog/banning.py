"""Bans: imposed, lifted, appealed against, answered. Each is one transaction with its audit rows,
the look at the archive that it makes due, and the mails to the banned (`ban_notice`, written by the
worker, who knows which of an account's users have reviews).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from arvio.audit import actions as audit
from arvio.catalog import appeals, bans, queries
from arvio.catalog.errors import BanRefused, InvalidFact, NotFound
from arvio.catalog.models import Account, Ban, BanAppeal, User
from arvio.catalog.queries import Viewer
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.policy.form import clean_words

LONGEST_REASON = 2_000
LONGEST_APPEAL = 5_000


@transaction.atomic
def ban(
    *,
    account: Account,
    user: User | None = None,
    reason: str,
    now: datetime,
    until_at: datetime | None = None,
    rule: str = "",
    actor: str = appeals.COMMAND,
) -> Ban:
    """Ban a user, or the whole account when no user is given.

    Reviews go to the archive at the next check, and the banned are told. `rule` is a key of the
    guidelines in force. Raises InvalidFact.
    """
    if not reason.strip():
        raise InvalidFact("reason", "A ban needs a reason.")
    if until_at is not None and until_at <= now:
        raise InvalidFact("until", "A ban ends later than it begins.")
    number = _guidelines_number(account, rule, now) if rule else None
    _lock(account)
    made = Ban.objects.create(
        marketplace_id=account.marketplace_id,
        account=account,
        user=user,
        reason=reason.strip(),
        rule=rule,
        guidelines_number=number,
        imposed_by=actor,
        since_at=now,
        until_at=until_at,
    )
    after = {"rule": rule or None, "guidelines": number, "until_at": _text(until_at)}
    _record(made, "banned", actor, now, after)
    rows = [
        Due(kind="archive_check", key=made.subject, due_at=now),
        Due(kind="ban_notice", key=f"banned:{made.pk}", due_at=now),
    ]
    if until_at is not None:
        key = f"{made.subject}:{made.pk}"
        rows += [
            Due(kind="archive_check", key=key, due_at=until_at),
            Due(kind="ban_notice", key=f"ended:{made.pk}", due_at=until_at),
        ]
    due.schedule(rows=rows)
    return made


@transaction.atomic
def lift_ban(*, ban: Ban, now: datetime, actor: str = appeals.COMMAND, reason: str = "") -> bool:
    """End a ban now; an appeal that waits for an answer has it with that.

    Answers whether there was one in force: of any number at once, one lifts it.
    """
    _lock(ban.account)
    waiting = BanAppeal.objects.filter(ban=ban, outcome=BanAppeal.Outcome.OPEN)
    if not _lift(ban, actor, reason, now):
        return False
    waiting.update(
        outcome=BanAppeal.Outcome.LIFTED, answered_at=now, answered_by=actor, answer=reason.strip()
    )
    due.schedule(rows=[Due(kind="ban_notice", key=f"lifted:{ban.pk}", due_at=now)])
    return True


@transaction.atomic
def appeal(*, viewer: Viewer, text: str, now: datetime) -> BanAppeal:
    """Appeal against the ban that keeps this viewer from writing.

    Raises BanRefused or FormError.
    """
    words = clean_words(text=text, field="text", shortest=1, longest=LONGEST_APPEAL)
    if viewer.account is None or viewer.user is None:
        raise BanRefused("not_banned")
    _lock(viewer.account)
    found = bans.standing(viewer=viewer, now=now)
    if found is None:
        raise BanRefused("not_banned")
    if found.problem:
        raise BanRefused(found.problem)
    try:
        with transaction.atomic():
            made = BanAppeal.objects.create(
                marketplace_id=found.ban.marketplace_id,
                ban=found.ban,
                user=viewer.user,
                text=words,
                filed_at=now,
            )
    except IntegrityError:
        raise BanRefused("appeal_open") from None
    _record(found.ban, "ban_appealed", viewer.actor, now, {"appeal": str(made.pk)})
    return made


@transaction.atomic
def answer_appeal(
    *, appeal: BanAppeal, lift: bool, answer: str, actor: str, now: datetime
) -> BanAppeal:
    """Keep the ban or lift it, and tell who appealed. Raises BanRefused or FormError.

    Of two who answer at once, the second is refused (`over`).
    """
    words = clean_words(text=answer, field="answer", shortest=1, longest=LONGEST_REASON)
    ban = appeal.ban
    if not appeals.may_answer(actor=actor, imposed_by=ban.imposed_by):
        raise BanRefused("same_person")
    _lock(ban.account)
    outcome = BanAppeal.Outcome.LIFTED if lift else BanAppeal.Outcome.KEPT
    values = {"outcome": outcome, "answered_at": now, "answered_by": actor, "answer": words}
    waiting = BanAppeal.objects.filter(pk=appeal.pk, outcome=BanAppeal.Outcome.OPEN)
    if not waiting.update(**values):
        raise BanRefused("over")
    _record(ban, "ban_appeal_answered", actor, now, {"appeal": str(appeal.pk), "outcome": outcome})
    if lift:
        _lift(ban, actor, words, now)
    due.schedule(rows=[Due(kind="ban_notice", key=f"{outcome}:{ban.pk}", due_at=now)])
    appeal.refresh_from_db()
    return appeal


def _lift(ban: Ban, actor: str, reason: str, now: datetime) -> bool:
    values = {"lifted_at": now, "lifted_by": actor, "lift_reason": reason.strip()}
    if not Ban.objects.filter(pk=ban.pk, lifted_at=None).update(**values):
        return False
    _record(ban, "ban_lifted", actor, now, {})
    due.cancel(kind="ban_notice", keys=[f"ended:{ban.pk}"])
    due.schedule(rows=[Due(kind="archive_check", key=ban.subject, due_at=now)])
    return True


def _guidelines_number(account: Account, rule: str, now: datetime) -> int:
    version = queries.guidelines(marketplace=account.marketplace, now=now)
    try:
        queries.rule(version=version, key=rule)
    except NotFound as error:
        raise InvalidFact("rule", error.detail) from None
    return version.number


def _lock(account: Account) -> None:
    """Whoever writes to the history of an account or of one of its users comes by here."""
    Account.objects.select_for_update().get(pk=account.pk)


def _record(ban: Ban, what: str, actor: str, now: datetime, after: dict[str, Any]) -> None:
    """Ids alone: what the banned did or what was said about it is no part of the history."""
    kind = ban.subject.partition(":")[0]
    audit.append(
        entries=[
            audit.Entry(
                subject=ban.subject,
                tag=f"{kind}:{what}",
                actor=actor,
                at=now,
                marketplace_id=ban.marketplace_id,
                after={"ban": str(ban.pk), **after},
            )
        ]
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
