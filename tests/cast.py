"""The cast of the tests, and builders that walk the real actions.

Anna and Arvo review from the account Acme, Petra owns the partner Pixel, Pavel replies and
Rita reads there, Mika moderates, Zed is a stranger with an account of his own where nothing is
installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from arvio.asking.accepting import accept_guidelines
from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import create_marketplace, put_staff
from arvio.catalog.members import Member, memberships
from arvio.catalog.models import Account, App, Marketplace, Partner, User
from arvio.catalog.queries import Viewer
from arvio.people.models import Person, Role
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.repeating import again

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)


@dataclass
class Stage:
    """A marketplace with one partner, one app, and accounts that have it installed."""

    marketplace: Marketplace
    partner: Partner
    app: App
    acme: Account
    anna: Viewer
    arvo: Viewer
    zed: Viewer
    now: datetime = NOW
    made: int = field(default=0)

    def viewer(self, *, account: Account | None = None, ref: str = "", **fields: Any) -> Viewer:
        """Another user; of an account of their own, with the app installed, unless one is given."""
        self.made += 1
        name = ref or f"user-{self.made}"
        account = account or installed_account(self, f"account-{self.made}")
        return viewer(self.marketplace, account, name, **fields)

    def review(
        self, *, by: Viewer | None = None, at: datetime | None = None, **answers: Any
    ) -> Review:
        """A submitted review, held or published as the policy says."""
        by = by or self.viewer()
        at = at or self.now
        given = full_answers(self.marketplace, at) | answers
        return reviews.submit_review(viewer=by, app=self.app, answers=given, now=at)

    def published(self, **kwargs: Any) -> Review:
        """A review at published: submitted so long ago that the worker has published it by now."""
        review = self.review(**{"at": self.now - timedelta(days=10), **kwargs})
        work_once(now=self.now)
        review.refresh_from_db()
        return review


def stage(
    *,
    preset: str = "bitrix24-2024",
    overrides: Mapping[str, Any] | None = None,
    slug: str = "store",
) -> Stage:
    """Made by the real actions; a process that has made the same in an empty database writes the
    same rows again.
    """
    key = json.dumps([preset, overrides, slug], default=str)
    return again(key, lambda: _stage(preset, overrides, slug))


def _stage(preset: str, overrides: Mapping[str, Any] | None, slug: str) -> Stage:
    marketplace = create_marketplace(
        slug=slug, name="The Store", preset=preset, overrides=overrides, now=LONG_AGO
    )
    partner, _ = catalog.put_partner(
        marketplace=marketplace,
        ref="pixel",
        name="Pixel",
        domains=["pixel.example"],
        members=[
            ("petra@pixel.example", "Petra Peltonen", "owner"),
            ("pavel@mail.example", "Pavel Petrov", "replier"),
            ("rita@mail.example", "Rita Rinne", "reader"),
        ],
        now=LONG_AGO,
    )
    read_guidelines(partner)
    put_staff(
        marketplace=marketplace, members=[("mika@store.example", "Mika Moilanen", "moderator")]
    )
    app = make_app(marketplace, partner, "calls")
    acme, _ = catalog.put_account(
        marketplace=marketplace,
        ref="acme",
        name="Acme Oy",
        plan="commercial",
        kind="production",
        now=LONG_AGO,
    )
    install(app, acme)
    elsewhere, _ = catalog.put_account(
        marketplace=marketplace,
        ref="zed-inc",
        name="Zed Inc",
        plan="demo",
        kind="production",
        now=LONG_AGO,
    )
    return Stage(
        marketplace=marketplace,
        partner=partner,
        app=app,
        acme=acme,
        anna=viewer(marketplace, acme, "anna", name="Anna Korhonen"),
        arvo=viewer(marketplace, acme, "arvo", name="Arvo Aalto"),
        zed=viewer(marketplace, elsewhere, "zed", name="Zed Zimmer"),
    )


def member(stage: Stage, who: str = "petra@pixel.example") -> Member:
    """Petra, or whoever of the stage's people has this address, at her first partner."""
    found = memberships(person=Person.objects.get(email=who))
    return found[0]


def rival(stage: Stage, ref: str = "vector", app: str = "mail") -> tuple[Member, App]:
    """Another partner of the marketplace, Vera who owns it, and its app."""
    partner, _ = catalog.put_partner(
        marketplace=stage.marketplace,
        ref=ref,
        name=ref.title(),
        members=[(f"vera@{ref}.example", "Vera Virtanen", "owner")],
        now=LONG_AGO,
    )
    read_guidelines(partner)
    made = make_app(stage.marketplace, partner, app)
    return member(stage, f"vera@{ref}.example"), made


def read_guidelines(partner: Partner) -> None:
    """Its owner has confirmed how reviews are collected, long ago."""
    owner = Role.objects.get(place_id=partner.pk, kind=Role.Kind.OWNER).person
    accept_guidelines(member=Member(owner, partner, Role.Kind.OWNER), number=1, now=LONG_AGO)


def make_app(marketplace: Marketplace, partner: Partner, ref: str, **fields: Any) -> App:
    values = {
        "name": ref.title(),
        "category": "Calls",
        "tagline": "Calls land on the right deal.",
        "version": "3.2",
    }
    app, _ = catalog.put_app(
        marketplace=marketplace, partner=partner, ref=ref, now=LONG_AGO, **{**values, **fields}
    )
    return app


def installed_account(stage: Stage, ref: str) -> Account:
    account, _ = catalog.put_account(
        marketplace=stage.marketplace,
        ref=ref,
        name=ref.title(),
        plan="commercial",
        kind="production",
        now=LONG_AGO,
    )
    install(stage.app, account)
    return account


def install(app: App, account: Account, *, at: datetime = LONG_AGO) -> None:
    catalog.put_installation(app=app, account=account, installed_at=at, version="3.2", now=at)


def viewer(
    marketplace: Marketplace,
    account: Account,
    ref: str,
    *,
    name: str = "",
    email: str = "",
    locale: str = "en",
    surface: Any = "in_product",
) -> Viewer:
    name = name or f"{ref.title()} Tester"
    email = email or f"{ref}@customer.example"
    user: User
    user, _ = catalog.put_user(
        account=account, ref=ref, name=name, email=email, locale=locale, now=LONG_AGO
    )
    return Viewer(
        marketplace=marketplace,
        surface=surface,
        name=name,
        email=email,
        locale=locale,
        account=account,
        user=user,
    )


def full_answers(marketplace: Marketplace, now: datetime) -> dict[str, Any]:
    """Answers that satisfy the form of the policy in force."""
    from arvio.catalog.queries import policy_in_force

    form = policy_in_force(marketplace=marketplace, now=now).policy.form
    answers: dict[str, Any] = {
        "stars": 4,
        "text": "We use it every day and it does what it says.",
        "qualities": {},
        "about": {},
        "consents": list(form.consents),
        "language": "en",
    }
    if "title" in form.content:
        answers["title"] = "Does what it says"
    answers["qualities"] = {key: 4 for key, asked in form.qualities.items() if asked.required}
    for key, asked in form.about.items():
        if asked.required:
            answers["about"][key] = asked.choices[0] if asked.choices else "Sales lead"
    return answers
