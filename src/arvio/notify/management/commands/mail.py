"""`arvio mail`: what waits to be sent, what was given up, and whether the way out works."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from email.utils import make_msgid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio import clock
from arvio.notify import posting, queries
from arvio.notify.models import Message
from arvio.notify.smtp import Refused, Unreachable, open_line

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Look at mails: which wait, which were refused; send them again; try the way out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("list", help="mails that wait and mails that were given up")
        show = commands.add_parser("show", help="one mail")
        show.add_argument("id", type=UUID)
        retry = commands.add_parser("retry", help="send mails again that were given up, or now")
        which = retry.add_mutually_exclusive_group(required=True)
        which.add_argument("id", type=UUID, nargs="?")
        which.add_argument("--all", action="store_true", help="all that were given up or wait")
        test = commands.add_parser("send-test", help="send a mail at once and say what came of it")
        test.add_argument("address")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        out: Any = self.stdout._out
        # In a pipe, wide enough that an id stays in one piece.
        console = Console(file=out, highlight=False, width=None if out.isatty() else 160)
        if command == "list":
            _list(console)
        elif command == "show":
            _show(console, _found(options["id"]))
        elif command == "retry":
            _retry(console, None if options["all"] else _found(options["id"]))
        else:
            _send_test(console, options["address"])


def _list(console: Console) -> None:
    if relay := queries.relay():
        console.print(
            f"The mail server can't be reached since {relay.down_at:%Y-%m-%d %H:%M} UTC "
            f"({relay.error}); tried again at {relay.retry_at:%H:%M}.",
            markup=False,
        )
    for heading, mails in (("Waiting", queries.waiting()), ("Given up", queries.dead())):
        count = mails.count()
        console.print(f"{heading}: {count:,}")
        if count:
            console.print(_table(mails[:MOST_SHOWN]))
        if count > MOST_SHOWN:
            console.print(f"and {count - MOST_SHOWN:,} more")


def _table(mails: Iterable[Message]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Mail", no_wrap=True)
    for heading in ("Written", "To", "Subject", "Tried", "Last answer"):
        table.add_column(heading, overflow="fold")
    for mail in mails:
        cells = (
            str(mail.pk),
            f"{mail.created_at:%Y-%m-%d %H:%M}",
            mail.to_email,
            mail.subject,
            str(mail.attempts),
            mail.error,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _show(console: Console, mail: Message) -> None:
    state = (
        f"sent at {mail.sent_at:%Y-%m-%d %H:%M} UTC"
        if mail.sent_at
        else f"given up at {mail.dead_at:%Y-%m-%d %H:%M} UTC"
        if mail.dead_at
        else "waits"
    )
    lines = {
        "Message-ID": mail.message_id,
        "To": mail.to_email,
        "Subject": mail.subject,
        "State": f"{state}, tried {mail.attempts} times before",
        "Last answer": mail.error or "none",
    }
    for name, value in lines.items():
        console.print(f"{name}: {value}", markup=False)
    console.print(f"\n{mail.text}", markup=False)


def _retry(console: Console, mail: Message | None) -> None:
    if mail and mail.sent_at:
        raise CommandError("This mail was sent.")
    count = posting.retry(messages=[mail] if mail else None, now=clock.now())
    console.print(f"Due now: {count:,}. `arvio work` sends what is due.")


def _send_test(console: Console, address: str) -> None:
    if settings.SMTP is None:
        raise CommandError("SMTP_URL isn't set. Set it to where mail leaves; see docs/settings.md")
    mail = Message(
        to_email=address,
        subject="A test by Arvio",
        text="This mail was sent by `arvio mail send-test`. Mail leaves as it should.\n",
        message_id=make_msgid(domain="arvio.invalid"),
        created_at=clock.real(),
    )
    try:
        with open_line(server=settings.SMTP, sender=settings.DEFAULT_FROM_EMAIL) as line:
            line.send(message=mail)
    except Unreachable as error:
        raise CommandError(f"{settings.SMTP} can't be used: {error}") from None
    except Refused as error:
        raise CommandError(f"{settings.SMTP} refused the mail: {error}") from None
    console.print(f"{settings.SMTP} took the mail for {address}.", markup=False)


def _found(pk: UUID) -> Message:
    mail = queries.message(message_id=pk)
    if mail is None:
        raise CommandError(f"There is no mail {pk}. `arvio mail list` shows them.")
    return mail
