"""Apps move and retire, members leave, people change their address: what follows, what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog import inviting
from arvio.catalog.members import member as member_of
from arvio.catalog.models import App, Installation, Partner, User
from arvio.catalog.queries import Viewer
from arvio.connect.erasing import erase_everywhere
from arvio.moderation import threads
from arvio.moderation.models import Thread
from arvio.notify.models import Message, Preference
from arvio.people import queries as people
from arvio.people.actions import create_key
from arvio.people.models import Invitation
from arvio.ratings.storefront import storefront
from arvio.reviews import actions as reviews
from arvio.reviews import inbox
from arvio.reviews.errors import Refused
from arvio.reviews.models import Reply
from arvio.reviews.states import State
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage, member, rival, stage

pytestmark = pytest.mark.django_db


def of(viewer: Viewer) -> User:
    assert viewer.user is not None
    return viewer.user


@pytest.fixture
def store() -> Stage:
    return stage()


def put(store: Stage, partner: Partner | None = None, **changes: Any) -> App:
    facts = {"name": "Calls", "category": "Calls", "tagline": "", "version": "3.2", **changes}
    app, _ = catalog.put_app(
        marketplace=store.marketplace,
        ref=store.app.ref,
        partner=partner or store.partner,
        actor="key:x",
        now=NOW,
        **facts,
    )
    return app


def test_with_an_app_goes_all_that_is_open_and_what_was_said_stays(store: Stage) -> None:
    petra, (vera, _) = member(store), rival(store)
    Partner.objects.filter(pk=vera.partner.pk).update(domains=["vector.example"])
    vera.partner.refresh_from_db()
    answered, open_one = store.published(stars=4), store.published(stars=1)
    tied = store.published(by=store.viewer(ref="ulla", email="ulla@vector.example"))
    tied.refresh_from_db()
    reviews.add_replies(replies=[(answered, "Thank you.", petra.actor, NOW)])
    thread = threads.open_dispute(member=petra, review_id=open_one.pk, text="Not ours.", now=NOW)
    put(store, vera.partner)
    work_once(now=NOW)
    found = inbox.page(member=vera, now=NOW)
    assert {item.public.id for item in found.items} == {answered.pk, open_one.pk, tied.pk}
    assert inbox.unanswered(partner_id=vera.partner.pk) == 1
    assert inbox.counts(member=petra).total == 0
    assert Reply.objects.get().text == "Thank you."
    thread = Thread.objects.get(pk=thread.pk)
    assert (thread.partner, thread.party_key) == (vera.partner, f"partner:{vera.partner.pk}")
    tied.refresh_from_db()
    assert (tied.state, tied.archived_reason) == (State.ARCHIVED, "affiliated")
    put(store, store.partner)
    work_once(now=NOW)
    tied.refresh_from_db()
    assert tied.state == State.PUBLISHED
    assert list(verify(now=NOW)) == []


def test_the_history_tells_what_became_of_an_app(store: Stage) -> None:
    vera, _ = rival(store)
    put(store)
    put(store, vera.partner, name="Calls Plus", retired=True)
    put(store, vera.partner, name="Calls Plus", retired=True)
    put(store, vera.partner, name="Calls Plus")
    rows = AuditRow.objects.filter(subject=f"app:{store.app.pk}").order_by("seq")
    assert [row.tag for row in rows] == ["app:moved", "app:renamed", "app:retired", "app:back"]
    assert rows[0].before == {"partner": str(store.partner.pk)}
    assert {row.actor for row in rows} == {"key:x"}


def test_a_retired_app_keeps_its_reviews_and_takes_none(store: Stage) -> None:
    review = store.published()
    put(store, retired=True)
    store.app.refresh_from_db()
    with pytest.raises(Refused) as refused:
        store.review(by=store.anna)
    assert [check.code for check in refused.value.verdict.failed] == ["app_retired"]
    page = storefront(slug="store", now=NOW)
    assert store.app.pk not in {row.app.pk for row in page.items}
    assert review.pk in {item.public.id for item in inbox.page(member=member(store), now=NOW).items}
    put(store)
    store.app.refresh_from_db()
    assert store.review(by=store.anna).app == store.app


def test_whose_membership_ends_has_no_way_in_and_no_mail(store: Stage) -> None:
    pavel = member(store, "pavel@mail.example")
    review = store.published()
    reviews.add_replies(replies=[(review, "Thank you.", pavel.actor, NOW)])
    token = create_key(
        kind="partner",
        marketplace_id=store.marketplace.pk,
        partner_id=store.partner.pk,
        person=pavel.person,
        name="CI",
        now=NOW,
    )
    for place in (store.partner.pk, store.app.pk):
        Preference.objects.create(reader_id=pavel.person.pk, place_id=place, event="review_new")
    again: dict[str, Any] = {
        "partner": store.partner,
        "email": "Pavel@mail.example",
        "actor": "key:x",
        "now": NOW,
    }
    assert inviting.end_membership(**again)
    assert not inviting.end_membership(**again)
    assert people.key(token=token, now=NOW) is None
    assert member_of(person=pavel.person, partner_id=store.partner.pk) is None
    work_once(now=NOW)
    assert not Preference.objects.exists()
    assert Reply.objects.get().text == "Thank you."
    row = AuditRow.objects.get(tag="partner:member_removed")
    assert (row.subject, row.actor) == (f"partner:{store.partner.pk}", "key:x")
    assert list(verify(now=NOW)) == []


def test_an_open_invitation_ends_with_a_membership(store: Stage) -> None:
    invitation = {"email": "new@mail.example", "kind": "reader", "language": "en"}
    inviting.invite(place=store.partner, by=member(store), now=NOW, real_now=NOW, **invitation)
    assert inviting.end_membership(
        partner=store.partner, email="new@mail.example", actor="key:x", now=NOW
    )
    assert Invitation.objects.get().revoked_at == NOW


def test_another_address_is_looked_at_and_mail_goes_there(store: Stage) -> None:
    review = store.published(by=store.anna)
    old = of(store.anna).email
    Installation.objects.filter(account=store.acme).update(installed_by=old.upper())
    mail = {"reader_id": of(store.anna).pk, "subject": "S", "text": "T", "created_at": NOW}
    Message.objects.create(to_email=old, message_id="1", **mail)
    Message.objects.create(to_email=old, message_id="2", sent_at=NOW, **mail)

    def put_email(email: str) -> None:
        user = {"ref": "anna", "name": "Anna Korhonen", "locale": "en", "email": email}
        catalog.put_user(account=store.acme, now=NOW, **user)
        work_once(now=NOW)
        review.refresh_from_db()

    put_email("anna@pixel.example")
    assert review.state == State.ARCHIVED
    assert Message.objects.get(message_id="1").to_email == "anna@pixel.example"
    assert Message.objects.get(message_id="2").to_email == old
    put_email("anna@customer.example")
    assert review.state == State.PUBLISHED
    put_email("anna@private.example")
    of(store.anna).refresh_from_db()
    erase_everywhere(user=of(store.anna), actor="command", now=NOW + timedelta(days=1))
    assert not Message.objects.exists()
    assert not Installation.objects.exclude(installed_by="").exists()
    assert cast.LONG_AGO < NOW


def test_an_address_may_be_as_long_as_addresses_are(store: Stage) -> None:
    """An installation's own note of who installed has less room than a user's address."""
    long = f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    anna = store.anna.user
    assert anna
    catalog.put_installation(
        app=store.app, account=store.acme, installed_at=NOW, installed_by=anna.email, now=NOW
    )
    catalog.put_user(account=store.acme, ref=anna.ref, name=anna.name, email=long, now=NOW)
    anna.refresh_from_db()
    assert anna.email == long
    assert Installation.objects.get(app=store.app, account=store.acme).installed_by == anna.ref
