"""What a backup says of itself, and what of it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FORMAT = 1
KINDS = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
# Parts of files that somebody was stopped in the middle of.
ABANDONED = timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """What a database holds, counted: the same before a backup and after a restore.

    `rows` by table, `seals` the newest seal of each marketplace, as "number hash".
    """

    migrations: Sequence[str]
    rows: Mapping[str, int]
    seals: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """`secret` tells one SECRET_KEY from another and nothing about it; `sha256` and `bytes` are
    those of the database inside, unpacked.
    """

    format: int
    arvio: str
    made_at: datetime
    database: str
    server: str
    schema: str
    secret: str
    sha256: str
    bytes: int
    figures: Figures

    @property
    def name(self) -> str:
        return f"{KINDS[self.database]} {self.server}, by Arvio {self.arvio}"


def written(manifest: Manifest) -> dict[str, Any]:
    figures = manifest.figures
    return {
        "what": "arvio backup",
        "format": manifest.format,
        "arvio": manifest.arvio,
        "made_at": manifest.made_at.isoformat(),
        "database": manifest.database,
        "server": manifest.server,
        "schema": manifest.schema,
        "secret": manifest.secret,
        "sha256": manifest.sha256,
        "bytes": manifest.bytes,
        "seals": dict(figures.seals),
        "migrations": list(figures.migrations),
        "rows": dict(figures.rows),
    }


def read(document: Any) -> Manifest:
    """Raises ValueError with a sentence for what isn't a manifest that we can read."""
    if not isinstance(document, dict) or document.get("what") != "arvio backup":
        raise ValueError("It isn't a backup of Arvio.")
    number = document.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise ValueError(
            f"It is of format {number}, and this Arvio reads up to {FORMAT}. Restore it with the "
            "Arvio that made it, or a newer one."
        )
    try:
        made_at = datetime.fromisoformat(document["made_at"])
        if made_at.tzinfo is None or document["database"] not in KINDS:
            raise ValueError
        return Manifest(
            format=int(number),  # type: ignore[arg-type]  # TypeError is caught below
            arvio=str(document["arvio"]),
            made_at=made_at,
            database=document["database"],
            server=str(document["server"]),
            schema=str(document["schema"]),
            secret=str(document["secret"]),
            sha256=str(document["sha256"]),
            bytes=int(document["bytes"]),
            figures=Figures(
                migrations=[str(name) for name in document["migrations"]],
                rows={str(table): int(n) for table, n in document["rows"].items()},
                seals={str(place): str(head) for place, head in document["seals"].items()},
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise ValueError("Its manifest is damaged.") from None


def refusal(
    manifest: Manifest, *, database: str, known: Iterable[str], now: datetime
) -> str | None:
    """Why this backup can't go into a `database` (its kind) of a code that knows `known`."""
    if manifest.database != database:
        return (
            f"It is a backup of {KINDS[manifest.database]}, and DATABASE_URL names "
            f"{KINDS[database]}. To change from one to the other use `arvio export` and "
            "`arvio import`."
        )
    newer = sorted(set(manifest.figures.migrations) - set(known))
    if newer:
        return (
            f"It was made by a newer Arvio ({manifest.arvio}): this one doesn't know "
            f"{len(newer)} of its migrations, such as {newer[0]}. Install that Arvio first."
        )
    if manifest.made_at > now + timedelta(days=1):
        at = moment(manifest.made_at)
        return f"It says that it was made at {at}. Is this machine's clock right?"
    return None


def differences(*, backup: Figures, restored: Figures) -> list[str]:
    """What isn't as it was, in words; none after a restore that took everything."""
    found = [
        f"{table}: {backup.rows.get(table, 0):,} rows in the backup, "
        f"{restored.rows.get(table, 0):,} restored"
        for table in sorted({*backup.rows, *restored.rows})
        if backup.rows.get(table, 0) != restored.rows.get(table, 0)
    ]
    found += other_seals(backup=backup, restored=restored)
    if list(backup.migrations) != list(restored.migrations):
        found.append("other migrations have run")
    return found


def other_seals(*, backup: Figures, restored: Figures) -> list[str]:
    return [
        f"the newest seal of marketplace {place} was {head}, and is "
        f"{restored.seals.get(place, 'missing')}"
        for place, head in sorted(backup.seals.items())
        if restored.seals.get(place) != head
    ]


def to_prune(*, made: Mapping[str, datetime], keep: int) -> list[str]:
    """Names of the backups that are older than the `keep` newest."""
    newest = sorted(made, key=lambda name: (made[name], name), reverse=True)
    return sorted(newest[keep:])


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
