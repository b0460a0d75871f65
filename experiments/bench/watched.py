"""A program that is watched as its user does: by the lines that it prints, and when."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from alexnet_jax.errors import UserError
from experiments import ROOT

STEP = re.compile(r"step (\d+)/\d+  loss ")
PATIENCE = 120  # seconds for a run that was asked to stop to save and leave


class Line(NamedTuple):
    """Of standard error; seconds since the process was started."""

    seconds: float
    text: str


def watch(
    arguments: list[str], enough: Callable[[list[Line]], bool], settings: Mapping[str, str]
) -> list[Line]:
    """Runs `python ARGUMENTS` with `settings` as environment until its lines are enough.

    Then it is asked to stop, and has. Raises UserError if it ends before by itself.
    """
    lines: list[Line] = []
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            for text in process.stderr or ():
                lines.append(Line(time.perf_counter() - start, text.rstrip()))
                if enough(lines):
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=PATIENCE)
                    return lines
        finally:
            process.kill()
    said = lines[-1].text if lines else "nothing"
    raise UserError(f"{' '.join(arguments[:3])} ended too early; the last that it said: {said}")


def logged(lines: Sequence[Line]) -> list[tuple[int, float]]:
    """Step and seconds of each line about training steps."""
    found = [(STEP.match(line.text), line.seconds) for line in lines]
    return [(int(match[1]), seconds) for match, seconds in found if match]


def clean(**settings: str) -> dict[str, str]:
    """This process's environment with `settings`, without a cache of compiled programs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("JAX_COMPILATION_CACHE")}
    return kept | settings
