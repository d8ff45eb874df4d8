"""The message catalogues: every text of the pages, the sentences and the API, in every language."""

import ast
import gettext
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from arvio.config.catalogues import LOCALE, compile_one

pytestmark = pytest.mark.once

SOURCE = LOCALE.parent
LANGUAGES = ("fi", "ru")
# How many of a call's arguments are words, and whether the first of them is a context.
CALLS = {
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "ngettext": (2, False),
    "ngettext_lazy": (2, False),
    "pgettext": (2, True),
    "pgettext_lazy": (2, True),
    "npgettext": (3, True),
    "npgettext_lazy": (3, True),
}
STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(({STRING}(?:, {STRING})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+>")
HEADERS = {
    "Project-Id-Version",
    "Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Plural-Forms",
}
TAGS = re.compile(r"<[^<>]+>")
FOREIGN_QUOTES = {"fi": re.compile("[\"“«»]|'"), "ru": re.compile("[\"“”]|'")}

# Written with a dot wherever they stand.
ABBREVIATIONS = ("\u00a0дн.",)

# Context, text, text for many: what makes two messages one.
Key = tuple[str, str, str]


def source_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


@cache
def catalogue_of(language: str) -> Catalog:
    with source_of(language).open("rb") as lines:
        return read_po(lines, abort_invalid=True)


def messages_of(language: str) -> list[Message]:
    return [message for message in catalogue_of(language) if message.id]


def forms(words: object) -> tuple[str, ...]:
    """A message's texts or translations, whether it has a plural or not."""
    return tuple(map(str, words)) if isinstance(words, list | tuple) else (str(words),)


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """(text, translation) of every form; in a form for one, the text for one."""
    for message in messages_of(language):
        texts, translations = forms(message.id), forms(message.string)
        for number, translation in enumerate(translations):
            yield texts[min(number, len(texts) - 1)], translation


def key_of(message: Message) -> Key:
    texts = forms(message.id)
    return (str(message.context or ""), texts[0], texts[1] if len(texts) > 1 else "")


def as_key(function: str, words: list[str]) -> Key:
    count, has_context = CALLS[function]
    context, texts = (words[0], words[1:count]) if has_context else ("", words[:count])
    return (context, texts[0], texts[1] if len(texts) > 1 else "")


def texts_in_code(path: Path) -> Iterator[Key]:
    """The arguments of the gettext functions, by whatever name the module imported them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {
        name.asname or name.name: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in CALLS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            function = known[node.func.id]
            words = [
                argument.value if isinstance(argument, ast.Constant) else None
                for argument in node.args[: CALLS[function][0]]
            ]
            where = f"{path.relative_to(SOURCE)}:{node.lineno}"
            written = [word for word in words if isinstance(word, str)]
            assert len(written) == CALLS[function][0], f"{where}: a text is built, not written"
            yield as_key(function, written)


def texts_in_template(path: Path) -> Iterator[Key]:
    """Django's own way from a template to calls, then the calls by their look."""
    for call in CALL_IN_TEMPLATE.finditer(templatize(path.read_text(encoding="utf-8"))):
        function = "gettext" if call[1] == "_" else call[1]
        yield as_key(function, list(ast.literal_eval(f"({call[2]},)")))


@cache
def texts() -> frozenset[Key]:
    found = {key for path in SOURCE.rglob("*.py") for key in texts_in_code(path)}
    files = (path for kind in ("html", "txt") for path in SOURCE.rglob(f"*.{kind}"))
    templates = [path for path in files if "templates" in path.parts]
    return frozenset(found | {key for path in templates for key in texts_in_template(path)})


def test_the_texts_are_found_in_code_and_in_templates() -> None:
    assert ("", "How reviews work here", "") in texts()
    assert ("", "%(shown)s review", "%(shown)s reviews") in texts()
    assert ("after", "%(count)s day", "%(count)s days") in texts()
    assert ("field", "Review", "") in texts()
    assert ("", "All apps", "") in texts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_every_text_and_no_other(language: str) -> None:
    held = Counter(key_of(message) for message in messages_of(language))
    assert sorted(texts() - held.keys()) == [], "not in the catalogue: make messages, translate"
    assert sorted(held.keys() - texts()) == [], "in the catalogue, but nobody says it any more"
    assert [key for key, count in held.items() if count > 1] == []
    assert not catalogue_of(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_guessed(language: str) -> None:
    messages = messages_of(language)
    assert [message.id for message in messages if not all(forms(message.string))] == []
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_header_says_what_is_needed_and_nothing_of_anybody(language: str) -> None:
    source = source_of(language).read_text(encoding="utf-8")
    header, _, rest = source.partition("\n\n")
    named = [line[1:].split(":")[0] for line in header.splitlines() if line.startswith('"')]
    assert set(named) == HEADERS
    assert f'"Language: {language}\\n"' in header
    comments = [line for line in rest.splitlines() if line.startswith("#")]
    assert [line for line in comments if not line.startswith("#, python-")] == []


@pytest.mark.parametrize(("language", "count"), [("fi", 2), ("ru", 3)])
def test_a_plural_has_all_its_forms(language: str, count: int) -> None:
    assert catalogue_of(language).num_plurals == count
    for message in messages_of(language):
        plural = isinstance(message.id, list | tuple)
        assert len(forms(message.string)) == (count if plural else 1), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_keeps_the_placeholders(language: str) -> None:
    for text, translation in pairs(language):
        expected, found = PLACEHOLDER.findall(text), PLACEHOLDER.findall(translation)
        assert sorted(found) == sorted(expected), translation


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_like_its_text(language: str) -> None:
    for text, translation in pairs(language):
        assert translation == translation.strip(), translation
        assert text == text.strip(), text
        for mark in (".", ":", "…"):
            ends = translation.endswith(mark) and not translation.endswith(ABBREVIATIONS)
            assert ends == text.endswith(mark), translation


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_calm_and_quotes_as_its_language_does(language: str) -> None:
    for text, translation in pairs(language):
        assert "!" not in text + translation
        assert "  " not in translation
        assert not FOREIGN_QUOTES[language].search(TAGS.sub("", translation)), translation


def test_russian_is_written_in_russian_letters() -> None:
    for text, translation in pairs("ru"):
        if re.search("[a-z]", PLACEHOLDER.sub("", text)):
            assert re.search("[а-яё]", translation), translation


def test_finnish_is_not_the_english_text() -> None:
    alike = {text for text, translation in pairs("fi") if text == translation}
    assert {text for text in alike if re.search("[a-z]", PLACEHOLDER.sub("", text))} <= {"Demo"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", {1: "1 arvostelu", 2: "2 arvostelua", 21: "21 arvostelua"}),
        ("ru", {1: "1 отзыв", 3: "3 отзыва", 5: "5 отзывов", 12: "12 отзывов", 21: "21 отзыв"}),
    ],
)
def test_numbers_choose_their_form(language: str, expected: dict[int, str], tmp_path: Path) -> None:
    source = tmp_path / language / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    shutil.copy(source_of(language), source)
    with compile_one(source=source).open("rb") as words:
        known = gettext.GNUTranslations(words)
    one, many = "%(count)s review", "%(count)s reviews"
    found = {n: known.ngettext(one, many, n) % {"count": n} for n in expected}
    assert found == expected
