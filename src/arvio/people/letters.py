"""A mail to a person: written once as text, and shown in HTML paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import get_language


def letter(*, to: Sequence[str], subject: str, text: str, code: str = "") -> EmailMultiAlternatives:
    """Paragraphs are parted by empty lines. One that is the `code` is written large."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    subject = " ".join(subject.split())
    message = EmailMultiAlternatives(subject, "\n\n".join(paragraphs), to=list(to))
    shown = {
        "subject": subject,
        "paragraphs": paragraphs,
        "code": code,
        "LANGUAGE_CODE": get_language(),
    }
    message.attach_alternative(render_to_string("people/letter.html", shown), "text/html")
    return message
