"""`arvio export --format proof`: the public histories of a marketplace with their proofs, a line
for each review, those of removed reviews too (docs/proof.md).

Seal by seal, so that each tree is made once; read inside `one_moment`. Memory grows with the number
of seals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from arvio.audit import rules
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.audit.proof import seal_line
from arvio.catalog.models import App, Marketplace
from arvio.reviews.history import History, shown_rows
from arvio.reviews.models import Review
from arvio.reviews.proof_lines import heading, history_line, leaf_line

PART = 500
SUBJECT = "review:"
Proved = tuple[UUID, dict[str, Any]]


def lines(*, marketplace: Marketplace, app: App | None, now: datetime) -> Iterator[dict[str, Any]]:
    yield {
        "type": "header",
        **heading(marketplace),
        "exported_at": rules.moment(now),
        "app": app.ref if app else None,
    }
    numbers: dict[UUID, int] = {}
    for seal in Seal.objects.filter(marketplace_id=marketplace.pk).order_by("number"):
        numbers[seal.pk] = seal.number
        yield {"type": "seal", **seal_line(seal)}
    reviews = Review.objects.filter(marketplace=marketplace, published_at__isnull=False)
    reviews = reviews.filter(app=app) if app else reviews
    count = 0
    for part in _parts(_proofs(marketplace, numbers)):
        for line in _lines(reviews.filter(pk__in=[pk for pk, _ in part]), dict(part)):
            count += 1
            yield line
    for line in _unsealed(reviews, marketplace):
        count += 1
        yield line
    yield {"type": "end", "reviews": count, "seals": len(numbers)}


def _proofs(marketplace: Marketplace, numbers: dict[UUID, int]) -> Iterator[Proved]:
    """Of every history the newest leaf, with its path."""
    same = SealLeaf.objects.filter(subject=OuterRef("subject"), seal__marketplace_id=marketplace.pk)
    later = Q(seq__gt=OuterRef("seq")) | Q(
        seq=OuterRef("seq"), seal__number__gt=OuterRef("seal__number")
    )
    rows = SealLeaf.objects.filter(seal__marketplace_id=marketplace.pk)
    rows = rows.annotate(outdated=Exists(same.filter(later))).order_by("seal__number", "number")
    for seal, sealed in groupby(rows.iterator(chunk_size=2000), key=lambda leaf: leaf.seal_id):
        leaves = list(sealed)
        tree = Tree([rules.leaf_data(leaf.subject, leaf.seq, leaf.hash) for leaf in leaves])
        for leaf in leaves:
            if leaf.subject.startswith(SUBJECT) and not leaf.outdated:
                path = tree.path(leaf.number) if leaf.number < tree.size else []
                proof = {**leaf_line(leaf, path), "seal": numbers[seal]}
                yield UUID(leaf.subject.removeprefix(SUBJECT)), proof


def _unsealed(reviews: QuerySet[Review], marketplace: Marketplace) -> Iterator[dict[str, Any]]:
    """Reviews so new that no seal has anything of them."""
    first = AuditRow.objects.filter(marketplace_id=marketplace.pk, seal=None, seq=1)
    subjects = first.filter(subject__startswith=SUBJECT).values_list("subject", flat=True)
    for part in _parts(subjects.order_by("id").iterator(chunk_size=2000)):
        pks = [UUID(subject.removeprefix(SUBJECT)) for subject in part]
        yield from _lines(reviews.filter(pk__in=pks), {})


def _lines(
    reviews: QuerySet[Review], proofs: dict[UUID, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    part = list(reviews.select_related("app").order_by("pk"))
    rows: dict[str, list[AuditRow]] = defaultdict(list)
    subjects = [review.subject for review in part]
    for row in AuditRow.objects.filter(subject__in=subjects).order_by("subject", "seq"):
        rows[row.subject].append(row)
    for review in part:
        history = History(review, shown_rows(rows=rows[review.subject]))
        yield {
            "type": "review",
            **history_line(history),
            "proof": proofs.get(review.pk),
        }


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while part := list(islice(source, PART)):
        yield part
