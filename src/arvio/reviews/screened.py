"""What screening is given of a new version, and its refusal where the policy says so."""

from __future__ import annotations

from datetime import datetime

from arvio.catalog.models import Account, Installation
from arvio.catalog.queries import Asker, Known
from arvio.policy.form import Cleaned, FormError
from arvio.policy.model import Policy
from arvio.reviews.models import ReviewVersion
from arvio.screening import rules
from arvio.screening.actions import Screened
from arvio.screening.found import Found


def check_screened(*, answers: Cleaned, policy: Policy) -> list[Found]:
    """Look at all words of a review. Raises FormError with what the policy refuses of them."""
    found = rules.check_words(fields=_fields(answers), screening=policy.screening)
    errors = rules.refusals(found)
    if errors:
        raise FormError(errors)
    return found


def screened(
    *,
    words: ReviewVersion,
    answers: Cleaned,
    found: list[Found],
    asker: Asker,
    known: Known,
    person_key: str,
    policy: Policy,
) -> Screened:
    if asker.account is None:
        raise ValueError("only a review from an account is screened")
    return Screened(
        app=asker.app,
        account=asker.account,
        review_id=words.review_id,
        number=words.number,
        person_key=person_key,
        author_email=asker.email,
        stars=words.stars,
        fields=_fields(answers),
        found=found,
        screening=policy.screening,
        known_since=_known_since(asker.account, known.installation),
        at=words.submitted_at,
    )


def _fields(answers: Cleaned) -> dict[str, str]:
    """Everything that the author wrote, by the names that errors have."""
    content = {
        key: getattr(answers, key) for key in ("title", "text", "pros", "cons", "affiliation")
    }
    about = {f"about.{key}": value for key, value in answers.about.items()}
    return {key: text for key, text in {**content, **about}.items() if text}


def _known_since(account: Account, installation: Installation | None) -> datetime | None:
    """An account that has had the app for a year isn't new because we heard of it today."""
    installed_at = installation.installed_at if installation else None
    if account.heard_at is None or installed_at is None:
        return account.heard_at
    return min(account.heard_at, installed_at)
