"""Laws of the tree: every leaf proves its place, and nothing else does."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.audit.merkle import EMPTY, Tree, leaf_hash, node_hash, proves

pytestmark = pytest.mark.once
LEAVES = st.lists(st.binary(max_size=20), min_size=1, max_size=40, unique=True)


def proven(tree: Tree, data: bytes, index: int, **other: Any) -> bool:
    given: dict[str, Any] = {"size": tree.size, "path": tree.path(index), "root": tree.root}
    return proves(data=data, index=index, **(given | other))


def rfc_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + rfc_root(leaves[:half]) + rfc_root(leaves[half:])).digest()


@given(LEAVES)
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert Tree(leaves).root == rfc_root(leaves)


@given(LEAVES)
def test_every_leaf_proves_its_place_and_no_other(leaves: list[bytes]) -> None:
    tree = Tree(leaves)
    for index, data in enumerate(leaves):
        assert proven(tree, data, index)
        assert not proven(tree, data + b"x", index)
        assert not any(
            proves(data=data, index=n, size=tree.size, path=tree.path(n), root=tree.root)
            for n in range(tree.size)
            if n != index
        )


@given(LEAVES, st.data())
def test_one_bit_of_leaf_path_or_root_changes_the_answer(leaves: list[bytes], data: Any) -> None:
    tree = Tree(leaves)
    index = data.draw(st.integers(0, tree.size - 1))
    path, leaf = tree.path(index), leaves[index]

    def flipped(value: bytes) -> bytes:
        bit = data.draw(st.integers(0, len(value) * 8 - 1))
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    assert not proven(tree, leaf, index, root=flipped(tree.root))
    if leaf:
        assert not proven(tree, flipped(leaf), index)
    for step in range(len(path)):
        other = [*path[:step], flipped(path[step]), *path[step + 1 :]]
        assert not proven(tree, leaf, index, path=other)
    assert not proven(tree, leaf, index, path=[*path, tree.root])
    assert not proven(tree, leaf, index, path=path[:-1]) or not path


@given(LEAVES)
def test_an_index_or_a_size_that_is_not_proves_nothing(leaves: list[bytes]) -> None:
    tree = Tree(leaves)
    for index in (-1, tree.size, tree.size + 7):
        with pytest.raises(IndexError):
            tree.path(index)
        assert not proves(
            data=leaves[0], index=index, size=tree.size, path=tree.path(0), root=tree.root
        )
    assert not proven(tree, leaves[0], 0, size=0)


def test_a_node_can_not_pass_for_a_leaf() -> None:
    one, two = leaf_hash(b"one"), leaf_hash(b"two")
    assert node_hash(one, two) != leaf_hash(one + two)
    tree = Tree([b"one", b"two", b"three", b"four"])
    above = Tree([one + two, leaf_hash(b"three") + leaf_hash(b"four")])
    assert tree.root != above.root


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert Tree([]).root == EMPTY == hashlib.sha256().digest()
