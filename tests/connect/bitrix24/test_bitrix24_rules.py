"""What is read from the platform's words, without asking anybody."""

from __future__ import annotations

import ipaddress
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.connect.bitrix24 import rules
from arvio.connect.bitrix24.rules import BadEvent, Identity, Person, Proof, Unproved
from arvio.policy.model import PlanNames
from tests.cast import NOW

pytestmark = pytest.mark.once
OURS = Identity(code="pixel.calls", client_id="app.1")
LOOPBACK = [ipaddress.ip_network("127.0.0.1")]
INSTALL = {
    "installed": True,
    "version": 4,
    "domain": "Acme.bitrix24.ru",
    "client_endpoint": "https://acme.bitrix24.ru/rest/",
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
}
FULL = {
    "client_id": "app.1",
    "CODE": "pixel.calls",
    "user_id": 27,
    "scope": "crm,user_brief",
    "LICENSE": "ru_ent10000",
    "LICENSE_FAMILY": "ent",
    "install": INSTALL,
}


def proof(**changed: Any) -> Proof:
    result = {name: value for name, value in (FULL | changed).items() if value is not None}
    body = json.dumps({"result": result}).encode()
    return rules.read_proof(status=200, body=body, identity=OURS)


def code_of(**changed: Any) -> str:
    with pytest.raises(Unproved) as caught:
        proof(**changed)
    return caught.value.code


def test_all_is_read_that_a_visit_needs() -> None:
    assert proof() == Proof(
        member_id="a223c6b3710f85df22e9377d6c4f7553",
        user_id="27",
        domain="acme.bitrix24.ru",
        client_endpoint="https://acme.bitrix24.ru/rest/",
        family="ent",
        version="4",
        installed=True,
        scope=frozenset({"crm", "user_brief"}),
    )


@pytest.mark.parametrize(
    ("changed", "believed"),
    [
        ({"CODE": None}, True),
        ({"client_id": None}, True),
        ({"CODE": None, "client_id": None}, False),
        ({"CODE": "rival.mail"}, False),
        ({"client_id": "app.2"}, False),
        ({"CODE": None, "client_id": "pixel.calls"}, False),
    ],
)
def test_every_name_of_the_app_must_be_ours_and_one_must_be_there(
    changed: dict[str, Any], believed: bool
) -> None:
    if believed:
        assert proof(**changed).member_id
    else:
        assert code_of(**changed) == "wrong_app"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"user_id": None}, "account_not_named"),
        ({"user_id": 0}, "unreadable_answer"),
        ({"user_id": -1}, "unreadable_answer"),
        ({"user_id": "1/2"}, "unreadable_answer"),
        ({"user_id": True}, "account_not_named"),
        ({"user_id": [1]}, "account_not_named"),
        ({"install": None}, "account_not_named"),
        ({"install": "yes"}, "account_not_named"),
        ({"install": INSTALL | {"member_id": "a/b"}}, "unreadable_answer"),
        ({"install": INSTALL | {"member_id": "x" * 101}}, "account_not_named"),
        ({"member_id": "another"}, "account_not_named"),
    ],
)
def test_an_answer_that_names_nobody_clearly_proves_nobody(
    changed: dict[str, Any], code: str
) -> None:
    assert code_of(**changed) == code


@pytest.mark.parametrize(
    ("told", "family"),
    [
        ({"LICENSE_FAMILY": "Project"}, "project"),
        ({"LICENSE_FAMILY": None, "LICENSE": "ru_project"}, "project"),
        ({"LICENSE_FAMILY": None, "LICENSE": "ru_pro100"}, "pro"),
        ({"LICENSE_FAMILY": None, "LICENSE": "de_ent250"}, "ent"),
        ({"LICENSE_FAMILY": None, "LICENSE": "selfhosted"}, ""),
        ({"LICENSE_FAMILY": None, "LICENSE": None}, ""),
        ({"LICENSE_FAMILY": 5.5, "LICENSE": None}, ""),
    ],
)
def test_the_family_is_read_from_whichever_word_is_there(told: dict[str, Any], family: str) -> None:
    assert proof(**told).family == family


@pytest.mark.parametrize(
    ("installed", "read"), [(True, True), ("Y", True), (False, False), ("N", False), (None, False)]
)
def test_only_a_clear_yes_is_an_installation(installed: Any, read: bool) -> None:
    assert proof(install=INSTALL | {"installed": installed}).installed is read


def plan(family: str, **changed: Any) -> str:
    values: dict[str, Any] = {
        "commercial": rules.COMMERCIAL_FAMILIES,
        "non_commercial": rules.NON_COMMERCIAL_FAMILIES,
        "names": PlanNames(),
    }
    return rules.plan_of(family=family, **{**values, **changed})


@pytest.mark.parametrize("family", rules.COMMERCIAL_FAMILIES)
def test_commercial_families_are_commercial_to_the_policy(family: str) -> None:
    assert PlanNames().classify(plan(family)) == "commercial"


@pytest.mark.parametrize("family", rules.NON_COMMERCIAL_FAMILIES)
def test_other_families_keep_their_name_and_are_refused(family: str) -> None:
    assert plan(family) == family
    assert PlanNames().classify(family) == "other"


def test_a_family_the_operator_calls_free_is_free_to_the_policy_too() -> None:
    assert plan("edu", non_commercial=["edu"]) == "free"
    names = PlanNames(commercial=("paid",), other=("gratis",))
    assert plan("edu", non_commercial=["edu"], names=names) == "gratis"
    assert plan("ent", names=names) == "paid"


def test_an_unknown_family_is_unknown_to_the_policy_whatever_it_is_called() -> None:
    assert plan("galaxy") == "galaxy"
    assert plan("team") == "unknown", "the policy would take that name for a paid plan"
    assert plan("free") == "unknown"


def test_what_the_operator_calls_commercial_and_not_is_not() -> None:
    assert plan("demo", commercial=["demo"]) == "demo"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://oauth.bitrix24.tech", ""),
        ("https://oauth.bitrix24.tech:8443/x", ""),
        ("http://127.0.0.1:8199", ""),
        ("http://oauth.bitrix24.tech", "it isn't https"),
        ("http://127.0.0.2:8199", "it isn't https"),
        ("http://localhost:8199", "it isn't https"),
        ("ftp://oauth.bitrix24.tech", "it begins with https:// and names a host"),
        ("oauth.bitrix24.tech", "it begins with https:// and names a host"),
        ("https://", "it begins with https:// and names a host"),
        ("https://x:99999", "it isn't an address"),
        ("https://[::1", "it isn't an address"),
        ("https://me:pass@oauth.bitrix24.tech", "it has neither a name and password nor a query"),
        ("https://oauth.bitrix24.tech?x=1", "it has neither a name and password nor a query"),
    ],
)
def test_tokens_are_sent_over_https_only(url: str, problem: str) -> None:
    assert rules.address_problem(url=url, allowed=LOOPBACK) == problem


@pytest.mark.parametrize(
    ("hint", "chosen"),
    [
        ("https://oauth.bitrix.info/rest/", 1),
        ("https://oauth.bitrix24.tech/rest/", 0),
        ("https://evil.example/rest/", 0),
        ("https://oauth.bitrix.info.evil.example/", 0),
        ("https://[", 0),
        ("", 0),
    ],
)
def test_a_hint_only_chooses_among_our_own_servers(hint: str, chosen: int) -> None:
    servers = rules.AUTHORIZATION_SERVERS
    assert rules.choose_server(servers=servers, hint=hint) == servers[chosen]


def test_tokens_are_the_same_or_they_are_not() -> None:
    hashed = rules.token_hash("51856fefc120afa4b628cc82d3935cce")
    assert rules.is_same_token(token="51856fefc120afa4b628cc82d3935cce", hashed=hashed)
    assert not rules.is_same_token(token="51856fefc120afa4b628cc82d3935ccf", hashed=hashed)
    assert not rules.is_same_token(token="", hashed="")


WORDS = st.text(st.characters(exclude_categories=()), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*FULL, "VERSION", "INSTALLED", "member_id"), VALUES)
)


@given(st.binary(max_size=60) | VALUES.map(json.dumps).map(str.encode), st.integers(100, 599))
def test_no_answer_breaks_the_reading(body: bytes, status: int) -> None:
    with pytest.raises(Unproved):
        rules.read_proof(status=status, body=body, identity=OURS)
    assert rules.read_person(status=status, body=body, user_id="1") == Person()


@given(FIELDS)
def test_whatever_is_read_can_be_kept(result: dict[str, Any]) -> None:
    body = json.dumps({"result": {**FULL, **result}}).encode()
    try:
        read = rules.read_proof(status=200, body=body, identity=OURS)
    except Unproved:
        return
    for text in (read.domain, read.client_endpoint, read.family, read.version):
        text.encode()
        assert text.isprintable() and len(text) <= 500
    assert len(read.version) <= 60


@given(WORDS, WORDS, WORDS)
def test_whatever_a_portal_calls_a_person_can_be_shown(name: str, last: str, email: str) -> None:
    result = {"ID": "1", "NAME": name, "LAST_NAME": last, "EMAIL": email}
    body = json.dumps({"result": result}).encode()
    person = rules.read_person(status=200, body=body, user_id="1")
    assert person.name.isprintable() and len(person.name) <= 200
    person.name.encode()
    assert person.email is None or person.email.count("@") == 1


@given(st.dictionaries(st.sampled_from([
    "event", "ts", "auth[member_id]", "auth[access_token]", "auth[application_token]",
    "data[VERSION]", "data[INSTALLED]",
]), WORDS))  # fmt: skip
def test_no_event_breaks_the_reading(form: dict[str, str]) -> None:
    with suppress(BadEvent):
        assert rules.read_event(form=form, now=NOW).at <= NOW
