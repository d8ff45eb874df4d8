"""What holds for processes that answer requests, and for no command and no worker."""

from __future__ import annotations

from django.conf import settings

# Whoever holds rows and does nothing for so long has been lost on the way.
IDLE_SECONDS = 300


def limit_statements() -> None:
    """Nobody waits for a page any more, and whoever else needs the rows waits on. Before the first
    connection.
    """
    database, seconds = settings.DATABASES["default"], settings.DATABASE_TIMEOUT
    if not seconds or not database["ENGINE"].endswith("postgresql"):
        return
    limits = {
        "statement_timeout": seconds * 1000,
        "lock_timeout": max(seconds * 1000 // 3, 1),
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
    }
    given = [database["OPTIONS"].get("options", "")]
    said = [*filter(None, given), *(f"-c {name}={value}" for name, value in limits.items())]
    database["OPTIONS"]["options"] = " ".join(said)
