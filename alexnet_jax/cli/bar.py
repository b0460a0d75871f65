"""A bar on standard error for work that is counted: done, rate, time left."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 0.1  # without a terminal, a line is printed each time this share is done


class Bar:
    """Told of how much is done. The rate counts from the first that is done in this session."""

    def __init__(self, unit: str):
        self._unit = unit
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, rate="")
        self._before: int | None = None  # done before this session
        self._start: tuple[float, int] | None = None
        self._printed = 0.0

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """So much of `total` is done."""
        if self._before is None:
            self._before = done
        if self._start is None and done > self._before:
            self._start = time.monotonic(), done
        rate = self._rate(done)
        self._bar.update(self._task, completed=done, total=total, rate=rate)
        if self._bar.disable and done > self._before and done >= (self._printed + EVERY) * total:
            self._printed = done / total
            self._console.print(f"{done:,}/{total:,}  {rate}")

    def _rate(self, done: int) -> str:
        if self._start is None or done == self._start[1]:
            return ""
        began, first = self._start
        return f"{(done - first) / (time.monotonic() - began):,.0f} {self._unit}/s"
