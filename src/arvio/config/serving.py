"""What holds for processes that answer requests, and for no command and no worker."""

from __future__ import annotations

from typing import Any

# Whoever holds rows and does nothing for so long has been lost on the way.
IDLE_SECONDS = 300


def limit_statements(*, database: dict[str, Any], seconds: int) -> None:
    """Whoever waited for the page has gone by then, and others wait for the rows. `database` is an
    entry of DATABASES; call it before the first connection.
    """
    if not seconds or not database["ENGINE"].endswith("postgresql"):
        return
    limits = {
        "statement_timeout": seconds * 1000,
        "lock_timeout": seconds * 1000 // 3,
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
    }
    options = database.setdefault("OPTIONS", {})
    said = [f"-c {name}={value}" for name, value in limits.items()]
    options["options"] = " ".join(filter(None, [options.get("options"), *said]))
