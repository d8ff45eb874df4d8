"""Authors each of whose fields holds a word of its own, so that whatever shows one is found out.

What may be seen of an author is in `shown`, all else in `private`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from arvio.asking.actions import default_link, submit_from_link
from arvio.catalog import actions as catalog
from arvio.catalog.models import Account, User
from arvio.catalog.queries import Viewer
from arvio.connect.jsonl import JsonLines
from arvio.connect.take_jsonl import take_jsonl
from arvio.moderation import appealing, correcting, threads
from arvio.moderation.models import Thread
from arvio.notify.preferences import save_defaults
from arvio.people.models import Person
from arvio.policy.load import load_preset, to_dict
from arvio.policy.model import NameStyle
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.cast import LONG_AGO, NOW, Stage, member, stage
from tests.connect.test_jsonl import REVIEW, VERSION
from tests.moderation.desk import desk_of

DAY = timedelta(days=1)
PRESETS = ("bitrix24-2024", "bitrix24-2025", "hubspot-2022", "hubspot-2024")
LIVES = (
    "held",
    "published",
    "answered",
    "waiting",
    "edited",
    "archived",
    "erased",
    "withdrawn",
    "drafted",
    "imported",
    "taken",
)
HIDDEN = frozenset({"erased", "withdrawn", "drafted"})
# What comes from a marketplace's server may be anything.
DRESSES = ("{}", "<b>{}</b>", "\"{}'&amp;", "Ж{}ё", "🦉{}", "{}\u200b", "${{{}}}", "=1+{}")
# The name, and what of it is shown by style.
NAMES: Mapping[str, Mapping[str, str]] = {
    "{first} {last}": {"first_l": "first", "last_f": "last"},
    "{first} {middle} {last}": {"first_l": "first", "last_f": "last"},
    "{last}, {first} {middle}": {"first_l": "first", "last_f": "last"},
    "{last} {first} {middle}вич": {"first_l": "first", "last_f": "last"},
    "{first} {last} <{middle}@mail.example>": {"first_l": "first", "last_f": "last"},
    "{first}": {"first_l": "first", "last_f": "first"},
    "{middle}@mail.example": {},
}


@dataclass(frozen=True)
class Case:
    seed: int
    preset: str
    hold: bool
    language: str
    dresses: Sequence[str]
    names: Sequence[str]


LANGUAGES = ("en", "ru", "fi")
CASES = st.builds(
    Case,
    seed=st.integers(0, 1_000_000),
    preset=st.sampled_from(PRESETS),
    hold=st.booleans(),
    language=st.sampled_from(LANGUAGES),
    dresses=st.permutations(DRESSES),
    names=st.lists(st.sampled_from(sorted(NAMES)), min_size=len(LIVES), max_size=len(LIVES)),
)


def some_case(seed: int, preset: str) -> Case:
    """As `CASES` has them, for a preset that is not to be left to chance."""
    chance = Random(seed)
    return Case(
        seed=seed,
        preset=preset,
        hold=chance.random() < 0.5,
        language=chance.choice(LANGUAGES),
        dresses=chance.sample(DRESSES, len(DRESSES)),
        names=chance.choices(sorted(NAMES), k=len(LIVES)),
    )


class Mint:
    """Words that were never written before: Latin ones, and Cyrillic where any letter may be."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._made = 0

    def word(self, *, ascii_only: bool = False) -> str:
        self._made += 1
        letters = "bcdfghjkmnpqrstvwxz"
        if not ascii_only and self._made % 3 == 0:
            letters = "бвгджзклмнпрстфхцчшщ"
        return "".join(self._chance.choices(letters, k=10))


@dataclass
class Author:
    life: str
    viewer: Viewer
    private: dict[str, str]
    shown: dict[str, str] = field(default_factory=dict)
    review: Review | None = None


@dataclass
class Marked:
    """`store` with an author for each life; what is marked of the members; the words of a draft."""

    store: Stage
    case: Case
    style: NameStyle
    mint: Mint
    authors: list[Author] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    reply: str = ""
    reply_draft: str = ""
    thread: Thread | None = None

    def of(self, life: str) -> Author:
        return next(author for author in self.authors if author.life == life)

    @property
    def told(self) -> list[Author]:
        """Those whose reviews the partner sees; of what was taken it only knows the stars."""
        return [author for author in self.authors if author.life not in (*HIDDEN, "taken")]

    @property
    def taken(self) -> dict[str, str]:
        """What was public once and isn't even for the partner any more, but for the name."""
        shown = self.of("taken").shown
        words = ("text", "title", "pros", "cons", "role")
        return {f"taken's {what}": shown[what] for what in words if what in shown}


def build(*, case: Case, style: NameStyle, folder: Path, moderated: bool = False) -> Marked:
    """Eleven lives of ten days, with the worker at work; it is `NOW` at the end."""
    held = {"publication": {"hold": "P3D"}} if case.hold else {}
    form = {"sections": _sections(case.preset)}
    overrides = {"privacy": {"display_name": style}, "form": form, **held}
    store = stage(preset=case.preset, overrides=overrides)
    made = Marked(store, case, style, Mint(case.seed))
    _mark_members(made)
    made.authors = [_author(made, life) for life in LIVES]
    for life in (
        "published",
        "answered",
        "waiting",
        "edited",
        "archived",
        "erased",
        "withdrawn",
        "taken",
    ):
        _submit(made, made.of(life), days=10)
    for days in (10, 6):
        work_once(now=NOW - days * DAY)
    _import(made, folder)
    _happen(made)
    work_once(now=NOW)
    erased = made.of("erased")
    assert erased.viewer.user
    reviews.erase_user(user=erased.viewer.user, actor="test", now=NOW)
    if moderated:
        _moderate(made)
    work_once(now=NOW)
    return made


def _moderate(made: Marked) -> None:
    """Reports of a customer, a visitor and the partner, a review taken away and appealed for by its
    author, corrections that both ask for, a dispute.
    """
    store, mint, at = made.store, made.mint, desk_of(made.store)
    petra = member(store, made.members["petra e-mail"])
    published, answered, taken = (made.of(life) for life in ("published", "answered", "taken"))
    assert published.review and answered.review and taken.review

    def marked(author: Author, what: str) -> str:
        word = author.private[what] = mint.word(ascii_only=True)
        return f"So it was, {word}."

    customer, comment = made.of("drafted").viewer, marked(published, "report")
    at.report(published.review, by=customer, reason="offensive", comment=comment)
    at.report(published.review, by=petra, reason="spam")
    email = answered.private["reporter"] = f"{mint.word(ascii_only=True)}@mail.example"
    at.report(answered.review, email=email, comment=marked(answered, "report"))
    case = at.report(taken.review, comment=marked(taken, "report")).case
    at.decide(case, "remove", statement=marked(taken, "statement"))
    case, appellant = appealing.as_author(viewer=taken.viewer, case_id=case.pk)
    appealing.appeal(case=case, appellant=appellant, text=marked(taken, "appeal"), now=NOW)
    made.thread = threads.open_dispute(
        member=petra, review_id=answered.review.pk, text="Another app, surely.", now=NOW
    )
    threads.write_as_moderator(
        moderator=at.mika, thread_id=made.thread.pk, text="Which one?", now=NOW
    )
    if load_preset(made.case.preset).policy.editing.operator_replacement:
        text, why = marked(published, "correction"), marked(published, "why")
        pk = published.review.pk
        correcting.ask_as_author(
            viewer=published.viewer, review_id=pk, text=text, reason=why, now=NOW
        )
        correcting.ask_as_partner(
            member=petra, review_id=pk, text="Otherwise.", reason="Wrong.", now=NOW
        )


def _happen(made: Marked) -> None:
    """A day ago: edits, a ban, a withdrawal, a reply, a draft of each kind, a held review."""
    then, mint = NOW - DAY, made.mint
    policy = load_preset(made.case.preset).policy
    if policy.editing.by_author == "allowed":
        for life, stars in (("waiting", 1), ("edited", 5)):
            author = made.of(life)
            word = author.shown["edit"] = mint.word()
            changes = {"stars": stars, "text": f"Now it is otherwise, {word}."}
            assert author.review
            pk = author.review.pk
            edited = reviews.edit_review(
                viewer=author.viewer, review_id=pk, changes=changes, now=then
            )
            if edited.pending_version is None:
                del author.shown["text"]
    banned, withdrawn, answered = (made.of(life) for life in ("archived", "withdrawn", "answered"))
    assert banned.viewer.account and withdrawn.review and answered.review
    reason = banned.private["ban"] = mint.word()
    catalog.ban(
        account=banned.viewer.account, user=banned.viewer.user, reason=f"<i>{reason}", now=then
    )
    reviews.withdraw_review(viewer=withdrawn.viewer, review_id=withdrawn.review.pk, now=then)
    made.reply, made.reply_draft = mint.word(), mint.word()
    pavel = member(made.store, made.members["pavel e-mail"])
    text = f"Thank you for writing, {made.reply}."
    reviews.send_reply(member=pavel, review_id=answered.review.pk, text=text, now=then)
    published = made.of("published").review
    assert published
    text = f"Not finished, {made.reply_draft}."
    reviews.save_reply_draft(member=pavel, review_id=published.pk, text=text, now=then)
    typed = made.of("drafted").private["draft"] = mint.word()
    answers = {"text": f"Not sent, {typed}."}
    viewer, app = made.of("drafted").viewer, made.store.app
    reviews.save_draft(viewer=viewer, app=app, answers=answers, step=1, now=then)
    _submit(made, made.of("held"), days=1)
    work_once(now=then + timedelta(minutes=15))


def _mark_members(made: Marked) -> None:
    """Petra is told at once, Pavel once a day."""
    for who in ("petra@pixel.example", "pavel@mail.example"):
        name, email = made.mint.word(), f"{made.mint.word(ascii_only=True)}@mail.example"
        person = Person.objects.get(email=who)
        values = {"name": name, "email": email, "language": made.case.language}
        Person.objects.filter(pk=person.pk).update(**values)
        who = who.partition("@")[0]
        made.members |= {f"{who} name": name, f"{who} e-mail": email}
        if who == "pavel":
            how = {"review_new": "daily", "review_edited": "daily"}
            save_defaults(reader_id=person.pk, partner=made.store.partner, how=how)


def _author(made: Marked, life: str) -> Author:
    store, mint, number = made.store, made.mint, LIVES.index(life)

    def dressed(word: str, place: int) -> str:
        return made.case.dresses[(number + place) % len(DRESSES)].format(word)

    keys = ("ref", "e-mail", "e-mail host", "account ref", "domain", "key")
    words = {key: mint.word(ascii_only=True) for key in keys}
    free = ("first", "middle", "last", "account", "industry", "size", "plan", "installed by")
    words |= {key: mint.word() for key in free}
    commercial = load_preset(made.case.preset).policy.eligibility.plans == "commercial"
    account, _ = catalog.put_account(
        marketplace=store.marketplace,
        ref=words["account ref"],
        name=dressed(words["account"], 0),
        plan="commercial" if commercial else words["plan"],
        kind="production",
        industry=dressed(words["industry"], 1),
        size=words["size"],
        domain=f"{words['domain']}.example",
        now=LONG_AGO,
    )
    shape = made.case.names[number]
    parts = {key: dressed(words[key], 2) for key in ("first", "last")}
    user, _ = catalog.put_user(
        account=account,
        ref=words["ref"],
        name=shape.format(**parts, middle=words["middle"]),
        email=f"{words['e-mail']}@{words['e-mail host']}.example",
        locale="en",
        now=LONG_AGO,
    )
    installation, _ = catalog.put_installation(
        app=store.app,
        account=account,
        installed_at=LONG_AGO,
        installed_by=dressed(words["installed by"], 3),
        version="3.2",
        now=LONG_AGO,
    )
    words |= {"user": str(user.pk), "account id": str(account.pk)}
    author = Author(life, _viewer(store, account, user), {**words, "id": str(installation.pk)})
    if life not in (*HIDDEN, "imported"):
        seen = "account" if made.style == "company" else NAMES[shape].get(made.style)
        author.shown = {key: author.private.pop(key) for key in [seen] if key}
    return author


def _viewer(store: Stage, account: Account, user: User) -> Viewer:
    return Viewer(
        marketplace=store.marketplace,
        surface="in_product",
        name=user.name,
        email=user.email,
        locale="en",
        account=account,
        user=user,
    )


def _sections(preset: str) -> list[dict[str, Any]]:
    """The preset's form, which asks everybody for a role (public) and an industry (private)."""
    line = {"type": "line", "required": False, "min": 2, "max": 80}
    asked = [
        {"key": "role", "visibility": "public", **line},
        {"key": "industry", "visibility": "private", **line},
    ]
    sections: list[dict[str, Any]] = to_dict(load_preset(preset).policy)["form"]["sections"]
    for section in sections:
        section["fields"] = [f for f in section["fields"] if f["key"] not in ("role", "industry")]
    return [*sections, {"key": "more", "fields": asked}]


def _submit(made: Marked, author: Author, *, days: int) -> None:
    """By the app's review link, with an affiliation, and a word in each answer."""
    mint, form = made.mint, load_preset(made.case.preset).policy.form
    asked = [key for key in ("text", "title", "pros", "cons") if key in form.content]
    words: dict[str, str] = {key: mint.word() for key in asked}
    role, industry = mint.word(), mint.word()
    answers: dict[str, Any] = {
        "stars": 3,
        **{key: f"So it is, {word}." for key, word in words.items()},
        "qualities": {key: 4 for key, asked in form.qualities.items() if asked.required},
        "about": {"role": role, "industry": industry},
        "consents": list(form.consents),
        "language": "en",
    }
    if "company_size" in form.about:
        answers["about"]["company_size"] = "2-10"
    if author.life == "published":
        words["affiliation"] = answers["affiliation"] = mint.word()
    now, app = NOW - days * DAY, made.store.app
    link = default_link(app=app, actor="test", now=now)
    author.review = submit_from_link(
        viewer=author.viewer, app=app, answers=answers, codes=[link.code], now=now
    )
    author.private["about"] = industry
    (author.private if author.life in HIDDEN else author.shown).update({**words, "role": role})


def _import(made: Marked, folder: Path) -> None:
    """A review from a file, of an account that the platform has told us of."""
    author = made.of("imported")
    author.shown = {key: made.mint.word() for key in ("file's name", "text")}
    assert author.viewer.account
    line = REVIEW | {
        "author": {"display_name": author.shown["file's name"]},
        "account": author.viewer.account.ref,
        "versions": [VERSION | {"text": f"So it was, {author.shown['text']}."}],
    }
    path = folder / "file.jsonl"
    header = {"type": "header", "format": "arvio-export", "version": 1}
    path.write_text("\n".join(map(json.dumps, (header, line))), encoding="utf-8")
    take_jsonl(
        file=JsonLines(path),
        marketplace=made.store.marketplace,
        now=NOW - 6 * DAY,
        progress=lambda done: None,
    )
    author.review = Review.objects.get(source="imported")
