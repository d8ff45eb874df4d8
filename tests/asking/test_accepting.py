"""The guidelines are confirmed for a partner before it makes links (R111)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from arvio import clock
from arvio.asking import actions
from arvio.asking.accepting import accept_guidelines, reading
from arvio.asking.errors import GuidelinesNotAccepted
from arvio.asking.models import GuidelinesAccepted, ReviewLink
from arvio.audit.models import AuditRow
from arvio.catalog.errors import Overtaken
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document
from tests import cast
from tests.api.caller import holder
from tests.cast import NOW, Stage
from tests.racing import race

LINKS = "/partner/links/"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def changed() -> Stage:
    """A stage whose second version of the guidelines nobody has read yet."""
    stage = cast.stage()
    raw = default_document(languages=stage.marketplace.languages)
    set_guidelines(
        marketplace=stage.marketplace,
        document={**raw, "rules": raw["rules"][:8]},
        effective_at=NOW - timedelta(hours=1),
        actor="command",
        now=NOW - timedelta(hours=1),
    )
    return stage


def signed_in(stage: Stage, who: str) -> Client:
    client = Client()
    client.force_login(cast.member(stage, who).person)
    return client


@pytest.mark.django_db
def test_no_campaign_link_is_made_before_the_version_in_force_is_read() -> None:
    stage = changed()
    petra = cast.member(stage)
    with pytest.raises(GuidelinesNotAccepted):
        actions.create_link(member=petra, app="calls", campaign="May", now=NOW)
    assert [app.ref for app in actions.default_links(member=petra, now=NOW)] == ["calls"]
    with pytest.raises(Overtaken):
        accept_guidelines(member=petra, number=1, now=NOW)
    pavel = cast.member(stage, "pavel@mail.example")
    accept_guidelines(member=pavel, number=2, now=NOW)
    accept_guidelines(member=petra, number=2, now=NOW)
    actions.create_link(member=petra, app="calls", campaign="May", now=NOW)
    found = reading(partner=stage.partner, now=NOW)
    assert found and found.accepted and found.accepted.person == pavel.person
    rows = AuditRow.objects.filter(tag="partner:guidelines_accepted").order_by("seq")
    assert [(row.actor, row.after) for row in rows][1:] == [(pavel.actor, {"guidelines": 2})]


@pytest.mark.django_db
def test_what_was_confirmed_is_not_unsaid() -> None:
    cast.stage()
    with pytest.raises(IntegrityError), transaction.atomic():
        GuidelinesAccepted.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_confirm_at_once_one_counts() -> None:
    stage = changed()
    members = [cast.member(stage), cast.member(stage, "pavel@mail.example")] * 2

    def confirm(n: int) -> str:
        made = accept_guidelines(member=members[n], number=2, now=NOW)
        connection.close()
        return str(made.pk)

    answers = race([lambda n=n: confirm(n) for n in range(4)])  # type: ignore[misc]
    assert len(set(answers)) == 1
    assert GuidelinesAccepted.objects.filter(version__number=2).count() == 1


@pytest.mark.django_db
def test_the_page_asks_shows_who_confirmed_and_opens_the_form() -> None:
    stage = changed()
    petra, rita = signed_in(stage, "petra@pixel.example"), signed_in(stage, "rita@mail.example")
    page = petra.get(LINKS).content.decode()
    assert "Offer nothing for a review" in page and "/store/guidelines/" in page
    assert "Nobody at Pixel has confirmed these guidelines yet." in page
    assert "links/new/" not in page and ReviewLink.objects.count() == 1
    assert "links/guidelines/" not in rita.get(LINKS).content.decode()
    form = {"app": "calls", "campaign": "May"}
    assert petra.post(f"{LINKS}new/", form).status_code == 403
    for version in ("1", "", "x", "9" * 30):
        assert petra.post(f"{LINKS}guidelines/", {"version": version}).status_code == 409
    assert rita.post(f"{LINKS}guidelines/", {"version": "2"}).status_code == 403
    assert petra.post(f"{LINKS}guidelines/", {"version": "2"}).status_code == 303
    page = rita.get(LINKS).content.decode()
    assert "Read and accepted by Petra Peltonen on 2 Mar 2026, 09:30." in page
    assert petra.post(f"{LINKS}new/", form).status_code == 303


@pytest.mark.django_db
def test_the_api_says_where_to_confirm() -> None:
    stage = changed()
    caller = holder(cast.member(stage))
    answer = caller.post("/partner/links", {"app": "calls", "campaign": "May"})
    assert (answer.status, answer.json["code"]) == (403, "guidelines_not_accepted")
    assert "/partner/links/" in answer.json["detail"]
    assert caller.get("/partner/links").status == 200
