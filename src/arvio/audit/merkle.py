"""A Merkle tree as RFC 6962 makes it: SHA-256, leaves and nodes hashed apart. Pure.

Leaves are told from nodes by a first byte, so that no node can pass for a leaf. An odd node goes up
as it is, so every tree of a given size has one shape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """All levels of the tree over these leaves, from the leaves' hashes up to the root."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [[leaf_hash(data) for data in leaves]]
        while len(level := self.levels[-1]) > 1:
            above = [node_hash(*level[n : n + 2]) for n in range(0, len(level) - 1, 2)]
            self.levels.append(above + level[len(above) * 2 :])

    @property
    def size(self) -> int:
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        return self.levels[-1][0] if self.size else EMPTY

    def path(self, index: int) -> list[bytes]:
        """The neighbours on the way from a leaf to the root. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(f"a tree of {self.size} leaves has no leaf {index}")
        found = []
        for level in self.levels[:-1]:
            neighbour = index ^ 1
            if neighbour < len(level):
                found.append(level[neighbour])
            index //= 2
        return found


def proves(*, data: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Is `data` leaf number `index` of the tree of `size` leaves that has this root?"""
    if not 0 <= index < size:
        return False
    here, steps, last = leaf_hash(data), list(path), size - 1
    while last:
        if index % 2 or index < last:
            if not steps:
                return False
            neighbour = steps.pop(0)
            here = node_hash(neighbour, here) if index % 2 else node_hash(here, neighbour)
        index, last = index // 2, last // 2
    return not steps and here == root
