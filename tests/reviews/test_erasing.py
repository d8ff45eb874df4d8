"""Erasure (R75): words and person go, stars, history and its proof stay."""

from __future__ import annotations

import pytest
from django.db import connection

from arvio.audit import rules
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.policy.names import NAMELESS
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, queries
from arvio.reviews.models import AboutAnswer, Draft, Review, ReviewVersion
from arvio.reviews.states import State
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

SECRETS = (
    "korhonen",
    "anna@customer.example",
    "unmistakable",
    "hidden pros",
    "sales queen",
    "drafted",
)


def everything() -> str:
    """Every value of every table, as text without case: what is searched has none."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            said.append(str(cursor.fetchall()))
    return " ".join(said).casefold()


def test_nothing_that_the_user_wrote_or_was_called_is_left_anywhere() -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.review(
        by=stage.anna,
        text="Unmistakable words",
        pros="Hidden pros",
        stars=2,
        about={"role": "Sales queen", "company_size": "1"},
    )
    change = {"text": "Unmistakable second words"}
    actions.edit_review(viewer=stage.anna, review_id=review.pk, changes=change, now=stage.now)
    actions.save_draft(
        viewer=stage.anna, app=stage.app, answers={"text": "drafted"}, step=1, now=stage.now
    )
    other = stage.review(by=stage.arvo, text="Words of Arvo")
    assert all(secret in everything() for secret in SECRETS)
    assert stage.anna.user is not None
    assert actions.erase_user(user=stage.anna.user, actor="command", now=stage.now) == 1
    assert [secret for secret in SECRETS if secret in everything()] == []
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert (public.stars, public.text, public.about, public.erased) == (2, "", {}, True)
    assert RatingSummary.objects.get().histogram == (0, 1, 0, 1, 0)
    assert not Draft.objects.exists()
    still, _ = queries.public_review(review_id=other.pk, now=stage.now)
    assert (still.text, still.display_name) == ("Words of Arvo", "Arvo A.")


def test_who_comes_back_is_known_again_but_not_on_what_was_erased() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    again = cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    assert again.user is not None and again.user.name == "Anna Korhonen"
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert public.display_name == NAMELESS


def test_history_stays_whole_and_says_that_it_happened() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    rows = list(AuditRow.objects.filter(subject=review.subject).order_by("seq"))
    assert rows[-1].tag == "review:erased"
    assert rules.broken(rows) is None
    assert set(ReviewVersion.objects.values_list("salt", "erased_at")) == {("", stage.now)}
    assert set(AboutAnswer.objects.values_list("value", flat=True)) == {""}


def test_erasing_again_changes_nothing_more() -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.review(by=stage.anna)
    assert stage.anna.user is not None
    for _ in range(2):
        actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert ReviewVersion.objects.get().erased_at == stage.now


def test_a_held_review_is_never_published() -> None:
    """Nothing of it would be left to publish; what is public already keeps its stars."""
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna, stars=1)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert review.publishes_at is not None
    assert work_once(now=review.publishes_at).get("publish") is None
    review.refresh_from_db()
    assert (review.state, review.removed_rule) == (State.REMOVED, "erased")
    assert (review.person_place, review.published_at) == (None, None)


def test_what_was_archived_for_an_affiliation_does_not_come_back_by_forgetting_it() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    members = [("anna@customer.example", "Anna", "reader")]
    for _ in range(2):
        catalog.put_partner(
            marketplace=stage.marketplace, ref="pixel", name="Pixel", members=members, now=stage.now
        )
        work_once(now=stage.now)
        assert stage.anna.user is not None
        actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert Review.objects.get(pk=review.pk).state == State.ARCHIVED
