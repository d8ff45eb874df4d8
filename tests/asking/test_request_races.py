"""Asking by mail beside what else happens at the same moment, on real connections."""

from __future__ import annotations

import time
from threading import Event

import pytest
from django.db import connection, transaction

from arvio.asking import requesting
from arvio.catalog import actions as catalog
from arvio.catalog import planning
from arvio.catalog.models import Installation
from arvio.connect.erasing import erase_everywhere
from tests.asking.mailing import someone, stage
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
