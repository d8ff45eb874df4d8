"""A real SMTP server on loopback, which answers as a test says and keeps what it takes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from arvio.notify.server import Server

OK = "250 OK"


@dataclass
class Sink:
    """`rcpt` and `data` give the server's answers; `mails` is what it took, in order."""

    rcpt: Callable[[str], str] = lambda address: OK
    data: Callable[[EmailMessage], str] = lambda mail: OK
    delay: float = 0
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        answer = self.data(mail)
        if answer.startswith("250"):
            if self.delay:
                time.sleep(self.delay)
            self.mails.append(mail)
        return answer

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening(sink: Sink, port: int) -> Iterator[None]:
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@contextmanager
def open_sink() -> Iterator[tuple[Sink, Server]]:
    """A server that takes all, and where it is."""
    sink, port = Sink(), free_port()
    with listening(sink, port):
        yield sink, Server("127.0.0.1", port, security="none")
