"""Histories that are sealed, and hands that go past Arvio."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from arvio.audit import guards, rules, sealing
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.reviews import actions as reviews
from tests.cast import NOW, Stage, stage
from tests.repeating import repeated


def sealed(made: Stage) -> None:
    while sealing.seal(marketplace_id=made.marketplace.pk, now=NOW):
        pass


@repeated
def story() -> tuple[Stage, Any]:
    """A review that was sealed as it was published, then answered, edited and sealed again."""
    made = stage(preset="bitrix24-2025")
    review = made.published(by=made.anna, stars=3)
    made.published(by=made.arvo, stars=5)
    reviews.add_replies(replies=[(review, "Thank you.", "person:petra", NOW)])
    reviews.edit_review(viewer=made.anna, review_id=review.pk, changes={"stars": 4}, now=NOW)
    sealed(made)
    return made, review


def change(sql: str, *values: Any) -> int:
    """By raw SQL, with the triggers lifted; answers how many rows it met."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    guards.lift(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        met: int = cursor.rowcount
    guards.install(connection)
    return met


def rewrite_chain(subject: str) -> None:
    """Hash a history anew after a change, as somebody does who knows how."""
    prev = rules.FIRST
    for row in AuditRow.objects.filter(subject=subject).order_by("seq"):
        row.prev = prev
        prev = rules.row_hash(row)
        change(
            "UPDATE audit_row SET prev = %s, hash = %s WHERE subject = %s AND seq = %s",
            row.prev,
            prev,
            subject,
            row.seq,
        )


def rewrite_leaves(subject: str) -> None:
    for leaf in SealLeaf.objects.filter(subject=subject):
        row = AuditRow.objects.get(subject=subject, seq=leaf.seq)
        change(
            "UPDATE audit_seal_leaf SET hash = %s WHERE subject = %s AND seq = %s",
            row.hash,
            subject,
            leaf.seq,
        )


def rewrite_seal(number: int) -> None:
    """The root made anew, and the seal's hash; not the `prev` of the next."""
    seal = Seal.objects.get(number=number)
    leaves = SealLeaf.objects.filter(seal=seal).order_by("number")
    seal.tree_root = Tree(
        [rules.leaf_data(*leaf) for leaf in leaves.values_list("subject", "seq", "hash")]
    ).root.hex()
    change(
        "UPDATE audit_seal SET tree_root = %s, hash = %s WHERE number = %s",
        seal.tree_root,
        rules.seal_hash(seal),
        number,
    )
