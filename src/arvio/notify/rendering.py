"""A letter as text and as HTML, both complete: who reads one misses nothing of the other."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import get_template
from django.utils.translation import get_language

from arvio.notify.letters import Letter

# On white and on dark, both with enough contrast; the names are `catalog.models.ACCENTS`.
ACCENTS = {
    "indigo": ("#4f46c8", "#a5a1ff"),
    "teal": ("#0a6e64", "#5fcfc0"),
    "blue": ("#1a5fc2", "#86b6ff"),
    "green": ("#2f6b2f", "#8fce86"),
    "plum": ("#8a3a94", "#dfa0e8"),
    "rose": ("#b32456", "#ff9db8"),
    "rust": ("#a3460e", "#f5a878"),
    "slate": ("#3d4a5c", "#b4c2d6"),
}
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(*, letter: Letter, marketplace: str, accent: str) -> Rendered:
    light, dark = ACCENTS.get(accent, ACCENTS["indigo"])
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
