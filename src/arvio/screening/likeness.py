"""How alike two texts are, by MinHash: the share of five-letter pieces that both have.

A text becomes 128 numbers of 32 bits. Two texts agree in as many of them as they are alike, so the
numbers alone tell the share within a few per cent, and no word can be read from them. Texts that
are at least four fifths alike meet in one of eight bands of seven numbers nearly always.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from rensa import RMinHash  # type: ignore[import-untyped]  # Rust, without stubs

NUMBERS = 128
SEED = 42
BANDS = 8
ROWS = 7
PIECE = 5
# Shorter texts are alike by chance: “Great app, easy to use.”
SHORTEST = 60
ALIKE = 0.8
# So many rows are kept of a bucket, and so many texts are looked at for one.
FULL = 20
APART = re.compile(r"[\W_]+")
FORMAT = f">{NUMBERS}I"


def normalise(texts: Iterable[str]) -> str:
    """Letters and digits alone: case, signs and spacing are no difference."""
    whole = unicodedata.normalize("NFKC", " ".join(texts)).casefold()
    return APART.sub(" ", whole).strip()


def signatures(texts: Sequence[str]) -> list[bytes]:
    """The numbers of normalised texts as bytes; empty for a text too short to be compared."""
    found = [b""] * len(texts)
    long_enough = [n for n, text in enumerate(texts) if len(text) >= SHORTEST]
    pieces = [
        [texts[n][start : start + PIECE] for start in range(len(texts[n]) - PIECE + 1)]
        for n in long_enough
    ]
    for n, numbers in zip(
        long_enough, RMinHash.digests_from_token_sets(pieces, NUMBERS, SEED), strict=True
    ):
        found[n] = struct.pack(FORMAT, *numbers)
    return found


def buckets(*, signature: bytes, place: bytes) -> list[int]:
    """One whole number of 64 bits for each band; `place` keeps marketplaces apart."""
    width = 4 * ROWS
    return [
        int.from_bytes(
            blake2b(
                place + bytes([band]) + signature[band * width : (band + 1) * width], digest_size=8
            ).digest(),
            signed=True,
        )
        for band in range(BANDS)
        if signature
    ]


def share(one: bytes, other: bytes) -> float:
    """From 0 to 1; the numbers in which two signatures agree."""
    pairs = zip(struct.unpack(FORMAT, one), struct.unpack(FORMAT, other), strict=True)
    return sum(1 for a, b in pairs if a == b) / NUMBERS
