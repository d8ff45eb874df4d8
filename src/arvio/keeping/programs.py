"""PostgreSQL's own programs: which of those here fit the server, and what they are told.

Where the database is and how to get in is told by the environment, never on a command line, which
everybody on the machine can read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arvio.keeping.errors import NotKept

# Where Debian and its kin keep the programs of each version side by side.
DEBIAN = Path("/usr/lib/postgresql")
TOLD = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "channel_binding": "PGCHANNELBINDING",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "gssencmode": "PGGSSENCMODE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def find(name: str, *, server: int) -> Path:
    """The oldest `pg_dump` or `pg_restore` here that isn't older than the server (its major
    version): what a newer one writes an older server may not take. Raises NotKept.
    """
    found = {version: path for path in _candidates(name) if (version := _version(path))}
    fitting = [version for version in sorted(found) if version >= server]
    if fitting:
        return found[fitting[0]]
    install = (
        f"Install PostgreSQL's client programs, version {server} or newer: on Debian and Ubuntu "
        f"the package postgresql-client-{server}, elsewhere postgresql{server} or libpq"
    )
    if found:
        raise NotKept(
            f"The server is PostgreSQL {server}, and the {name} here is of version "
            f"{max(found)}, which is older. {install}."
        )
    raise NotKept(f"There is no {name} here. {install}, and see that it is on PATH.")


def _candidates(name: str) -> Iterator[Path]:
    """Last the one on PATH: it goes before others of its version."""
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else None


def environment(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What psycopg is told, as PostgreSQL's programs hear it; messages in English."""
    told = {
        TOLD[name]: str(value)
        for name, value in parameters.items()
        if name in TOLD and value not in (None, "")
    }
    return {**os.environ, **told, "LC_ALL": "C"}
