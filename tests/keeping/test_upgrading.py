"""From the first released state to now, with the rows that the first state's own actions wrote."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from arvio import clock
from arvio.audit import guards
from arvio.audit.models import Seal
from arvio.catalog.members import memberships
from arvio.due.models import Due
from arvio.people.models import Person
from arvio.reviews import inbox
from arvio.reviews.models import Review, ReviewVersion
from arvio.work.kinds import KINDS
from arvio.work.loop import work_once
from tests.cast import NOW
from tests.keeping.stage import lose

# The rooms of the first released state; each had one migration.
FIRST_ROOMS = ("api", "audit", "catalog", "due", "people", "ratings", "reviews")
# What was there, by the first state: written by its `submit_review`, `edit_review` and the rest.
ROWS = Path(__file__).with_name("first_state.json")


def at_the_first_state() -> None:
    executor = MigrationExecutor(connection)
    targets = [(room, "0001_initial") for room in FIRST_ROOMS]
    state = executor.migrate(targets)
    with transaction.atomic():
        for label, table in json.loads(ROWS.read_text()).items():
            model: Any = state.apps.get_model(label)
            fields = [
                next(field for field in model._meta.concrete_fields if field.attname == name)
                for name in table["fields"]
            ]
            model.objects.bulk_create(
                model(**{f.attname: f.to_python(v) for f, v in zip(fields, row, strict=True)})
                for row in table["rows"]
            )


@pytest.mark.usefixtures("bare")
def test_what_the_first_state_wrote_is_whole_and_alive_in_this_one(tmp_path: Path) -> None:
    at_the_first_state()
    said("backup", str(tmp_path / "first.zip"))
    lose()
    words = said("restore", str(tmp_path / "first.zip"))

    assert re.search(r"of an older Arvio \(.+\): \d\d migrations were run", words)
    assert guards.missing(connection) == []
    assert said("verify").strip() == "19 reviews: no differences"
    assert Counter(Review.objects.values_list("state", flat=True)) == {
        "published": 16,
        "archived": 1,
        "held": 1,
        "removed": 1,
    }
    pages_show_it()
    the_worker_goes_on()
    assert said("verify").strip() == "19 reviews: no differences"
    assert Seal.objects.values("marketplace_id").distinct().count() == 2


def pages_show_it() -> None:
    client = Client()
    card = client.get("/hub/apps/calls/").content.decode()
    assert "11 reviews" in card
    for address in ("/store/", "/store/apps/calls/", "/store/how-reviews-work/", "/hub/"):
        assert client.get(address).status_code == 200, address
    reviews = client.get("/api/v1/marketplaces/store/apps/calls/reviews").json()["items"]
    answered = [item for item in reviews if item["reply"]]
    assert [item["reply"]["text"] for item in answered] == ["Thank you for writing to us."]
    for item in reviews:
        history = client.get(f"/api/v1/reviews/{item['id']}/history")
        assert history.status_code == 200
    petra = Person.objects.get(email="petra@pixel.example")
    (owner,) = (m for m in memberships(person=petra) if m.partner.marketplace.slug == "store")
    assert len(inbox.page(member=owner, now=NOW).items) == 7  # without the withdrawn one


def the_worker_goes_on() -> None:
    """The held review is published, the edit that waits is applied, histories are sealed."""
    held = Review.objects.get(state="held")
    waiting = ReviewVersion.objects.get(
        effective_at=None, erased_at=None, review__state="published"
    )
    # The migrations asked for seals at the moment when they ran.
    work_once(now=clock.now() + timedelta(hours=1))
    held.refresh_from_db()
    assert held.state == "published"
    assert Review.objects.get(pk=waiting.review_id).live_version_id == waiting.pk
    assert not Due.objects.filter(kind__in=KINDS, due_at__lte=NOW, attempts__gt=0).exists()


def said(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()
