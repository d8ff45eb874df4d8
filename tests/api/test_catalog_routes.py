"""Facts from a marketplace's backend: what is stored, what is refused; order doesn't matter."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arvio import clock
from arvio.catalog.models import Account, App, Installation, Partner
from arvio.people.models import Role
from tests.api.caller import Caller, server
from tests.cast import stage

pytestmark = pytest.mark.django_db

PARTNER = {
    "name": "Bolt",
    "domains": ["bolt.example"],
    "members": [{"email": "Olli@Bolt.example", "name": "Olli Oja", "role": "owner"}],
}
APP = {
    "name": "Bolt Forms",
    "partner": "pixel",
    "category": "Forms",
    "tagline": "Forms that fill in themselves.",
    "version": "1.0",
    "listing_url": "https://market.example/apps/bolt",
}
ACCOUNT = {
    "name": "Bolt Oy",
    "plan": "pro",
    "kind": "production",
    "industry": "retail",
    "size": "11-50",
    "domain": "bolt.example",
}
USER = {"name": "Nora Niemi", "email": "nora@customer.example", "locale": "fi-FI"}
INSTALL = {"installed_at": "2026-01-02T03:04:05Z", "installed_by": "anna", "version": "3.2"}
STORE = "/marketplaces/store"
ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "partners": (f"{STORE}/partners/bolt", PARTNER),
    "apps": (f"{STORE}/apps/bolt", APP),
    "accounts": (f"{STORE}/accounts/bolt", ACCOUNT),
    "users": (f"{STORE}/accounts/acme/users/nora", USER),
    "installations": (f"{STORE}/installations/calls/zed-inc", INSTALL),
}


@pytest.mark.parametrize(("path", "body"), ROUTES.values(), ids=ROUTES)
def test_a_fact_is_made_once_and_repeats_change_nothing(path: str, body: dict[str, Any]) -> None:
    caller = server(stage())
    first, second = caller.put(path, body), caller.put(path, body)
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json


def test_what_is_stored_is_what_was_sent() -> None:
    caller = server(stage())
    app = caller.put(*ROUTES["apps"]).json
    assert app == {"app": "bolt", "retired": False, **APP}
    partner = caller.put(*ROUTES["partners"]).json
    member = {"email": "olli@bolt.example", "name": "Olli Oja", "role": "owner"}
    assert partner == {**PARTNER, "partner": "bolt", "members": [member]}
    assert caller.put(*ROUTES["accounts"]).json == {"account": "bolt", **ACCOUNT}
    assert caller.put(*ROUTES["users"]).json == {"account": "acme", "user": "nora", **USER}
    assert caller.put(*ROUTES["installations"]).json == {
        "app": "calls",
        "account": "zed-inc",
        "installed": True,
        "uninstalled_at": None,
        **INSTALL,
    }


def test_the_list_of_members_is_the_whole_list() -> None:
    caller = server(stage())
    caller.put(*ROUTES["partners"])
    caller.put(f"{STORE}/partners/bolt", {**PARTNER, "members": []})
    assert not Role.objects.filter(place_id=Partner.objects.get(ref="bolt").pk).exists()


def test_what_a_fact_leaves_out_is_empty_afterwards() -> None:
    caller = server(stage())
    caller.put(*ROUTES["accounts"])
    caller.put(f"{STORE}/accounts/bolt", {"name": "Bolt", "plan": "", "kind": "sandbox"})
    account = Account.objects.get(ref="bolt")
    assert (account.plan, account.kind, account.domain, account.size) == ("", "sandbox", "", "")


def test_facts_about_what_is_not_there_are_404_and_name_it() -> None:
    caller = server(stage())
    for path, body, field in [
        (f"{STORE}/apps/bolt", {**APP, "partner": "nobody"}, "partner"),
        (f"{STORE}/accounts/nobody/users/nora", USER, "account"),
        (f"{STORE}/installations/calls/nobody", INSTALL, "account"),
        (f"{STORE}/installations/nothing/acme", INSTALL, "app"),
    ]:
        answer = caller.put(path, body)
        assert (answer.status, answer.json["code"], answer.json["field"]) == (
            404,
            "not_found",
            field,
        )


NAMES: list[Any] = ["", "   ", "x" * 201, "A\0", "A\nB", "\ud800", 7, None, True, ["A"], {}]
OLLI = {"email": "olli@bolt.example", "name": "Olli Oja", "role": "owner"}
BAD: dict[str, dict[str, list[Any]]] = {
    "apps": {
        "name": NAMES,
        "partner": [None, "", "a/b", 5],
        "category": [None, "", "x" * 101],
        "tagline": [None, "x" * 301],
        "version": [None, "x" * 61, 3.2],
        "retired": [1, "true", None],
        "listing_url": [
            "javascript:alert(1)",
            "ftp://market.example",
            "//market.example",
            "market.example",
            "https://",
            "https:// x",
            'https://market.example/"><script>',
            "http://[::1",
            "http://market.example:99999",
            "https://market.example/" + "x" * 500,
            5,
        ],
    },
    "accounts": {
        "name": NAMES,
        "plan": [None, 5, "x" * 101],
        "kind": ["Production", "live", None, 1, ""],
        "domain": ["bolt", "-.example", "a b.example", "a..b", "@b.fi"],
    },
    "users": {
        "name": NAMES,
        "email": ["nora", "nora@", "@b.fi", "a b@c.fi", "a@b", 5, "a@b.fi\nb@b.fi"],
        "locale": ["finnish", "f", "fi_", "../fi", 5],
    },
    "partners": {
        "name": NAMES,
        "domains": ["bolt.example", ["a.example"] * 51, None],
        "domains.0": [["not a domain"], [5]],
        "members": [{}, None, "olli"],
        "members.0": [["olli"]],
        "members.0.role": [[{**OLLI, "role": "boss"}]],
        "members.0.email": [[{**OLLI, "email": "olli"}]],
        "members.0.name": [[{"email": "a@b.fi", "role": "owner"}]],
        "members.0.age": [[{**OLLI, "age": 5}]],
    },
    "installations": {
        "version": ["x" * 61, 3],
        "installed_by": [" anna", "", 5],
        "installed_at": [
            "9999-12-31T23:59:59Z",
            "1999-12-31T23:59:59Z",
            "0000-00-00T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-02T25:00:00Z",
            "2026-01-02T03:04:05+25:00",
            "2026-01-02T03:04:05",
            "2026-01-02 03:04:05Z",
            "2026-01-02",
            "２０２６-01-02T03:04:05Z",
            "yesterday",
            "",
            1767322800,
            None,
            True,
        ],
    },
}


@pytest.mark.parametrize(
    ("route", "field", "value"),
    [
        (route, field, value)
        for route, fields in BAD.items()
        for field, values in fields.items()
        for value in values
    ],
)
def test_a_bad_value_is_422_and_named(route: str, field: str, value: Any) -> None:
    path, body = ROUTES[route]
    sent = value() if callable(value) else value
    answer = server(stage()).put(path, {**body, field.partition(".")[0]: sent})
    assert answer.status == 422
    assert field in answer.fields
    assert not Installation.objects.filter(account__ref="zed-inc").exists()
    assert not App.objects.filter(ref="bolt").exists()


@pytest.mark.parametrize(("path", "body"), ROUTES.values(), ids=ROUTES)
def test_an_unknown_field_is_422_and_named(path: str, body: dict[str, Any]) -> None:
    answer = server(stage()).put(path, {**body, "extra": 1})
    assert (answer.status, answer.fields) == (422, {"extra"})
    assert answer.json["errors"][0]["code"] == "unknown_field"


@pytest.mark.parametrize("ref", ["a%00b", "%20a", "a%20", "x" * 101, "a%0Ab", "%7F"])
def test_a_reference_that_cannot_be_kept_is_422(ref: str) -> None:
    caller = server(stage())
    for folder, body in [("partners", PARTNER), ("apps", APP), ("accounts", ACCOUNT)]:
        answer = caller.put(f"{STORE}/{folder}/{ref}", body)
        assert (answer.status, answer.fields) == (422, {folder.removesuffix("s")})
    assert caller.put(f"{STORE}/apps/a,b", APP).fields == {"app"}


@pytest.mark.parametrize("ref", ["zażółć", "a.b-c_d~e", "42", "x" * 100, "%F0%9F%90%88", "<b>"])
def test_any_other_reference_is_kept(ref: str) -> None:
    assert server(stage()).put(f"{STORE}/accounts/{ref}", ACCOUNT).status == 201


@pytest.mark.parametrize("value", ["", None])
def test_an_address_may_be_left_empty(value: str | None) -> None:
    answer = server(stage()).put(f"{STORE}/apps/bolt", {**APP, "listing_url": value})
    assert (answer.status, answer.json["listing_url"]) == (201, None)


def test_a_moment_in_any_zone_is_kept_in_utc() -> None:
    body = {"installed_at": "2026-01-02T03:04:05.678+03:00"}
    answer = server(stage()).put(f"{STORE}/installations/calls/zed-inc", body)
    assert answer.json["installed_at"] == "2026-01-02T00:04:05.678000Z"


def test_a_day_is_left_for_clocks_that_differ() -> None:
    caller = server(stage())
    path = f"{STORE}/installations/calls/zed-inc"
    for hours, status in ((23, 201), (25, 422)):
        body = {"installed_at": (clock.now() + timedelta(hours=hours)).isoformat()}
        assert caller.put(path, body).status == status


def test_an_uninstall_may_come_before_its_install() -> None:
    caller = server(stage())
    path = f"{STORE}/installations/calls/zed-inc"
    ended = caller.delete(path, {"uninstalled_at": "2026-02-01T00:00:00Z"})
    assert (ended.status, ended.json["installed"]) == (200, False)
    late = caller.put(path, {"installed_at": "2026-01-01T00:00:00Z"})
    assert (late.status, late.json["installed"]) == (200, False)
    again = caller.put(path, {"installed_at": "2026-03-01T00:00:00Z"})
    assert (again.status, again.json["installed"]) == (200, True)
    assert caller.delete(path).fields == {"body"}
    assert caller.delete(path, {"uninstalled_at": "9999-01-01T00:00:00Z"}).fields == {
        "uninstalled_at"
    }


Fact = tuple[str, int]
KINDS = st.sampled_from(["install", "uninstall"])
facts = st.lists(st.tuples(KINDS, st.integers(min_value=1, max_value=5)), min_size=1, max_size=5)


def tell(caller: Caller, account: str, told: list[Fact]) -> dict[str, Any]:
    path = f"{STORE}/installations/calls/{account}"
    state: dict[str, Any] = {}
    for kind, day in told:
        at = f"2026-01-0{day}T00:00:00Z"
        if kind == "install":
            state = caller.put(path, {"installed_at": at, "version": str(day)}).json
        else:
            state = caller.delete(path, {"uninstalled_at": at}).json
    return {key: value for key, value in state.items() if key != "account"}


@pytest.fixture
def caller() -> Caller:
    """One for all the examples of a law."""
    return server(stage())


@given(told=facts, data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_facts_in_any_order_end_in_one_state(
    caller: Caller, told: list[Fact], data: st.DataObject
) -> None:
    number = Account.objects.count()
    for name in (f"one-{number}", f"two-{number}"):
        assert caller.put(f"{STORE}/accounts/{name}", ACCOUNT).status == 201
    again = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told)))))
    counts = [installs()]
    states = []
    for name, facts in ((f"one-{number}", told), (f"two-{number}", again)):
        states.append(tell(caller, name, list(facts)))
        counts.append(installs())
    assert states[0] == states[1]
    live = int(states[0]["installed"])
    assert [after - before for before, after in pairwise(counts)] == [live, live]


def installs() -> int:
    return App.objects.get(ref="calls").install_count


def test_an_account_gets_another_id_and_then_joins_another() -> None:
    made = stage()
    caller = server(made)
    home = f"{STORE}/accounts"
    assert caller.post(f"{home}/acme/rename", {"id": "acme-2"}).json["account"] == "acme-2"
    assert caller.post(f"{home}/acme/rename", {"id": "acme-2"}).status == 200
    taken = caller.post(f"{home}/acme/rename", {"id": "zed-inc"})
    assert (taken.status, taken.json["errors"][0]["field"]) == (422, "id")
    assert caller.post(f"{home}/acme/merge", {"into": "zed-inc"}).json["account"] == "zed-inc"
    assert caller.post(f"{home}/acme-2/merge", {"into": "zed-inc"}).status == 200
    into_itself = caller.post(f"{home}/zed-inc/merge", {"into": "acme"})
    assert (into_itself.status, into_itself.json["errors"][0]["field"]) == (422, "into")
    assert caller.post(f"{home}/zed-inc/merge", {"into": "nowhere"}).status == 404
    late = caller.put(f"{home}/acme-2", ACCOUNT)
    assert (late.status, late.json["account"], late.json["name"]) == (200, "zed-inc", "Zed Inc")
    person = caller.put(f"{home}/acme/users/anna", USER)
    assert (person.status, person.json["account"]) == (200, "zed-inc")


def test_a_member_is_taken_off_the_list_as_often_as_it_is_said() -> None:
    made = stage()
    caller = server(made)
    home = f"{STORE}/partners/pixel/members"
    for _ in range(2):
        assert caller.delete(f"{home}/Pavel@mail.example").status == 204
    assert Role.objects.filter(place_id=made.partner.pk).count() == 2
    assert caller.delete(f"{home}/no-address").status == 422
    assert caller.delete(f"{STORE}/partners/nobody/members/a@b.example").status == 404
