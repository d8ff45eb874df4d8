"""Loads the demo through the real actions, each at its own time; made once, then left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from arvio.asking import actions as asking
from arvio.audit import sealing
from arvio.catalog import actions as catalog
from arvio.catalog import batches, marketplaces
from arvio.catalog.models import Account, App, Marketplace, User
from arvio.catalog.placements import sell_place
from arvio.catalog.queries import Asker, Viewer
from arvio.catalog.sealing import next_hour, schedule_seal
from arvio.demo import lately, moderating, partners
from arvio.demo.build import build
from arvio.demo.content import PASSWORD, PORTALS, DemoBan, DemoEdit, DemoMarketplace, DemoReview
from arvio.demo.listings import SLUGS
from arvio.demo.timeline import TOLD
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import actions as notify
from arvio.notify.models import OutboxNotice
from arvio.people.models import Person
from arvio.policy.load import load_policy
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.reviews.states import State

BATCH, PLACED_FOR = 2000, timedelta(days=180)


@transaction.atomic
def seed(*, now: datetime) -> int:
    """Make the marketplaces that aren't there yet; answers how many reviews were made."""
    there = set(Marketplace.objects.filter(slug__in=SLUGS).values_list("slug", flat=True))
    if there >= set(SLUGS):
        return 0
    with _no_collector():
        return sum(
            load(demo=build(slug=slug, now=now), now=now) for slug in SLUGS if slug not in there
        )


@transaction.atomic
def load(*, demo: DemoMarketplace, now: datetime) -> int:
    """Make one marketplace with all that belongs to it; answers how many reviews it has."""
    return Loader(demo, now).load()


@cache
def _password_hash() -> str:
    """One for all: fifty slow ones would keep a visitor waiting and hide nothing."""
    return make_password(PASSWORD)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A hundred thousand rows that all stay: looking through them for garbage costs seconds."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Loader:
    """One marketplace on its way into the database."""

    def __init__(self, demo: DemoMarketplace, now: datetime) -> None:
        self.demo = demo
        self.policy = load_policy(preset=demo.preset)
        self.hold = self.policy.publication.hold
        self.now = now
        self.told_from = now - TOLD
        self.apps: dict[str, App] = {}
        self.accounts: dict[str, Account] = {}
        self.users: dict[str, User] = {}
        self.reviews: dict[int, Review] = {}

    def load(self) -> int:
        """In the order of the story wherever it can be seen: by each review."""
        self.marketplace = self._marketplace()
        self._partners_and_apps()
        self._customers()
        self.partners = partners.Partners(self)
        self.partners.begin()
        self._history()
        stories = moderating.write_reviews(loader=self)
        self._forget()
        lately.happen(loader=self)
        moderating.happen(loader=self, stories=stories)
        self.partners.end()
        self._seal()
        return len(self.demo.reviews)

    def _history(self) -> None:
        """What is older than what people are told of."""
        said = self.demo.reviews
        older = [n for n, one in enumerate(said) if not self.is_told(one.submitted_at)]
        linked = [n for n in older if said[n].link is not None]
        slow = [n for n in older if n not in set(linked) and self._stirs_while_held(said[n])]
        for n in linked:
            self.submit_alone(n)
        self._submit(slow, now=self.demo.founded_at)
        stirred = linked + slow
        self._reply(stirred, held=True)
        self._withdraw(stirred, held=True)
        self._publish(stirred)
        self._submit(sorted(set(older) - set(stirred)), now=self.now)
        self._reply(older, held=False)
        self._withdraw(older, held=False)
        for n in older:
            for edit in said[n].edits:
                if not self.is_told(edit.edited_at):
                    self.edit(n, edit)
                    self._apply_edit(n)
        self._ban()

    def is_told(self, at: datetime | None) -> bool:
        """Is it so new that people are told of it, each at its own time?"""
        return at is not None and at >= self.told_from

    def _forget(self) -> None:
        """History tells nobody."""
        rows = OutboxNotice.objects.filter(marketplace_id=self.marketplace.pk)
        keys = set(rows.values_list("key", flat=True))
        notify.forget(review_ids=sorted(map(UUID, keys)))

    def _seal(self) -> None:
        while sealing.seal(marketplace_id=self.marketplace.pk, now=self.now):
            pass
        schedule_seal(marketplace_id=self.marketplace.pk, at=next_hour(self.now))

    # Facts

    def _marketplace(self) -> Marketplace:
        demo = self.demo
        marketplace = marketplaces.create_marketplace(
            slug=demo.slug,
            name=demo.name,
            preset=demo.preset,
            overrides=demo.opening.overrides if demo.opening else None,
            languages=demo.languages,
            accent=demo.accent,
            calendar=demo.calendar,
            time_zone=demo.time_zone,
            frame_hosts=PORTALS,
            origins=PORTALS,
            actor="demo",
            now=demo.founded_at,
        )
        if demo.opening:
            marketplaces.set_policy(
                marketplace=marketplace,
                preset=demo.preset,
                effective_at=demo.opening.ends_at,
                actor="demo",
                now=demo.founded_at,
            )
        staff = [(person.email, person.name, person.role) for person in demo.staff]
        marketplaces.put_staff(marketplace=marketplace, members=staff)
        return marketplace

    def _partners_and_apps(self) -> None:
        partners = {}
        for partner in self.demo.partners:
            members = [(person.email, person.name, person.role) for person in partner.members]
            partners[partner.ref], _ = catalog.put_partner(
                marketplace=self.marketplace,
                ref=partner.ref,
                name=partner.name,
                domains=partner.domains,
                members=members,
                now=self.demo.founded_at,
            )
        for app in self.demo.apps:
            row, _ = catalog.put_app(
                marketplace=self.marketplace,
                ref=app.ref,
                partner=partners[app.partner],
                name=app.name,
                category=app.category,
                tagline=app.tagline,
                version=app.version,
                now=app.listed_at,
            )
            self.apps[app.ref] = row
            if app.placed:
                until = self.now + PLACED_FOR
                sell_place(app=row, since_at=self.now, until_at=until, now=self.now)
        people = Person.objects.filter(email__in=[person.email for person in self.demo.people])
        people.update(password=_password_hash())
        self.people = {person.email: person for person in people}

    def _customers(self) -> None:
        demo = self.demo
        self.accounts = batches.put_accounts(
            marketplace=self.marketplace,
            facts=[
                batches.AccountFact(
                    ref=account.ref,
                    name=account.name,
                    plan=account.plan,
                    kind=account.kind,
                    industry=account.industry,
                    size=account.size,
                    domain=account.domain,
                )
                for account in demo.accounts
            ],
            now=self.now,
        )
        users = batches.put_users(
            facts=[
                batches.UserFact(
                    account=self.accounts[user.account],
                    ref=user.ref,
                    name=user.name,
                    email=user.email,
                    locale=user.locale,
                )
                for user in demo.users
            ],
            now=self.now,
        )
        self.users = {user.ref: user for user in users.values()}
        batches.put_installations(
            facts=[
                batches.InstallationFact(
                    app=self.apps[row.app],
                    account=self.accounts[row.account],
                    installed_at=row.installed_at,
                    installed_by=row.installed_by,
                    version=row.version,
                    uninstalled_at=row.uninstalled_at,
                )
                for row in demo.installations
            ],
            now=self.now,
        )

    # Reviews

    def _submit(self, numbers: Sequence[int], *, now: datetime) -> None:
        """Whatever is due by `now` is public at once, from its own due time on."""
        for part in _parts(numbers):
            submissions = [self._submission(self.demo.reviews[n]) for n in part]
            made = reviews.submit_reviews(
                marketplace=self.marketplace, submissions=submissions, now=now
            )
            self.reviews |= dict(zip(part, made, strict=True))

    def submit_alone(self, n: int) -> None:
        """At its own time, as whoever writes does it; perhaps by a partner's link."""
        said = self.demo.reviews[n]
        link = self.partners.links.get((said.app, said.link or ""))
        self.reviews[n] = asking.submit_from_link(
            viewer=self.viewer(said),
            app=self.apps[said.app],
            answers=self._answers(said),
            codes=[link.code] if link and said.link is not None else [],
            now=said.submitted_at,
        )

    def _answers(self, said: DemoReview) -> dict[str, Any]:
        answers: dict[str, Any] = {
            "stars": said.stars,
            "text": said.text,
            "consents": list(self.demo.consents),
            "language": said.language,
        }
        words = {"title": said.title, "pros": said.pros, "cons": said.cons}
        answers |= {key: value for key, value in words.items() if value}
        answers |= {"qualities": dict(said.qualities)} if said.qualities else {}
        answers |= {"about": dict(said.about)} if said.about else {}
        return answers

    def _submission(self, said: DemoReview) -> reviews.Submission:
        user = self.users[said.user]
        asker = Asker(
            app=self.apps[said.app],
            account=self.accounts[said.account],
            user=user,
            surface="in_product",
            email=user.email,
        )
        return reviews.Submission(asker=asker, answers=self._answers(said), at=said.submitted_at)

    def _stirs_while_held(self, said: DemoReview) -> bool:
        """Is it answered or withdrawn before it is public?"""
        return self.waits(said, said.withdrawn_at) or (
            said.reply is not None and self.waits(said, said.reply.replied_at)
        )

    def waits(self, said: DemoReview, at: datetime | None) -> bool:
        """Is the review still held at that moment?"""
        return at is not None and at < self.hold.add(said.submitted_at)

    def _reply(self, numbers: Iterable[int], *, held: bool) -> None:
        replies = []
        for n in numbers:
            said, reply = self.demo.reviews[n], self.demo.reviews[n].reply
            if reply is None or self.is_told(at := reply.replied_at):
                continue
            if self.waits(said, at) == held:
                actor = f"person:{self.people[reply.by].pk}"
                replies.append((self.reviews[n], reply.text, actor, at, reply.fixed_in))
        if replies:
            reviews.add_replies(replies=replies)

    def _withdraw(self, numbers: Iterable[int], *, held: bool) -> None:
        for n in numbers:
            at = self.demo.reviews[n].withdrawn_at
            if at and not self.is_told(at) and self.waits(self.demo.reviews[n], at) == held:
                self.withdraw(n)

    def withdraw(self, n: int) -> None:
        said = self.demo.reviews[n]
        if said.withdrawn_at:
            reviews.withdraw_review(
                viewer=self.viewer(said), review_id=self.reviews[n].pk, now=said.withdrawn_at
            )

    def _publish(self, numbers: Sequence[int]) -> None:
        """Those whose hold was over before the news are published at the moment that it was."""
        said = self.demo.reviews
        ripe = [self.reviews[n].pk for n in numbers if not self.waits(said[n], self.told_from)]
        rows = Review.objects.select_related(
            "app__partner", "account", "user", "policy_version", "live_version", "pending_version"
        )
        for keys in _parts(ripe):
            held = rows.filter(pk__in=keys, state=State.HELD).order_by("submitted_at", "pk")
            reviews.publish_reviews(
                marketplace=self.marketplace, reviews=list(held), now=self.now, on_time=True
            )
            due.cancel(kind="publish", keys=[str(key) for key in keys])

    def edit(self, n: int, edit: DemoEdit) -> None:
        reviews.edit_review(
            viewer=self.viewer(self.demo.reviews[n]),
            review_id=self.reviews[n].pk,
            changes={"stars": edit.stars, "text": edit.text},
            now=edit.edited_at,
        )

    def _apply_edit(self, n: int) -> None:
        """An edit that lowers the stars has waited once more."""
        key = str(self.reviews[n].pk)
        for row in Due.objects.filter(kind="edit", key=key):
            reviews.apply_due_edits(review_ids=[self.reviews[n].pk], now=row.due_at)
            due.cancel(kind="edit", keys=[key])

    def viewer(self, said: DemoReview) -> Viewer:
        user = self.users[said.user]
        return Viewer(
            marketplace=self.marketplace,
            surface="in_product",
            name=user.name,
            email=user.email,
            locale=user.locale,
            account=self.accounts[said.account],
            user=user,
        )

    def _ban(self) -> None:
        for ban in self.demo.bans:
            if not self.is_told(ban.at):
                self.ban(ban)

    def ban(self, ban: DemoBan) -> None:
        user = self.users[ban.user]
        moderator = next(person for person in self.demo.staff if person.role == "moderator")
        made = catalog.ban(
            account=self.accounts[ban.account],
            user=user,
            reason=ban.reason,
            rule="fake",
            actor=f"person:{self.people[moderator.email].pk}",
            now=ban.at,
        )
        if not self.is_told(ban.at):
            due.cancel(kind="ban_notice", keys=[f"banned:{made.pk}"])
        key = f"user:{user.pk}"
        reviews.check_archive(keys=[key], now=ban.at)
        due.cancel(kind="archive_check", keys=[key])


def _parts(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
