"""The way out: one SMTP connection, and what the server's answers mean. Knows no database."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from arvio.notify.models import Message
from arvio.notify.server import Server

TIMEOUT_SECONDS = 20
# No folding inside a header: Python would encode a long List-Unsubscribe as if it were words.
POLICY = SMTP.clone(max_line_length=990)
TOO_BIG, CLOSING = 552, 421


class Unreachable(Exception):
    """The server isn't there, or doesn't take anything from us: no mail's fault."""


class Broken(Unreachable):
    """The connection ended over a mail, which may be to blame or not."""


class Refused(Exception):
    """The server doesn't take this mail: never (`final`), or not now."""

    def __init__(self, error: str, *, final: bool) -> None:
        super().__init__(error)
        self.final = final


def compose(*, message: Message, sender: str) -> bytes:
    """The mail as it goes over the line. Raises ValueError for what no header may hold."""
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=POLICY)
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(message.created_at)
    mail["From"] = Address(message.from_name or name, addr_spec=address)
    mail["To"] = _to(message.to_email)
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"
    for header, value in message.headers.items():
        mail[header] = value
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def _to(email: str) -> Address:
    """With the host's name as the line spells it. Raises ValueError."""
    local, _, host = email.rpartition("@")
    if not local or not host:
        raise ValueError("this is no address")
    return Address(username=local, domain=host.encode("idna").decode())


class Line:
    """An open connection that takes one mail after the other."""

    def __init__(self, smtp: smtplib.SMTP, sender: str) -> None:
        self._smtp = smtp
        self._sender = sender

    def send(self, *, message: Message) -> None:
        """Hand over one mail. Raises Refused, Broken or Unreachable."""
        try:
            mail = compose(message=message, sender=self._sender)
            to = _to(message.to_email).addr_spec
            to.encode("ascii")
        except (ValueError, IndexError) as error:
            raise Refused(f"it can't be written: {error}", final=True) from error
        try:
            self._smtp.sendmail(parseaddr(self._sender)[1], [to], mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _answer(code, text) from error
        except smtplib.SMTPDataError as error:
            raise _answer(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == TOO_BIG:
                raise _answer(error.smtp_code, error.smtp_error) from error
            # Whoever doesn't take our address takes none of our mails.
            raise Unreachable(_said(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Broken(_words(error)) from error


@contextmanager
def open_line(*, server: Server, sender: str) -> Iterator[Line]:
    """A connection with TLS and sign-in done. Raises Unreachable."""
    try:
        smtp = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(_words(error)) from error
    try:
        yield Line(smtp, sender)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()
        smtp.close()


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.security == "tls":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _answer(code: int, text: bytes | str) -> Refused | Broken:
    if code == CLOSING:
        return Broken(_said(code, text))
    return Refused(_said(code, text), final=500 <= code < 600)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
