"""Nothing of an author leaves for a partner but what is public: every page, route, file and mail
is walked with authors whose fields hold words of their own (FEATURES R70, R147).
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from arvio import clock
from arvio.notify.models import Message
from arvio.notify.smtp import compose
from arvio.policy.model import NameStyle
from arvio.reviews import inbox
from arvio.reviews.inbox import InboxFilters
from tests import marked
from tests.api.caller import API, holder
from tests.cast import NOW, member
from tests.marked import CASES, PRESETS, Author, Case, Marked, some_case

# Rights and words are the same on every database, and the walks are long.
pytestmark = [pytest.mark.django_db, pytest.mark.once]
STYLES: tuple[NameStyle, ...] = ("first_l", "last_f", "company", "pseudonym")
TEXT = "Thank you for writing. Version 3.3 keeps the order of your calls."
TABS = ("?answered=no", "?state=held", "?state=archived", "?sort=lowest", "?language=fi")
# No review has two stars, so the list beside the open one is short; whole lists are walked too.
ALONE = "?stars=2"
PAGES = (
    "/partner/insights/",
    "/partner/insights/?app=calls&period=all",
    "/partner/guide/",
    "/partner/guide/calls/arvio-prompt.html",
    "/partner/links/",
    "/partner/links/?ended=1",
    "/partner/disputes/",
    "/partner/settings/notifications/",
    "/partner/settings/members/",
    "/partner/settings/members/leave/",
    "/partner/settings/keys/",
    "/partner/settings/webhooks/",
    "/partner/export.csv",
    "/partner/export.jsonl",
)
WRONG = (
    "/partner/?stars=2&app=nowhere&since=never&cursor=x",
    "/partner/insights/?app=nowhere",
    "/partner/insights/?period=custom&since=never",
    "/partner/export.csv?app=nowhere",
    "/partner/export.txt",
    "/partner/links/?cursor=x",
    "/partner/nowhere/",
)
ROUTES = (
    "/partner/reviews",
    "/partner/reviews?sort=newest&limit=2",
    "/partner/reviews?state=archived",
    "/partner/export",
    "/partner/export?format=jsonl",
    "/partner/unanswered",
    "/partner/apps/calls/rating",
    "/partner/links",
    "/partner/webhooks",
)
PUBLIC = (
    "/store/apps/calls/",
    "/store/apps/calls/badge.svg?style=card",
    "/store/apps/calls/reviews.atom",
    "/store/apps/calls/reviews.rss",
    "/store/",
    f"{API}/marketplaces/store/apps/calls/reviews",
)
Answers = dict[str, str]


# --- The walk ------------------------------------------------------------------------------------


class Walk:
    """What Petra's browser and key are answered, and Rita, who may only read, by what was asked.

    What is asked of one review is shared out among them, and so are mistakes: the next case asks
    otherwise.
    """

    def __init__(self, made: Marked) -> None:
        self.made, self.answers = made, Answers()
        owner = member(made.store, made.members["petra e-mail"])
        self.browser, self.reader = (Client(raise_request_exception=False) for _ in "12")
        self.browser.force_login(owner.person)
        self.reader.force_login(member(made.store, "rita@mail.example").person)
        self.key = {"Authorization": f"Bearer {holder(owner).authorization}"}
        self.key["Accept-Language"] = made.case.language

    def everywhere(self) -> Answers:
        chosen = self.made.case.seed
        for path in ("/partner/", f"/partner/{TABS[chosen % len(TABS)]}", *PAGES, *PUBLIC):
            self.take(path, self.browser.get(path), 200)
        for path in WRONG[chosen % 2 :: 2]:
            self.take(path, self.browser.get(path), 200, 400, 404, 422)
        for path in ROUTES:
            self.take(path, self.browser.get(API + path, headers=self.key), 200)
        assert self.made.thread
        talk = f"/partner/disputes/{self.made.thread.pk}/"
        self.take("dispute", self.reader.get(talk), 200)
        self.take("dispute, empty", self.browser.post(talk, {"text": " "}), 422)
        for number, author in enumerate(self.made.authors):
            if author.review:
                self.review(author, chosen + number)
        return self.answers

    def review(self, author: Author, chosen: int) -> None:
        pk, life = author.review and author.review.pk, author.life
        page, here = f"/partner/reviews/{pk}/", 404 if life == "withdrawn" else 200
        reply = f"{page}reply/{ALONE}"
        self.take(f"{life} open", self.browser.get(page + ALONE), here)
        check = {"review": str(pk), "text": TEXT}
        name, ask = (
            ("preview", lambda: self.browser.post(reply, {"text": TEXT})),
            ("tips", lambda: self.browser.post(f"{page}tips/", {"text": TEXT})),
            ("mistake", lambda: self.browser.post(reply, {"text": "<b>"})),
            ("read only", lambda: self.reader.get(page + ALONE)),
            ("refused", lambda: self.reader.post(reply, {"text": TEXT})),
            ("check", lambda: self.post(f"{API}/reply-check", check)),
            ("by key", lambda: self.post(f"{API}/reviews/{pk}/reply", {"text": "<b>no</b>"})),
            ("report", lambda: self.browser.post(f"{page}report/", {"reason": "spam"})),
            ("correction", lambda: self.browser.post(f"{page}correction/", {"text": TEXT})),
            ("dispute", lambda: self.browser.post(f"{page}dispute/", {"text": " "})),
            ("appeal", lambda: self.browser.post(f"{page}appeal/", {"text": " "})),
        )[chosen % 11]
        # What a moderator took can be read and appealed for, and nothing else.
        other = 404 if life == "taken" else here
        with transaction.atomic():
            self.take(f"{life} {name}", ask(), here, other, 303, 403, 409, 422)
            transaction.set_rollback(True)

    def post(self, path: str, body: dict[str, str]) -> Any:
        kind = "application/json"
        return self.browser.post(path, body, content_type=kind, headers=self.key)

    def take(self, name: str, answer: Any, *statuses: int) -> None:
        assert answer.status_code in statuses, f"{name}: {answer.status_code}"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers[name] = f"{heads}\n{answer.cookies.output()}\n{body.decode()}"


def mails(to: str) -> Answers:
    """What was written to this address, as it stands and as it goes over the line."""
    found = {}
    for message in Message.objects.filter(to_email=to).exclude(subject=""):
        sender = django_settings.DEFAULT_FROM_EMAIL
        parsed = message_from_bytes(compose(message=message, sender=sender), policy=default)
        assert isinstance(parsed, EmailMessage)
        heads = [f"{name}: {value}" for name, value in parsed.items()]
        parts = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
        kept = [message.from_name, message.subject, message.text, message.html]
        text = "\n".join([*heads, *parts, *kept, json.dumps(message.headers)])
        found[f"mail “{message.subject}” {message.pk}"] = text
    return found


# --- Looking for words ---------------------------------------------------------------------------


def plain(text: str) -> str:
    """As somebody reads it who undoes every way of writing a letter otherwise."""
    for _ in range(2):
        text = html.unescape(unquote(text))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    hidden = " ".join(_decoded(word) for word in re.findall(r"[\w+/-]{16,}={0,2}", text))
    return unicodedata.normalize("NFKC", f"{text} {hidden}").casefold()


def _decoded(word: str) -> str:
    try:
        return base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""


def leaks(answers: Answers, words: dict[str, str]) -> list[str]:
    texts = {name: plain(text) for name, text in answers.items()}
    return [
        f"{what} in {name}"
        for name, text in texts.items()
        for what, word in words.items()
        if word.casefold() in text
    ]


def missing(answer: str, author: Author, *without: str) -> list[str]:
    text = plain(answer)
    wanted = {what: word for what, word in author.shown.items() if what not in without}
    return [f"{author.life}: {what}" for what, word in wanted.items() if word not in text]


def private(made: Marked) -> dict[str, str]:
    words = {
        f"{author.life}'s {what}": word
        for author in made.authors
        for what, word in author.private.items()
    }
    return {**words, "archived's reason": "banned"}


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def searched(made: Marked) -> Iterator[str]:
    """Whether a search finds a review by what it doesn't show; one author's words are enough."""
    author = made.told[made.case.seed % len(made.told)]
    petra = member(made.store, made.members["petra e-mail"])
    for what, word in author.private.items():
        if inbox.page(member=petra, filters=InboxFilters(q=word), now=NOW).items:
            yield f"{author.life}'s {what} is found by a search"


def told(made: Marked) -> Iterator[str]:
    """What is wrong with what is told: private words that are there, public ones that aren't."""
    pages, hidden = Walk(made).everywhere(), private(made)
    petra, pavel = (mails(made.members[f"{who} e-mail"]) for who in ("petra", "pavel"))
    yield from leaks({**pages, **petra, **pavel}, hidden)
    yield from leaks(pages, made.taken)
    yield from searched(made)
    for author in made.told:
        # The list and the mails quote an edit, or what stood before it; neither says everything.
        yield from missing(pages[f"{author.life} open"], author)
        for route in ("/partner/reviews", "/partner/export", "/partner/export?format=jsonl"):
            yield from missing(pages[route], author)
        for path in ("/partner/export.csv", "/partner/export.jsonl"):
            yield from missing(pages[path], author)
        if author.life != "imported":
            kept = ("role", "affiliation", "edit")
            yield from missing("\n".join(petra.values()), author, *kept)
            yield from missing("\n".join(pavel.values()), author, *kept)
    for author in made.authors:
        assert author.viewer.user
        to_author = mails(author.viewer.email)
        others = {what: word for what, word in hidden.items() if not what.startswith(author.life)}
        members = {**made.members, "the draft of a reply": made.reply_draft}
        yield from leaks(to_author, {**others, **members})
        if author.life == "answered":
            assert len(to_author) == 1
            assert made.reply in plain("".join(to_author.values()))
    outside = {name: text for name, text in pages.items() if name in PUBLIC}
    yield from leaks(outside, {"the draft of a reply": made.reply_draft})


# Each style with two presets, each preset with two styles.
TOGETHER = [
    (style, number % len(PRESETS))
    for place, style in enumerate(STYLES)
    for number in (place, place + 1)
]


@pytest.mark.parametrize(("style", "number"), TOGETHER)
def test_a_partner_is_told_what_is_public_and_no_more(
    tmp_path: Path, style: NameStyle, number: int
) -> None:
    case = some_case(number, PRESETS[number])
    _walked(case, style, tmp_path)


@given(case=CASES, style=st.sampled_from(STYLES))
@settings(
    max_examples=2,
    # What is wrong names the word and the place: smaller cases would say no more.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_the_case_a_partner_is_told_no_more(
    tmp_path: Path, case: Case, style: NameStyle
) -> None:
    _walked(case, style, tmp_path)


def _walked(case: Case, style: NameStyle, folder: Path) -> None:
    with transaction.atomic():
        made = marked.build(case=case, style=style, folder=folder, moderated=True)
        wrong = list(told(made))
        transaction.set_rollback(True)
    assert not wrong
