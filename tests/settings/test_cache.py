"""Compiled programs are kept for the next start, and what is wrong with them fails no run."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alexnet_jax.settings import cache
from alexnet_jax.settings.start import RECORDED

ADD_UP = """
from alexnet_jax.settings import set_up
set_up()
import jax
print(jax.jit(lambda x: (3 * x + 1).sum())(jax.numpy.arange(5.0)))
"""


def add_up(folder: Path, *options: str) -> str:
    """What the program says on standard error; its sum is right whatever the cache holds."""
    names = (*RECORDED, cache.DIR, cache.SHORTEST)
    kept = {k: v for k, v in os.environ.items() if k not in names}
    done = subprocess.run(
        [sys.executable, *options, "-c", ADD_UP], env={**kept, "XDG_CACHE_HOME": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "35.0\n"), done.stderr
    return done.stderr


def programs(folder: Path) -> dict[Path, int]:
    return {x: x.stat().st_mtime_ns for x in folder.glob("alexnet-jax/xla/*/jit*-cache")}


def test_a_second_start_reads_what_the_first_has_kept(tmp_path):
    """All but what a process killed while it wrote has left: that is said of, and compiled."""
    assert add_up(tmp_path) == ""
    cut, *others = programs(tmp_path)
    assert others
    cut.write_bytes(cut.read_bytes()[:100])
    kept = programs(tmp_path)
    assert add_up(tmp_path).count("Error reading persistent compilation cache entry") == 1
    assert programs(tmp_path) == kept


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path):
    (tmp_path / "file").write_text("")
    assert add_up(tmp_path / "file") == ""
    assert cache.programs_folder(tmp_path / "file" / "alexnet-jax") is None


def test_the_folder_is_where_the_user_keeps_such_things(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    assert cache.user_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/alexnet-jax")
    monkeypatch.setattr(sys, "platform", "linux")
    for relative in ({}, {"XDG_CACHE_HOME": "c"}):
        assert cache.user_folder(relative) == Path("/home/ann/.cache/alexnet-jax")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache.user_folder({}) == Path("/home/ann/Library/Caches/alexnet-jax")


def test_programs_are_the_users_alone_and_leave_after_a_month(tmp_path):
    folder = cache.programs_folder(tmp_path)
    assert folder is not None and folder.stat().st_mode & 0o077 == 0
    for name, days in (("old-cache", 31), ("young-cache", 29), ("other", 31)):
        (folder / name).write_bytes(b"x")
        then = time.time() - days * 24 * 3600
        os.utime(folder / name, (then, then))
    cache.programs_folder(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["other", "young-cache"]


@pytest.mark.parametrize("line", ["model name", "flags"])
def test_another_cpu_has_a_folder_of_its_own(line):
    one = ["processor : 0", "model name : A", "flags : fpu avx", "cpu MHz : 1", "", "processor : 1"]
    other = [x + " more" if x.startswith(line) else x for x in one]
    faster = [x + "7" if x.startswith("cpu MHz") else x for x in one]
    assert cache.checksum(one) == cache.checksum(faster) != cache.checksum(other)
