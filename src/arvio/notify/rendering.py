"""A letter as text and as HTML, both complete: who reads one misses nothing of the other."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import get_template
from django.utils.translation import get_language

from arvio.catalog import accents
from arvio.notify.letters import Letter

LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(*, letter: Letter, marketplace: str, accent: str) -> Rendered:
    light, dark = accents.pair(accent)
    context = {
        "letter": letter,
        "marketplace": marketplace,
        "accent": {"light": light, "dark": dark},
        "language": get_language(),
    }
    return Rendered(
        subject=one_line(letter.subject),
        text=get_template("notify/mail.txt").render(context),
        html=get_template("notify/mail.html").render(context),
    )


def one_line(text: str) -> str:
    """Names and titles come from outside; a subject is one line of what can be seen."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"
