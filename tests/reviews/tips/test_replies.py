"""Replies as partners write them, and the tips that a person saw followed in each."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from arvio.reviews.tips.rules import KEYS, check

pytestmark = pytest.mark.once

HERE = Path(__file__).parent
LANGUAGES = ("en", "ru", "fi")


def replies(language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((HERE / f"{language}.toml").read_text())["reply"]
    return rows


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reply_gets_the_tips_that_a_person_would_give(language: str) -> None:
    for reply in replies(language):
        made = check(
            text=reply["text"],
            stars=reply["stars"],
            language=language,
            display_name=reply.get("name"),
            review_text=reply.get("review", ""),
        )
        assert [tip.key for tip in made] == list(KEYS)
        assert [tip.key for tip in made if not tip.done] == reply["todo"].split(), reply["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_is_large_and_mixed(language: str) -> None:
    rows = replies(language)
    assert len(rows) >= 45
    assert {row["stars"] for row in rows} == {1, 2, 3, 4, 5}
    assert len({row["text"] for row in rows}) == len(rows)
    assert 5 < sum("name" not in row for row in rows) < len(rows) / 2
    for key in KEYS:
        todo = sum(key in row["todo"].split() for row in rows)
        assert 5 < todo < len(rows) - 5, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_only_sounds_like_a_fault_is_none(language: str) -> None:
    for text in tomllib.loads((HERE / "innocent.toml").read_text())[language]:
        made = {t.key: t for t in check(text=text, stars=2, language=language, display_name=None)}
        assert made["professional"].hint == "done", text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_list_decides_something_by_itself(language: str) -> None:
    for text, key, hint, *review in tomllib.loads((HERE / "hints.toml").read_text())[language]:
        made = check(
            text=text,
            stars=2,
            language=language,
            display_name="Anna K.",
            review_text="".join(review),
        )
        assert {tip.key: tip.hint for tip in made}[key] == hint, text
