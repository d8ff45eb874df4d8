"""One review against its words, its history and what waits for it. Plain comparisons, no reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from arvio.audit import rules as chain
from arvio.audit.models import AuditRow
from arvio.catalog.queries import Asker
from arvio.due.models import Due
from arvio.policy.model import Policy
from arvio.reviews.inbox_rows import OF_REPLY, OF_REVIEW, item_of
from arvio.reviews.models import InboxItem, Reply, Review, ReviewVersion, Source
from arvio.reviews.moves import evidence_hash, version_facts
from arvio.reviews.rows import version_search_text
from arvio.reviews.states import HOLDS_PLACE, PUBLIC, State
from arvio.reviews.submitting import erased_key, person_key


@dataclass(frozen=True)
class Case:
    """A review with all that belongs to it. `policy` is None where the worker hasn't been yet."""

    review: Review
    versions: Sequence[ReviewVersion]
    replies: Sequence[Reply]
    due: Sequence[Due]
    history: Sequence[AuditRow]
    item: InboxItem | None
    policy: Policy | None

    def version(self, pk: Any) -> ReviewVersion | None:
        return next((row for row in self.versions if row.pk == pk), None)


# What differs, what is stored, what should be.
Found: TypeAlias = tuple[str, Any, Any]


def check_case(case: Case) -> Iterator[Found]:
    for check in CHECKS:
        for what, stored, expected in check(case):
            if stored != expected:
                yield what, stored, expected


def _versions(case: Case) -> Iterator[Found]:
    review = case.review
    numbers = [row.number for row in case.versions]
    edits = sum(row.origin == ReviewVersion.Origin.EDIT for row in case.versions)
    yield "version_count", review.version_count, max(numbers, default=0)
    yield "edits_used", review.edits_used, edits
    if review.source == Source.AUTHOR:
        yield "version numbers", numbers, list(range(1, len(numbers) + 1))
    yield "live version is one of its own", case.version(review.live_version_id) is not None, True
    for row in case.versions:
        yield f"version {row.number}: app", row.app_id, review.app_id
    if review.pending_version_id is None:
        return
    pending, live = case.version(review.pending_version_id), case.version(review.live_version_id)
    yield "pending version is one of its own", pending is not None, True
    if pending and live:
        yield "pending version is newer", pending.number > live.number, True
        yield "pending version: effective_at", pending.effective_at, None


def _live_words(case: Case) -> Iterator[Found]:
    """The columns of a review that repeat its live version."""
    review, live = case.review, case.version(case.review.live_version_id)
    if live is None:
        return
    yield "stars", review.stars, live.stars
    yield "language", review.language, live.language
    yield "has_text", review.has_text, bool(live.text)
    words = "" if live.erased_at else version_search_text(live)
    yield "search_text is that of the words", review.search_text == words, True


def _moments(case: Case) -> Iterator[Found]:
    review, live = case.review, case.version(case.review.live_version_id)
    public = [row.effective_at for row in case.versions if row.effective_at]
    yield "published_at", review.published_at, min(public, default=None)
    if live and review.state in PUBLIC:
        yield "live version: effective_at is set", live.effective_at is not None, True
    if live and review.state == State.HELD:
        yield "publishes_at", review.publishes_at, live.due_at
    gone = review.state in (State.REMOVED, State.REJECTED)
    yield "removed_at is set", review.removed_at is not None, gone


def _places(case: Case) -> Iterator[Found]:
    review = case.review
    holds = review.source == Source.AUTHOR and review.state in HOLDS_PLACE
    yield "holds a person's place", review.person_place is not None, holds
    yield "holds an account's place", review.account_place is not None, holds
    yield "verified_install", review.verified_install, review.source == Source.AUTHOR
    if holds and case.policy and review.user:
        key = person_key(Asker(review.app, review.account, review.user), case.policy)
        # Sent while its author was being erased: the key may still tell the platform's id.
        if review.person_key != key:
            key = erased_key(key, marketplace_id=review.marketplace_id)
            stored = erased_key(review.person_key, marketplace_id=review.marketplace_id)
            yield "person_key", stored, key


def _belonging(case: Case) -> Iterator[Found]:
    review = case.review
    yield "marketplace", review.marketplace_id, review.app.marketplace_id
    yield "account's marketplace", review.account.marketplace_id, review.marketplace_id
    yield "policy's marketplace", review.policy_version.marketplace_id, review.marketplace_id
    if review.user:
        yield "user's account", review.user.account_id, review.account_id


def _due(case: Case) -> Iterator[Found]:
    """A held review waits for its publication, a pending version for its day; nothing else waits.

    A row that could not be served waits longer than it was told, so its time is its own.
    """
    review, rows = case.review, {row.kind: row for row in case.due}
    pending = case.version(review.pending_version_id)
    wanted = {
        "publish": review.publishes_at if review.state == State.HELD else None,
        "edit": pending.due_at if pending else None,
    }
    for kind, at in wanted.items():
        row = rows.get(kind)
        if row is not None and row.attempts and at is not None:
            continue
        yield f"due row {kind}", row.due_at if row else None, at


def _answered(case: Case) -> Iterator[Found]:
    live = [row for row in case.replies if row.state == Reply.ReplyState.LIVE]
    yield "answered", case.review.answered, bool(live)
    for row in case.replies:
        number = row.version_number
        yield "reply: version it answers is there", number <= case.review.version_count, True


def _inbox(case: Case) -> Iterator[Found]:
    """The partner's inbox shows the review as it is, and its live reply."""
    if case.item is None:
        yield "inbox item", "none", "one"
        return
    live = next((row for row in case.replies if row.state == Reply.ReplyState.LIVE), None)
    answered = {row.number: row.stars for row in case.versions}
    wanted = item_of(case.review, live, answered.get(live.version_number) if live else None)
    for name in (*OF_REVIEW, *OF_REPLY):
        attribute = f"{name}_id" if name in ("app", "partner") else name
        yield f"inbox: {name}", getattr(case.item, attribute), getattr(wanted, attribute)


def _history(case: Case) -> Iterator[Found]:
    review = case.review
    if not case.history:
        yield "history", "none", "at least one row"
        return
    yield "history's chain", chain.broken(case.history), None
    first = case.history[0]
    yield "policy version in history", first.policy_version, review.policy_version.number
    states = [row.after for row in case.history if row.after and "state" in row.after]
    told = states[-1] if states else {}
    live, pending = case.version(review.live_version_id), case.version(review.pending_version_id)
    yield "state", str(review.state), told.get("state")
    yield "live version", live.number if live else None, told.get("version")
    yield "pending version", pending.number if pending else None, told.get("pending")
    yield "stars in history", review.stars, told.get("stars")


def _words_in_history(case: Case) -> Iterator[Found]:
    """Words, answers and evidence are those that history tells of, unless erased by law."""
    told, evidence = _told(case.history)
    erasures = sum(row.tag in ("review:erased", "review:forgotten") for row in case.history)
    for row in case.versions:
        name = f"version {row.number}"
        facts = told.get(row.number)
        if facts is None:
            yield f"{name}: words in history", "none", "their hash"
            continue
        now = version_facts(row)
        if row.erased_at:
            # An import may bring words that were erased elsewhere.
            known = erasures > 0 or case.review.source == Source.IMPORTED
            yield f"{name}: its erasure is in history", known, True
            now["words"] = facts["words"]
        yield f"{name}: words are those of history", now["words"] == facts["words"], True
        for key in ("stars", "origin", "qualities"):
            yield f"{name}: {key}", now[key], facts[key]
        if row.number in evidence and not row.erased_at:
            said = evidence[row.number]
            # Until history told of evidence by its hash, it told all of it.
            stored: Any = row.evidence if isinstance(said, dict) else evidence_hash(row)
            yield f"{name}: evidence is that of history", stored == said, True
    yield from _replies_in_history(case)


def _replies_in_history(case: Case) -> Iterator[Found]:
    hashes = {
        row.after["reply"]: row.after["words"]
        for row in case.history
        if row.after and "reply" in row.after and "words" in row.after
    }
    erased = {
        reply for row in case.history for reply in (row.after or {}).get("replies_erased", [])
    }
    for row in case.replies:
        words = hashes.get(str(row.pk))
        if row.erased_at:
            yield "reply: its erasure is in history", str(row.pk) in erased, True
        same = bool(row.erased_at) or chain.words_hash(row.salt, row.text) == words
        yield "reply: words are those of history", words is not None and same, True


def _told(history: Sequence[AuditRow]) -> tuple[dict[int, dict[str, Any]], dict[int, Any]]:
    """Facts of each version, and evidence where it was told, by number."""
    facts: dict[int, dict[str, Any]] = {}
    evidence: dict[int, Any] = {}
    for row in history:
        after = row.after or {}
        words = after.get("words")
        if isinstance(words, dict):
            facts[words["number"]] = words
            if "evidence" in after:
                evidence[words["number"]] = after["evidence"]
        facts |= {earlier["number"]: earlier for earlier in after.get("earlier", [])}
    return facts, evidence


CHECKS: tuple[Callable[[Case], Iterator[Found]], ...] = (
    _versions,
    _live_words,
    _moments,
    _places,
    _belonging,
    _due,
    _answered,
    _inbox,
    _history,
    _words_in_history,
)
