"""Screening on the way in: flags beside the review, refusal by the policy, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from arvio.catalog import actions as catalog
from arvio.catalog.explain import explain_field_error
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import Account
from arvio.policy.form import FormError
from arvio.reviews import actions as reviews
from arvio.reviews.actions import Submission
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.reviews.submitting import asker_of
from arvio.screening import likeness, queries
from arvio.screening.actions import forget, settle
from arvio.screening.models import Band, Flag, Seen
from tests import cast

pytestmark = pytest.mark.django_db

LONG = "The invoices are in the books a minute after the deal is won, and nobody types any more."
ALIKE = "The invoices are in the books a minute after the deal is won and nobody types anymore!"


def kinds(review: Review) -> list[str]:
    return sorted(Flag.objects.filter(review_id=review.pk).values_list("kind", flat=True))


def flag(review: Review, kind: str) -> Flag:
    return Flag.objects.get(review_id=review.pk, kind=kind)


# --- In words ----------------------------------------------------------------------------------


def test_words_are_flagged_with_their_evidence_and_the_review_goes_its_way() -> None:
    stage = cast.stage()
    text = "Bullshit. See www.rival.example, write to a@rival.example or +358 40 123 4567."
    review = stage.review(by=stage.anna, stars=5, text=text)
    assert review.state == State.HELD
    assert kinds(review) == ["denied_words", "emails", "links", "phones"]
    link = flag(review, "links")
    assert (link.field, link.excerpt, text[link.start : link.end]) == (
        "text", "www.rival.example", "www.rival.example",
    )  # fmt: skip
    assert (link.stars, link.version_number, link.app_id) == (5, 1, stage.app.pk)
    assert (link.found_at, link.is_open) == (stage.now, True)


def test_a_clean_review_has_no_flag_and_is_counted() -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna)
    assert kinds(review) == []
    assert Seen.objects.get().review_id == review.pk


@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_the_same_words_bring_the_same_flags_whatever_the_stars(stars: int) -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna, stars=stars, text="Shit, see www.rival.example")
    assert kinds(review) == ["denied_words", "links"]


@pytest.mark.parametrize("language", ["en", "ru", "fi"])
def test_what_the_policy_refuses_is_said_with_its_field_and_nothing_is_written(
    language: str,
) -> None:
    stage = cast.stage(overrides={"screening": {"links": "refuse", "cards": "refuse"}})
    with pytest.raises(FormError) as refusal:
        stage.review(by=stage.anna, text="See www.rival.example, I paid by 4111 1111 1111 1111.")
    errors = refusal.value.errors
    assert [(error.field, error.code) for error in errors] == [("text", "link"), ("text", "card")]
    said = [explain_field_error(error, language) for error in errors]
    assert "www.rival.example" in said[0]
    assert "4111 … 1111" in said[1]
    assert not Review.objects.exists()
    assert not Flag.objects.exists()


def test_an_edit_is_screened_by_the_policy_in_force() -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.review(by=stage.anna, stars=4)
    later = stage.now + timedelta(hours=1)
    edit: dict[str, Any] = {"viewer": stage.anna, "review_id": review.pk, "now": later}
    reviews.edit_review(changes={"pros": "www.rival.example"}, **edit)
    found = flag(review, "links")
    assert (found.version_number, found.field, found.found_at) == (2, "pros", later)
    set_policy(
        marketplace=stage.marketplace,
        preset="hubspot-2024",
        overrides={"screening": {"phones": "refuse"}},
        effective_at=later,
        actor="person:1",
        now=later,
    )
    with pytest.raises(FormError) as refusal:
        reviews.edit_review(changes={"cons": "Call +358 40 123 4567"}, **edit)
    assert [(e.field, e.code) for e in refusal.value.errors] == [("cons", "phone")]
    review.refresh_from_db()
    assert review.version_count == 2


# --- Texts alike -------------------------------------------------------------------------------


def test_a_text_like_another_accounts_is_flagged_with_its_share() -> None:
    stage = cast.stage()
    first = stage.review(by=stage.anna, text=LONG)
    stage.review(text="Calls land on the right deal, the office is quiet, and we are glad of it.")
    copy = stage.review(text=ALIKE)
    assert (kinds(first), kinds(copy)) == ([], ["duplicates"])
    evidence = flag(copy, "duplicates").values
    assert evidence["share"] >= 80
    assert (evidence["review"], evidence["app"]) == (str(first.pk), stage.app.ref)
    assert (evidence["same_app"], evidence["same_account"], evidence["others"]) == (True, False, 0)


def test_the_same_persons_text_counts_on_another_app_and_not_on_the_same() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    other = cast.make_app(stage.marketplace, stage.partner, "mail")
    cast.install(other, stage.acme)
    first = stage.review(by=stage.anna, text=LONG)
    later = stage.now + timedelta(minutes=5)
    edit: dict[str, Any] = {"viewer": stage.anna, "review_id": first.pk, "now": later}
    reviews.edit_review(changes={"text": ALIKE}, **edit)
    reviews.withdraw_review(viewer=stage.anna, review_id=first.pk, now=later)
    again = stage.review(by=stage.anna, text=LONG, at=later)
    assert kinds(first) == kinds(again) == []
    answers = cast.full_answers(stage.marketplace, later) | {"text": LONG}
    elsewhere = reviews.submit_review(viewer=stage.anna, app=other, answers=answers, now=later)
    assert kinds(elsewhere) == ["duplicates"]
    assert flag(elsewhere, "duplicates").values["same_account"] is True


def test_another_marketplaces_texts_are_not_looked_at() -> None:
    stage, rival = cast.stage(), cast.stage(slug="rival")
    rival.review(by=rival.anna, text=LONG)
    assert kinds(stage.review(by=stage.anna, text=LONG)) == []


def test_a_text_copied_many_times_fills_no_bucket_and_is_still_found() -> None:
    stage = cast.stage()
    copies = [submission(stage, text=LONG) for _ in range(likeness.FULL + 5)]
    made = reviews.submit_reviews(marketplace=stage.marketplace, submissions=copies, now=stage.now)
    assert Band.objects.count() == likeness.FULL * likeness.BANDS
    assert [kinds(review).count("duplicates") for review in made] == [0] + [1] * (len(made) - 1)
    last = stage.review(text=LONG)
    assert flag(last, "duplicates").values["others"] == likeness.FULL - 1


# --- Bursts ------------------------------------------------------------------------------------


def test_the_fifth_review_of_a_quiet_apps_day_is_a_burst_held_ones_counted() -> None:
    stage = cast.stage()
    made = [
        stage.review(at=stage.now + timedelta(hours=n), text=f"Number {n}", stars=1)
        for n in range(6)
    ]
    assert ["bursts" in kinds(review) for review in made] == [False] * 4 + [True] * 2
    assert flag(made[5], "bursts").values == {"recent": 6, "before": 0, "days": 28}
    calm = stage.review(at=stage.now + timedelta(days=2), text="Later")
    assert "bursts" not in kinds(calm)


def test_an_authors_edits_are_no_burst() -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.review(by=stage.anna)
    edit: dict[str, Any] = {"viewer": stage.anna, "review_id": review.pk, "now": stage.now}
    for n in range(6):
        reviews.edit_review(changes={"text": f"Changed {n}"}, **edit)
    assert kinds(review) == kinds(stage.review(text="Another")) == []


def test_an_app_with_a_lively_history_has_no_burst_of_five() -> None:
    stage = cast.stage(preset="hubspot-2022")
    for n in range(28):
        stage.review(at=stage.now - timedelta(days=2 + n), text=f"Earlier {n}")
    made = [stage.review(text=f"Today {n}") for n in range(5)]
    assert not any("bursts" in kinds(review) for review in made)


def test_history_written_down_later_is_no_burst() -> None:
    stage = cast.stage()
    at = stage.now - timedelta(days=9)
    old = [submission(stage, at=at, text=f"Old {n}") for n in range(9)]
    made = reviews.submit_reviews(marketplace=stage.marketplace, submissions=old, now=stage.now)
    assert not any("bursts" in kinds(review) for review in made)


# --- Who writes --------------------------------------------------------------------------------


def test_an_account_heard_of_today_is_new_unless_it_has_had_the_app_for_long() -> None:
    stage = cast.stage()
    for ref in ("fresh", "regular"):
        catalog.put_account(
            marketplace=stage.marketplace, ref=ref, name=ref, plan="pro", kind="production",
            now=stage.now - timedelta(hours=2),
        )  # fmt: skip
    fresh, regular = (
        Account.objects.get(marketplace=stage.marketplace, ref=ref) for ref in ("fresh", "regular")
    )
    cast.install(stage.app, fresh, at=stage.now - timedelta(hours=1))
    cast.install(stage.app, regular, at=stage.now - timedelta(days=90))
    new, known = (stage.review(by=stage.viewer(account=one)) for one in (fresh, regular))
    assert (kinds(new), kinds(known)) == (["new_account"], [])
    heard_at = (stage.now - timedelta(hours=2)).isoformat()
    assert flag(new, "new_account").values == {"known_since": heard_at}


def test_a_refreshed_account_keeps_the_moment_we_heard_of_it() -> None:
    stage = cast.stage()
    cast.installed_account(stage, "acme")
    stage.acme.refresh_from_db()
    assert stage.acme.heard_at == cast.LONG_AGO
    values: dict[str, Any] = {"name": "Acme", "plan": "pro", "kind": "production"}
    catalog.put_account(marketplace=stage.marketplace, ref="acme", now=stage.now, **values)
    stage.acme.refresh_from_db()
    assert stage.acme.heard_at == cast.LONG_AGO


def test_a_partners_domain_is_told_with_its_owner_while_it_is_theirs() -> None:
    stage = cast.stage()
    vector: dict[str, Any] = {
        "marketplace": stage.marketplace, "ref": "vector", "name": "Vector", "members": [],
        "now": stage.now,
    }  # fmt: skip
    catalog.put_partner(domains=["Vector.Example", "old.example"], **vector)
    by = stage.viewer(email="eve@eu.vector.example")
    review = stage.review(by=by, text="Better: www.old.example")
    found = Flag.objects.filter(review_id=review.pk, kind="partner_domains").order_by("field")
    assert [(one.field, one.values["partner"]) for one in found] == [
        ("author", "vector"), ("text", "vector"),
    ]  # fmt: skip
    catalog.put_partner(domains=["vector.example"], **vector)
    assert kinds(stage.review(text="Better: www.old.example")) == ["links"]


# --- What becomes of flags ---------------------------------------------------------------------


def test_settling_closes_all_flags_of_a_review_once_and_of_no_other() -> None:
    stage = cast.stage()
    one = stage.review(text="Shit, see www.rival.example")
    other = stage.review(text="See www.rival.example")
    assert settle(review_id=one.pk, outcome="case", by="person:1", now=stage.now) == 2
    assert [item.review_id for item in waiting(stage)] == [other.pk]
    assert settle(review_id=one.pk, outcome="upheld", by="person:1", now=stage.now) == 2
    assert settle(review_id=one.pk, outcome="dismissed", by="person:2", now=stage.now) == 0
    settled = flag(one, "links")
    assert (settled.outcome, settled.settled_by) == ("upheld", "person:1")
    assert flag(other, "links").is_open


def waiting(stage: cast.Stage) -> list[queries.Waiting]:
    return list(queries.waiting(marketplace=stage.marketplace).items)


def test_the_list_shows_each_review_once_oldest_first_page_by_page() -> None:
    stage = cast.stage(preset="hubspot-2024")
    made = [
        stage.review(at=stage.now + timedelta(minutes=n), text=f"Shit {n} www.rival{n}.example")
        for n in range(4)
    ]
    by = stage.viewer()
    edited = stage.review(by=by, at=stage.now - timedelta(hours=1), text="www.rival.example")
    reviews.edit_review(
        viewer=by, review_id=edited.pk, changes={"text": "www.rival2.example"}, now=stage.now
    )
    seen: list[Any] = []
    cursor = None
    while True:
        page = queries.waiting(marketplace=stage.marketplace, cursor=cursor, limit=2)
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    assert [item.review_id for item in seen] == [edited.pk, *(review.pk for review in made)]
    assert [one.version_number for one in seen[0].flags] == [1, 2]
    assert queries.waiting_count(marketplace=stage.marketplace) == 5


def test_rates_stand_side_by_side_for_few_and_many_stars() -> None:
    stage = cast.stage()
    bad = [stage.review(stars=1, text=f"Shit {n}") for n in range(2)]
    good = stage.review(stars=5, text="See www.rival.example and www.other.example")
    stage.review(stars=5, text="Fine")
    stage.review(stars=3, text="So so", at=stage.now - timedelta(days=40))
    stage.review(stars=5, text="Too late", at=stage.now + timedelta(days=1))
    settle(review_id=bad[0].pk, outcome="upheld", by="x", now=stage.now)
    settle(review_id=bad[1].pk, outcome="dismissed", by="x", now=stage.now)
    day = timedelta(days=1)
    found = queries.rates(
        marketplace=stage.marketplace, since=stage.now - day, until=stage.now + day
    )
    low, middle, high = (found[name] for name in ("low", "middle", "high"))
    assert (low.screened, low.flagged, low.flags) == (2, 2, {"denied_words": 2})
    assert (low.flag_rate, low.upheld_rate, low.open) == (1.0, 0.5, 0)
    assert (middle.screened, middle.flag_rate) == (0, None)
    assert (high.screened, high.flagged, high.flags, high.open) == (2, 1, {"links": 2}, 2)
    assert (high.flag_rate, high.upheld_rate) == (0.5, None)
    assert flag_count(good) == 2


def flag_count(review: Review) -> int:
    return len(queries.flags_of(review_ids=[review.pk])[review.pk])


def test_erasure_takes_the_words_and_the_likeness_and_leaves_the_flag() -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna, text=f"{LONG} www.rival.example")
    assert stage.anna.user is not None
    reviews.erase_user(user=stage.anna.user, actor="operator", now=stage.now)
    left = flag(review, "links")
    assert (left.excerpt, left.detail, left.values, left.stars) == ("", "", {}, 4)
    assert not Band.objects.exists()
    assert kinds(stage.review(text=f"{LONG} Again.")) == []
    forget(review_ids=[review.pk], now=stage.now)


@pytest.mark.parametrize(
    "change", [{"excerpt": "x"}, {"stars": 5}, {"outcome": "upheld"}, {"settled_at": None}]
)
def test_the_database_keeps_a_settled_flag_as_it_is(change: dict[str, Any]) -> None:
    stage = cast.stage()
    review = stage.review(text="www.rival.example")
    settle(review_id=review.pk, outcome="dismissed", by="person:1", now=stage.now)
    for refused in (
        lambda: Flag.objects.filter(review_id=review.pk).update(**change),
        lambda: Flag.objects.filter(review_id=review.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()


# --- What it costs -----------------------------------------------------------------------------


def submission(stage: cast.Stage, *, at: Any = None, **answers: Any) -> Submission:
    at = at or stage.now
    asker = asker_of(viewer=stage.viewer(), app=stage.app)
    return Submission(asker, cast.full_answers(stage.marketplace, at) | answers, at)


def test_any_number_of_reviews_costs_the_same_statements(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    stage = cast.stage()
    stage.review(text=f"{LONG} www.rival.example")
    counts = []
    for number in (5, 9):
        some = [
            submission(stage, text=f"{LONG} www.rival.example {n} {number}") for n in range(number)
        ]
        with count_sql() as statements:
            reviews.submit_reviews(marketplace=stage.marketplace, submissions=some, now=stage.now)
        counts.append(len(statements))
        asked = [sql for sql in statements if "screening_" in sql or "partner_domain" in sql]
        # Kept buckets and texts, the app's day, owners; bands, seen and flags are written.
        assert len(asked) == 7
    assert counts[0] == counts[1]
