"""What partners have beside reviews: languages, wishes, links, imports, drafts, invitations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from arvio.asking import actions as asking
from arvio.asking.accepting import accept_guidelines, reading
from arvio.asking.models import ReviewLink
from arvio.catalog import batches, inviting, members
from arvio.catalog.members import Member
from arvio.catalog.queries import policy_in_force
from arvio.demo.content import DemoImport, DemoPerson
from arvio.notify import preferences
from arvio.notify.rules import DAILY
from arvio.people import actions as people
from arvio.policy.form import Cleaned
from arvio.reviews import actions as reviews
from arvio.reviews.importing import Incoming, IncomingReply, IncomingVersion, take_reviews

if TYPE_CHECKING:
    from arvio.demo.seed import Loader

BEGUN = timedelta(hours=2)


class Partners:
    """The partners of one marketplace while it is made."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.links: dict[tuple[str, str], ReviewLink] = {}
        self._members: dict[str, Member] = {}

    def begin(self) -> None:
        """What is there before the first review of the history."""
        for partner in self.loader.demo.partners:
            for person in partner.members:
                people.speak(person=self.member(person.email).person, language=person.language)
        for email in self.loader.demo.digests:
            self._wish_daily(self.member(email))
        self._import()
        self._read_guidelines()
        self._make_links()

    def end(self) -> None:
        """What is still to be done when the visitor comes."""
        self._begin_replies()
        self._invite()

    def member(self, email: str) -> Member:
        if email not in self._members:
            found = members.memberships(person=self.loader.people[email])
            self._members[email] = found[0]
        return self._members[email]

    def _wish_daily(self, member: Member) -> None:
        how = dict.fromkeys(preferences.MEMBER_EVENTS, DAILY)
        preferences.save_defaults(reader_id=member.person.pk, partner=member.partner, how=how)

    # Imports

    def _import(self) -> None:
        loader, at = self.loader, self.loader.demo.founded_at
        brought = loader.demo.imports
        stores = batches.put_accounts(
            marketplace=loader.marketplace,
            facts=[
                batches.AccountFact(ref=_store_ref(n), name=one.store, plan="unknown")
                for n, one in enumerate(brought)
            ],
            now=at,
        )
        take_reviews(
            marketplace=loader.marketplace,
            incoming=[
                Incoming(
                    key=f"demo-{n}",
                    app=loader.apps[one.app],
                    account=stores[_store_ref(n)],
                    versions=[_words(one)],
                    submitted_at=one.submitted_at,
                    published_at=one.submitted_at,
                    reply=IncomingReply(one.reply.text, one.reply.replied_at)
                    if one.reply
                    else None,
                )
                for n, one in enumerate(brought)
            ],
            version=policy_in_force(marketplace=loader.marketplace, now=at),
            now=at,
        )

    # Links

    def _read_guidelines(self) -> None:
        """Owners have read how reviews are collected before the first link is made."""
        for partner in self.loader.demo.partners:
            owner = self._owner(partner.ref)
            found = reading(partner=owner.partner, now=self.loader.demo.founded_at)
            if found:
                accept_guidelines(
                    member=owner, number=found.version.number, now=self.loader.demo.founded_at
                )

    def _make_links(self) -> None:
        for link in self.loader.demo.links:
            owner = self._of_app(link.app, "owner")
            if link.campaign:
                made = asking.create_link(
                    member=owner, app=link.app, campaign=link.campaign, now=link.created_at
                )
            else:
                made = asking.default_link(
                    app=self.loader.apps[link.app], actor=owner.actor, now=link.created_at
                )
            for at in link.arrivals:
                asking.arrive(link=made, now=at)
            self.links[link.app, link.campaign] = made

    # Drafts and invitations

    def _begin_replies(self) -> None:
        for n, said in enumerate(self.loader.demo.reviews):
            if said.draft:
                reviews.save_reply_draft(
                    member=self._of_app(said.app, "replier"),
                    review_id=self.loader.reviews[n].pk,
                    text=said.draft,
                    now=max(self.loader.now - BEGUN, said.submitted_at),
                )

    def _invite(self) -> None:
        """The demo is made at its first start, when its clock and the real one agree."""
        now: datetime = self.loader.now
        for one in self.loader.demo.invitations:
            owner = self._owner(one.partner)
            inviting.invite(
                place=owner.partner,
                by=owner,
                email=one.email,
                name=one.name,
                kind=one.kind,
                language=one.language,
                now=now,
                real_now=now,
            )

    def _owner(self, partner: str) -> Member:
        return self.member(self._person(partner, "owner").email)

    def _of_app(self, app: str, role: str) -> Member:
        partner = next(one.partner for one in self.loader.demo.apps if one.ref == app)
        return self.member(self._person(partner, role).email)

    def _person(self, partner: str, role: str) -> DemoPerson:
        found = next(one for one in self.loader.demo.partners if one.ref == partner)
        return found.who(role)


def _store_ref(n: int) -> str:
    return f"store-{n + 1}"


def _words(one: DemoImport) -> IncomingVersion:
    return IncomingVersion(
        answers=Cleaned(stars=one.stars, title=one.title, text=one.text),
        language=one.language,
        submitted_at=one.submitted_at,
        effective_at=one.submitted_at,
        evidence={"source": "demo"},
    )
