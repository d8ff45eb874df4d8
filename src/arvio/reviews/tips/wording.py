"""Sentences for the tips, in the language of the page: a label, what to add, an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from arvio.reviews.tips.names import called
from arvio.reviews.tips.rules import PROBLEM_UP_TO, Tip


@dataclass(frozen=True, slots=True)
class TipText:
    """`why` it is a tip, `hint`: what to add, or why there is nothing to add; an `example`."""

    label: str
    why: str
    hint: str
    example: str
    todo: bool

    @property
    def advice(self) -> str:
        """Hint and example in one text, for those who have a single line: the API."""
        if not self.todo:
            return self.hint
        return _("%(hint)s For example: “%(example)s”") % {
            "hint": self.hint,
            "example": self.example,
        }


LABELS: Final[Mapping[str, str]] = {
    "thank": gettext_noop("Say thank you"),
    "personalise": gettext_noop("Use the name"),
    "acknowledge": gettext_noop("Acknowledge the problem"),
    "empathise": gettext_noop("Show that you understand"),
    "solution": gettext_noop("Offer a solution"),
    "professional": gettext_noop("Stay professional"),
    "positive_end": gettext_noop("End on a good note"),
}

REASONS: Final[Mapping[str, str]] = {
    "thank": gettext_noop("They took time to write. Readers see whether you value it."),
    "personalise": gettext_noop("A name shows that one person answers another."),
    "acknowledge": gettext_noop("People who feel heard read on."),
    "empathise": gettext_noop("A problem costs time and nerves. Saying so takes the edge off."),
    "solution": gettext_noop("A step with a date shows that you act."),
    "professional": gettext_noop("Many more people read the reply than the one it is for."),
    "positive_end": gettext_noop("The last sentence is the one that stays."),
}

HINTS: Final[Mapping[tuple[str, str], str]] = {
    ("thank", "done"): gettext_noop("You thank them at the beginning."),
    ("thank", "add"): gettext_noop("Begin with thanks for the review."),
    ("thank", "late"): gettext_noop("The thanks come late. Begin with them."),
    ("personalise", "done"): gettext_noop("You use their name."),
    ("personalise", "add"): gettext_noop("Address them as %(name)s."),
    ("personalise", "no_name"): gettext_noop("No name is shown, so none is needed."),
    ("acknowledge", "done"): gettext_noop("You take up what went wrong."),
    ("acknowledge", "add"): gettext_noop("Say what went wrong for them."),
    ("acknowledge", "denied"): gettext_noop(
        "This reads as a denial. Say first what they ran into."
    ),
    ("acknowledge", "not_asked"): gettext_noop("Not needed: the rating is good."),
    ("empathise", "done"): gettext_noop("You show understanding."),
    ("empathise", "add"): gettext_noop("Say that you see what it meant for them."),
    ("empathise", "not_asked"): gettext_noop("Not needed: the rating is good."),
    ("solution", "done"): gettext_noop("You name a concrete step."),
    ("solution", "add"): gettext_noop("Name one step and a date."),
    ("solution", "vague"): gettext_noop("A promise alone is vague. Name one step and a date."),
    ("solution", "not_asked"): gettext_noop("Not needed: nothing was missing."),
    ("professional", "done"): gettext_noop("The tone is calm and polite."),
    ("professional", "empty"): gettext_noop("Keep the tone calm and polite."),
    ("professional", "insult"): gettext_noop("Leave out words that hurt."),
    ("professional", "blame"): gettext_noop("Don’t put the blame on the customer."),
    ("professional", "sarcasm"): gettext_noop("Leave out irony. It reads as contempt."),
    ("professional", "threat"): gettext_noop(
        "Don’t threaten. If the review breaks the rules, report it."
    ),
    ("professional", "incentive"): gettext_noop(
        "Don’t ask for other stars or for more reviews, and offer nothing for them."
    ),
    ("professional", "placeholder"): gettext_noop("Fill in what the template left open."),
    ("professional", "slang"): gettext_noop("Write words out and leave out slang."),
    ("professional", "shouting"): gettext_noop("Don’t write in capitals."),
    ("professional", "marks"): gettext_noop("One mark at the end of a sentence is enough."),
    ("professional", "pictures"): gettext_noop("Use fewer emoji."),
    ("positive_end", "done"): gettext_noop("The last sentence is friendly."),
    ("positive_end", "add"): gettext_noop("Close with a friendly sentence."),
    ("positive_end", "sour"): gettext_noop(
        "The last sentence leaves a bad taste. Close with a friendly one."
    ),
}
NOT_CHECKED: Final = gettext_noop("Not checked in this language.")

# For up to three stars, and for more.
EXAMPLES: Final[Mapping[str, tuple[str, str]]] = {
    "thank": (
        gettext_noop("Thank you for telling us, %(name)s."),
        gettext_noop("Thank you for the kind words, %(name)s."),
    ),
    "personalise": (
        gettext_noop("Hello %(name)s, thank you for your review."),
        gettext_noop("Thank you, %(name)s."),
    ),
    "acknowledge": (
        gettext_noop("You are right: the export lost the last lines."),
        gettext_noop("You are right: the settings were hard to find."),
    ),
    "empathise": (
        gettext_noop("We understand how annoying it is to wait that long."),
        gettext_noop("We are glad that it saves you time."),
    ),
    "solution": (
        gettext_noop("Version 3.2, due on Friday, fixes this."),
        gettext_noop("The setting moves to the first page on 3 December."),
    ),
    "professional": (
        gettext_noop("We looked into it again and found the mistake on our side."),
        gettext_noop("We are glad that it works well for you."),
    ),
    "positive_end": (
        gettext_noop("If anything is still odd, write to us, we are glad to help."),
        gettext_noop("We wish you a good week."),
    ),
}

NAMELESS_EXAMPLES: Final[Mapping[str, tuple[str, str]]] = {
    "thank": (
        gettext_noop("Thank you for telling us."),
        gettext_noop("Thank you for the kind words."),
    ),
    "personalise": (
        gettext_noop("Hello, thank you for your review."),
        gettext_noop("Thank you for your review."),
    ),
}


def explain(tip: Tip, *, stars: int, display_name: str | None) -> TipText:
    """A tip in the active language; `display_name` as it was given to `rules.check`."""
    name = called(display_name)
    code = NOT_CHECKED if tip.hint == "other_language" else HINTS[tip.key, tip.hint]
    hint = translation.gettext(code)
    return TipText(
        label=translation.gettext(LABELS[tip.key]),
        why=translation.gettext(REASONS[tip.key]),
        hint=hint % {"name": name} if "%(name)s" in hint else hint,
        example=_example(tip.key, stars, name),
        todo=tip.applies and not tip.done,
    )


def _example(key: str, stars: int, name: str) -> str:
    choices = EXAMPLES if name else {**EXAMPLES, **NAMELESS_EXAMPLES}
    troubled, content = choices[key]
    said = translation.gettext(troubled if stars <= PROBLEM_UP_TO else content)
    return said % {"name": name} if "%(name)s" in said else said
