"""Texts like a new one, found along an index: by buckets, then by the share of their signatures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from arvio.screening import likeness
from arvio.screening.models import Band, Seen

BATCH = 500
Version = tuple[UUID, int]


@dataclass(frozen=True)
class Match:
    """The text most alike; `others` counts the further ones that are alike enough."""

    share: float
    review_id: UUID
    version_number: int
    app_id: UUID
    app_ref: str
    app_name: str
    account_id: UUID
    others: int


def signatures(*, texts: Sequence[Iterable[str]]) -> list[bytes]:
    return likeness.signatures([likeness.normalise(fields) for fields in texts])


def match(*, rows: Sequence[Seen]) -> list[Match | None]:
    """For each new row the text most alike, among those kept and those before it in `rows`.

    What the same person wrote about the same app doesn't count. Writes the new rows' bands.
    Four statements for any number of rows up to a batch.
    """
    places = [_buckets(row) for row in rows]
    kept = _kept(places)
    candidates, bands = _candidates(rows, places, kept)
    known = _known({one for some in candidates for one in some}, rows)
    Band.objects.bulk_create(bands, batch_size=4 * BATCH)
    return [_best(row, some, known) for row, some in zip(rows, candidates, strict=True)]


def _buckets(row: Seen) -> list[int]:
    return likeness.buckets(signature=bytes(row.signature), place=row.marketplace_id.bytes)


def _kept(places: Sequence[Sequence[int]]) -> dict[int, list[Version]]:
    """What is in these buckets already; none holds many."""
    kept: dict[int, list[Version]] = defaultdict(list)
    wanted = sorted({bucket for buckets in places for bucket in buckets})
    for start in range(0, len(wanted), 8 * BATCH):
        rows = Band.objects.filter(bucket__in=wanted[start : start + 8 * BATCH])
        for bucket, review, version in rows.values_list("bucket", "review_id", "version_number"):
            kept[bucket].append((review, version))
    return kept


def _candidates(
    rows: Sequence[Seen], places: Sequence[Sequence[int]], kept: dict[int, list[Version]]
) -> tuple[list[list[Version]], list[Band]]:
    """For each row those that meet it in most buckets, at most `FULL`; and the bands to keep."""
    candidates, bands = [], []
    for row, buckets in zip(rows, places, strict=True):
        met = Counter(one for bucket in buckets for one in kept[bucket] if one[0] != row.review_id)
        most = sorted(met, key=lambda one: (-met[one], one))
        candidates.append(most[: likeness.FULL])
        for bucket in buckets:
            if len(kept[bucket]) < likeness.FULL:
                kept[bucket].append((row.review_id, row.version_number))
                bands.append(Band(bucket, row.review_id, row.version_number))
    return candidates, bands


def _known(wanted: set[Version], rows: Sequence[Seen]) -> dict[Version, Seen]:
    known = {(row.review_id, row.version_number): row for row in rows}
    missing = sorted({review for review, version in wanted if (review, version) not in known})
    for start in range(0, len(missing), BATCH):
        part = Seen.objects.filter(review_id__in=missing[start : start + BATCH])
        known |= {(row.review_id, row.version_number): row for row in part.select_related("app")}
    return known


def _best(row: Seen, candidates: Sequence[Version], known: dict[Version, Seen]) -> Match | None:
    shares: dict[UUID, tuple[float, Seen]] = {}
    for one in candidates:
        other = known.get(one)
        if other is None or not other.signature:
            continue
        if (other.app_id, other.person_key) == (row.app_id, row.person_key):
            continue
        share = likeness.share(bytes(row.signature), bytes(other.signature))
        if share >= likeness.ALIKE and share > shares.get(other.review_id, (0.0,))[0]:
            shares[other.review_id] = (share, other)
    if not shares:
        return None
    # Of several that are the same, the first that was written.
    share, other = max(shares.values(), key=lambda pair: (pair[0], -pair[1].review_id.int))
    return Match(
        share=share,
        review_id=other.review_id,
        version_number=other.version_number,
        app_id=other.app_id,
        app_ref=other.app.ref,
        app_name=other.app.name,
        account_id=other.account_id,
        others=len(shares) - 1,
    )


def forget(*, review_ids: Sequence[UUID]) -> None:
    """Nothing is found by these texts any more, and who wrote them is nobody's key."""
    Seen.objects.filter(review_id__in=review_ids).update(person_key="")
    rows = Seen.objects.filter(review_id__in=review_ids).exclude(signature=b"")
    buckets = {bucket for row in rows for bucket in _buckets(row)}
    Band.objects.filter(bucket__in=buckets, review_id__in=review_ids).delete()
    rows.update(signature=b"")
