"""Asking by mail beside what else happens at the same moment, on real connections."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from threading import Event
from uuid import UUID

import pytest
from django.db import connection, transaction

from arvio.asking import inviting
from arvio.asking.models import ReviewRequest
from arvio.catalog import actions as catalog
from arvio.catalog import planning
from arvio.catalog.models import Installation
from arvio.connect.erasing import erase_everywhere
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.reviews import moves
from arvio.work.kinds import BATCH
from arvio.work.loop import work_once
from tests.asking.mailing import KINDS, MONTH, mails, someone, stage
from tests.asking.test_inviting import reply, reviewed, upgrade
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_erasure_and_a_fact_about_the_installation_wait_for_each_other_in_one_order() -> None:
    on = stage()
    account, user, installation = someone(on, "nora", installed_at=NOW)
    taken = Event()

    def fact() -> None:
        with transaction.atomic():
            list(Installation.objects.select_for_update().filter(pk=installation.pk))
            taken.set()
            if connection.vendor == "postgresql":
                time.sleep(0.5)  # the erasure takes what it can
            catalog.put_installation(
                app=on.app, account=account, installed_at=NOW, installed_by="nora", now=NOW
            )

    def erasure() -> int:
        assert taken.wait(10)
        return erase_everywhere(user=user, actor="test", now=NOW)

    assert race([fact, erasure]) == [None, 0]
    installation.refresh_from_db()
    assert installation.installed_by == ""


def test_two_workers_ask_one_person_of_two_accounts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BATCH, planning.REQUEST, 7)
    on = stage(limits={"user_scope": "marketplace"})
    batches: list[list[UUID]] = [[], []]
    for number in range(30):
        someone(on, f"n{number}")
        for batch in batches:
            account, _ = catalog.put_account(
                marketplace=on.marketplace,
                ref=f"{number}-{len(batch)}-{batch is batches[0]}",
                name="A",
                plan="commercial",
                kind="production",
                now=NOW,
            )
            catalog.put_user(
                account=account,
                ref=f"n{number}",
                name="Nora Korhonen",
                email="nora@customer.example",
                now=NOW,
            )
            installation, _ = catalog.put_installation(
                app=on.app,
                account=account,
                installed_at=NOW - MONTH,
                installed_by=f"n{number}",
                now=NOW - MONTH,
            )
            batch.append(installation.pk)
    race([partial(work_once, now=NOW, kinds=KINDS)] * 2)
    # Who lost a race for a person tries again, each row by itself.
    work_once(now=NOW + timedelta(hours=2), kinds=KINDS)
    assert len(mails()) == ReviewRequest.objects.filter(code="sent").count() == 30
    assert not Due.objects.filter(kind=planning.REQUEST).exists()


def test_a_reply_and_the_worker_who_invites_wait_for_each_other_in_one_order() -> None:
    on = stage("hubspot-2024", replies={"editable": True})
    review = reviewed(on)
    reply(on, review)
    upgrade(on, review)
    Due.objects.exclude(kind=moves.FIXED_IN).delete()
    claimed = Event()

    def worker() -> None:
        with transaction.atomic():
            rows = due.claim(kind=moves.FIXED_IN, now=NOW, limit=10)
            due.done(rows=rows)
            claimed.set()
            if connection.vendor == "postgresql":
                time.sleep(0.5)  # the reply takes what it can
            inviting.invite_authors(review_ids=[review.pk], now=NOW, at=NOW)

    def answer() -> None:
        assert claimed.wait(10)
        reply(on, review, "3.4", NOW)

    assert race([worker, answer]) == [None, None]
    assert Due.objects.filter(kind=moves.FIXED_IN).count() == 1


def test_two_workers_who_invite_one_author_wait_for_each_other_in_one_order() -> None:
    """One by the version on the account, one by the reply to a review that is still held."""
    on = stage("hubspot-2024", publication={"hold": "P30D"})
    review = reviewed(on)
    reply(on, review)
    upgrade(on, review)
    installation = Installation.objects.get(app=on.app, account=review.account)
    Due.objects.filter(kind=moves.FIXED_IN).update(due_at=NOW)
    claimed = Event()

    def by_reply() -> None:
        with transaction.atomic():
            due.claim(kind=moves.FIXED_IN, now=NOW, limit=10)
            claimed.set()
            if connection.vendor == "postgresql":
                time.sleep(0.5)  # the other one takes what it can
            inviting.invite_authors(review_ids=[review.pk], now=NOW, at=NOW)

    def by_version() -> None:
        assert claimed.wait(10)
        inviting.look_at_versions(installation_ids=[installation.pk], now=NOW, at=NOW)

    assert race([by_reply, by_version]) == [None, None]
    assert Due.objects.filter(kind=moves.FIXED_IN).count() == 1
