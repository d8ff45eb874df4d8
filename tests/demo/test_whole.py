"""The demo as its visitor finds it: who is there, what waits, what was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from pytest_django import DjangoDbBlocker

from arvio import clock
from arvio.asking import prompt_queries
from arvio.asking.models import ReviewLink, UpdateInvitation
from arvio.catalog.models import Marketplace, Partner, User
from arvio.demo import describe
from arvio.demo.bar import bar
from arvio.demo.seed import seed
from arvio.demo.timeline import TOLD
from arvio.due.models import Due
from arvio.notify.models import Message, OutboxNotice
from arvio.people.models import Invitation, Person
from arvio.reviews.models import InboxItem, Reply, ReplyDraft, Review
from arvio.reviews.verifying import verify

# The seed runs on both in test_seed; here it is told what came of it.
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.demo.urls"), pytest.mark.once]

PETRA = "petra.lindholm@hub.fernhollow.example"
LEDGERLEAF = "ines.castellan@hub.ledgerleaf.example"


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """Made once for this file, and when. Each test's own changes are undone after it."""
    now = clock.now()
    demo = override_settings(DEMO=True, EMAIL_BACKEND="arvio.notify.backend.Outbox")
    with django_db_blocker.unblock(), transaction.atomic(), demo:
        seed(now=now)
        yield now
        transaction.set_rollback(True)


def test_it_is_made_once_and_nothing_differs(whole: datetime) -> None:
    count = Review.objects.count()
    assert count >= 3400
    assert seed(now=whole + timedelta(days=1)) == 0
    assert Review.objects.count() == count
    assert list(verify(now=whole)) == []


def test_each_partner_has_a_few_reviews_to_answer(whole: datetime) -> None:
    rows = InboxItem.objects.filter(waiting=True).select_related("partner__marketplace")
    waiting = Counter((row.partner.marketplace.slug, row.partner.ref) for row in rows)
    known = {(p.marketplace.slug, p.ref) for p in Partner.objects.select_related("marketplace")}
    assert known - set(waiting) == {("hub", "kelpline")}, "the new one, without reviews"
    assert all(3 <= count <= 12 for count in waiting.values())
    held = Counter(row.partner_id for row in rows if row.state == "held")
    assert set(held.values()) == {2, 3, 4}
    old = [row for row in rows if whole - row.submitted_at > timedelta(days=20)]
    assert any(row.stars == 1 for row in old)
    assert ReplyDraft.objects.count() > 10


def test_apps_have_asked_for_a_month_and_it_shows(whole: datetime) -> None:
    for marketplace in Marketplace.objects.all():
        shown = prompt_queries.figures(marketplace=marketplace, now=whole)
        assert 20 <= shown.asks < shown.moments < 400
        assert shown.outcomes["opened"] > 3
        assert shown.outcomes["later"] > 3
        assert 0 < shown.reviews <= shown.outcomes["opened"]
        assert shown.unanswered > 0
        assert len(shown.apps) > 5


def test_replies_name_versions_and_somebody_was_told_that_one_has_come(whole: datetime) -> None:
    assert Reply.objects.exclude(fixed_in="").count() > 10
    assert UpdateInvitation.objects.exists()
    mails = Message.objects.filter(text__contains="asked=update").count()
    assert (
        mails == UpdateInvitation.objects.filter(code="sent", app__marketplace__slug="b24").count()
    )


def test_a_frame_in_a_product_has_no_bar(whole: datetime) -> None:
    framed = RequestFactory().get("/hub/", headers={"Sec-Fetch-Dest": "iframe"})
    assert bar(framed) == {}


def test_history_told_nobody_and_the_last_days_were_told_at_their_time(whole: datetime) -> None:
    assert not OutboxNotice.objects.exists()
    mails = Message.objects.filter(urgent=False)
    assert 100 <= len(mails) <= 300
    late = timedelta(minutes=10)
    assert all(mail.sent_at and mail.sent_at - mail.created_at < late for mail in mails)
    of_reviews = [mail for mail in mails if mail.review_id]
    assert all(whole - TOLD <= mail.created_at <= whole for mail in of_reviews)
    assert len({mail.created_at for mail in mails}) > 20
    assert not Due.objects.filter(kind__in=["notice", "mail"]).exists()


def test_whoever_a_visitor_looks_at_first_has_some_mails(whole: datetime) -> None:
    authors = User.objects.filter(name__in=["Miriam Ashworth", "Маргарита Беляева"])
    owners = [PETRA, PETRA.replace("hub", "b24")]
    for email in [*owners, *authors.values_list("email", flat=True)]:
        assert 2 <= Message.objects.filter(to_email=email).count() <= 8, email


def test_there_is_something_of_everything_that_partners_have(whole: datetime) -> None:
    for marketplace in Marketplace.objects.all():
        mine = Review.objects.filter(marketplace=marketplace)
        assert mine.filter(source="imported", app__partner__ref="fernhollow").count() == 6
        invited = Invitation.objects.filter(marketplace_id=marketplace.pk)
        assert [row.accepted_at for row in invited] == [None, None]
        mails = Message.objects.filter(urgent=True, to_email__in=invited.values("email"))
        assert mails.count() == 2
        links = ReviewLink.objects.filter(app__marketplace=marketplace).prefetch_related("days")
        counted = {
            link.campaign: sum(day.reviews for day in link.days.all())
            for link in links
            if link.days.all()
        }
        assert len(counted) >= 4 and min(counted.values()) >= 3
    assert Review.objects.exclude(pending_version=None).count() == 2
    assert set(Person.objects.values_list("language", flat=True)) == {"en", "ru", "fi", ""}


def test_the_keys_and_passwords_of_the_description_work(
    whole: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe, "DESCRIPTION", tmp_path / "demo.json")
    describe.write(base_url="http://testserver")
    said = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    members = [one for one in said["people"] if one["role"].startswith("partner_")]
    for slug in ("b24", "hub"):
        roles = Counter(one["role"] for one in members if one["marketplace"] == slug)
        assert roles["partner_owner"] >= 2
        assert roles["partner_replier"] and roles["partner_reader"]
        staff = Counter(one["role"] for one in said["people"] if one["marketplace"] == slug)
        assert (staff["moderator"], staff["operator"]) == (2, 1)
    for one in members:
        headers = {"Authorization": f"Bearer {one['key']}"}
        answer = Client().get("/api/v1/partner/unanswered", headers=headers)
        partner = Partner.objects.get(marketplace__slug=one["marketplace"], ref=one["partner"])
        waiting = InboxItem.objects.filter(partner=partner, waiting=True).count()
        assert (answer.status_code, answer.json()) == (200, {"unanswered": waiting})
    for one in [*members[:2], *members[-2:]]:
        client = Client()
        client.post("/accounts/login/", {"login": one["email"], "password": one["password"]})
        assert client.get("/partner/").status_code == 200, one


def become(client: Client, **fields: str) -> Any:
    return client.post("/demo/become", fields)


def test_becoming_a_member_signs_in_and_becoming_a_visitor_ends_it(whole: datetime) -> None:
    client = Client()
    answer = become(client, person=PETRA)
    assert answer.headers["Location"] == "/partner/"
    page = client.get("/partner/")
    assert page.status_code == 200 and b"Fernhollow" in page.content
    assert b"Ledgerleaf" in become(client, person=LEDGERLEAF).client.get("/partner/").content
    session = client.session.session_key or ""
    become(client, marketplace="hub", account="", user="")
    assert client.get("/partner/").status_code == 302
    assert not client.session.exists(session)


def test_becoming_a_customer_ends_it_too(whole: datetime) -> None:
    client = Client()
    become(client, person=PETRA)
    answer = become(client, marketplace="hub", account="hub-reviewed", user="c3")
    assert answer.headers["Location"] == "/hub/in/"
    assert client.get("/partner/").status_code == 302


@pytest.mark.parametrize(
    "person",
    ["nobody@hub.example", "guest@hub.fernhollow.example", "\0"],
)
def test_nobody_becomes_who_is_nobody_of_the_demo(whole: datetime, person: str) -> None:
    """Not somebody who came to a demo partner later."""
    Person.objects.create_user(email="guest@hub.fernhollow.example")
    client = Client()
    assert become(client, person=person).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_member_who_left_or_may_not_sign_in_is_nobody_to_become(whole: datetime) -> None:
    Person.objects.get(email=PETRA).roles.all().delete()
    Person.objects.filter(email=LEDGERLEAF).update(is_active=False)
    assert become(Client(), person=PETRA).status_code == 404
    assert become(Client(), person=LEDGERLEAF).status_code == 404


def test_no_other_site_makes_a_visitor_somebody(whole: datetime) -> None:
    client = Client()
    site = "Sec-Fetch-Site"
    for headers in (
        {"Origin": "https://stranger.example"},
        {"Origin": "https://stranger.example", site: "same-origin"},
        {"Origin": "null"},
        {"Origin": "null", site: "cross-site"},
        {"Origin": "null", site: "same-site"},
    ):
        answer = client.post("/demo/become", {"person": PETRA}, headers=headers)
        assert answer.status_code == 403
    assert "_auth_user_id" not in client.session
    here = client.post("/demo/become", {"person": PETRA}, headers={"Origin": "http://testserver"})
    assert here.status_code == 302
    assert client.get("/demo/become").status_code == 405


def test_a_page_that_sends_no_referrer_has_the_bar_too(whole: datetime) -> None:
    nameless = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = Client().post("/demo/become", {"person": PETRA}, headers=nameless)
    assert answer.status_code == 302


def roles(slug: str, person: Person | None = None) -> tuple[list[str], str]:
    """The names of the bar's roles, and the ticked one."""
    request = RequestFactory().get("/")
    request.resolver_match = None
    request.user = person  # type: ignore[assignment]
    context = bar(request) | {"marketplace": Marketplace.objects.get(slug=slug), "now": clock.now()}
    page = render_to_string("web/parts/demo_bar.html", context)
    ticked = page.split('aria-current="true"><span>')
    assert len(ticked) == 2
    names = [str(role["name"]) for role in context["demo"]["roles"] if role["marketplace"] == slug]
    return names, ticked[1].split("</span>")[0]


@pytest.mark.parametrize("slug", ["b24", "hub"])
def test_the_bar_offers_each_kind_of_member_and_ticks_who_one_is(
    whole: datetime, slug: str
) -> None:
    names, ticked = roles(slug)
    assert ticked == "Visitor"
    kinds = {name.split(",")[0] for name in names}
    assert kinds == {"Visitor", "Customer", "Owner", "Replier", "Reader", "Moderator", "Operator"}
    for email, name in ((PETRA, "Owner"), ("grace.tandy@hub.fernhollow.example", "Reader")):
        person = Person.objects.get(email=email.replace("hub", slug))
        assert roles(slug, person)[1] == f"{name}, Fernhollow"


def test_everybody_in_the_bar_can_be_become(whole: datetime) -> None:
    request = RequestFactory().get("/")
    request.resolver_match = None
    for role in bar(request)["demo"]["roles"]:
        fields = {
            k: v for k, v in role.items() if k in ("marketplace", "account", "user", "person")
        }
        client = Client()
        answer = become(client, **fields)
        assert answer.status_code == 302
        assert client.get(answer.headers["Location"]).status_code == 200, role
