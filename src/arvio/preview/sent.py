"""Reviews that were sent lately, as they would have fared: form, hold, second look, words, door.

What was sent keeps the rules it was sent under (CONTRACT 4), so none of this happens to these
reviews. It tells what to expect of those to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.catalog import queries as catalog
from arvio.catalog.queries import Asker, Known
from arvio.paging import Key, moment
from arvio.policy.eligibility import check_publication
from arvio.policy.form import FormError, check_answers
from arvio.policy.model import Form, Policy
from arvio.preview.shapes import RECENT, Change, Found, Item, Place, Step, by_app, place_of
from arvio.reviews.models import AboutAnswer, InboxItem, Review, ReviewVersion, Source
from arvio.screening.rules import check_words

HOLD, FORM, OUTSIDE = "hold_otherwise", "form_refuses", "written_outside"
STOPPED, PASSED = "second_look_stops", "second_look_passes"
REFUSED, ALLOWED, FLAGGED = "words_refused", "words_allowed", "words_flagged"
UNFLAGGED = "words_unflagged"
CODES = (HOLD, STOPPED, PASSED, FORM, OUTSIDE, REFUSED, ALLOWED, FLAGGED, UNFLAGGED)
ORDER = (Key("app_id", UUID), Key("submitted_at", moment), Key("review_id", UUID))
WORDS = ("title", "text", "pros", "cons")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A review with its first words, as its author sent them, and what is known of them now."""

    review: Review
    words: ReviewVersion
    about: Mapping[str, str]
    known: Known


def touched(change: Change) -> bool:
    return any(differs(change) for differs, _ in LOOKS)


def values(change: Change, code: str) -> Mapping[str, Any]:
    return {"old": str(change.old.publication.hold), "new": str(change.new.publication.hold)}


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By app and time, along the inbox; six statements for each batch."""
    looks = [look for differs, look in LOOKS if differs(change)]
    rows = InboxItem.objects.filter(submitted_at__gte=change.now - RECENT)

    def look_at(batch: Sequence[InboxItem]) -> Iterator[Found]:
        places = {row.pk: place_of(row, ORDER) for row in batch}
        for sent in _sent(change, list(places)):
            for look in looks:
                for code, old, new in look(change, sent):
                    yield Found(code, _item(sent, old, new, places[sent.review.pk]))

    return by_app(change, rows, ORDER, start, look_at)


def _item(sent: _Sent, old: Any, new: Any, place: Place) -> Item:
    review = sent.review
    return Item(
        "review", review.app.name, str(review.pk), old, new, about=sent.words.title, place=place
    )


def _sent(change: Change, pks: Sequence[UUID]) -> Iterator[_Sent]:
    """In the order of the ids given. What was erased has no words to look at."""
    rows = ReviewVersion.objects.filter(
        review__in=pks, number=1, erased_at=None, review__source=Source.AUTHOR
    ).select_related("review__app__partner", "review__account", "review__user")
    first = {row.review_id: row for row in rows}
    about: dict[UUID, dict[str, str]] = defaultdict(dict)
    for version, key, value in AboutAnswer.objects.filter(
        version__in=[row.pk for row in first.values()]
    ).values_list("version_id", "key", "value"):
        about[version][key] = value
    found = [first[pk] for pk in pks if pk in first]
    for row, known in zip(found, _known(change, found), strict=True):
        yield _Sent(row.review, row, about[row.pk], known)


def _known(change: Change, rows: Sequence[ReviewVersion]) -> list[Known]:
    askers = [
        Asker(
            app=row.review.app,
            account=row.review.account,
            user=row.review.user,
            email=row.review.user.email if row.review.user else "",
            affiliation=row.affiliation,
        )
        for row in rows
    ]
    return catalog.facts(marketplace=change.marketplace, askers=askers, now=change.at)


Looked = Iterator[tuple[str, Any, Any]]


def _hold(change: Change, sent: _Sent) -> Looked:
    old, new = (
        policy.publication.hold.add(sent.review.submitted_at) for policy in (change.old, change.new)
    )
    if old != new:
        yield HOLD, old, new


def _second_look(change: Change, sent: _Sent) -> Looked:
    old, new = (_stops(policy, sent, change.at) for policy in (change.old, change.new))
    if bool(old) != bool(new):
        yield STOPPED if new else PASSED, old, new


def _stops(policy: Policy, sent: _Sent, now: datetime) -> list[str]:
    verdict = check_publication(policy=policy, facts=sent.known.facts, now=now)
    return [check.code for check in verdict.failed]


def _form(change: Change, sent: _Sent) -> Looked:
    old, new = (_faults(policy.form, sent) for policy in (change.old, change.new))
    if new and not old:
        yield FORM, old, new


def _faults(form: Form, sent: _Sent) -> list[tuple[str, str]]:
    """(field, what is wrong). Questions that the form doesn't ask wouldn't have been answered, and
    whoever writes agrees to what is asked, so neither counts.
    """
    content = {
        key: getattr(sent.words, key)
        for key in form.content
        if key == "stars" or getattr(sent.words, key)
    }
    answers = {
        **content,
        "qualities": {k: v for k, v in sent.words.qualities.items() if k in form.qualities},
        "about": {k: v for k, v in sent.about.items() if k in form.about},
        "consents": list(form.consents),
    }
    try:
        check_answers(form=form, answers=answers)
    except FormError as error:
        return [(one.field, one.code) for one in error.errors]
    return []


def _door(change: Change, sent: _Sent) -> Looked:
    if sent.words.evidence.get("surface") == "web":
        yield OUTSIDE, "web", "in_product"


def _words(change: Change, sent: _Sent) -> Looked:
    fields = {key: getattr(sent.words, key) for key in (*WORDS, "affiliation")}
    fields |= {f"about.{key}": value for key, value in sent.about.items()}
    written = {key: text for key, text in fields.items() if text}
    old, new = (
        sorted({(one.kind, one.mode) for one in check_words(fields=written, screening=rules)})
        for rules in (change.old.screening, change.new.screening)
    )
    was, will = (any(mode == "refuse" for _, mode in found) for found in (old, new))
    if was != will:
        yield REFUSED if will else ALLOWED, old, new
    elif not will and bool(old) != bool(new):
        yield FLAGGED if new else UNFLAGGED, old, new


IN_WORDS = ("denied_words", "own_words", "links", "emails", "phones", "cards")
Look = Callable[[Change, _Sent], Looked]
# Which rules must differ, and what is looked at then.
LOOKS: tuple[tuple[Callable[[Change], bool], Look], ...] = (
    (lambda c: c.old.publication.hold != c.new.publication.hold, _hold),
    (lambda c: c.old.publication.recheck != c.new.publication.recheck, _second_look),
    (lambda c: c.old.form != c.new.form, _form),
    (
        lambda c: (c.old.eligibility.surface, c.new.eligibility.surface) == ("any", "in_product"),
        _door,
    ),
    (
        lambda c: any(
            getattr(c.old.screening, key) != getattr(c.new.screening, key) for key in IN_WORDS
        ),
        _words,
    ),
)
