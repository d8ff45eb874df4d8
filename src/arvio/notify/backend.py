"""Django's way to send mail, for what others write (sign-in codes, invitations): ours too goes
through the outbox, in the transaction of what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from arvio import clock
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import Rendered, one_line


class Outbox(BaseEmailBackend):
    @transaction.atomic
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        mails = [
            _mail(message, to) for message in email_messages for to in message.recipients() if to
        ]
        post(mails=mails, now=clock.now())
        return len([message for message in email_messages if message.recipients()])


def _mail(message: EmailMessage, to: str) -> Mail:
    parts = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    html = next((str(part[0]) for part in parts if part[1] == "text/html"), "")
    return Mail(
        to=parseaddr(to)[1],
        rendered=Rendered(one_line(str(message.subject)), str(message.body), html),
        from_name=parseaddr(message.from_email)[0],
        headers={name: str(value) for name, value in message.extra_headers.items()},
        urgent=True,
    )
