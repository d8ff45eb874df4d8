"""How far long work has come: shown on a terminal from the third second on, gone when it ends."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PATIENCE = 2.0


class Meter:
    """`advance` by what was done since; nothing is shown of work that ends within two seconds."""

    def __init__(self, label: str, total: int | None = None) -> None:
        self.label, self.total, self.done = label, total, 0
        self._started = time.monotonic()
        self._console = Console(stderr=True)
        self._shown: Progress | None = None

    def __enter__(self) -> Meter:
        return self

    def advance(self, done: int) -> None:
        self.done += done
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=self.done)
        elif self._console.is_terminal and time.monotonic() - self._started > PATIENCE:
            self._shown = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._shown.add_task(self.label, total=self.total, completed=self.done)
            self._shown.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown is not None:
            self._shown.stop()
