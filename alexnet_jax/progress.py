"""What a person sees while a run goes on, and the stopwatch behind the images per second."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

Item = TypeVar("Item")


class Progress:
    """A bar on standard error: steps, images/s, time left, the last loss and validation error.

    Without a terminal it prints one line per log line instead; if `quiet`, nothing.
    """

    def __init__(self, total_steps: int, start: int, *, quiet: bool = False):
        self._console = Console(stderr=True, quiet=quiet)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[scores]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(
            "compiling", total=total_steps, completed=start, rate="", scores=""
        )
        self._total = total_steps
        self._loss = self._error = ""

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def say(self, what: str) -> None:
        """Names what is being done."""
        self._bar.update(self._task, description=what)

    def step(self, step: int, images_per_second: float) -> None:
        """Moves the bar on."""
        rate = f"{images_per_second:.0f} images/s" if images_per_second else ""
        self._bar.update(self._task, completed=step, description="training", rate=rate)

    def scores(
        self, step: int, *, loss: float, images_per_second: float, loader_share: float
    ) -> None:
        """Shows the training loss since the last time, and which share of a step was spent on
        waiting for the loader."""
        self._loss = f"loss {loss:.3f}  loader {100 * loader_share:.1f} %"
        self._show()
        self._print(f"step {step}/{self._total}  {self._loss}  {images_per_second:.0f} images/s")

    def validation(self, step: int, top1_error: float) -> None:
        """Shows the validation top-1 error, percent."""
        self._error = f"validation error {top1_error:.1f} %"
        self._show()
        self._print(f"step {step}/{self._total}  {self._error}")

    def _show(self) -> None:
        self._bar.update(self._task, scores=f"{self._loss}  {self._error}")

    def _print(self, line: str) -> None:
        if self._bar.disable:
            self._console.print(line, highlight=False)


class Stopwatch:
    """Seconds of training steps since the last restart, and the share of them spent waiting.

    Restart it after whatever is no training step: validation, saving, the first step's compiling.
    """

    def __init__(self, batch_size: int):
        self._batch_size = batch_size
        self.restart()

    def restart(self) -> None:
        self._steps = 0
        self._waited = 0.0
        self._began = self._now = time.perf_counter()

    def waiting(self, items: Iterator[Item]) -> Item:
        """The next item, with the time spent on waiting for it noted."""
        began = time.perf_counter()
        item = next(items)
        self._waited += time.perf_counter() - began
        return item

    def step_done(self) -> None:
        self._steps += 1
        self._now = time.perf_counter()

    @property
    def seconds(self) -> float:
        return self._now - self._began

    @property
    def waiting_share(self) -> float:
        return self._waited / self.seconds if self._steps else 0.0

    @property
    def images_per_second(self) -> float:
        return self._steps * self._batch_size / self.seconds if self._steps else 0.0
