"""Words with something marked in them: what screening found, and what a correction changes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from arvio.moderation.flagged import Highlight

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


def marked(review: dict[str, Any], highlights: Sequence[Highlight]) -> dict[str, Any]:
    """A review as `shown.review` gives it, with `<mark>` around what was found."""
    found = {
        field: mark(review[field], [one for one in highlights if one.field == field])
        for field in ("title", "text", "pros", "cons")
        if review[field]
    }
    return {**review, **found}


def mark(text: str, highlights: Sequence[Highlight]) -> SafeString:
    """Everything is escaped. What reaches beyond the words, or into the mark before, is cut."""
    parts, at = [], 0
    for one in sorted(highlights, key=lambda one: (one.start, one.end)):
        start, end = max(one.start, at), min(one.end, len(text))
        if start >= end:
            continue
        parts.append((text[at:start], one.label, text[start:end]))
        at = end
    found = format_html_join("", '{}<mark title="{}">{}</mark>', parts)
    return format_html("{}{}", found, text[at:])


def difference(old: str, new: str) -> list[dict[str, str]]:
    """Runs of words: `same`, `gone` or `new`, in reading order."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    runs: list[dict[str, str]] = []
    compared = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for tag, i1, i2, j1, j2 in compared.get_opcodes():
        if tag == "equal":
            runs.append({"kind": "same", "text": "".join(before[i1:i2])})
            continue
        if i2 > i1:
            runs.append({"kind": "gone", "text": "".join(before[i1:i2])})
        if j2 > j1:
            runs.append({"kind": "new", "text": "".join(after[j1:j2])})
    return runs
