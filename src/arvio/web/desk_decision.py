"""The decision form and its last look: what may be decided, what was typed, what would follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import written
from arvio.catalog.explain import explain_field_error
from arvio.catalog.staff import Moderator
from arvio.moderation.deciding import Words
from arvio.moderation.guidelines import RuleWords
from arvio.moderation.models import DecisionDraft
from arvio.moderation.previewing import Preview, RatingEffect
from arvio.moderation.readers import Telling
from arvio.moderation.rules import LONGEST_STATEMENT
from arvio.moderation.standing import Standing
from arvio.moderation.states import ACTIONS, AGAINST, CaseState
from arvio.policy.form import FieldError
from arvio.web import forms, language

# Whom it takes something from comes first.
ORDER = ("author", "partner", "reporter")
# The way to a reporter's private page is theirs alone: whoever has it may appeal as the reporter.
PRIVATE = re.compile(r"(/reports/)[^/\s]+")


@dataclass(frozen=True)
class Typed:
    action: str = ""
    rule: str = ""
    text: str = ""

    @property
    def words(self) -> Words:
        return Words(self.action, self.rule, self.text)


def read(posted: QueryDict) -> Typed:
    kept = forms.draft_answers({key: posted.get(key, "") for key in ("action", "rule", "text")})
    return Typed(**kept)


def of_draft(draft: DecisionDraft | None) -> Typed:
    return Typed(draft.action, draft.rule, draft.statement) if draft else Typed()


def form(
    standing: Standing,
    typed: Typed,
    *,
    rules: Sequence[RuleWords],
    errors: Sequence[FieldError],
    moderator: Moderator,
) -> dict[str, Any]:
    wrong = {error.field: explain_field_error(error) for error in reversed(errors)}
    if "action" in wrong:
        wrong["action"] = _("Choose one of the decisions.")
    if "rule" in wrong:
        wrong["rule"] = _("Choose the rule of the guidelines that is broken.")
    user = standing.review.user
    author = (user.locale if user else "") or standing.review.language
    return {
        "choices": [
            {
                "value": action,
                "label": label,
                "then": then,
                "chosen": typed.action == action,
                "key": str(n),
            }
            for n, (action, label, then) in enumerate(choices(standing), 1)
        ],
        "rules": [
            {"key": rule.key, "name": rule.named, "chosen": rule.key == typed.rule}
            for rule in rules
        ],
        "text": typed.text,
        "longest": LONGEST_STATEMENT,
        "errors": wrong,
        "language": written.language_name(author, language.current()) if author else "",
    }


def choices(standing: Standing) -> list[tuple[str, str, str]]:
    """(action, what is done, what follows), in the order of `ACTIONS`."""
    possible = [action for action in ACTIONS if action in standing.actions]
    return [(action, *_choice(action, standing)) for action in possible]


def _choice(action: str, standing: Standing) -> tuple[str, str]:
    reply = standing.reply is not None
    appealed = standing.case.state == CaseState.APPEALED
    if action == standing_as(standing):
        if reply:
            return _("Leave the reply removed"), _("The decision before stands.")
        if action == "reject":
            return _("Leave it unpublished"), _("The decision before stands.")
        return _("Leave the review removed"), _("The decision before stands.")
    if action == "keep":
        then = _("The decision before stands.") if appealed else _("The reports are dismissed.")
        return (_("Keep the reply"), then) if reply else (_("Keep the review"), then)
    if action == "remove":
        if reply:
            return _("Remove the reply"), _("The partner may write a new one.")
        return _("Remove the review"), _("The author may write a new one.")
    if action == "reject":
        return _("Don’t publish the review"), _("It never counts. The author may write a new one.")
    if reply:
        return _("Restore the reply"), _("It is public again.")
    return _("Restore the review"), _("It is public again and counts in the rating.")


def standing_as(standing: Standing) -> str:
    """The action that would say again what is so."""
    return {"removed": "remove", "rejected": "reject"}.get(standing.item_state, "")


def button(action: str, standing: Standing, *, second: bool) -> dict[str, str]:
    """The last button repeats the choice."""
    label = {key: what for key, what, _then in choices(standing)}[action]
    against = action in AGAINST and action != standing_as(standing)
    if second:
        return {"label": _("Propose: %(choice)s") % {"choice": label}, "kind": "primary"}
    return {"label": label, "kind": "remove" if against else "primary"}


def look(
    found: Preview, standing: Standing, *, rules: Sequence[RuleWords], partner: str
) -> dict[str, Any]:
    """Everything as it would be sent."""
    named = {rule.key: rule.named for rule in rules}
    return {
        "action": found.words.action,
        "rule": found.words.rule,
        "rule_name": named.get(found.words.rule, ""),
        "text": found.words.statement,
        "second": found.second,
        "button": button(found.words.action, standing, second=found.second),
        "superseded": found.outcome == "upheld_superseded",
        "rating": rating_words(found.rating) if found.rating else "",
        "notices": [
            _notice(one, partner)
            for one in sorted(found.tellings, key=lambda one: ORDER.index(one.party))
        ],
    }


def rating_words(effect: RatingEffect) -> str:
    """ "312 reviews become 311", and what that does to a rating near its threshold."""
    values = {
        "before": written.number(effect.before, language.current()),
        "after": written.number(effect.after, language.current()),
    }
    text = ngettext(
        "The rating is recomputed: %(before)s review becomes %(after)s.",
        "The rating is recomputed: %(before)s reviews become %(after)s.",
        effect.before,
    ) % values  # fmt: skip
    if effect.after < effect.minimum <= effect.before:
        hides = _("The rating hides again: it shows from %(n)s.") % {"n": effect.minimum}
        return f"{text} {hides}"
    if effect.before < effect.minimum <= effect.after:
        shows = _("The rating shows from now on.")
        return f"{text} {shows}"
    return text


def _notice(one: Telling, partner: str) -> dict[str, Any]:
    return {
        "party": _party(one, partner),
        "mails": [
            {
                "language": written.language_name(code, language.current()),
                "lang": code,
                "subject": mail.rendered.subject,
                "text": PRIVATE.sub(r"\1…", mail.rendered.text),
            }
            for mail, code in _different(one)
        ],
        "readers": len(one.mails),
    }


def _different(one: Telling) -> list[tuple[Any, str]]:
    """The members of a partner read the same: each text once."""
    found: dict[str, tuple[Any, str]] = {}
    for mail, code in zip(one.mails, one.languages, strict=True):
        found.setdefault(code, (mail, code))
    return list(found.values())


def _party(one: Telling, partner: str) -> str:
    if one.party == "partner":
        names = ", ".join(one.names)
        return _("Partner: %(partner)s (%(names)s)") % {"partner": partner, "names": names}
    return {"author": _("Author"), "reporter": _("Reporter")}[one.party]
