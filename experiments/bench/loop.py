"""The program itself in training: pictures a second by the clock, from one line of its log on.

What it does besides its compiled step, as reading, sending and logging, is in these times.
"""

import os
import re
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.workdir import Workdir
from experiments.bench.watched import Line, watch

STEP = re.compile(r"step (\d+)/\d+  loss ")
LINES = 5  # of the log; the first has the compiling before it
NEVER = "1000000"


class Rate(NamedTuple):
    """Images a second: by this process's clock, and the median of speed.jsonl, without logging."""

    clock: float
    log: float
    data: str


def rate(config: str, batch: int, data: str, more: Sequence[str]) -> Rate:
    """Of `alexnet-jax train` on the set `data`. more: other flags, as --data_dir.

    Raises UserError if it ends too early.
    """
    with tempfile.TemporaryDirectory() as temporary:
        workdir = Path(temporary) / "run"
        flags = ["--config", config, "--workdir", str(workdir), f"--config.data.name={data}"]
        # Nothing but steps and their log, whatever random pictures make of the loss.
        quiet = [f"--config.{name}={NEVER}" for name in ("eval_epochs", "checkpoint_steps")]
        quiet.append("--config.startup_steps=0")
        arguments = ["-m", "alexnet_jax", "train", *flags, *more, *quiet]
        lines = watch(arguments, lambda lines: len(logged(lines)) >= LINES, os.environ)
        logged_rates = [x.get("images_per_second") for x in Workdir(workdir).speed()]
        rates = [float(x) for x in logged_rates if x is not None]
    return Rate(by_clock(lines, batch), statistics.median(rates[1:LINES]), data)


def by_clock(lines: Sequence[Line], batch: int) -> float:
    """Images a second from the first line about steps to the last."""
    (first, began), *_, (last, ended) = logged(lines)
    return (last - first) * batch / (ended - began)


def logged(lines: Sequence[Line]) -> list[tuple[int, float]]:
    """Step and seconds of each line about training steps."""
    found = [(STEP.match(line.text), line.seconds) for line in lines]
    return [(int(match[1]), seconds) for match, seconds in found if match]
