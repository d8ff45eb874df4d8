"""`shopify-csv`: the reviews of a store of apps, as such exports are (CONTRACT 5).

The file is read twice: first every row is judged, and for each store and app the latest row is
found; then the rows that stand are taken, batch by batch. Which rows stand follows from the file
alone, so a run that was killed is simply started again.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from arvio.connect import rules
from arvio.connect.files import FileProblem, Lines
from arvio.connect.tally import SkippedRow, Tally

COLUMNS = ("Store", "Location", "Span", "Rate", "Time", "Review", "Application Name")
# What the platform calls a shop that never chose a name: many shops, so an account for each row.
NAMELESS = "my store"
FORMAT = "shopify-csv"


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    app: str
    app_ref: str
    store: str
    account_ref: str
    stars: int
    at: datetime
    edited: bool
    span: str
    installed_at: datetime | None
    text: str
    key: str

    @property
    def place(self) -> tuple[str, str]:
        return self.app_ref, self.account_ref

    @property
    def rank(self) -> tuple[datetime, bool, str]:
        """The later day wins; of one day the edited row, then the same one in whatever order."""
        return self.at, self.edited, self.key


@dataclass(frozen=True, slots=True)
class Broken:
    line: int
    reason: str


class ShopifyFile:
    """Raises FileProblem when it is made, if the file can't be used as a whole."""

    def __init__(self, path: Path, *, now: datetime) -> None:
        self._lines, self._now = Lines(path), now
        self._apps: set[str] = set()
        self._best: dict[tuple[str, str], tuple[datetime, bool, str]] = {}
        self.count = 0
        for row in self._rows():
            self.count += 1
            if isinstance(row, Row):
                best = self._best.get(row.place)
                self._best[row.place] = max(best, row.rank) if best else row.rank
                if not self._lines.cut:
                    self._apps.add(row.app)

    def standing(self, tally: Tally) -> Iterator[Row]:
        """The rows that are to be taken, once; the others are told to the tally."""
        for row in self._rows():
            tally.read += 1
            if isinstance(row, Broken):
                tally.skip(row.reason, row.line)
            elif self._is_cut_in_its_name(row):
                tally.skip("cut_row", row.line)
            elif self._best[row.place] != row.rank:
                tally.skip("superseded", row.line)
            else:
                # If the same row comes again, it is superseded by itself.
                self._best[row.place] = (row.at, row.edited, "")
                yield row

    def _is_cut_in_its_name(self, row: Row) -> bool:
        """A file cut within its last column leaves the beginning of another app's name."""
        if not self._lines.cut or row.app in self._apps:
            return False
        return any(name.startswith(row.app) for name in self._apps)

    def _rows(self) -> Iterator[Row | Broken]:
        records = csv.reader(self._lines, strict=True)
        columns = self._columns(records)
        seen: Counter[str] = Counter()
        while True:
            line = self._lines.number + 1
            try:
                cells = next(records)
                if cells:
                    yield self._row(line, cells, columns, seen)
            except StopIteration:
                return
            except csv.Error as error:
                yield Broken(line, self._quoting_problem(str(error)))
            except SkippedRow as skipped:
                yield Broken(line, skipped.reason)

    def _quoting_problem(self, said: str) -> str:
        if self._lines.cut or "unexpected end" in said:
            return "cut_row"
        return "too_long" if "field larger" in said else "bad_quotes"

    def _columns(self, records: Iterator[list[str]]) -> dict[str, int]:
        wanted = f"A {FORMAT} file has the columns {', '.join(COLUMNS)}, with commas between them."
        try:
            header = [cell.strip() for cell in next(records, [])]
        except csv.Error as error:
            raise FileProblem(
                f"{self._lines.path}: the first line can't be read as CSV ({error}). {wanted}"
            ) from error
        missing = [name for name in COLUMNS if header.count(name) != 1]
        if missing:
            raise FileProblem(
                f"{self._lines.path}: the first line doesn't name, once each, "
                f"{', '.join(missing)}. {wanted}"
            )
        self._width = len(header)
        return {name: header.index(name) for name in COLUMNS}

    def _row(
        self, line: int, cells: Sequence[str], columns: dict[str, int], seen: Counter[str]
    ) -> Row:
        if len(cells) != self._width:
            cut = self._lines.cut and len(cells) < self._width
            raise SkippedRow("cut_row" if cut else "wrong_columns")
        store_cell, location, span, rate, time, review, app_cell = (
            cells[columns[name]].strip() for name in COLUMNS
        )
        app = rules.read_name(app_cell, missing="missing_app")
        store = rules.read_name(store_cell, missing="missing_store")
        stars = rules.read_stars(rate)
        at, edited = rules.read_date(time, now=self._now)
        installed_at = rules.installed_before(span, at=at)
        text = rules.read_words(review)
        content = rules.digest(store, location, span, rate, time, review)[:40]
        if store.casefold() == NAMELESS:
            # Equal rows of nameless shops are told apart by counting them, in whatever order.
            content += _place_in(seen, f"{app} {content}")
            account_ref = f"my-store-{content}"
        else:
            account_ref = rules.ref_of(store)
        return Row(
            line=line,
            app=app,
            app_ref=rules.ref_of(app),
            store=store,
            account_ref=account_ref,
            stars=stars,
            at=at,
            edited=edited,
            span=span,
            installed_at=installed_at,
            text=text,
            key=f"{FORMAT}:{content}",
        )


def _place_in(seen: Counter[str], key: str) -> str:
    seen[key] += 1
    return "" if seen[key] == 1 else f"-{seen[key]}"
