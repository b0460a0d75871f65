"""Standard streams that a program was started without, and text in any locale: real processes."""

import os
import subprocess
import sys

import pytest

from programs import ROOT

# Opens a file as any library might, says something to each stream, and something that is no text.
PROGRAM = """
import os, sys
from alexnet_jax.settings import streams
streams.open_closed()
opened = os.open("data", os.O_CREAT | os.O_RDWR)
sys.stdin.read()
print("out", os.fsdecode(b"\\xff"), flush=True)
print("error", file=sys.stderr, flush=True)
os.write(2, b"of a library\\n")
os.write(opened, b"data")
sys.exit(opened <= 2)
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ""])
def test_a_stream_that_is_closed_is_nothing_and_no_file_has_its_number(tmp_path, closed):
    command = f'exec "$0" -c "$1" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data").read_bytes() == b"data"
    assert done.stdout == ("" if ">&-" in closed.replace("2>&-", "") else "out \\udcff\n")
    assert done.stderr == ("error\nof a library\n" if "2>" not in closed else "")


UTF8 = """
from alexnet_jax.settings import start_program, streams
start_program("the_probe")
open("report", "w").write("3 × 3 é 日本")
print(streams.is_utf8())
"""


LOCALES = [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "no_SUCH"}, {"LC_ALL": "C.UTF-8"}, {}]


@pytest.mark.parametrize(
    ("locale", "mode"),
    [
        *((locale, None) for locale in LOCALES),
        *(({"LC_ALL": "C"}, mode) for mode in ("0", "1")),
        ({}, "0"),
    ],
    ids=str,
)
def test_files_are_utf8_in_any_locale(tmp_path, locale, mode):
    (tmp_path / "the-probe").write_text(UTF8)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHONUTF8"))}
    given = {"PYTHONPATH": str(ROOT), "PYTHONCOERCECLOCALE": "0", **locale}
    given |= {} if mode is None else {"PYTHONUTF8": mode}
    done = subprocess.run(
        [sys.executable, "the-probe"], cwd=tmp_path, env=kept | given, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert (tmp_path / "report").read_text("utf-8") == "3 × 3 é 日本"


def test_a_folder_that_is_gone(tmp_path):
    (tmp_path / "gone").mkdir()
    program = "from alexnet_jax.settings import start_program; start_program('the_probe')"
    done = subprocess.run(
        ["/bin/sh", "-c", 'rmdir "$PWD"; exec "$0" -c "$1"', sys.executable, program],
        cwd=tmp_path / "gone",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "the-probe: the current folder is not there any more; leave it\n"
