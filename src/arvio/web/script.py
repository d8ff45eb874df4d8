"""The script that others put into their pages: its address, version and integrity."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

SCRIPT = Path(__file__).parent / "static" / "widgets" / "arvio.js"
VERSION = re.compile(r'version = "(\d+\.\d+\.\d+)"')


@dataclass(frozen=True)
class Published:
    """`integrity` is what a script tag carries (SRI); it changes with every byte."""

    version: str
    url: str
    integrity: str


@cache
def published() -> Published:
    words = SCRIPT.read_bytes()
    found = VERSION.search(words.decode())
    if found is None:
        raise ValueError(f"{SCRIPT.name} names no version")
    digest = base64.b64encode(hashlib.sha384(words).digest()).decode()
    url = f"{settings.BASE_URL}{settings.STATIC_URL}widgets/arvio.js"
    return Published(found[1], url, f"sha384-{digest}")
