"""Who may train in a workdir: real processes, on this machine and as if on another."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time

import pytest

from alexnet_jax import lock as module
from alexnet_jax.errors import UserError
from alexnet_jax.lock import STALE, LockLostError, here, locked, read_holder, take
from programs import ROOT

TAKE = """
import os, sys, time
from pathlib import Path
from alexnet_jax.errors import UserError
from alexnet_jax.lock import take
try:
    take(Path(sys.argv[1]))
except UserError as error:
    print(error, flush=True)
else:
    print("has it", flush=True)
    sys.stdin.read()
os._exit(0)
"""


def another(path):
    """A process that takes the lock, and what it says; it ends at the end of its input."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", TAKE, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    return process


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


def test_a_second_process_is_refused_in_a_line_that_names_the_first(path):
    first, second = another(path), None
    try:
        assert first.stdout.readline() == "has it\n"
        second = another(path)
        said, _ = second.communicate(timeout=60)
        assert said.startswith(f"{path.parent} is being trained by process {first.pid} on ")
        assert said.endswith("; give another --workdir\n")
        with pytest.raises(UserError, match=f"is being trained by process {first.pid} on"):
            take(path)
    finally:
        first.communicate(timeout=60)
        if second:
            second.wait(60)


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_what_an_ended_process_left_is_taken_over(path, end):
    first = another(path)
    assert first.stdout.readline() == "has it\n"
    first.kill() if end == "kill" else first.stdin.close()
    first.wait(60)
    for pipe in (first.stdin, first.stdout):
        pipe.close()
    assert path.exists()
    with locked(path):
        assert read_holder(path)["process"] == os.getpid()
    assert list(path.parent.iterdir()) == []


def test_of_many_that_find_a_lock_left_behind_one_has_it(path):
    path.write_text(json.dumps({**here(), "process": 2**22 + 1, "begun": "1", "token": "x"}))
    processes = [another(path) for _ in range(6)]
    said = [process.stdout.readline() for process in processes]
    for process in processes:
        process.communicate(timeout=60)
    assert said.count("has it\n") == 1
    assert sum("is being trained by process" in line for line in said) == 5


def test_a_process_with_the_number_of_an_ended_one_is_another(path):
    path.write_text(json.dumps({**here(), "process": os.getpid(), "begun": "1", "token": "x"}))
    with locked(path) as lock:
        lock.check()


@pytest.mark.parametrize("where", ["boot", "container", "host"])
def test_another_machine_has_it_as_long_as_it_is_heard_of(path, where):
    holder = {**here(), where: "another", "process": 7, "begun": "1", "token": "x"}
    path.write_text(json.dumps(holder))
    with pytest.raises(UserError, match=r"by process 7 on .*; if it has been killed, wait 90 sec"):
        take(path)
    assert read_holder(path) == holder
    os.utime(path, (time.time() - STALE - 5,) * 2)
    with locked(path):
        assert read_holder(path)["process"] == os.getpid()


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff" * 9, '{"process": "seven"}'])
def test_a_damaged_lock_counts_by_its_age(path, text):
    path.write_text(text)
    with pytest.raises(UserError, match="is being trained by process"):
        take(path)
    os.utime(path, (1, 1))
    with locked(path):
        pass


def test_who_was_silent_and_lost_it_is_told_and_does_not_remove_the_other_ones(path):
    lock = take(path)
    lock.check()
    path.write_text(json.dumps({**here(), "process": 7, "host": "far", "token": "other"}))
    with pytest.raises(
        LockLostError, match=r"process 7 on far has taken over .*; look at what it does there"
    ):
        lock.check()
    lock.release()
    assert read_holder(path)["token"] == "other"


def test_a_held_lock_is_touched(path, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.02)
    with locked(path):
        os.utime(path, (1, 1))
        end = time.monotonic() + 30
        while path.stat().st_mtime < 2 and time.monotonic() < end:
            time.sleep(0.01)
        assert path.stat().st_mtime > 2


def test_a_file_system_without_links_will_do(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with locked(path), pytest.raises(UserError, match="is being trained by"):
        take(path)
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(UserError, match=r"cannot write to .*none: No such file or directory; give"):
        take(tmp_path / "none" / "lock")


def test_a_copy_of_a_folder_in_which_another_trains_is_free(tmp_path):
    """cp -r RUN COPY, while RUN trains: what COPY/lock says is not so there."""
    run, copy = tmp_path / "run", tmp_path / "copy"
    run.mkdir()
    first = another(run / "lock")
    try:
        assert first.stdout.readline() == "has it\n"
        shutil.copytree(run, copy)
        with locked(copy / "lock"):
            assert read_holder(run / "lock")["process"] == first.pid
        (tmp_path / "link").symlink_to(run)
        for name in ("run", "link"):
            with pytest.raises(UserError, match=f"is being trained by process {first.pid} on"):
                take(tmp_path / name / "lock")
        run.rename(tmp_path / "moved")
        with pytest.raises(UserError, match=f"is being trained by process {first.pid} on"):
            take(tmp_path / "moved" / "lock")
    finally:
        first.communicate(timeout=60)


def test_a_lock_that_was_deleted_is_made_again(path):
    """Or the other one that was quicker is told of."""
    with locked(path) as lock:
        ours = read_holder(path)
        path.unlink()
        lock.check()
        assert read_holder(path) == ours
        path.unlink()
        with (
            locked(path),
            pytest.raises(LockLostError, match=r"or its lock was deleted; look at what it does"),
        ):
            lock.check()


def test_a_folder_that_was_moved_or_deleted_is_not_begun_anew(tmp_path):
    run, moved = tmp_path / "run", tmp_path / "moved"
    run.mkdir()
    with locked(run / "lock") as lock:
        run.rename(moved)
        with pytest.raises(FileNotFoundError):
            lock.check()
        run.mkdir()  # by whomever
        with pytest.raises(FileNotFoundError, match="it was moved or deleted"):
            lock.check()
        assert list(run.iterdir()) == []
        run.rmdir()
        moved.rename(run)
        lock.check()
    assert list(run.iterdir()) == []


def test_a_lock_that_cannot_be_read_just_now_is_not_lost(path):
    """As where no more files may be open, or a network file system is away."""
    with locked(path) as lock:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                lock.check()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        lock.check()
