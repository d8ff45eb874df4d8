"""A synthetic export of a store of apps, as messy as real ones."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

from arvio.connect.shopify import COLUMNS

APPS = ("Quick Stars", "Reviews+", "Отзывы в чате", "Plain Words")
TEXTS = (
    "",
    "Great app",
    "Does what it says.\nSupport answers within the hour, even on a Sunday.",
    'They call it "simple", and it is.',
    "Быстро и понятно, спасибо!",
    "Nice 👍🏽",
)
SPANS = (
    "8 months using the app",
    "About 1 month using the app",
    "Almost 6 years using the app",
    "Over 2 years using the app",
    "12 minutes using the app",
    "Unknown",
    "",
)
MONTHS = ("January", "March", "June", "November")


def row(
    store: str = "Vinyl Corner",
    *,
    span: str = "8 months using the app",
    rate: str = "5",
    time: str = "November 9, 2024",
    text: str = "Easy to use.",
    app: str = "Quick Stars",
) -> list[str]:
    return [store, "Finland", span, rate, time, text, app]


def many(count: int, *, seed: int = 7) -> list[list[str]]:
    """Rows of different stores on four apps, some of them nameless."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        store = "My Store" if number % 20 == 0 else f"Store {number}"
        edited = "Edited " if number % 15 == 0 else ""
        time = (
            f"{edited}{chance.choice(MONTHS)} {chance.randint(1, 28)}, {chance.randint(2018, 2025)}"
        )
        rows.append(
            row(
                store,
                span=chance.choice(SPANS),
                rate=str(chance.choice((5, 5, 5, 4, 3, 2, 1))),
                time=time,
                text=chance.choice(TEXTS) + (f" {number}" if number % 3 else ""),
                app=chance.choice(APPS),
            )
        )
    return rows


def text_of(rows: list[list[str]], *, header: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write(folder: Path, rows: list[list[str]], name: str = "reviews.csv") -> Path:
    path = folder / name
    path.write_text(text_of(rows), encoding="utf-8")
    return path
