"""Webhooks as a receiver checks them: signed by one of its secrets, whole, and not old."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from arvio_client import InvalidWebhook, verify_webhook

pytestmark = pytest.mark.once
SECRET, OTHER = (f"whsec_{base64.b64encode(key * 32).decode()}" for key in (b"a", b"b"))
BODY = json.dumps(
    {
        "type": "review.published",
        "timestamp": "2026-03-05T09:30:00Z",
        "data": {"id": "01952a7e-91d0-7c3e-8b52-6f1d2a9c4e10", "app": "calls"},
    }
).encode()


def headers(
    *, secret: str = SECRET, body: bytes = BODY, ago: timedelta = timedelta()
) -> dict[str, str]:
    at = datetime.now(UTC) - ago  # noqa: TID251 - receivers live on the real clock
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


def test_a_signed_message_is_read() -> None:
    event = verify_webhook(secrets=SECRET, headers=headers(), body=BODY)
    assert (event.id, event.type) == ("msg_1", "review.published")
    assert event.timestamp == "2026-03-05T09:30:00Z" and event.data["app"] == "calls"


def test_while_a_secret_is_replaced_either_will_do() -> None:
    for secret in (SECRET, OTHER):
        signed = headers(secret=secret)
        assert verify_webhook(secrets=[OTHER, SECRET], headers=signed, body=BODY).id == "msg_1"
    both = headers()
    both["Webhook-Signature"] += " " + headers(secret=OTHER)["Webhook-Signature"]
    assert verify_webhook(secrets=OTHER, headers=both, body=BODY).id == "msg_1"


@pytest.mark.parametrize("ago", [timedelta(minutes=5, seconds=2), -timedelta(minutes=5, seconds=5)])
def test_a_message_of_another_time_is_refused(ago: timedelta) -> None:
    with pytest.raises(InvalidWebhook, match="timestamp"):
        verify_webhook(secrets=SECRET, headers=headers(ago=ago), body=BODY)
    still = ago - timedelta(seconds=10) if ago > timedelta() else ago + timedelta(seconds=10)
    verify_webhook(secrets=SECRET, headers=headers(ago=still), body=BODY)


@pytest.mark.parametrize("place", [0, 30, len(BODY) - 1])
def test_one_byte_changed_is_refused(place: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=SECRET, headers=headers(), body=changed)


@pytest.mark.parametrize("header", ["Webhook-Id", "Webhook-Timestamp"])
def test_id_and_time_are_signed_too(header: str) -> None:
    sent = headers()
    sent[header] += "1" if header == "Webhook-Id" else ".5e0"
    sent[header] = sent[header] if header == "Webhook-Id" else str(int(headers()[header]) - 1)
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=SECRET, headers=sent, body=BODY)


@pytest.mark.parametrize(
    "broken",
    [
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "nonsense"},
        {"Webhook-Signature": "v1,%%%"},
        {"Webhook-Signature": "v2,AAAA"},
        {"Webhook-Timestamp": "yesterday"},
        {"Webhook-Timestamp": "nan"},
        {"Webhook-Timestamp": "9" * 40},
        {"Webhook-Id": ""},
    ],
)
def test_headers_that_cannot_be_read_are_refused(broken: dict[str, str]) -> None:
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=SECRET, headers=headers() | broken, body=BODY)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"not json", b"[1]", b'{"type": "x"}', b"3"])
def test_a_body_that_is_no_message_is_refused(body: bytes) -> None:
    signed = headers(body=body) if body.isascii() else headers()
    with pytest.raises(InvalidWebhook):
        verify_webhook(secrets=SECRET, headers=signed, body=body)


@pytest.mark.parametrize("secrets", ["", "secret", "other_YWFh", "whsec_%", "whsec_", [], [""]])
def test_a_secret_that_is_none_is_an_error_of_ours(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(secrets=secrets, headers=headers(), body=BODY)
