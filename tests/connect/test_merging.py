"""Two accounts become one, and everybody finds what they had."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from arvio.asking.prompt_actions import take_moment
from arvio.asking.prompt_models import PromptTurn, PromptUse
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, App, Ban, Installation, User
from arvio.catalog.queries import Viewer
from arvio.catalog.renaming import rename_account
from arvio.catalog.viewers import enter
from arvio.connect.erasing import erase_everywhere
from arvio.connect.merging import SWEEP, merge_accounts, sweep
from arvio.due.models import Due
from arvio.moderation import correcting
from arvio.moderation.models import CorrectionRequest
from arvio.notify.models import Preference
from arvio.people.tokens import Claims
from arvio.reviews import actions as reviews
from arvio.reviews.errors import Refused
from arvio.reviews.models import Draft, Review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage, stage
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def of(viewer: Viewer) -> User:
    assert viewer.user is not None
    return viewer.user


@pytest.fixture
def store() -> Stage:
    return stage()


def globex(store: Stage) -> Account:
    return cast.installed_account(store, "globex")


def merge(store: Stage, ref: str = "acme", into: str = "globex") -> Account:
    return merge_accounts(marketplace=store.marketplace, ref=ref, into=into, actor="key:x", now=NOW)


def claims(user: str, account: str = "acme") -> Claims:
    return Claims(
        marketplace="store",
        user=user,
        account=account,
        surface="in_product",
        name="Anna K.",
        email=None,
        locale=None,
        expires_at=0,
    )


def test_everything_of_an_account_goes_to_the_one_it_is_merged_into(store: Stage) -> None:
    other = globex(store)
    second = cast.make_app(store.marketplace, store.partner, "mail")
    cast.install(second, store.acme)
    same = cast.viewer(store.marketplace, other, "anna", email="anna@globex.example")
    mine, hers, his = (
        store.published(by=store.anna),
        store.published(by=same),
        store.published(by=store.arvo),
    )
    ban = catalog.ban(
        account=store.acme,
        user=of(store.arvo),
        reason="Fake",
        now=NOW,
        until_at=NOW + timedelta(9),
    )
    for who, uses in ((store.anna, 2), (same, 3)):
        for _ in range(uses):
            take_moment(viewer=who, app=second, moment="", now=NOW)
    Draft.objects.create(app=second, user=of(store.anna), answers={"stars": 4}, saved_at=NOW)
    Preference.objects.create(
        reader_id=of(store.anna).pk,
        place_id=store.marketplace.pk,
        event="reply_sent",
        stopped=True,
    )
    count = App.objects.get(pk=store.app.pk).install_count

    assert merge(store) == other
    assert merge(store) == other  # said again

    for review in (mine, hers, his):
        review.refresh_from_db()
        assert review.account == other
    assert (mine.user, hers.user, his.user) == (of(same), of(same), of(store.arvo))
    assert {mine.person_place, hers.person_place} == {1, 2}  # both stay, above the limit
    assert {mine.account_place, hers.account_place, his.account_place} == {1, 2, 3}
    assert mine.installation == Installation.objects.get(app=store.app, account=other)
    assert App.objects.get(pk=store.app.pk).install_count == count - 1
    assert Installation.objects.get(app=second).account == other
    ban.refresh_from_db()
    assert (ban.account, ban.user) == (other, of(store.arvo))
    use = PromptUse.objects.get(app=second)
    assert (use.user, use.uses) == (of(same), 5)
    assert not PromptTurn.objects.filter(user=of(store.anna)).exists()
    assert Draft.objects.get().user == of(same)
    assert Preference.objects.get().reader_id == of(same).pk
    assert AuditRow.objects.filter(tag__in=("account:merged", "account:joined")).count() == 2
    with pytest.raises(Refused):
        store.review(by=same)
    work_once(now=NOW)
    assert list(verify(now=NOW)) == []


def test_what_names_the_old_id_reaches_the_new_account(store: Stage) -> None:
    other = globex(store)
    second = cast.make_app(store.marketplace, store.partner, "mail")
    merge(store)
    place: dict[str, Any] = {"marketplace": store.marketplace, "ref": "acme", "now": NOW}
    told, created = catalog.put_account(name="Late", plan="demo", kind="sandbox", **place)
    assert (told, created, told.name, told.kind) == (other, False, "Globex", "production")
    seen = enter(marketplace=store.marketplace, claims=claims("anna"), now=NOW)
    assert (seen.account, of(seen)) == (other, User.objects.get(pk=of(store.anna).pk))
    home = queries.account(marketplace=store.marketplace, ref="acme")
    catalog.put_installation(app=second, account=home, installed_at=NOW, now=NOW)
    assert Installation.objects.get(app=second).account == other
    # Whoever read the old account before submits as the new one.
    assert store.review(by=store.anna).account == other


def test_a_chain_of_merges_leads_to_its_end_and_no_account_into_itself(store: Stage) -> None:
    other, last = globex(store), cast.installed_account(store, "initech")
    for account in (other, last):
        cast.viewer(store.marketplace, account, "anna")
    merge(store)
    merge(store, "globex", "initech")
    assert queries.account(marketplace=store.marketplace, ref="acme") == last
    assert User.objects.get(pk=of(store.anna).pk).leads_to == User.objects.get(
        account=last, ref="anna"
    )
    with pytest.raises(InvalidFact):
        merge(store, "initech", "acme")
    with pytest.raises(InvalidFact):
        merge(store, "acme", "zed-inc")
    with pytest.raises(NotFound):
        merge(store, "acme", "nowhere")


def test_an_erasure_finds_what_was_written_under_the_other_account(
    store: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    other = globex(store)
    same = cast.viewer(store.marketplace, other, "anna")
    review = store.published(by=store.anna)
    correcting.ask_as_author(
        viewer=store.anna, review_id=review.pk, text="Anna Korhonen", reason="Typo", now=NOW
    )
    merge(store)
    erase_everywhere(user=User.objects.get(pk=of(same).pk), actor="command", now=NOW)
    assert CorrectionRequest.objects.get().text == ""
    # For a restore of a backup that is older than the merge.
    told = {f"erased user {pk}" for pk in (of(same).pk, of(store.anna).pk)}
    assert told <= set(caplog.messages)
    assert not User.objects.filter(ref="anna").exists()
    assert (
        not User.objects.exclude(pk=of(store.arvo).pk).exclude(ref="zed").exclude(name="").exists()
    )
    # Who comes back is known again.
    seen = enter(marketplace=store.marketplace, claims=claims("anna"), now=NOW)
    assert of(seen) is not None
    assert of(seen).pk == of(same).pk


def test_statements_are_few_whatever_there_is_to_move(
    store: Stage, count_sql: Callable[[], Any]
) -> None:
    numbers = []
    for ref, many in (("small", 1), ("large", 12)):
        globex(store)
        home = cast.installed_account(store, ref)
        target = cast.installed_account(store, f"{ref}-target")
        for n in range(many):
            store.review(by=cast.viewer(store.marketplace, home, f"user-{n}"))
            store.review(by=cast.viewer(store.marketplace, target, f"user-{n}"))
        with count_sql() as statements:
            merge(store, ref, f"{ref}-target")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] < 50


def test_another_id_is_the_same_account_and_the_old_one_leads_to_it(store: Stage) -> None:
    review = store.review(by=store.anna)
    change = partial(rename_account, marketplace=store.marketplace, actor="key:x", now=NOW)
    assert change(ref="acme", to="acme-2") == store.acme
    assert change(ref="acme", to="acme-2") == store.acme
    # A renamed account is the same one: what is told of its old id is true of it.
    told, created = catalog.put_account(
        marketplace=store.marketplace,
        ref="acme",
        name="Acme Oyj",
        plan="p",
        kind="production",
        now=NOW,
    )
    assert (told, told.ref, told.name, created) == (store.acme, "acme-2", "Acme Oyj", False)
    review.refresh_from_db()
    assert review.account == store.acme
    with pytest.raises(InvalidFact):
        change(ref="acme-2", to="zed-inc")
    assert change(ref="acme-2", to="acme").ref == "acme"  # and back
    assert queries.account(marketplace=store.marketplace, ref="acme-2") == store.acme
    assert AuditRow.objects.filter(tag="account:renamed").count() == 2
    assert list(verify(now=NOW)) == []


def test_a_merge_loses_nothing_that_both_accounts_submit_meanwhile(store: Stage) -> None:
    other = globex(store)
    writers = [
        cast.viewer(store.marketplace, account, f"user-{n}")
        for account in (store.acme, other)
        for n in range(3)
    ]
    work_once(now=NOW)
    answers = cast.full_answers(store.marketplace, NOW)

    def submit(by: Viewer) -> Review:
        return reviews.submit_review(viewer=by, app=store.app, answers=answers, now=NOW)

    told = race([*(partial(submit, by) for by in writers), partial(merge, store)])

    taken = [answer for answer in told if isinstance(answer, Review)]
    refused = [answer for answer in told if isinstance(answer, Refused)]
    assert len(taken) + len(refused) == len(writers), told
    assert Review.objects.count() == len(taken)
    # Who is refused has written from the other account a moment before.
    codes = {check.code for answer in refused for check in answer.verdict.failed}
    assert codes <= {"already_reviewed"}
    assert set(Review.objects.values_list("account", flat=True)) == {other.pk}
    sweep(account_ids=[store.acme.pk], now=NOW)
    assert Due.objects.filter(kind=SWEEP).exists()
    assert not Ban.objects.exists()
    assert list(verify(now=NOW)) == []
