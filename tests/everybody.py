"""Everybody who might call a partner's pages and routes, and what there is to ask for.

Petra, Pavel and Rita are Pixel's. Vera owns Vector in the same marketplace, Fay owns Ferry in
another one. Lena has left Pixel, Noora was never a member of anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from django.test import Client

from arvio import clock
from arvio.asking.actions import create_link, default_links, end_link
from arvio.catalog import actions as catalog
from arvio.catalog.inviting import invite, leave
from arvio.catalog.keys import create_key
from arvio.catalog.marketplaces import create_marketplace, put_staff
from arvio.catalog.members import Member
from arvio.catalog.staff import Moderator, moderator
from arvio.ids import uuid7
from arvio.moderation import appealing, deciding, parties, reporting, threads
from arvio.moderation.models import Case
from arvio.notify.webhooks import actions as webhooks
from arvio.people import actions as people
from arvio.people.models import Key, Person, Role
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.api.caller import token_of
from tests.cast import LONG_AGO, NOW, Stage, make_app, member, read_guidelines, rival, stage
from tests.repeating import repeated

# The partner of each role that has one.
PARTNERS = {
    "owner": "pixel",
    "replier": "pixel",
    "reader": "pixel",
    "rival": "vector",
    "far": "ferry",
}


@dataclass(frozen=True)
class Ids:
    """What a request may name: things of one partner, or things that never were."""

    partner: UUID = field(default_factory=uuid7)
    app: str = "koala"
    review: UUID = field(default_factory=uuid7)
    link: UUID = field(default_factory=uuid7)
    thread: UUID = field(default_factory=uuid7)
    person: UUID = field(default_factory=uuid7)
    invitation: UUID = field(default_factory=uuid7)
    key: UUID = field(default_factory=uuid7)
    case: UUID = field(default_factory=uuid7)
    webhook: UUID = field(default_factory=uuid7)
    delivery: UUID = field(default_factory=uuid7)


@dataclass(frozen=True)
class World:
    """By partner: ids, the reviews by state, an ended link, conversations with the moderators by
    how they stand. By role: who signs in, what key.
    """

    ids: Mapping[str, Ids] = field(default_factory=dict)
    reviews: Mapping[str, Mapping[str, UUID]] = field(default_factory=dict)
    ended: Mapping[str, UUID] = field(default_factory=dict)
    threads: Mapping[str, Mapping[str, UUID]] = field(default_factory=dict)
    persons: Mapping[str, Person] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def ids_of(self, role: str, of: str) -> Ids:
        """`own` is of the role's partner, `mine` its own, `foreign` another's, `none` nobody's;
        `public` and `taken` are `own` with a review in that state.
        """
        own = PARTNERS.get(role, "pixel")
        if of in ("public", "taken"):
            state = "published" if of == "public" else of
            return replace(self.ids[own], review=self.reviews[own][state])
        if of == "mine" and role in self.persons:
            key = Key.objects.filter(person=self.persons[role]).first()
            return replace(self.ids[own], key=key.pk) if key else self.ids[own]
        if of == "foreign":
            return self.ids["vector" if own == "pixel" else "pixel"]
        return Ids() if of == "none" else self.ids[own]

    def browser(self, role: str, *, strict: bool = False) -> Client:
        """In which the role is signed in; a `strict` one asks forms for their token."""
        client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
        if person := self.persons.get(role):
            client.force_login(person)
        if role == "customer":
            answer = client.post("/store/in/calls/", {"token": self.keys[role]}, secure=True)
            assert answer.status_code == 200 and client.cookies
        return client


@repeated
def build() -> World:
    store = stage()
    vera, zebra = rival(store, app="zebra")
    people.put_members(
        marketplace_id=store.marketplace.pk,
        place_id=vera.partner.pk,
        members=[(vera.person.email, "", "owner"), ("viola@vector.example", "", "reader")],
        kinds=Role.MEMBER_KINDS,
    )
    staff = [("mika@store.example", "", "moderator"), ("olli@store.example", "", "operator")]
    put_staff(marketplace=store.marketplace, members=staff)
    lena = _joined(store, "lena@mail.example")
    keys = {"left": create_key(member=lena, name="Lena's", now=NOW)}
    leave(member=lena, now=NOW)
    market = _market(store)
    members = {
        "owner": member(store),
        "replier": member(store, "pavel@mail.example"),
        "reader": member(store, "rita@mail.example"),
        "rival": vera,
        "far": member(market, "fay@ferry.example"),
    }
    keys |= {role: create_key(member=who, name=role, now=NOW) for role, who in members.items()}
    persons = {
        **{role: who.person for role, who in members.items()},
        "moderator": Person.objects.get(email="mika@store.example"),
        "operator": Person.objects.get(email="olli@store.example"),
        "left": lena.person,
        "without": Person.objects.create_user(email="noora@mail.example"),
    }
    keys |= {"customer": token_of(store.anna), "nobody": "", **_other_keys(store, persons)}
    # The first use in an hour is noted, whatever comes of the request.
    Key.objects.update(last_used_at=NOW)
    stages = {
        "owner": store,
        "rival": replace(store, partner=vera.partner, app=zebra),
        "far": market,
    }
    reviews = {PARTNERS[role]: _reviews(one) for role, one in stages.items()}
    threads = {
        PARTNERS[role]: _threads(one, members[role], reviews[PARTNERS[role]])
        for role, one in stages.items()
    }
    return World(
        reviews=reviews,
        threads=threads,
        ids={
            PARTNERS[role]: _things(one, members[role], threads[PARTNERS[role]]["open"])
            for role, one in stages.items()
        },
        ended={
            PARTNERS[role]: _link(one, members[role], "June", end=True)
            for role, one in stages.items()
        },
        persons=persons,
        keys=keys,
    )


def _joined(store: Stage, email: str) -> Member:
    Role.objects.create(
        person=Person.objects.create_user(email=email),
        marketplace_id=store.marketplace.pk,
        place_id=store.partner.pk,
        kind="replier",
        source="invitation",
    )
    return member(store, email)


def _market(store: Stage) -> Stage:
    market = create_marketplace(
        slug="market", name="The Market", preset="bitrix24-2024", now=LONG_AGO
    )
    partner, _ = catalog.put_partner(
        marketplace=market,
        ref="ferry",
        name="Ferry",
        members=[("fay@ferry.example", "Fay", "owner"), ("fred@ferry.example", "", "reader")],
        now=LONG_AGO,
    )
    put_staff(marketplace=market, members=[("max@market.example", "", "moderator")])
    read_guidelines(partner)
    app = make_app(market, partner, "otter")
    return replace(store, marketplace=market, partner=partner, app=app)


def _other_keys(store: Stage, persons: Mapping[str, Person]) -> dict[str, str]:
    """The marketplace's own key, a moderator's, and one of a partner for who was never in it."""

    def key(kind: str, person: Person | None = None, partner: UUID | None = None) -> str:
        return people.create_key(
            kind=kind,
            marketplace_id=store.marketplace.pk,
            person=person,
            partner_id=partner,
            name=kind,
            now=LONG_AGO,
        )

    return {
        "operator": key("server"),
        "moderator": key("moderator", persons["moderator"]),
        "without": key("partner", persons["without"], store.partner.pk),
    }


def _reviews(store: Stage) -> dict[str, UUID]:
    """A review in each state that there is."""
    writer, banned = store.viewer(), store.viewer()
    then = NOW - timedelta(days=10)
    made = {
        "published": store.review(at=then),
        "archived": store.review(by=banned, at=then),
        "removed": store.review(by=writer, at=then),
        # As the others are, but by a moderator: its partner may look at it and appeal.
        "taken": store.review(at=then),
    }
    work_once(now=NOW)
    assert banned.account
    catalog.ban(account=banned.account, reason="spam", now=NOW)
    reviews.withdraw_review(viewer=writer, review_id=made["removed"].pk, now=NOW)
    _decide(store, made["taken"], "remove")
    made["rejected"] = store.review()
    _decide(store, made["rejected"], "reject")
    made["held"] = store.review()
    work_once(now=NOW)
    ids = {state: review.pk for state, review in made.items()}
    states = {state: Review.objects.get(pk=pk).state for state, pk in ids.items()}
    assert states == {state: state for state in ids} | {"taken": "removed"}
    return ids


def _staff(store: Stage) -> Moderator:
    role = Role.objects.select_related("person").get(
        place_id=store.marketplace.pk, kind="moderator"
    )
    found = moderator(person=role.person, marketplace_id=store.marketplace.pk)
    assert found
    return found


def _decide(store: Stage, review: Review, action: str) -> None:
    mika = _staff(store)
    report = reporting.file_report(
        target=reporting.target_of(item="review", item_id=review.pk),
        reporter=parties.staff(moderator=mika, language="en"),
        reason="spam",
        now=NOW,
    )
    words = deciding.Words(action, "spam", "It advertises something else.")
    deciding.decide(moderator=mika, case_id=report.case_id, words=words, now=NOW)


def _threads(store: Stage, owner: Member, reviews: Mapping[str, UUID]) -> dict[str, UUID]:
    """An open dispute with an answer that nobody has read, a closed one, an appeal."""
    mika, made = _staff(store), {}
    for kind, state in (("open", "published"), ("closed", "archived")):
        made[kind] = threads.open_dispute(
            member=owner, review_id=reviews[state], text="Another app, surely.", now=NOW
        ).pk
        threads.write_as_moderator(moderator=mika, thread_id=made[kind], text="Which one?", now=NOW)
    threads.close_dispute(
        moderator=mika, thread_id=made["closed"], outcome="stays", text="It stays.", now=NOW
    )
    case = Case.objects.get(review=reviews["rejected"])
    case, appellant = appealing.as_partner(member=owner, case_id=case.pk)
    made["appeal"] = appealing.appeal(case=case, appellant=appellant, text="No.", now=NOW).pk
    return made


def _things(store: Stage, owner: Member, thread: UUID) -> Ids:
    default_links(member=owner, now=NOW)
    invited = invite(
        place=store.partner,
        by=owner,
        email=f"invited@{store.partner.ref}.example",
        kind="reader",
        language="en",
        now=NOW,
        real_now=clock.real(),
    )
    held = Review.objects.get(app=store.app, state="held")
    webhook, delivery = _webhook(owner)
    return Ids(
        partner=store.partner.pk,
        app=store.app.ref,
        review=held.pk,
        link=_link(store, owner, "May"),
        thread=thread,
        case=Case.objects.get(app=store.app, state="decided", outcome="removed").pk,
        person=Role.objects.get(place_id=store.partner.pk, kind="reader").person_id,
        invitation=invited.invitation.pk,
        key=Key.objects.get(person=owner.person).pk,
        webhook=webhook,
        delivery=delivery,
    )


def _webhook(owner: Member) -> tuple[UUID, UUID]:
    """One that has been tested, and the test."""
    holder = webhooks.Holder(owner.marketplace, owner.actor, owner.partner)
    made, _ = webhooks.create_webhook(
        holder=holder,
        url="https://hooks.example/",
        description="",
        events=["review.created"],
        now=NOW,
    )
    return made.pk, webhooks.send_test(holder=holder, webhook_id=made.pk, now=NOW).pk


def _link(store: Stage, owner: Member, campaign: str, *, end: bool = False) -> UUID:
    made = create_link(member=owner, app=store.app.ref, campaign=campaign, now=NOW)
    if end:
        end_link(member=owner, link_id=made.pk, now=NOW)
    return made.pk
