"""Changes of a policy, what is wrong with one, and what isn't symmetric in it, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from arvio.catalog.labels import choice_label, field_label
from arvio.catalog.policies import keys
from arvio.catalog.policies.choices import FIELD_FACTS, FIELD_TYPES, VISIBILITY
from arvio.catalog.policy_text import explain_policy
from arvio.catalog.words import duration_words, number_words
from arvio.policy.changing import Change
from arvio.policy.model import Policy
from arvio.policy.problems import Problem
from arvio.policy.symmetry import Asymmetry


def change_words(change: Change, *, past: bool = False) -> str:
    """One sentence in the active language: "Reviews before a rating shows: 20; until now 10."

    `past` is for what has been in force already: until then.
    """
    if change.key.startswith("form."):
        return _form_words(change, past)
    values = {
        "label": keys.label(change.key),
        "new": keys.value_words(change.key, change.new),
        "old": keys.value_words(change.key, change.old),
    }
    if isinstance(change.new, list) and change.old and change.new:
        return _list_words(change, values)
    if past:
        return _("%(label)s: %(new)s; until then %(old)s.") % values
    return _("%(label)s: %(new)s; until now %(old)s.") % values


def _list_words(change: Change, values: dict[str, str]) -> str:
    came = [one for one in change.new if one not in change.old]
    went = [one for one in change.old if one not in change.new]
    values["came"] = keys.list_words(change.key, came)
    values["went"] = keys.list_words(change.key, went)
    if came and went:
        return _("%(label)s: added %(came)s; taken out %(went)s.") % values
    if came:
        return _("%(label)s: added %(came)s.") % values
    if went:
        return _("%(label)s: taken out %(went)s.") % values
    return _("%(label)s: the same in another order.") % values


def _form_words(change: Change, past: bool) -> str:
    name, _dot, fact = change.key.removeprefix("form.").partition(".")
    if name == "sections[]":
        values = {"new": " · ".join(change.new), "old": " · ".join(change.old)}
        if past:
            return _("Sections of the form: %(new)s; until then %(old)s.") % values
        return _("Sections of the form: %(new)s; until now %(old)s.") % values
    if name == "fields[]":
        order = " · ".join(map(field_label, change.new))
        return _("Fields of the form come in another order: %(order)s.") % {"order": order}
    field = field_label(name)
    if not fact and change.new is None:
        return _("The form has no field “%(field)s” any more.") % {"field": field}
    if not fact:
        values = {"field": field, "facts": _field_facts(change.new)}
        return _("The form has a new field “%(field)s”: %(facts)s.") % values
    values = {
        "field": field,
        "fact": str(FIELD_FACTS[fact]),
        "new": _fact_words(name, fact, change.new),
        "old": _fact_words(name, fact, change.old),
    }
    if past:
        return _("Field “%(field)s”, %(fact)s: %(new)s; until then %(old)s.") % values
    return _("Field “%(field)s”, %(fact)s: %(new)s; until now %(old)s.") % values


def _field_facts(facts: dict[str, Any]) -> str:
    words = [str(FIELD_TYPES[facts["type"]])]
    words.append(_("needed") if facts["required"] else _("may be left out"))
    words.append(_("seen by everybody") if facts["visibility"] == "public" else _("never shown"))
    return ", ".join(words)


def _fact_words(name: str, fact: str, value: Any) -> str:
    if value is None or value == []:
        return _("none")
    if fact == "type":
        return str(FIELD_TYPES[value])
    if fact == "visibility":
        return str(VISIBILITY[value])
    if fact == "choices":
        return " · ".join(choice_label(name, one) for one in value)
    if isinstance(value, bool):
        return pgettext("a rule", "yes") if value else pgettext("a rule", "no")
    return number_words(value) if isinstance(value, int) else str(value)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A part of the page "How reviews work here" that reads otherwise."""

    title: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def rewritten(*, before: Policy, after: Policy, language: str) -> list[Rewritten]:
    """What customers and partners will read instead of what they read now."""
    old, new = explain_policy(before, language), explain_policy(after, language)
    found = []
    for was, becomes in zip(old, new, strict=True):
        gone = tuple(text for text in was.sentences if text not in becomes.sentences)
        came = tuple(text for text in becomes.sentences if text not in was.sentences)
        if gone or came:
            found.append(Rewritten(becomes.title, gone, came))
    return found


@dataclass(frozen=True, slots=True)
class Caution:
    """`text` is what isn't symmetric, `why` the reason to mind it, `cure` what would hold if it
    were; `cure_words` says so where nobody sees a button.
    """

    code: str
    text: str
    why: str
    cure: str

    @property
    def cure_words(self) -> str:
        return _("Symmetric would be: %(cure)s") % {"cure": self.cure}


def caution_words(found: Asymmetry) -> Caution:
    text, cure = CAUTIONS[found.code]
    why = _(
        "A rule that holds criticism back longer than praise, or asks more of it, makes a rating "
        "look better than it is. In the United States 16 CFR 465.7 forbids to show reviews as if "
        "they were all of them while some are held back by their rating."
    )
    return Caution(found.code, text(found.values), why, cure(found.values))


def _lowering(values: dict[str, Any]) -> str:
    return _(
        "An edit to fewer than %(stars)s stars waits longer (%(lower)s) than one to a good rating "
        "(%(raise)s)."
    ) % {
        "stars": number_words(values["good_from"]),
        "lower": _length(values["lower"]),
        "raise": _length(values["raise"]),
    }


def _fields(values: dict[str, Any]) -> str:
    told = [
        ngettext(
            "“%(field)s” is needed with %(count)s star.",
            "“%(field)s” is needed with %(count)s stars or fewer.",
            stars,
        )
        % {"field": field_label(key), "count": stars}
        for key, stars in values["fields"]
    ]
    return " ".join([*told, _("Who gives more stars may leave it out.")])


def _length(length: Any) -> str:
    return duration_words(length, "plain") if length else _("no time at all")


CAUTIONS: dict[str, tuple[Callable[[dict[str, Any]], str], Callable[[dict[str, Any]], str]]] = {
    "lowering_waits_longer": (
        _lowering,
        lambda v: _("Every edit waits: %(time)s.") % {"time": _length(v["lower"])},
    ),
    "lowering_puts_off_publication": (
        lambda v: _(
            "An edit that lowers the stars of a review that waits for publication puts its "
            "publication off; one that raises them doesn’t."
        ),
        lambda v: _("No edit waits; the wait before publication stays, for every review."),
    ),
    "low_stars_answer_more": (
        _fields,
        lambda v: _("These fields are needed with any number of stars."),
    ),
    "zero_left_out": (
        lambda v: _("A quality rating of 0, the worst there is, isn’t counted."),
        lambda v: _("A quality rating of 0 counts."),
    ),
}


def problem_words(problem: Problem) -> str:
    """What would be right, in the active language; what only a file can get wrong is said as
    `arvio policy check` says it.
    """
    if problem.code:
        return CODES[problem.code](problem)
    try:
        rule = keys.rule_of(problem.key)
    except KeyError:
        return _("Allowed is: %(allowed)s.") % {"allowed": problem.allowed}
    text = EXPECTED[rule.kind](rule)
    if rule.optional:
        text = _("%(text)s Or leave it empty: %(none)s.") % {
            "text": text,
            "none": keys.value_words(problem.key, None),
        }
    return text


def _bounds(rule: Any) -> dict[str, str]:
    return {"low": number_words(rule.low), "high": number_words(rule.high)}


def _length_expected(rule: Any) -> str:
    values = {"low": _shown(rule.low), "high": _shown(rule.high)}
    return (
        _("Write a length of time such as P3D (days), PT48H (hours) or P3M (months), from %(low)s "
        "to %(high)s.")
        % values
    )  # fmt: skip


def _shown(written: str) -> str:
    return f"{written} ({keys.length_words(written)})"


EXPECTED: dict[str, Callable[[Any], str]] = {
    "choice": lambda rule: (
        _("Choose one of these: %(choices)s.") % {"choices": ", ".join(rule.names)}
    ),
    "choices": lambda rule: (
        _("Choose from these: %(choices)s.") % {"choices": ", ".join(rule.names)}
    ),
    "texts": lambda rule: _("Write names of 1 to 100 characters, one on a line."),
    "yes_no": lambda rule: _("Choose yes or no."),
    "whole": lambda rule: _("Write a whole number from %(low)s to %(high)s.") % _bounds(rule),
    "number": lambda rule: _("Write a number from %(low)s to %(high)s.") % _bounds(rule),
    "duration": _length_expected,
}

CODES: dict[str, Callable[[Problem], str]] = {
    "unknown_key": lambda p: (
        _("There is no such key. Allowed is: %(allowed)s.") % {"allowed": p.allowed}
    ),
    "unreadable": lambda p: (
        _("This is no TOML that can be read: %(fault)s.") % {"fault": str(p.value).rstrip(".")}
    ),
    "needed_for_editing": lambda p: _("Needed where authors may edit their reviews."),
    "asks_nobody": lambda p: _("Choose who gets the e-mail exactly where one is sent."),
    "below_per_user": lambda p: _("An account can’t have fewer reviews than one of its users."),
    "not_refused_affiliated": lambda p: _(
        "Who isn’t refused when writing can’t be refused at publication: people of the app’s "
        "partner."
    ),
    "not_refused_test_account": lambda p: _(
        "Who isn’t refused when writing can’t be refused at publication: sandboxes and developer "
        "accounts."
    ),
    "plan_twice": lambda p: _("“%(plan)s” stands in both lists of plans.") % {"plan": p.value},
}


def problem_list(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """For pages: the key, what it is called, and what would be right."""
    return [
        {"key": one.key, "label": _label(one.key), "text": problem_words(one)} for one in problems
    ]


def _label(key: str) -> str:
    return keys.label(key) if key in keys.WORDS else key


def changes_in_words(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """By section: its name, from when its changes count, and each change in a sentence."""
    found: dict[str, list[str]] = {}
    for change in changes:
        found.setdefault(change.key.partition(".")[0], []).append(change_words(change))
    return [
        {
            "key": section,
            "title": keys.section_label(section),
            "since": keys.since_words(section),
            "sentences": sentences,
        }
        for section, sentences in found.items()
    ]
