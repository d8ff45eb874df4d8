"""The history of a marketplace, searched on a page and taken as a file."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from arvio.audit.models import AuditRow
from arvio.catalog import banning
from arvio.catalog.marketplaces import change_marketplace
from arvio.catalog.staff import Moderator, moderator
from arvio.moderation.models import Case
from arvio.people.models import Person
from arvio.web import audit_words
from tests.cast import NOW, Stage
from tests.moderation.desk import Desk
from tests.web.desk.staffed import MAIJA, MIKA, OLLI, ONA

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SignIn = Callable[[str], Client]
PAGE = "/operator/audit/"


@pytest.fixture
def client(store: Stage, sign_in: SignIn) -> Client:
    return sign_in(OLLI)


def look(client: Client, **asked: str) -> str:
    answer = client.get(f"{PAGE}?{urlencode(asked)}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).partition("<main")[2]


def _staff(store: Stage, email: str) -> Moderator:
    person = Person.objects.get(email=email)
    sits = moderator(person=person, marketplace_id=store.marketplace.pk)
    assert sits
    return sits


def found(page: str) -> list[str]:
    return [part.partition("</h2>")[0] for part in page.split('<h2 class="h3">')[1:]]


def test_a_review_is_found_with_its_case_by_whatever_is_pasted_and_names_no_customer(
    store: Stage, client: Client
) -> None:
    review = store.published(by=store.anna, stars=2)
    store.published()
    at = Desk(store, *(_staff(store, email) for email in (MIKA, MAIJA, OLLI)))
    at.report(review)
    case = Case.objects.get(review=review)
    at.decide(case, "remove")
    address = f"https://store.example/store/reviews/{review.pk}/"
    for pasted in (str(review.pk), address, str(review.pk).upper()):
        page = look(client, q=pasted)
        assert {"Review submitted", "Review published", "Review removed", "Case decided"} <= set(
            found(page)
        )
    assert found(page).count("Review submitted") == 1
    assert "A customer" in page and "Mika Moilanen" in page and "Anna" not in page
    assert f'href="/desk/reviews/{review.pk}/"' in page and f"/desk/cases/{case.pk}/" in page
    of_case = found(look(client, q=str(review.pk), about="case"))
    assert found(look(client, q=str(case.pk))) == of_case
    assert found(look(client, q="calls", tag="review:removed")) == ["Review removed"]
    assert found(look(client, q="anna")) == [] and found(look(client, q="no-such-thing")) == []


def test_who_when_and_what_narrow_it_and_another_marketplace_sees_none_of_it(
    store: Stage, client: Client, sign_in: SignIn
) -> None:
    actor = f"person:{Person.objects.get(email=OLLI).pk}"
    change_marketplace(
        marketplace=store.marketplace, name="=2+5", calendar="FI", actor=actor, now=NOW
    )
    banning.ban(account=store.acme, reason="Spam", rule="spam", actor="command", now=NOW)
    for by in ("olli", OLLI, "Olli Oja"):
        page = look(client, by=by)
        assert found(page) == ["Marketplace changed"]
    assert "The Store" in page and "=2+5" in page and "Calendar of the working days" in page
    assert found(look(client, by="command", q="acme")) == ["Account banned"]
    assert found(look(client, by="nobody at all")) == []
    assert found(look(client, tag="account:banned", since="2026-03-02", until="2026-03-02")) == [
        "Account banned"
    ]
    assert found(look(client, tag="account:banned", since="2026-03-03")) == []
    assert found(look(sign_in(ONA), tag="account:banned")) == []
    assert found(look(sign_in(ONA), q=str(store.marketplace.pk))) == []
    wrong = client.get(f"{PAGE}?since=yesterday")
    assert wrong.status_code == 422 and b"Give a day, such as" in wrong.content
    for odd in ("a\0b", "\ud800".encode("utf-16", "surrogatepass").hex(), "'" * 400, "%"):
        look(client, q=odd, by=odd, about=odd, tag=odd)
    assert client.get(f"{PAGE}?cursor=nonsense").status_code == 200
    sheet = csv.reader(io.StringIO(_file(client, "tag=marketplace:changed")))
    heads, row = list(sheet)
    line = dict(zip(heads, row, strict=True))
    assert (line["by"], line["tag"]) == ("Olli Oja", "marketplace:changed")
    assert "Name: =2+5" in line["after"] and line["before"].startswith("Name: The Store; ")
    assert len(line["hash"]) == 64 and line["at"] == "2026-03-02T09:30:00.000000Z"


def _file(client: Client, query: str) -> str:
    answer: Any = client.get(f"{PAGE}rows.csv?{query}")
    assert answer.headers["Content-Disposition"].endswith('"history-store-2026-03-02.csv"')
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_a_page_costs_the_same_with_many_rows_and_every_tag_that_is_written_has_words(
    store: Stage,
    client: Client,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with count_sql() as few:
        look(client, tag="review:submitted")
    for _ in range(6):
        store.published()
    with count_sql() as many:
        look(client, tag="review:submitted")
    # The names of persons and of apps are asked for where a row has one.
    assert len(many) <= len(few) + 2
    assert set(AuditRow.objects.values_list("tag", flat=True)) <= set(audit_words.TAGS)
