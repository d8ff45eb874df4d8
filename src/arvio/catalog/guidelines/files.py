"""Guidelines as TOML: those that come with Arvio, one file a language, and an operator's, in one.

[intro]
en = "…"

[partners]
en = "…"

[[rules]]
key = "spam"
title.en = "…"
text.en = "…"
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from arvio.catalog.guidelines.rules import PARTS


class UnreadableFile(Exception):
    """The file isn't TOML."""


def default_document(*, languages: Sequence[str]) -> dict[str, Any]:
    """What a marketplace begins with, in its languages."""
    texts = {code: _default(code) for code in languages}
    first = texts[languages[0]]
    return {
        **{part: {code: text[part] for code, text in texts.items()} for part in PARTS},
        "rules": [
            {
                "key": rule["key"],
                "title": {code: text["rules"][place]["title"] for code, text in texts.items()},
                "text": {code: text["rules"][place]["text"] for code, text in texts.items()},
            }
            for place, rule in enumerate(first["rules"])
        ],
    }


@cache
def _default(language: str) -> dict[str, Any]:
    file = files("arvio.catalog.guidelines") / f"{language}.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    rules = [{name: text.strip() for name, text in rule.items()} for rule in raw["rules"]]
    return {**{part: raw[part].strip() for part in PARTS}, "rules": rules}


def read_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableFile(str(error)) from error


def write_toml(document: Mapping[str, Any]) -> str:
    """What `read_toml` reads back as it was."""
    lines: list[str] = []
    for part in PARTS:
        lines += [f"[{part}]", *_texts("", document[part]), ""]
    for rule in document["rules"]:
        lines += ["[[rules]]", f"key = {json.dumps(rule['key'])}"]
        lines += [*_texts("title.", rule["title"]), *_texts("text.", rule["text"]), ""]
    return "\n".join(lines)


def _texts(prefix: str, texts: Mapping[str, str]) -> list[str]:
    return [f"{prefix}{code} = {_quoted(text)}" for code, text in texts.items()]


def _quoted(text: str) -> str:
    if "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    inner = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{inner}\n"""'
