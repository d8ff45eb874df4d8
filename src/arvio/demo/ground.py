"""What the demo stands on, before Django starts: the folder `var/` with its settings.

Imports no Django.
"""

from __future__ import annotations

import secrets
from pathlib import Path

VAR = Path("var")
SETTINGS = VAR / "arvio.env"
CLOCK = VAR / "clock"
DESCRIPTION = VAR / "demo.json"


def prepare() -> None:
    """Write `var/arvio.env` once: demo on, its secret, its database, its clock."""
    if SETTINGS.exists():
        return
    VAR.mkdir(exist_ok=True)
    lines = (
        "ARVIO_DEMO=yes",
        f"SECRET_KEY={secrets.token_urlsafe(48)}",
        "DATABASE_URL=sqlite:///var/arvio.sqlite3",
        f"ARVIO_CLOCK={CLOCK.as_posix()}",
        # The terminal shows who there is to be; `info` shows each request and each batch as well.
        "LOG_LEVEL=warning",
    )
    # Secrets: for whoever runs the demo alone.
    SETTINGS.touch(mode=0o600)
    SETTINGS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def remember(*, base_url: str) -> None:
    """Where the demo is reached, for commands that print links or write mails beside it."""
    if not SETTINGS.exists():  # its settings came from the environment
        return
    lines = SETTINGS.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("BASE_URL=")]
    SETTINGS.write_text("\n".join([*kept, f"BASE_URL={base_url}"]) + "\n", encoding="utf-8")
