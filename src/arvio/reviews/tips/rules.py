"""The seven tips (FEATURES R67, R68): which of them a draft follows already. Never a refusal.

Pure and deterministic; what each tip looks at is told in docs/tips.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from arvio.reviews.tips import tone
from arvio.reviews.tips.languages import spoken
from arvio.reviews.tips.lexicon import LANGUAGES, UNLESS, Lexicon, lexicon
from arvio.reviews.tips.names import called, mentions
from arvio.reviews.tips.phrases import Hit, without
from arvio.reviews.tips.texts import Sentence, sentences

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
FAULTS: Final = ("threat", "incentive", "insult", "blame", "sarcasm", "placeholder", "slang")
ADDRESSES: Final = frozenset({"<mail>", "<link>", "<handle>", "<phone>"})
LONGEST_GREETING: Final = 6
LONGEST_SIGNATURE: Final = 5
SHORTEST_TAKEN_UP: Final = 5


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


@dataclass(frozen=True)
class Draft:
    """A reply, read once: its sentences, its languages, what was found in them."""

    text: str
    language: str
    name: str
    review: str

    @cached_property
    def sentences(self) -> list[Sentence]:
        return _sentences(self.text)

    @cached_property
    def lexicons(self) -> tuple[Lexicon, ...]:
        return tuple(map(lexicon, spoken(sentences=self.sentences, fallback=self.language)))

    @cached_property
    def found(self) -> list[dict[str, list[Hit]]]:
        """Topics with their hits, a dictionary a sentence, after `unless` took its part."""
        return [_found(sentence, self.lexicons) for sentence in self.sentences]

    @cached_property
    def body_end(self) -> int:
        """Where the signature begins."""
        end = len(self.sentences)
        for place in range(max(end - 4, 0), end):
            if "sign_off" in self.found[place] and self._closes(place):
                return place
        while end > 1 and self._is_name_line(end - 1):
            end -= 1
        return end

    def _closes(self, place: int) -> bool:
        """After a sign-off come names only: short sentences."""
        return all(
            len(s.tokens) <= 2 * LONGEST_SIGNATURE or "sign_off" in self.found[place]
            for s in self.sentences[place + 1 :]
        ) and len(self.sentences[place].tokens) <= 3 * LONGEST_SIGNATURE

    def _is_name_line(self, place: int) -> bool:
        sentence, found = self.sentences[place], self.found[place]
        short = sentence.new_line and len(sentence.tokens) <= LONGEST_SIGNATURE
        capital = all(t.capitalised or not t.word for t in sentence.tokens)
        return short and capital and not ({"good_end", "thank"} & found.keys())

    @cached_property
    def body(self) -> range:
        """The places of the sentences between greeting and signature."""
        start = 0
        while start < self.body_end and self._is_greeting(start):
            start += 1
        return range(start, self.body_end)

    def _is_greeting(self, place: int) -> bool:
        sentence = self.sentences[place]
        if len(sentence.tokens) > LONGEST_GREETING or "thank" in self.found[place]:
            return False
        if "greeting" in self.found[place]:
            return True
        named = bool(self.name) and mentions(
            name=self.name, sentences=[sentence], lexicons=self.lexicons
        )
        return named and len(sentence.tokens) <= 2

    def says(self, *topics: str, among: Iterable[int] | None = None) -> bool:
        places = range(len(self.sentences)) if among is None else among
        return any(topic in self.found[place] for place in places for topic in topics)

    @cached_property
    def fair(self) -> list[int]:
        """The places in the body where nothing unprofessional is said."""
        return [place for place in self.body if not self.says(*FAULTS[:5], among=[place])]


def _sentences(text: str) -> list[Sentence]:
    shortened = frozenset[str]().union(*(lexicon(code).abbreviations for code in LANGUAGES))
    return sentences(text, shortened)


def _found(sentence: Sentence, lexicons: Sequence[Lexicon]) -> dict[str, list[Hit]]:
    kept: defaultdict[str, list[Hit]] = defaultdict(list)
    for lex in lexicons:
        hits = lex.phrases.find(sentence.tokens)
        for topic, said in hits.items():
            if not topic.endswith(UNLESS):
                kept[topic] += without(said, hits.get(topic + UNLESS, ()))
    return {topic: said for topic, said in kept.items() if said}


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


def takes_up(draft: Draft) -> bool:
    """Whether a telling word of the review comes back in the reply."""
    own = {
        token.word[: _stem_length(token.word)]
        for sentence in _sentences(draft.review)
        for token in _telling(sentence, draft.lexicons)
    }
    said = (t.word for place in draft.fair for t in _telling(draft.sentences[place], draft.lexicons))
    return any(word[: _stem_length(word)] in own for word in said)


def _stem_length(word: str) -> int:
    """Endings differ, beginnings stay: what the shorter languages inflect least."""
    return max(SHORTEST_TAKEN_UP, min(len(word) - 2, 7))


def _telling(sentence: Sentence, lexicons: Sequence[Lexicon]) -> list:
    tokens = sentence.tokens
    idle = {
        hit.start
        for lex in lexicons
        for hit in lex.common.find(tokens).get("common", ())
    }
    return [
        token
        for place, token in enumerate(tokens)
        if place not in idle and not token.kinds and len(token.word) >= SHORTEST_TAKEN_UP
    ]


def _empathise(draft: Draft) -> str:
    return "done" if draft.says("regret", "understand", among=draft.fair) else "add"


def _solution(draft: Draft) -> str:
    if draft.says("done", "step", "channel", among=draft.fair):
        return "done"
    if any({"change", "when"} <= draft.found[place].keys() for place in draft.fair):
        return "done"
    if any(ADDRESSES.intersection(t.kinds) for place in draft.body for t in draft.sentences[place].tokens):
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
    if not draft.says(*FAULTS[:5], among=last) and draft.says("good_end", among=last):
        return "done"
    return "sour" if draft.says("sour_end", *FAULTS[:5], among=last) else "add"
