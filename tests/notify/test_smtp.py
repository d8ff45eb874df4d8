"""What goes over the line, and where the line leads."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import uuid4

import pytest

from arvio.notify.models import Message
from arvio.notify.preferences import Stop
from arvio.notify.server import Server, read_url
from arvio.notify.smtp import compose

SENDER = "Arvio <reviews@store.example>"


def message(**fields: Any) -> Message:
    values = {
        "to_email": "petra@pixel.example",
        "subject": "Hello",
        "text": "Words\n",
        "message_id": "<1@store.example>",
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    return Message(**{**values, **fields})


def parsed(mail: Message) -> Any:
    return message_from_bytes(compose(message=mail, sender=SENDER), policy=default)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587)),
        ("smtp://u:p%40ss@mail.example:2525", Server("mail.example", 2525, "u", "p@ss")),
        ("smtps://u:p@mail.example", Server("mail.example", 465, "u", "p", "tls")),
        ("smtp://10.0.0.1?tls=no", Server("10.0.0.1", 25, security="none")),
        ("smtp://u:p@127.0.0.1:25/?tls=no", Server("127.0.0.1", 25, "u", "p", "none")),
    ],
)
def test_an_url_says_where_mail_leaves(url: str, server: Server) -> None:
    assert read_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/path",
        "smtp://mail.example?tsl=no",
        "smtp://mail.example?tls=maybe",
        "smtps://mail.example?tls=no",
        "smtp://secret-user:secret-word@mail.example?tls=no",
        "smtp://secret-user@mail.example",
        "smtp://mail.example:99999",
    ],
)
def test_an_url_that_means_nothing_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        read_url(url)
    assert "secret" not in str(refusal.value)


def test_a_mail_has_text_and_html_in_any_language() -> None:
    mail = parsed(message(subject="Отзыв: 5 звёзд ★", text="Ответ ★\n", html="<p>Ответ</p>"))
    assert mail["Subject"] == "Отзыв: 5 звёзд ★"
    assert mail["Message-ID"] == "<1@store.example>"
    assert mail["From"] == SENDER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content() == "Ответ ★\r\n"
    assert mail.get_body(("html",)).get_content() == "<p>Ответ</p>\r\n"


def test_the_marketplace_s_name_stands_before_our_address() -> None:
    mail = parsed(message(from_name='Вереск, "Маркет"'))
    assert mail["From"].addresses[0].display_name == 'Вереск, "Маркет"'
    assert mail["From"].addresses[0].addr_spec == "reviews@store.example"


def test_a_long_link_stands_in_its_header_as_it_is() -> None:
    url = f"<{Stop(uuid4(), uuid4(), 'review_new').url}>"
    raw = compose(message=message(headers={"List-Unsubscribe": url}), sender=SENDER)
    assert f"List-Unsubscribe: {url}\r\n".encode() in raw


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Hello\r\nBcc: everybody@example.com"},
        {"subject": "Hello\nBcc: everybody@example.com"},
        {"from_name": "A\r\nBcc: b@example.com"},
        {"to_email": "a@example.com\r\nBcc: b@example.com"},
        {"headers": {"List-Unsubscribe": "<x>\r\nBcc: b@example.com"}},
    ],
)
def test_no_header_comes_from_what_others_wrote(fields: dict[str, Any]) -> None:
    with pytest.raises((ValueError, IndexError)):
        compose(message=message(**fields), sender=SENDER)
