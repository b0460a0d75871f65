"""Too little memory and too few open files are told from faults and damage, in a line."""

import errno
import resource
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.lacking import FILES, LEAST_FILES, MEMORY, check_limits, lacking, told
from programs import ROOT


def within(error):
    """The error as a library's that was raised because of it."""
    try:
        try:
            raise error
        except type(error) as inner:
            raise KeyError("of the library") from inner
    except KeyError as outer:
        return outer


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError("Unable to allocate 9.31 GiB for an array"), MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), MEMORY),
        (OSError(errno.EMFILE, "Too many open files", "x.png"), FILES),
        (RuntimeError("can't start new thread"), MEMORY),
        (ImportError("libjax_common.so: failed to map segment from shared object"), MEMORY),
        (ValueError("INTERNAL: ... [errno: 24] os_error_code='24' x"), FILES),
        (OSError(errno.ENOSPC, "No space left on device"), ""),
        (ValueError("RESOURCE_EXHAUSTED: Error writing x os_error_code='28'"), ""),
        (ValueError("it holds no list"), ""),
    ],
    ids=str,
)
def test_what_is_lacking(error, what):
    assert lacking(error) == lacking(within(error)) == what


def test_a_device_without_so_much_memory():
    """JAX's own error, of an array that no machine has room for."""
    with pytest.raises(jax.errors.JaxRuntimeError) as raised:
        jax.block_until_ready(jnp.zeros((2**22, 2**22), jnp.float32))
    assert lacking(raised.value) == MEMORY
    said = told(MEMORY, raised.value)
    assert said.startswith("not enough memory, or threads (") and "\n" not in said


def test_too_few_open_files_are_refused_before_anything_begins():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    check_limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_FILES - 1, hard))
    try:
        with pytest.raises(UserError, match=r"^ulimit -n allows 47 open files, and 48 are needed;"):
            check_limits()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("command", "megabytes", "says"),
    [
        (
            "predict",
            300,
            "ulimit -v allows 314572800 bytes of addresses, and 3000000000 are needed",
        ),
        ("summary", 200, "not enough memory, or threads ("),
    ],
)
def test_a_small_ulimit_v_ends_in_a_line(tmp_path, command, megabytes, says):
    """What needs much is refused; what cannot even be imported ends as it may."""
    typed = [sys.executable, "-m", "alexnet_jax", command, "--workdir", str(tmp_path)]
    typed = typed[:4] if command == "summary" else typed
    done = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "sh", *typed],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"alexnet-jax: {says}")
