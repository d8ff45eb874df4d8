"""Facts come late, twice and in any order, and end in the same state."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from arvio.catalog import actions, queries, rules
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Account, App, Ban, Installation, User
from arvio.due.models import Due
from tests import cast

HOUR = timedelta(hours=1)


def installed(app: App, stage: cast.Stage, at: datetime, version: str = "") -> Installation:
    made, _ = actions.put_installation(
        app=app, account=stage.acme, installed_at=at, version=version, now=at
    )
    return made


def uninstalled(app: App, stage: cast.Stage, at: datetime) -> Installation:
    return actions.end_installation(app=app, account=stage.acme, uninstalled_at=at, now=at)


def standing(app: App) -> tuple[Any, ...]:
    app.refresh_from_db()
    row = Installation.objects.get(app=app)
    return (row.installed_at, row.uninstalled_at, row.version, row.is_live, app.install_count)


FACTS = [
    ("in", 0, "1.0"),
    ("in", 0, "1.0"),
    ("out", 1, ""),
    ("in", 2, "2.0"),
    ("out", 3, ""),
    ("in", 4, "3.0"),
]


@pytest.mark.django_db
def test_install_facts_in_any_order_end_alike() -> None:
    stage = cast.stage()
    ends = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(FACTS), 0, None, 30)):
        app = cast.make_app(stage.marketplace, stage.partner, f"app-{number}")
        for kind, hours, version in order:
            at = cast.NOW + hours * HOUR
            if kind == "in":
                installed(app, stage, at, version)
            else:
                uninstalled(app, stage, at)
        ends.add(standing(app))
    assert ends == {(cast.NOW + 4 * HOUR, cast.NOW + 3 * HOUR, "3.0", True, 1)}


@pytest.mark.django_db
def test_an_uninstall_that_arrives_before_its_install() -> None:
    stage = cast.stage()
    app = cast.make_app(stage.marketplace, stage.partner, "fresh")
    assert not uninstalled(app, stage, cast.NOW + HOUR).is_live
    assert not installed(app, stage, cast.NOW).is_live
    assert standing(app) == (cast.NOW, cast.NOW + HOUR, "", False, 0)


@pytest.mark.django_db
def test_the_same_install_three_times_is_one() -> None:
    stage = cast.stage()
    app = cast.make_app(stage.marketplace, stage.partner, "fresh")
    made = {installed(app, stage, cast.NOW, "1.0").pk for _ in range(3)}
    assert len(made) == 1
    assert standing(app) == (cast.NOW, None, "1.0", True, 1)


@pytest.mark.django_db
def test_a_late_fact_of_an_older_version_changes_no_version() -> None:
    stage = cast.stage()
    app = cast.make_app(stage.marketplace, stage.partner, "fresh")
    installed(app, stage, cast.NOW, "2.0")
    installed(app, stage, cast.NOW - HOUR, "1.0")
    assert standing(app)[:3] == (cast.NOW, None, "2.0")


class InstallCounts(TestCase):
    """The law behind the examples: the last of each kind decides, and the count is what is live."""

    app: App
    accounts: list[Account]

    @classmethod
    def setUpTestData(cls) -> None:
        stage = cast.stage()
        cls.app = cast.make_app(stage.marketplace, stage.partner, "fresh")
        cls.accounts = [stage.acme, *(cast.installed_account(stage, name) for name in "ab")]

    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 2)), max_size=12))
    def test_counts(self, facts: list[tuple[bool, int, int]]) -> None:
        for comes, hours, place in facts:
            at, account = cast.NOW + hours * HOUR, self.accounts[place]
            if comes:
                actions.put_installation(app=self.app, account=account, installed_at=at, now=at)
            else:
                actions.end_installation(app=self.app, account=account, uninstalled_at=at, now=at)
        live = sum(row.is_live for row in Installation.objects.filter(app=self.app))
        self.app.refresh_from_db()
        assert self.app.install_count == live


@pytest.mark.django_db
def test_a_fact_of_another_app_or_account_touches_nothing_here() -> None:
    stage = cast.stage()
    before = standing(stage.app)
    other = cast.make_app(stage.marketplace, stage.partner, "other")
    uninstalled(other, stage, cast.NOW)
    globex = cast.installed_account(stage, "globex")
    actions.end_installation(app=stage.app, account=globex, uninstalled_at=cast.NOW, now=cast.NOW)
    assert Installation.objects.get(app=stage.app, account=stage.acme).is_live
    stage.app.refresh_from_db()
    assert (before[-1], stage.app.install_count) == (1, 1)


# --- Users, partners, apps ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_page_view_that_brings_nothing_new_writes_nothing(count_sql: Any) -> None:
    stage = cast.stage()
    with count_sql() as statements:
        cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    assert len(statements) == 1
    assert not Due.objects.filter(kind="archive_check").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "looked_at"), [("production", False), ("sandbox", True)])
def test_an_account_is_looked_at_again_when_its_kind_changes(kind: str, looked_at: bool) -> None:
    stage = cast.stage()
    actions.put_account(
        marketplace=stage.marketplace,
        ref="acme",
        name="Acme Group",
        plan="free",
        kind=kind,
        now=stage.now,
    )
    assert Due.objects.filter(kind="archive_check").exists() == looked_at


@pytest.mark.django_db
def test_a_new_address_is_kept_and_looked_at() -> None:
    stage = cast.stage()
    user, created = actions.put_user(
        account=stage.acme, ref="anna", name="Anna K", email=" ANNA@Pixel.example ", now=stage.now
    )
    assert not created
    assert (user.name, user.email) == ("Anna K", "anna@pixel.example")
    assert Due.objects.get(kind="archive_check").key == f"user:{user.pk}"


@pytest.mark.django_db
def test_users_of_one_ref_in_two_accounts_are_two() -> None:
    stage = cast.stage()
    globex = cast.installed_account(stage, "globex")
    cast.viewer(stage.marketplace, globex, "anna")
    assert User.objects.filter(ref="anna").count() == 2


@pytest.mark.django_db
def test_a_partner_s_new_name_is_found_where_its_apps_are_searched() -> None:
    stage = cast.stage()
    actions.put_partner(
        marketplace=stage.marketplace, ref="pixel", name="Ääniaalto", members=[], now=stage.now
    )
    assert App.objects.filter(search_text__contains="ääniaalto").count() == 1


@pytest.mark.django_db
def test_an_app_is_listed_once_and_for_all() -> None:
    stage = cast.stage()
    app, created = actions.put_app(
        marketplace=stage.marketplace,
        ref="calls",
        partner=stage.partner,
        name="Звонки",
        category="Calls",
        tagline="All in one.",
        version="4.0",
        retired=True,
        now=stage.now,
    )
    assert not created
    assert (app.listed_at, app.name, app.retired) == (cast.LONG_AGO, "Звонки", True)
    assert "звонки" in app.search_text


# --- Bans and what is known --------------------------------------------------------------------


@pytest.mark.django_db
def test_a_ban_needs_a_reason_and_ends_later_than_it_begins() -> None:
    stage = cast.stage()
    for bad in ({"reason": " "}, {"reason": "x", "until_at": stage.now}):
        with pytest.raises(InvalidFact):
            actions.ban(account=stage.acme, now=stage.now, **bad)
    assert not Ban.objects.exists()


def known(stage: cast.Stage, now: datetime, who: str = "anna") -> Any:
    viewer = getattr(stage, who)
    asker = queries.Asker(
        app=stage.app, account=viewer.account, user=viewer.user, email=viewer.email
    )
    return queries.facts(marketplace=stage.marketplace, askers=[asker], now=now)[0].facts


@pytest.mark.django_db
def test_a_ban_holds_from_its_beginning_to_its_end_or_until_lifted() -> None:
    stage = cast.stage()
    until = stage.now + 5 * HOUR
    ban = actions.ban(
        account=stage.acme, user=stage.anna.user, reason="spam", now=stage.now, until_at=until
    )
    assert not known(stage, stage.now - HOUR).banned
    assert known(stage, stage.now).banned
    assert known(stage, stage.now).banned_until == until
    assert not known(stage, until).banned
    assert not known(stage, stage.now, "arvo").banned
    actions.lift_ban(ban=ban, now=stage.now + HOUR)
    assert not known(stage, stage.now + HOUR).banned


@pytest.mark.django_db
def test_a_ban_of_the_account_is_everybody_s() -> None:
    stage = cast.stage()
    actions.ban(account=stage.acme, reason="spam", now=stage.now)
    assert known(stage, stage.now).banned
    assert known(stage, stage.now, "arvo").ban_reason == "spam"
    assert not known(stage, stage.now, "zed").banned


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("petra@pixel.example", "member"),
        ("PAVEL@mail.example", "member"),
        ("anybody@pixel.example", "domain"),
        ("anybody@sub.pixel.example", "domain"),
        ("anybody@notpixel.example", None),
        ("pixel.example@customer.example", None),
        ("", None),
    ],
)
def test_who_belongs_to_the_partner(email: str, expected: str | None) -> None:
    stage = cast.stage()
    asker = queries.Asker(app=stage.app, account=stage.acme, user=None, email=email)
    (found,) = queries.facts(marketplace=stage.marketplace, askers=[asker], now=stage.now)
    assert found.facts.affiliated == expected


@pytest.mark.django_db
def test_staff_of_the_marketplace_is_known_as_such_only_there() -> None:
    stage, other = cast.stage(), cast.stage(slug="other")
    asker = queries.Asker(app=stage.app, account=stage.acme, user=None, email="mika@store.example")
    assert queries.facts(marketplace=stage.marketplace, askers=[asker], now=stage.now)[
        0
    ].facts.operator_staff
    elsewhere = queries.Asker(app=other.app, account=None, user=None, email="petra@pixel.example")
    found = queries.facts(marketplace=other.marketplace, askers=[elsewhere], now=stage.now)[0]
    assert found.facts.affiliated == "member"
    assert not found.facts.account_known


@pytest.mark.django_db
def test_facts_of_any_number_cost_three_statements(count_sql: Any) -> None:
    stage = cast.stage()
    viewers = [stage.viewer() for _ in range(12)]
    for number in (1, 12):
        askers = [
            queries.Asker(app=stage.app, account=v.account, user=v.user, email=v.email)
            for v in viewers[:number]
        ]
        with count_sql() as statements:
            found = queries.facts(marketplace=stage.marketplace, askers=askers, now=stage.now)
        assert len(statements) == 3
        assert all(one.installation and one.facts.account_known for one in found)


# --- Pure rules --------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    "slug",
    [*sorted(rules.RESERVED_SLUGS), "", "-a", "a-", "A", "a_b", "a" * 41, "å", "a b", "a\n"],
)
def test_a_slug_that_can_not_be_had_says_why(slug: str) -> None:
    assert rules.slug_problem(slug)


@pytest.mark.once
@pytest.mark.parametrize("slug", ["b24", "hub", "a", "a-b", "a" * 40])
def test_a_slug_that_can_be_had(slug: str) -> None:
    assert rules.slug_problem(slug) is None


@pytest.mark.once
def test_the_later_of_two_moments_whatever_is_known() -> None:
    one, two = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert rules.later(one, two) == rules.later(two, one) == rules.later(None, two) == two
    assert rules.later(None, None) is None


@pytest.mark.once
def test_search_knows_no_case_in_any_language() -> None:
    assert rules.search_text("ЗВОНКИ", "Äänitys", "ﬁle") == "звонки äänitys file"


@pytest.mark.django_db
def test_a_member_named_twice_is_refused() -> None:
    stage = cast.stage()
    twice = [("petra@pixel.example", "Petra", "owner"), ("Petra@pixel.example", "Petra", "reader")]
    with pytest.raises(InvalidFact, match="comes twice"):
        actions.put_partner(
            marketplace=stage.marketplace, ref="pixel", name="Pixel", members=twice, now=stage.now
        )


@pytest.mark.django_db
def test_an_app_takes_no_reserved_word_for_its_reference() -> None:
    stage = cast.stage()
    with pytest.raises(InvalidFact, match="reserved"):
        cast.make_app(stage.marketplace, stage.partner, "me")
