"""What a submission writes, and what it leaves when it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.due.models import Due
from arvio.policy.form import FormError
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, editing, queries
from arvio.reviews.actions import Submission
from arvio.reviews.errors import Refused
from arvio.reviews.models import AboutAnswer, Consent, Draft, Review, ReviewVersion
from arvio.reviews.rows import guess_language
from arvio.reviews.states import State
from arvio.reviews.submitting import asker_of
from tests import cast

pytestmark = pytest.mark.django_db


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [check.code for check in refusal.value.verdict.failed]


def nothing_is_written() -> bool:
    tables = (Review, ReviewVersion, AboutAnswer, Consent, RatingSummary)
    return not any(model._default_manager.exists() for model in tables) and not (
        AuditRow.objects.filter(subject__startswith="review:").exists()
        or Due.objects.filter(kind="publish").exists()
    )


def test_a_review_is_held_with_everything_that_belongs_to_it() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna, stars=2, text="  It loses calls.  ")
    assert (review.state, review.publishes_at) == (State.HELD, stage.now + timedelta(days=3))
    assert (review.person_place, review.account_place) == (1, 1)
    version = ReviewVersion.objects.get()
    assert (version.number, version.origin, version.text) == (1, "author", "It loses calls.")
    assert version.effective_at is None
    assert version.evidence == {
        "installation": str(review.installation_id),
        "installed_at": cast.LONG_AGO.isoformat(),
        "version": "3.2",
        "source": "server_key",
        "plan": "commercial",
        "account_kind": "production",
        "surface": "in_product",
        "locale": "en",
        "checked_at": stage.now.isoformat(),
    }
    assert [row.key for row in Consent.objects.order_by("key")] == ["guidelines", "privacy"]
    assert {(row.text_version, row.given_at) for row in Consent.objects.all()} == {("1", stage.now)}
    due = Due.objects.get(kind="publish")
    assert (due.key, due.due_at) == (str(review.pk), review.publishes_at)
    rows = AuditRow.objects.filter(subject=review.subject)
    assert [(row.seq, row.tag, row.policy_version) for row in rows] == [(1, "review:submitted", 1)]
    assert not RatingSummary.objects.exists()


def test_without_a_hold_it_is_public_in_the_same_breath() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna, stars=5)
    assert (review.state, review.published_at) == (State.PUBLISHED, stage.now)
    assert ReviewVersion.objects.get().effective_at == stage.now
    rows = AuditRow.objects.filter(subject=review.subject).order_by("seq")
    assert [row.tag for row in rows] == ["review:submitted", "review:published"]
    assert RatingSummary.objects.get().histogram == (0, 0, 0, 0, 1)
    assert not Due.objects.filter(kind="publish").exists()


def test_about_you_is_kept_apart_with_its_visibility() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(
        by=stage.anna, about={"role": "Sales lead", "company_size": "2-10", "industry": "retail"}
    )
    kept = {row.key: (row.value, row.public) for row in AboutAnswer.objects.all()}
    assert kept == {
        "role": ("Sales lead", True),
        "company_size": ("2-10", True),
        "industry": ("retail", False),
    }
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert public.about == {"role": "Sales lead", "company_size": "2-10"}


def test_version_and_plan_come_from_our_record_and_never_from_the_author() -> None:
    stage = cast.stage()
    with pytest.raises(FormError) as refusal:
        stage.review(by=stage.anna, app_version="9.9", plan="enterprise")
    assert [error.code for error in refusal.value.errors] == ["unknown_field"] * 2
    assert stage.review(by=stage.anna).app_version == "3.2"


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({"stars": None}, ["stars"]),
        ({"stars": 6, "text": " "}, ["stars", "text"]),
        ({"stars": True}, ["stars"]),
        ({"text": "a\0b"}, ["text"]),
        ({"text": "<b>bold</b>"}, ["text"]),
        ({"qualities": {"ease_of_use": 6}}, ["qualities.ease_of_use"]),
        ({"qualities": {"ease_of_use": None}}, ["qualities.ease_of_use"]),
        ({"qualities": {"speed": 5}}, ["qualities.speed"]),
        ({"consents": []}, ["consents.uses_app", "consents.guidelines", "consents.privacy"]),
    ],
)
def test_bad_answers_name_their_fields_and_write_nothing(
    answers: dict[str, Any], fields: list[str]
) -> None:
    stage = cast.stage(preset="hubspot-2022")
    if "qualities" in answers:
        answers = {"qualities": {"ease_of_use": 4, "features": 4, **answers["qualities"]}}
    with pytest.raises(FormError) as refusal:
        stage.review(by=stage.anna, **answers)
    assert [error.field for error in refusal.value.errors] == fields
    assert nothing_is_written()


def test_a_refusal_gives_every_reason_and_writes_nothing() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    account = stage.zed.account
    assert account is not None
    catalog.ban(account=account, reason="spam", now=stage.now)
    zed = cast.viewer(stage.marketplace, account, "zoe", email="zoe@pixel.example", surface="web")
    with pytest.raises(Refused) as refusal:
        stage.review(by=zed)
    assert codes(refusal) == [
        "not_in_product",
        "not_installed",
        "plan_not_commercial",
        "affiliated",
        "banned",
    ]
    assert nothing_is_written()


def test_an_account_that_nobody_told_us_of_is_not_installed() -> None:
    stage = cast.stage()
    stranger = stage.anna.__class__(
        marketplace=stage.marketplace, surface="in_product", name="X", email="", locale="en"
    )
    with pytest.raises(Refused) as refusal:
        stage.review(by=stranger)
    assert codes(refusal) == ["not_installed"]


def test_an_uninstalled_app_can_not_be_reviewed_and_a_reinstalled_one_can() -> None:
    stage = cast.stage()
    gone = stage.now - timedelta(days=1)
    catalog.end_installation(app=stage.app, account=stage.acme, uninstalled_at=gone, now=gone)
    with pytest.raises(Refused) as refusal:
        stage.review(by=stage.anna)
    assert codes(refusal) == ["not_installed"]
    cast.install(stage.app, stage.acme, at=stage.now - timedelta(hours=1))
    assert stage.review(by=stage.anna).state == State.HELD


def test_many_submissions_are_all_taken_or_none() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    good = cast.full_answers(stage.marketplace, stage.now)
    makers = [stage.viewer() for _ in range(3)]
    several = [
        Submission(asker=asker_of(viewer=maker, app=stage.app), answers=good, at=stage.now)
        for maker in [*makers, stage.zed]
    ]
    with pytest.raises(Refused):
        actions.submit_reviews(marketplace=stage.marketplace, submissions=several, now=stage.now)
    assert nothing_is_written()
    taken = actions.submit_reviews(
        marketplace=stage.marketplace, submissions=several[:3], now=stage.now
    )
    assert len(taken) == Review.objects.count() == 3


# --- Drafts (R31) ------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_until_it_is_sent() -> None:
    stage = cast.stage(preset="hubspot-2022")
    half = {"stars": 2, "text": "not yet a s"}
    actions.save_draft(viewer=stage.anna, app=stage.app, answers=half, step=1, now=stage.now)
    actions.save_draft(
        viewer=stage.anna, app=stage.app, answers=half | {"title": "T"}, step=2, now=stage.now
    )
    actions.save_draft(viewer=stage.arvo, app=stage.app, answers=half, step=1, now=stage.now)
    kept = editing.draft_of(viewer=stage.anna, app=stage.app)
    assert kept is not None
    assert (kept.answers, kept.step) == (half | {"title": "T"}, 2)
    with pytest.raises(FormError):
        stage.review(by=stage.anna, stars=9)
    assert editing.draft_of(viewer=stage.anna, app=stage.app) is not None
    stage.review(by=stage.anna)
    assert editing.draft_of(viewer=stage.anna, app=stage.app) is None
    assert Draft.objects.get().user == stage.arvo.user


def test_nobody_keeps_a_draft_for_somebody_we_do_not_know() -> None:
    stage = cast.stage()
    stranger = stage.anna.__class__(
        marketplace=stage.marketplace, surface="web", name="X", email="", locale="en"
    )
    assert (
        actions.save_draft(viewer=stranger, app=stage.app, answers={}, step=1, now=stage.now)
        is None
    )
    assert editing.draft_of(viewer=stranger, app=stage.app) is None


# --- Affiliation (R11) -------------------------------------------------------------------------


def rival(stage: cast.Stage) -> Any:
    """A member of another partner, working at Acme."""
    catalog.put_partner(
        marketplace=stage.marketplace,
        ref="rival",
        name="Rival",
        members=[("rita@rival.example", "Rita", "owner")],
        now=cast.LONG_AGO,
    )
    return cast.viewer(stage.marketplace, stage.acme, "rita", email="rita@rival.example")


@pytest.mark.parametrize("said", [None, "", "  ", "\u200b\u200b", "..."])
def test_another_partner_must_disclose_in_words_that_can_be_read(said: str | None) -> None:
    stage = cast.stage()
    with pytest.raises(Refused) as refusal:
        stage.review(by=rival(stage), affiliation=said)
    assert codes(refusal) == ["affiliated"]


def test_a_disclosed_affiliation_is_shown_and_can_not_be_taken_back() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    rita = rival(stage)
    review = stage.published(by=rita, affiliation="I work at Rival, which sells a similar app.")
    assert review.state == State.PUBLISHED
    for blank in (None, "\u200b "):
        actions.edit_review(
            viewer=rita, review_id=review.pk, changes={"affiliation": blank}, now=stage.now
        )
        public, _ = queries.public_review(review_id=review.pk, now=stage.now)
        assert public.affiliation == "I work at Rival, which sells a similar app."


@pytest.mark.parametrize(
    ("words", "locale", "expected"),
    [
        ("Отличное приложение", "en", "ru"),
        ("Great app", "fi-FI", "fi"),
        ("Great app", "ru", "en"),
        ("Great app", "", "en"),
        ("", "ru_RU", "ru"),
        ("12345", "", "en"),
    ],
)
def test_the_language_is_guessed_from_script_then_locale(
    words: str, locale: str, expected: str
) -> None:
    marketplace = cast.stage().marketplace
    assert guess_language(words=words, locale=locale, marketplace=marketplace) == expected
