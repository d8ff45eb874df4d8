"""The seven tips (FEATURES R67, R68): which of them a draft follows already. Never a refusal.

Pure and deterministic; what each tip looks at is told in docs/tips.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from arvio.reviews.tips import tone
from arvio.reviews.tips.draft import UNFAIR, Draft, takes_up
from arvio.reviews.tips.names import called, mentions

KEYS: Final = (
    "thank",
    "personalise",
    "acknowledge",
    "empathise",
    "solution",
    "professional",
    "positive_end",
)
PROBLEM_UP_TO: Final = 3
"""With more stars nobody is asked to acknowledge a problem or to show understanding for it."""
SOLUTION_UP_TO: Final = 4
OPENING: Final = 2
"""Thanks stand in one of so many first sentences; a greeting isn't counted."""
FAULTS: Final = (*UNFAIR, "placeholder", "slang")
ADDRESSES: Final = frozenset({"<mail>", "<link>", "<handle>", "<phone>"})


@dataclass(frozen=True, slots=True)
class Tip:
    """`applies` says whether it is asked for at all; what isn't asked for is done.

    `hint` is a code: why it is done or what is lacking; `wording` has its sentences.
    """

    key: str
    done: bool
    applies: bool
    hint: str


def check(
    *, text: str, stars: int, language: str, display_name: str | None, review_text: str = ""
) -> tuple[Tip, ...]:
    """All seven, in the order of KEYS. An empty text has done none.

    `language` is the review's; the reply's own is read from its words. `display_name` is None
    where no person's name is shown (`names.person_name`). `review_text` is what is answered.
    A tip that needs words can't be judged in a language without a word file: not asked for.
    """
    draft = Draft(text=text, language=language, name=called(display_name), review=review_text)
    judged = draft.lexicons or not draft.sentences
    hints = {
        "thank": _thank(draft) if judged else "other_language",
        "personalise": _personalise(draft),
        "acknowledge": _acknowledge(draft) if judged else "other_language",
        "empathise": _empathise(draft) if judged else "other_language",
        "solution": _solution(draft),
        "professional": _professional(draft),
        "positive_end": _positive_end(draft) if judged else "other_language",
    }
    if stars > PROBLEM_UP_TO:
        hints["acknowledge"] = hints["empathise"] = "not_asked"
    if stars > SOLUTION_UP_TO:
        hints["solution"] = "not_asked"
    return tuple(_tip(key, hints[key], bool(draft.sentences)) for key in KEYS)


NOT_ASKED: Final = frozenset({"not_asked", "no_name", "other_language"})


def _tip(key: str, hint: str, written: bool) -> Tip:
    return Tip(
        key=key,
        done=written and (hint == "done" or hint in NOT_ASKED),
        applies=hint not in NOT_ASKED,
        hint=hint,
    )


def _thank(draft: Draft) -> str:
    if draft.says("thank", among=draft.body[:OPENING]):
        return "done"
    return "late" if draft.says("thank", among=draft.body) else "add"


def _personalise(draft: Draft) -> str:
    if not draft.name:
        return "no_name"
    spoken_to = draft.sentences[: draft.body_end]
    said = mentions(name=draft.name, sentences=spoken_to, lexicons=draft.lexicons)
    return "done" if said else "add"


def _acknowledge(draft: Draft) -> str:
    if draft.says("regret", "admit", among=draft.fair):
        return "done"
    if draft.says("deny"):
        return "denied"
    return "done" if takes_up(draft) else "add"


def _empathise(draft: Draft) -> str:
    return "done" if draft.says("regret", "understand", among=draft.fair) else "add"


def _solution(draft: Draft) -> str:
    if draft.says("done", "step", "channel", among=draft.fair):
        return "done"
    if any({"change", "when"} <= draft.found[place].keys() for place in draft.fair):
        return "done"
    if any(
        ADDRESSES.intersection(t.kinds)
        for place in draft.body
        for t in draft.sentences[place].tokens
    ):
        return "done"
    if draft.sentences and not draft.lexicons:
        return "other_language"
    return "vague" if draft.says("change") else "add"


def _professional(draft: Draft) -> str:
    if not draft.sentences:
        return "empty"
    for fault in FAULTS:
        if draft.says(fault):
            return fault
    looks: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("placeholder", tone.left_open),
        ("shouting", tone.shouting),
        ("marks", tone.marks),
        ("pictures", tone.pictures),
    )
    return next((code for code, looks_so in looks if looks_so(draft.text)), "done")


def _positive_end(draft: Draft) -> str:
    last = draft.body[-1:]
    if not last:
        return "add"
    if not draft.says(*UNFAIR, among=last) and draft.says("good_end", among=last):
        return "done"
    return "sour" if draft.says("sour_end", *UNFAIR, among=last) else "add"
