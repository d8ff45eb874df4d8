"""`python -m benchmarks.outage [--seconds 60]`: PostgreSQL is away for so long, under load.

Says what clients saw, and fails where anything was lost, doubled or badly answered.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from tests import postgres
from tests.watching import outage


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--reviews", type=int, default=1_000)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    with tempfile.TemporaryDirectory(prefix="arvio-outage-") as folder, postgres.own() as server:
        outage.run(
            server=server,
            folder=Path(folder),
            away=wanted.seconds,
            authors=wanted.reviews,
            pause=0.05,
            say=Console(highlight=False).print,
        )


if __name__ == "__main__":
    main()
