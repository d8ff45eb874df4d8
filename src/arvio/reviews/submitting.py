"""Submitting: facts, verdict, answers, places and rows of any number, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from arvio.catalog import queries as catalog
from arvio.catalog.models import App, Marketplace, PolicyVersion
from arvio.catalog.pseudonyms import pseudonym
from arvio.catalog.queries import Asker, Known, Viewer
from arvio.ids import uuid7
from arvio.policy.eligibility import check_eligibility
from arvio.policy.form import Cleaned, check_answers
from arvio.policy.model import Policy
from arvio.policy.verdict import Verdict
from arvio.reviews import telling
from arvio.reviews.constraints import is_place_taken
from arvio.reviews.errors import Refused
from arvio.reviews.models import Draft, Review, ReviewVersion, Source
from arvio.reviews.rows import (
    Rows,
    add_rows,
    agreed,
    guess_language,
    make_version,
    version_search_text,
    write_rows,
)
from arvio.reviews.screened import check_screened, screened
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.screening import actions as screening

MOST_ATTEMPTS = 500
# A person's key begins with this where the account doesn't matter; account ids never do.
ANYWHERE = "*/"


@dataclass(frozen=True)
class Submission:
    """What somebody sends: who asks, the answers as the form names them, and when."""

    asker: Asker
    answers: Mapping[str, Any]
    at: datetime


@dataclass
class _Places:
    """Numbers taken on each app by person and by account."""

    person: dict[tuple[UUID, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    account: dict[tuple[UUID, UUID], set[int]] = field(default_factory=lambda: defaultdict(set))


def submit_review(*, viewer: Viewer, app: App, answers: Mapping[str, Any], now: datetime) -> Review:
    """One review by a viewer.

    Raises Refused with every reason, or FormError with every field (CONTRACT 3).
    """
    asker = asker_of(viewer=viewer, app=app, affiliation=str(answers.get("affiliation") or ""))
    submission = Submission(asker=asker, answers=answers, at=now)
    return submit_reviews(marketplace=viewer.marketplace, submissions=[submission], now=now)[0]


def submit_reviews(
    *, marketplace: Marketplace, submissions: Sequence[Submission], now: datetime
) -> list[Review]:
    """All of them or none.

    Two that want one place at the same moment meet in the unique keys: the later looks again.
    """
    for _ in range(MOST_ATTEMPTS):
        try:
            with transaction.atomic():
                return _submit(marketplace, submissions, now)
        except IntegrityError as error:
            if not is_place_taken(error):
                raise
    raise RuntimeError("no place was found for a review after many attempts")


def asker_of(*, viewer: Viewer, app: App, affiliation: str = "") -> Asker:
    """Signs that nobody can read disclose nothing (R11)."""
    readable = any(character.isalnum() for character in affiliation)
    return Asker(
        app=app,
        account=viewer.account,
        user=viewer.user,
        surface=viewer.surface,
        email=viewer.email,
        affiliation=affiliation.strip() if readable else "",
    )


def judge(
    *, marketplace: Marketplace, asker: Asker, version: PolicyVersion, now: datetime
) -> tuple[Verdict, Known]:
    """May this person review this app now?

    The same verdict serves the page, the API and the submission.
    """
    return judge_all(marketplace=marketplace, askers=[asker], version=version, now=now)[0]


def judge_all(
    *, marketplace: Marketplace, askers: Sequence[Asker], version: PolicyVersion, now: datetime
) -> list[tuple[Verdict, Known]]:
    """As `judge`, with the same number of statements for any number of askers."""
    facts = catalog.facts(marketplace=marketplace, askers=askers, now=now)
    places = _places(askers, version.policy)
    return [
        (_verdict(asker, known, places, version, now), known)
        for asker, known in zip(askers, facts, strict=True)
    ]


def _verdict(
    asker: Asker, known: Known, places: _Places, version: PolicyVersion, now: datetime
) -> Verdict:
    person = account = 0
    if asker.account:
        account = len(places.account[asker.app.pk, asker.account.pk])
        if asker.user:
            person = len(places.person[asker.app.pk, person_key(asker, version.policy)])
    facts = replace(known.facts, person_reviews=person, account_reviews=account)
    return check_eligibility(
        policy=version.policy, facts=facts, now=now, policy_version=version.number
    )


def person_key(asker: Asker, policy: Policy) -> str:
    """Who counts as one person: a user of an account, or the user wherever it is (CONTRACT 2)."""
    if asker.account is None or asker.user is None:
        raise ValueError("only a known user of a known account counts as a person")
    if policy.limits.user_scope == "marketplace":
        return f"{ANYWHERE}{asker.user.ref}"
    return f"{asker.account.pk}/{asker.user.ref}"


def erased_key(key: str, *, marketplace_id: UUID) -> str:
    """The person's key once the person is erased: the pseudonym stands for the platform's id."""
    where, slash, ref = key.partition("/")
    return where + slash + pseudonym(marketplace_id=marketplace_id, ref=ref)


def _submit(
    marketplace: Marketplace, submissions: Sequence[Submission], now: datetime
) -> list[Review]:
    submissions = _at_home(submissions)
    versions = _versions_in_force(marketplace, submissions, now)
    askers = [submission.asker for submission in submissions]
    facts = catalog.facts(marketplace=marketplace, askers=askers, now=now)
    places = _places(askers, versions[-1].policy)
    guidelines = catalog.guidelines_numbers(
        marketplace=marketplace, moments=[submission.at for submission in submissions]
    )
    rows, versions_screened = Rows(), []
    for submission, version, known, number in zip(
        submissions, versions, facts, guidelines, strict=True
    ):
        verdict = _verdict(submission.asker, known, places, version, submission.at)
        if not verdict.allowed:
            raise Refused(verdict)
        answers = agreed(
            answers=check_answers(form=version.policy.form, answers=submission.answers),
            guidelines=number,
        )
        found = check_screened(answers=answers, policy=version.policy)
        _add_review(rows, marketplace, submission, version, known, answers, places, now)
        versions_screened.append(
            screened(
                words=rows.versions[-1],
                answers=answers,
                found=found,
                asker=submission.asker,
                known=known,
                person_key=rows.reviews[-1].person_key,
                policy=version.policy,
            )
        )
    write_rows(rows=rows, marketplace=marketplace, now=now)
    screening.screen(marketplace=marketplace, versions=versions_screened, now=now)
    telling.submitted(reviews=rows.reviews, style=versions[-1].policy.privacy.display_name, now=now)
    Draft.objects.filter(
        app_id__in={asker.app.pk for asker in askers},
        user__in=[asker.user for asker in askers if asker.user],
    ).delete()
    return rows.reviews


def _at_home(submissions: Sequence[Submission]) -> Sequence[Submission]:
    """Hold the accounts, so that none is merged away meanwhile; one that was, since the viewer was
    read, submits as the account that it leads to. One statement, unless there is such a one.
    """
    homes = catalog.hold_homes(accounts=[one.asker.account for one in submissions])
    if not homes:
        return submissions
    users = catalog.same_users(users=[one.asker.user for one in submissions])
    return [
        replace(one, asker=replace(one.asker, account=homes[one.asker.account.pk], user=user))
        if one.asker.account and one.asker.account.pk in homes
        else one
        for one, user in zip(submissions, users, strict=True)
    ]


def _versions_in_force(
    marketplace: Marketplace, submissions: Sequence[Submission], now: datetime
) -> list[PolicyVersion]:
    if all(submission.at == now for submission in submissions):
        version = catalog.policy_in_force(marketplace=marketplace, now=now)
        return [version] * len(submissions)
    history = list(catalog.policy_history(marketplace=marketplace))
    return [
        next(version for version in history if version.effective_at <= submission.at)
        for submission in submissions
    ]


def _places(askers: Sequence[Asker], policy: Policy) -> _Places:
    """Places taken by these people and accounts on these apps; one statement."""
    places = _Places()
    accounts = {asker.account.pk for asker in askers if asker.account}
    if not accounts:
        return places
    people = {
        key: erased_key(key, marketplace_id=asker.app.marketplace_id)
        for asker in askers
        if asker.account and asker.user
        for key in [person_key(asker, policy)]
    }
    # What one wrote before an erasure counts for whoever has come back.
    known = {erased: key for key, erased in people.items()}
    rows = Review.objects.filter(
        Q(account_id__in=accounts) | Q(person_key__in={*people, *people.values()}),
        app_id__in={asker.app.pk for asker in askers},
        state__in=sorted(HOLDS_PLACE),
    )
    for app, person, person_place, account, account_place in rows.values_list(
        "app_id", "person_key", "person_place", "account_id", "account_place"
    ):
        if person_place is not None and account_place is not None:
            places.person[app, known.get(person, person)].add(person_place)
            places.account[app, account].add(account_place)
    return places


def lowest_free(taken: set[int]) -> int:
    """Take the lowest number that isn't taken."""
    number = 1
    while number in taken:
        number += 1
    taken.add(number)
    return number


def _add_review(
    rows: Rows,
    marketplace: Marketplace,
    submission: Submission,
    version: PolicyVersion,
    known: Known,
    answers: Cleaned,
    places: _Places,
    now: datetime,
) -> None:
    asker, at = submission.asker, submission.at
    if asker.account is None or asker.user is None:
        raise ValueError("the verdict allowed somebody without an account")
    key = person_key(asker, version.policy)
    due_at = version.policy.publication.hold.add(at)
    language = answers.language or guess_language(
        words=f"{answers.title} {answers.text}", locale=asker.user.locale, marketplace=marketplace
    )
    installation = known.installation
    words = make_version(
        app_id=asker.app.pk,
        review_id=uuid7(),
        number=1,
        origin=ReviewVersion.Origin.AUTHOR,
        answers=answers,
        language=language,
        evidence=evidence_of(asker, known, at),
        at=at,
        due_at=due_at,
    )
    review = Review(
        id=words.review_id,
        marketplace=marketplace,
        app=asker.app,
        account=asker.account,
        user=asker.user,
        installation=installation,
        policy_version=version,
        source=Source.AUTHOR,
        state=State.HELD,
        person_key=key,
        person_place=lowest_free(places.person[asker.app.pk, key]),
        account_place=lowest_free(places.account[asker.app.pk, asker.account.pk]),
        stars=answers.stars,
        language=language,
        has_text=bool(answers.text),
        verified_install=True,
        app_version=(installation.version if installation else "") or asker.app.version,
        search_text=version_search_text(words),
        submitted_at=at,
        publishes_at=due_at,
        live_version=words,
    )
    add_rows(
        rows=rows,
        review=review,
        words=words,
        answers=answers,
        version=version,
        actor=f"user:{asker.user.pk}",
        now=now,
    )


def evidence_of(asker: Asker, known: Known, at: datetime) -> dict[str, Any]:
    """Why this review was allowed: stored with it, insert-only (R15, R32)."""
    installation = known.installation
    return {
        "installation": str(installation.pk) if installation else None,
        "installed_at": _text(installation.installed_at) if installation else None,
        "version": installation.version if installation else None,
        "source": installation.source if installation else None,
        "plan": asker.account.plan if asker.account else None,
        "account_kind": asker.account.kind if asker.account else None,
        "surface": asker.surface,
        "locale": asker.user.locale if asker.user else None,
        "checked_at": _text(at),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
