"""The script that others put into their pages: its address, version, integrity and bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

FOLDER = Path(__file__).parent / "static" / "widgets"
SCRIPT = FOLDER / "arvio.js"
VERSION = re.compile(r'version = "(\d+\.\d+\.\d+)"')
# Every version that pages out there name, with its integrity: they stop at any other bytes. Who
# changes `arvio.js` gives it the next version and a line here, and keeps the bytes of the former
# one as `static/widgets/VERSION/arvio.js` (docs/widgets.md).
RELEASED = {
    "1.0.0": "sha384-LYu4sK8oaE/XAVM5L53iUSwTZtopJ5ErDgb9kAtg/XN7vkfgNbfuKP7cKA1U6g4s",
}


@dataclass(frozen=True)
class Published:
    """`url` is the version's own, whose bytes never change; `integrity` is what a script tag
    carries (SRI).
    """

    version: str
    url: str
    integrity: str


@cache
def published() -> Published:
    words = SCRIPT.read_bytes()
    found = VERSION.search(words.decode())
    if found is None:
        raise ValueError(f"{SCRIPT.name} names no version")
    url = settings.BASE_URL + reverse("web:script", args=[found[1]])
    return Published(found[1], url, integrity(words))


def integrity(words: bytes) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(words).digest()).decode()}"


@cache
def bytes_of(version: str) -> bytes | None:
    """The script as it was released under this version; None if it never was."""
    if version not in RELEASED:
        return None
    kept = SCRIPT if version == published().version else FOLDER / version / SCRIPT.name
    return kept.read_bytes()


@cache
def compressed_size() -> int:
    """Bytes on the way, as a server that compresses sends them."""
    return len(gzip.compress(SCRIPT.read_bytes(), 9))
