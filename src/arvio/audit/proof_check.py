"""Checking histories and seals from nothing but what a file says of them. Pure: no database, no
network, no settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arvio.audit import merkle, rules

Line = Mapping[str, Any]
COVERED = "tag, at, policy_version, marketplace, app, actor_digest, facts_digest, prev or the hash"
HEADER = "marketplace, number, sealed_at, size, tree_root, prev or the hash"


class NotAProof(Exception):
    """The file isn't what it should be; the message says in which way."""


@dataclass(frozen=True)
class Problem:
    """What isn't as it was: in which review (empty: a seal), where in it, and what could be."""

    review: str
    where: str
    what: str


@dataclass
class Report:
    marketplace: str = ""
    reviews: int = 0
    rows: int = 0
    withheld: int = 0
    unproved: int = 0  # rows of the first scheme, whose hash only Arvio can make anew
    unsealed: int = 0  # rows newer than the newest seal of their history
    seals: dict[int, Line] = field(default_factory=dict)
    # Hashes of seals that lead, one to the next, to or from the seals that the reviews rest on.
    roots: set[str] = field(default_factory=set)
    gap: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def newest(self) -> Line | None:
        return self.seals[max(self.seals)] if self.seals else None


def get(line: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    """A field of this kind. Raises NotAProof, which names it."""
    if not isinstance(line, Mapping):
        raise NotAProof(f"{where} is no object.")
    value = line.get(key)
    if key not in line or not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise NotAProof(f"{where} has no {key}, or not one as Arvio writes it.")
    return value


# --- Histories -----------------------------------------------------------------------------------

TEXT = (str, type(None))
FACTS = (dict, type(None))


def check_rows(report: Report, review: str, subject: str, rows: Sequence[Any]) -> dict[int, str]:
    """Check a history from its first row on; answers the hash of each row by its number."""
    hashes: dict[int, str] = {}
    prev, expected, scheme = rules.FIRST, 1, 1
    for row in rows:
        where = f"review {review}, a row"
        seq = get(row, "seq", int, where)
        where = f"row {seq}"
        found = []
        if seq != expected:
            found.append(f"row {expected} is missing, or is not in its place")
        elif get(row, "prev", str, where) != prev:
            found.append(f"prev isn't the hash of row {seq - 1}: one of the two was changed")
        if get(row, "scheme", int, where) < scheme:
            found.append("scheme is lower than that of a row before")
        found += _row(report, subject, row, where)
        report.problems += [Problem(review, where, what) for what in found]
        report.rows += 1
        prev, expected = get(row, "hash", str, where), seq + 1
        scheme = max(scheme, row["scheme"])
        hashes[seq] = prev
    return hashes


def _row(report: Report, subject: str, row: Line, where: str) -> Iterator[str]:
    before, after = get(row, "before", FACTS, where), get(row, "after", FACTS, where)
    withheld = get(row, "withheld", bool, where)
    report.withheld += withheld
    if withheld and (before is not None or after is not None):
        yield "it is said to be withheld, and isn't"
    if row.get("reason") != (after or {}).get("reason"):
        yield "reason isn't that of after"
    if row["scheme"] == 1:
        report.unproved += 1
        return
    if row["scheme"] != rules.SCHEME:
        raise NotAProof(f"{where} has scheme {row['scheme']}, which this Arvio doesn't know.")
    facts = get(row, "facts_digest", str, where)
    if not withheld and facts != rules.facts_digest(before, after):
        yield "before or after was changed (their digest is another)"
    actor = get(row, "actor_digest", str, where)
    by_policy = actor == rules.actor_digest(subject, "policy")
    if by_policy != (get(row, "by", str, where) == "policy"):
        yield "by isn't who acted"
    content = {
        "scheme": row["scheme"],
        "marketplace": get(row, "marketplace", TEXT, where),
        "app": get(row, "app", TEXT, where),
        "subject": subject,
        "seq": row["seq"],
        "tag": get(row, "tag", str, where),
        "at": get(row, "at", str, where),
        "policy_version": get(row, "policy_version", (int, type(None)), where),
        "actor_digest": actor,
        "facts_digest": facts,
        "prev": get(row, "prev", str, where),
    }
    if rules.digest(content) != get(row, "hash", str, where):
        yield f"the hash is another: {COVERED} was changed"


# --- Seals ---------------------------------------------------------------------------------------


def check_seal(report: Report, seal: Any) -> int:
    """Take a seal's header into the report, in the order of numbers; answers its number."""
    number: int = get(seal, "number", int, "a seal")
    where = f"seal {number}"
    content = {
        "marketplace": get(seal, "marketplace", str, where),
        "number": number,
        "sealed_at": get(seal, "sealed_at", str, where),
        "size": get(seal, "size", int, where),
        "tree_root": get(seal, "tree_root", str, where),
        "prev": get(seal, "prev", str, where),
    }
    if rules.digest(content) != get(seal, "hash", str, where):
        report.problems.append(Problem("", where, f"the hash is another: {HEADER} was changed"))
    if seal["marketplace"] != report.marketplace:
        report.problems.append(Problem("", where, "it is of another marketplace"))
    before = report.seals.get(number - 1)
    if before and before["hash"] != seal["prev"]:
        what = f"prev isn't the hash of seal {number - 1}: one of the two was changed"
        report.problems.append(Problem("", where, what))
    report.seals[number] = seal
    return number


def check_leaf(
    report: Report, review: str, subject: str, proof: Any, seal: Line, hashes: Mapping[int, str]
) -> None:
    """Is this history, up to the leaf's row, under the seal's root?"""
    where = f"review {review}, its proof"
    leaf = get(proof, "leaf", dict, where)
    seq, row_hash = get(leaf, "seq", int, where), get(leaf, "hash", str, where)
    number = seal["number"]
    found = []
    if get(leaf, "subject", str, where) != subject:
        found.append((f"leaf in seal {number}", "it is of another history"))
    if seq not in hashes:
        found.append((f"row {seq}", f"it is missing, and seal {number} has it"))
    elif hashes[seq] != row_hash:
        what = f"row {seq} or one before it was changed: seal {number} has another hash for it"
        found.append((f"rows up to {seq}", what))
    path = [_bytes(step, where) for step in get(proof, "path", list, where)]
    proved = merkle.proves(
        data=rules.leaf_data(leaf["subject"], seq, row_hash),
        index=get(proof, "index", int, where),
        size=get(seal, "size", int, where),
        path=path,
        root=_bytes(seal["tree_root"], where),
    )
    if not proved:
        what = "the path from the leaf doesn't lead to the root: leaf, index, path or root differs"
        found.append((f"proof under seal {number}", what))
    report.problems += [Problem(review, *one) for one in found]
    report.unsealed += sum(other > seq for other in hashes)


def _bytes(text: Any, where: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        raise NotAProof(f"{where} has a hash that is no hexadecimal number.") from None
