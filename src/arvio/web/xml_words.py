"""Words from outside as XML can hold them."""

from __future__ import annotations

import re

# All that XML 1.0 has no way to write, not even escaped.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    return UNWRITABLE.sub("", text)
