"""An operator edits the guidelines: what was typed is kept, shown in words, published once."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from arvio.catalog import queries
from arvio.catalog.models import GuidelinesVersion
from tests.cast import NOW, Stage
from tests.web.desk.staffed import MIKA, OLLI

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EDIT = "/operator/guidelines/"
SignIn = Callable[[str], Client]
FIELD = re.compile(
    r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"'
    r'|<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>',
    re.DOTALL,
)


def fields(page: str) -> dict[str, list[str]]:
    """What the page's form would send, without its buttons and unticked choices."""
    found: dict[str, list[str]] = {}
    for line, value, area, words in FIELD.findall(page):
        name = line or area
        if name not in ("when", "csrfmiddlewaretoken"):
            found.setdefault(name, []).append(html.unescape(value if line else words))
    return found


def text(answer: object) -> str:
    content: bytes = answer.content  # type: ignore[attr-defined]  # an answer has it
    return html.unescape(content.decode())


def test_a_change_is_shown_in_words_and_published_with_what_was_seen(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT).content.decode())
    form["rule.spam.title.fi"] = ["Ei mainoksia"]
    for name in [name for name in form if name.startswith("rule.other.")]:
        form[name] = [""]
    preview = olli.post(EDIT, {**form, "do": "preview"})
    assert "Rule G-1 changes (No advertising or spam) in these languages: Finnish." in text(preview)
    assert "Rule G-9 goes: No pressure and no misuse." in text(preview)
    assert GuidelinesVersion.objects.filter(marketplace=store.marketplace).count() == 1
    sent = {**fields(preview.content.decode()), "when": "now", "do": "publish"}
    done = olli.post(EDIT, sent)
    assert done.headers["Location"] == "/operator/guidelines/?made=2"
    version = queries.guidelines(marketplace=store.marketplace, now=NOW)
    assert (version.number, len(version.rules)) == (2, 8)
    assert version.rules[0].title["fi"] == "Ei mainoksia"
    first = queries.guidelines_version(marketplace=store.marketplace, number=1)
    assert version.rules[1:] == first.rules[1:8], "what wasn't touched stayed as it was"
    assert "Version 2 is made." in text(olli.get("/operator/guidelines/?made=2"))
    # A second click, or a tab that was open for long, makes no third version.
    again = olli.post(EDIT, sent)
    assert again.status_code == 200 and "Nothing differs" in text(again)
    sent["rule.spam.title.fi"] = ["Toinen"]
    late = olli.post(EDIT, sent)
    assert late.status_code == 409 and 'value="Toinen"' in text(late)
    assert GuidelinesVersion.objects.filter(marketplace=store.marketplace).count() == 2


def test_what_is_wrong_is_named_by_its_field_and_nothing_typed_is_lost(
    store: Stage, sign_in: SignIn
) -> None:
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT).content.decode())
    form |= {
        "rule.fake.title.ru": [""],
        "rule.fake.text.en": ["<b>Mine</b>"],
        "intro.fi": ["Oma"],
        "when": ["later"],
        "at": ["2026-03-01T10:00"],
    }
    for do in ("preview", "publish"):
        answer = olli.post(EDIT, {**form, "do": do})
        page = text(answer)
        assert answer.status_code == 422 and "3 fields need a look." in page
        for anchor in ("#f-rule-fake-title-ru", "#f-rule-fake-text-en", "#f-at"):
            assert f'href="{anchor}"' in page
        assert "<b>Mine</b>" in page and ">\nOma</textarea>" in page
        assert "&lt;b&gt;Mine" in answer.content.decode()
    assert GuidelinesVersion.objects.filter(marketplace=store.marketplace).count() == 1


def test_a_rule_moves_and_takes_its_words_along(store: Stage, sign_in: SignIn) -> None:
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT).content.decode())
    form["rule.offensive.title.en"] = ["No rudeness"]
    form = fields(olli.post(EDIT, {**form, "move": "offensive:up"}).content.decode())
    assert form["order"][:3] == ["offensive", "spam", "off_topic"]
    preview = text(olli.post(EDIT, {**form, "do": "preview"}))
    assert "Rule G-2 becomes G-1: No rudeness." in preview
    for step in ("offensive:up", "nobody:up", "other:down", "", "x"):
        moved = fields(olli.post(EDIT, {**form, "move": step, "do": "edit"}).content.decode())
        assert moved["order"] == form["order"]


def test_a_version_to_come_is_in_force_at_its_moment_there(store: Stage, sign_in: SignIn) -> None:
    store.marketplace.time_zone = "Europe/Moscow"
    store.marketplace.save()
    olli = sign_in(OLLI)
    form = fields(olli.get(EDIT).content.decode())
    form |= {"intro.en": ["Be fair."], "when": ["later"], "at": ["2026-03-05T09:00"]}
    assert "comes into force on 5 Mar 2026, 09:00" in text(olli.post(EDIT, {**form, "do": "x"}))
    olli.post(EDIT, {**form, "do": "publish"})
    version = queries.guidelines_version(marketplace=store.marketplace, number=2)
    assert version.effective_at == datetime(2026, 3, 5, 6, tzinfo=UTC)
    assert queries.guidelines(marketplace=store.marketplace, now=NOW).number == 1
    assert ">\nBe fair.</textarea>" in text(olli.get(EDIT)), "the newest words are edited further"


def test_a_moderator_reads_and_is_told_who_edits(store: Stage, sign_in: SignIn) -> None:
    page = text(sign_in(MIKA).get("/desk/guidelines/"))
    assert "G-6 Personal data of other people" in page
    assert "Operators edit the guidelines." in page and EDIT not in page
    assert sign_in(MIKA).get(EDIT).status_code == 403
