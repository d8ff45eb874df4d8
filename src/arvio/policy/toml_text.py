"""Policies as TOML that people read: what `tomllib` reads back as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_LINE = 96


def policy_text(*, preset: str, overrides: Mapping[str, Any]) -> str:
    """A policy file: the preset on top, then what differs from it. `load_toml` reads it."""
    return tables_text({"preset": preset, **overrides})


def tables_text(tables: Mapping[str, Any]) -> str:
    """Nested tables of text, whole numbers, floats, true and false, lists and tables; no None."""
    return "\n".join(_table((), tables)).strip("\n") + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    """What a table holds by itself, then the tables in it, each under its own head."""
    lines, below = [], []
    for key, value in table.items():
        inner = (*path, key)
        if isinstance(value, Mapping):
            head = [] if _only_tables(value) else ["", f"[{_path(inner)}]"]
            below += [*head, *_table(inner, value)]
        elif _is_list_of_tables(value):
            for item in value:
                below += ["", f"[[{_path(inner)}]]", *_table(inner, item)]
        else:
            lines.append(_line(key, value))
    return lines + below


def _only_tables(table: Mapping[str, Any]) -> bool:
    """Then the heads of those say all of it."""
    return bool(table) and all(
        isinstance(value, Mapping) or _is_list_of_tables(value) for value in table.values()
    )


def _is_list_of_tables(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(item, Mapping) for item in value)
    )


def _line(key: str, value: Any) -> str:
    line = f"{_key(key)} = {_value(value)}"
    if len(line) <= LONGEST_LINE or not isinstance(value, list | tuple):
        return line
    items = "".join(f"  {_value(item)},\n" for item in value)
    return f"{_key(key)} = [\n{items}]"


def _path(path: Sequence[str]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def _text(text: str) -> str:
    """A basic string: JSON's, and DEL escaped too, which TOML asks for."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
