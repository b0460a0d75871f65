"""Programs that are watched by their lines: real processes, and lines with their times by hand."""

import os

import pytest

from alexnet_jax.errors import UserError
from experiments.bench.small import by_clock
from experiments.bench.watched import Line, clean, logged, watch

SAVES = """
import signal, sys
from pathlib import Path
print("step 1/9  loss 2.0", file=sys.stderr, flush=True)
signal.sigwait([signal.SIGTERM])
Path(sys.argv[1]).write_text("saved")
"""


def test_a_program_is_asked_to_stop_when_its_lines_are_enough(tmp_path):
    mask = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
    arguments = ["-c", mask + SAVES, str(tmp_path / "state")]
    [line] = watch(arguments, logged, os.environ)
    assert line.text == "step 1/9  loss 2.0" and line.seconds > 0
    assert (tmp_path / "state").read_text() == "saved"


def test_a_program_that_ends_too_early_is_an_error():
    says = "import sys; sys.exit('no cifar10')"
    with pytest.raises(UserError, match=r"ended too early; the last that it said: no cifar10$"):
        watch(["-c", says], logged, os.environ)


def test_images_a_second_are_those_between_two_lines():
    """100 steps of 8 images in 4 seconds."""
    lines = [
        Line(9.0, "preparing photos"),
        Line(10.0, "step 50/900  loss 2.301  loader 0.1 %  180 images/s"),
        Line(11.0, "step 60/900  validation error 80.1 %"),
        Line(12.5, "step 100/900  loss 2.300  loader 0.1 %  190 images/s"),
        Line(14.0, "step 150/900  loss 2.299  loader 0.1 %  200 images/s"),
    ]
    assert by_clock(lines, 8) == 200.0


def test_a_clean_start_has_no_compiled_programs(monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "/somewhere")
    found = clean(XDG_CACHE_HOME="/empty")
    assert "JAX_COMPILATION_CACHE_DIR" not in found and found["XDG_CACHE_HOME"] == "/empty"
