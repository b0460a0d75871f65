"""Ctrl-C from the first moments of a program on."""

import signal
import subprocess
import sys

import pytest


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_next_to_nothing_is_imported_before_ctrl_c_is_heard():
    found = python("import sys, alexnet_jax.cli; print(*sorted(sys.modules))").stdout.split()
    ours = [name for name in found if name.startswith("alexnet_jax")]
    assert ours == ["alexnet_jax", "alexnet_jax.cli", "alexnet_jax.cli.interrupt"]
    assert not {"typing", "logging", "absl", "jax", "numpy"} & {*found} - {*PYTHONS_OWN}


PYTHONS_OWN = python("import sys; print(*sys.modules)").stdout.split()


@pytest.mark.parametrize(("closed", "said"), [("", "alexnet-jax: interrupted\n"), ("None", "")])
def test_ctrl_c_is_a_line_and_a_status(closed, said):
    ended = python(
        "import os, signal, sys\n"
        "from alexnet_jax.cli.interrupt import interrupted_at_once\n"
        "interrupted_at_once()\n"
        + (f"sys.stderr = {closed}\n" if closed else "")
        + "try: os.kill(os.getpid(), signal.SIGINT)\n"
        "except BaseException: pass\n"  # what is imported may swallow it
    )
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGINT, said)


def test_one_that_ignores_ctrl_c_goes_on_ignoring_it():
    """As a shell starts what it puts in the background."""
    ended = python(
        "import os, signal\n"
        "from alexnet_jax.cli.interrupt import interrupted_at_once\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "interrupted_at_once()\n"
        "os.kill(os.getpid(), signal.SIGINT); print('goes on')"
    )
    assert (ended.returncode, ended.stdout) == (0, "goes on\n")
