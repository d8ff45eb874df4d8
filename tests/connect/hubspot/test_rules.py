"""What a signed request proves, and what the platform's answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arvio.connect.hubspot import rules
from arvio.connect.hubspot.rules import Doubtful
from tests.cast import NOW

pytestmark = pytest.mark.once
SECRET = "the-secret-of-the-app"
URL = (
    "https://reviews.example.com/hub/connect/calls/hubspot/token/"
    "?userId=41&portalId=7001&userEmail=anna%40customer.example&appId=5"
)
SECOND = timedelta(seconds=1)


def stamp(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def headers(timestamp: str, **request: Any) -> dict[str, str]:
    values = {"secret": SECRET, "method": "POST", "url": URL, "body": b"", **request}
    made = rules.signature(timestamp=timestamp, **values)
    return {"x-hubspot-request-timestamp": timestamp, "x-hubspot-signature-v3": made}


def refusal(signed: dict[str, str], *, at: datetime = NOW, **request: Any) -> str:
    """The code of the refusal, or nothing where the request is believed."""
    values = {"secret": SECRET, "method": "POST", "url": URL, "body": b"", **request}
    try:
        rules.check_signature(headers=signed, at=at, **values)
    except Doubtful as doubt:
        return doubt.code
    return ""


def test_the_signature_is_the_documented_one() -> None:
    words = (
        "POSThttps://reviews.example.com/hub/connect/calls/hubspot/token/"
        "?userId=41&portalId=7001&userEmail=anna@customer.example&appId=5"
        '{"a":1}1772443800000'
    )
    digest = hmac.new(SECRET.encode(), words.encode(), hashlib.sha256).digest()
    made = rules.signature(
        secret=SECRET, method="POST", url=URL, body=b'{"a":1}', timestamp="1772443800000"
    )
    assert made == base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("age", "code"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=4, seconds=59), ""),
        (timedelta(minutes=5), ""),
        (timedelta(minutes=5, milliseconds=1), "signature_too_old"),
        (timedelta(minutes=5, seconds=1), "signature_too_old"),
        (timedelta(days=400), "signature_too_old"),
        (-timedelta(minutes=1), ""),
        (-timedelta(minutes=1, milliseconds=1), "signed_in_the_future"),
        (-timedelta(days=400), "signed_in_the_future"),
    ],
)
def test_a_signature_lives_five_minutes(age: timedelta, code: str) -> None:
    assert refusal(headers(stamp(NOW - age))) == code


@pytest.mark.parametrize(
    "timestamp",
    ["", "abc", "1772443800", "17724438000000", "-772443800000", "1772443800.00", " 772443800000",
     "1772443800000\n", "１７７２４４３８０００００"],
)  # fmt: skip
def test_a_timestamp_is_thirteen_digits(timestamp: str) -> None:
    assert refusal(headers(timestamp)) in ("bad_timestamp", "not_signed")


@pytest.mark.parametrize("missing", ["x-hubspot-request-timestamp", "x-hubspot-signature-v3"])
def test_a_missing_header_is_no_signature(missing: str) -> None:
    signed = headers(stamp(NOW))
    assert refusal({**signed, missing: ""}) == "not_signed"
    del signed[missing]
    assert refusal(signed) == "not_signed"
    older = {"x-hubspot-signature": "0" * 64, "x-hubspot-signature-version": "v2"}
    assert refusal(older) == "not_signed"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"}, {"method": "post"}, {"url": URL.replace("41", "42")},
        {"url": URL.replace("https", "http")}, {"url": URL + "&"}, {"url": URL[:-1]},
        {"body": b'{"a":2}'}, {"body": b'{"a":1} '}, {"body": b""}, {"secret": SECRET + "x"},
    ],
)  # fmt: skip
def test_another_request_is_refused(changed: dict[str, Any]) -> None:
    signed = headers(stamp(NOW), body=b'{"a":1}')
    assert refusal(signed, body=b'{"a":1}') == ""
    assert refusal(signed, **{"body": b'{"a":1}', **changed}) == "bad_signature"


def test_another_timestamp_is_refused() -> None:
    signed = headers(stamp(NOW))
    signed["x-hubspot-request-timestamp"] = stamp(NOW - SECOND)
    assert refusal(signed) == "bad_signature"


@pytest.mark.parametrize("given", ["é", "\ud800", "x" * 10_000, "=", "null"])
def test_whatever_stands_as_the_signature_it_is_only_compared(given: str) -> None:
    assert refusal({**headers(stamp(NOW)), "x-hubspot-signature-v3": given}) == "bad_signature"


@given(data=st.data(), body=st.sampled_from([b"", b'{"a": "b"}', '{"ä": [1]}'.encode()]))
def test_a_changed_byte_anywhere_is_refused(data: st.DataObject, body: bytes) -> None:
    """Law: of method, address, body, timestamp and signature, no byte can be put in the place of
    another, taken out or put in.
    """
    timestamp = stamp(NOW)
    signed = headers(timestamp, body=body)
    parts = {
        "method": "POST", "url": URL, "body": body.decode(), "timestamp": timestamp,
        "signature": signed["x-hubspot-signature-v3"],
    }  # fmt: skip
    name = data.draw(st.sampled_from(sorted(name for name, part in parts.items() if part)))
    old = parts[name]
    place = data.draw(st.integers(0, len(old) - 1))
    new = data.draw(st.sampled_from([chr(n) for n in range(33, 127)]))
    parts[name] = data.draw(
        st.sampled_from(
            [old[:place] + new + old[place + 1 :], old[:place] + old[place + 1 :],
             old[:place] + new + old[place:]]
        )
    )  # fmt: skip
    assume(parts[name] != old)
    moved = {
        "x-hubspot-request-timestamp": parts["timestamp"],
        "x-hubspot-signature-v3": parts["signature"],
    }
    code = refusal(moved, method=parts["method"], url=parts["url"], body=parts["body"].encode())
    assert code


@given(data=st.data())
def test_no_bound_can_be_drawn_elsewhere(data: st.DataObject) -> None:
    """Law: what is signed is one text, so a request cut elsewhere has the same signature. It is
    refused all the same.
    """
    body = data.draw(st.sampled_from([b"", b"{}", b'{"user": 42}']))
    timestamp = stamp(NOW)
    signed = headers(timestamp, body=body)
    whole = rules.signed_uri(URL).encode() + body + timestamp.encode()
    first = data.draw(st.integers(1, len(whole)))
    second = data.draw(st.integers(first, len(whole)))
    url, middle, last = whole[:first], whole[first:second], whole[second:]
    moved = {**signed, "x-hubspot-request-timestamp": last.decode()}
    if (url.decode(), middle, last.decode()) == (rules.signed_uri(URL), body, timestamp):
        assert refusal(moved, url=url.decode(), body=middle) == ""
    else:
        assert refusal(moved, url=url.decode(), body=middle)


@given(words=st.text(st.characters(codec="utf-8"), max_size=20))
def test_an_address_means_the_same_before_and_after_it_is_decoded(words: str) -> None:
    url = f"https://reviews.example.com/x/?name={quote(words, safe='')}&appId=5"
    said = [parse_qsl(urlsplit(one).query) for one in (url, rules.signed_uri(url))]
    assert said[0] == said[1]


def test_exactly_the_listed_characters_are_decoded() -> None:
    written = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B"
    assert rules.signed_uri(written) == ":/?@!$'()*,;"
    for other in ("%20", "%2B", "%26", "%3D", "%25", "%23", "%3a", "%2f", "%253A", "%"):
        assert rules.signed_uri(other) == other


# --- Whom an address names ---------------------------------------------------------------------


def named(**values: str) -> str:
    said = {"portalId": "7001", "userId": "41", "userEmail": "a@b.example", "appId": "5", **values}
    query = "&".join(f"{key}={quote(value)}" for key, value in said.items() if value != "-")
    return f"https://reviews.example.com/x/?{query}"


def test_the_address_names_the_person() -> None:
    url = named(userEmail="Anna+x@customer.example", name="Anna Korhonen", locale="fi")
    assert rules.read_visitor(url=url, app_id=5) == rules.Visitor(
        "7001", "41", "Anna+x@customer.example", "Anna Korhonen", "fi"
    )


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (named(appId="6"), "other_app"),
        (named(appId="-"), "other_app"),
        (named(appId="05"), "other_app"),
        (named(portalId="-"), "nobody_named"),
        (named(portalId="0"), "nobody_named"),
        (named(portalId="7001x"), "nobody_named"),
        (named(userId="-41"), "nobody_named"),
        (named(userId="４１"), "nobody_named"),
        (named(userId=""), "nobody_named"),
        (named() + "&userId=42", "named_twice"),
        (named() + "&userEmail=z@b.example", "named_twice"),
        (named() + "&appId=5", "named_twice"),
        (named() + "&x=1" * 60, "bad_query"),
    ],
)
def test_an_address_that_names_nobody_for_certain_is_refused(url: str, code: str) -> None:
    with pytest.raises(Doubtful) as caught:
        rules.read_visitor(url=url, app_id=5)
    assert caught.value.code == code


@pytest.mark.parametrize("email", ["-", "", "nobody", "a b@c.example", "a@b", "a@b.c\n", "@b.c"])
def test_what_is_no_address_is_no_address(email: str) -> None:
    assert rules.read_visitor(url=named(userEmail=email), app_id=5).email is None


def test_a_name_that_could_not_be_shown_is_left_out() -> None:
    for name in ("x" * 201, "An\x00na", "Anna\u202e"):
        assert rules.read_visitor(url=named(name=name), app_id=5).name == ""
    assert rules.read_visitor(url=named(locale="x" * 21), app_id=5).locale is None


# --- What the platform answers -----------------------------------------------------------------

INFO = {
    "active": True, "app_id": 5, "client_id": "c", "hub_id": 7001, "user_id": 41,
    "user": "anna@customer.example", "hub_domain": "acme.example", "token_use": "access_token",
}  # fmt: skip


def info_code(**changed: Any) -> tuple[str, int]:
    said = {key: value for key, value in {**INFO, **changed}.items() if value != "-"}
    try:
        rules.read_info(said=said, app_id=5, client_id="c")
    except Doubtful as doubt:
        return doubt.code, doubt.status
    return "", 200


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({}, "", 200),
        ({"active": "-", "client_id": "-", "token_use": "-", "user": "-"}, "", 200),
        ({"active": False}, "token_not_active", 403),
        ({"active": "true"}, "token_not_active", 403),
        ({"app_id": 6}, "other_app", 403),
        ({"client_id": "other"}, "other_app", 403),
        ({"signed_access_token": {"appId": 6, "hubId": 7001}}, "other_app", 403),
        ({"signed_access_token": {"appId": 5, "hubId": 7002}}, "contradiction", 403),
        ({"signed_access_token": {"appId": 5, "hubId": 7001}}, "", 200),
        ({"token_use": "refresh_token"}, "not_an_access_token", 403),
        ({"app_id": "-"}, "token_info_incomplete", 503),
        ({"app_id": True}, "token_info_incomplete", 503),
        ({"hub_id": None}, "token_info_incomplete", 503),
        ({"user_id": 4.5}, "token_info_incomplete", 503),
        ({"user_id": [41]}, "token_info_incomplete", 503),
        ({"hub_domain": "a\0b", "user": "a\0@b.example"}, "", 200),
    ],
)
def test_token_information_must_name_this_app(
    changed: dict[str, Any], code: str, status: int
) -> None:
    assert info_code(**changed) == (code, status)


@pytest.mark.parametrize(
    ("status", "said", "gone"),
    [
        (400, {"status": "BAD_REFRESH_TOKEN"}, True),
        (400, {"error": "invalid_grant"}, True),
        (401, {"error": "invalid_grant"}, True),
        (401, {"error": "invalid_client"}, False),
        (400, {"status": "BAD_CLIENT_SECRET"}, False),
        (400, {}, False),
        (403, {"error": "invalid_grant"}, False),
        (500, {"error": "invalid_grant"}, False),
        (200, {"error": "invalid_grant"}, False),
        (400, {"error": ["invalid_grant"]}, False),
    ],
)
def test_only_a_refused_grant_is_gone(status: int, said: dict[str, Any], gone: bool) -> None:
    assert rules.says_gone(status=status, said=said) is gone


def test_an_unknown_type_is_no_production() -> None:
    kinds = {**rules.USUAL_KINDS, "PARTNER_DEMO": "developer"}
    found = {name: rules.kind_of(account_type=name, kinds=kinds) for name in (*kinds, "NEW")}
    assert found == {
        "STANDARD": "production", "SANDBOX": "sandbox", "DEVELOPER_TEST": "developer",
        "APP_DEVELOPER": "developer", "PARTNER_DEMO": "developer", "NEW": "sandbox",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("", timedelta(hours=1)), ("120", timedelta(minutes=2)), ("0", timedelta(minutes=1)),
        ("99999999", timedelta(days=1)), ("soon", timedelta(hours=1)),
        ("Mon, 02 Mar 2026 09:40:00 GMT", timedelta(minutes=10)),
        ("Mon, 02 Mar 2020 09:40:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 09:40:00 -0000", timedelta(hours=1)),
    ],
)  # fmt: skip
def test_the_platform_is_left_alone_as_long_as_it_asks(said: str, wait: timedelta) -> None:
    assert rules.wait_of(retry_after=said, now=NOW) == wait


# --- Checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "after", "told", "ends"),
    [
        (1, timedelta(0), False, False),
        (1, timedelta(0), True, True),
        (2, timedelta(hours=12), True, True),
        (2, timedelta(days=9), False, False),
        (3, timedelta(hours=24) - SECOND, False, False),
        (3, timedelta(hours=24), False, True),
        (99, timedelta(hours=23), False, False),
    ],
)
def test_a_grant_is_gone_after_three_checks_over_a_day_or_when_told(
    checks: int, after: timedelta, told: bool, ends: bool
) -> None:
    since, told_at = NOW - after, NOW - SECOND if told else None
    found = rules.gone_at(since=since, checks=checks, told_at=told_at, now=NOW)
    assert found == (min(since, told_at or NOW) if ends else None)


@given(
    key=st.integers(0, 2**128 - 1),
    after=st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)
def test_every_grant_has_its_time_of_day(key: int, after: datetime) -> None:
    first = rules.next_check(key=key, after=after)
    assert timedelta(hours=12) <= first - after < timedelta(hours=36)
    assert rules.next_check(key=key, after=first) == first + timedelta(days=1)


def test_the_times_of_day_are_spread() -> None:
    from arvio.ids import uuid7

    hours = {rules.next_check(key=uuid7().int, after=NOW).hour for _ in range(1000)}
    assert hours == set(range(24))
