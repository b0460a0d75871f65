"""Stopped, killed or out of space at any moment, by any number of processes: the same bytes."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.errors import UserError
from oracles.pictures import jpeg

ROOT = Path(__file__).resolve().parents[3]
SIDE = 32
PICTURES = 2400  # of training: three shards and one held out


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Thousands of names for a dozen real files, enough work for several shards."""
    folder = tmp_path_factory.mktemp("many") / "many"
    originals = tmp_path_factory.mktemp("originals")
    for seed in range(12):
        (originals / str(seed)).write_bytes(jpeg(seed, width=64, height=48))
    for split, count in (("train", PICTURES), ("test", 40)):
        (folder / split / "thing").mkdir(parents=True)
        for number in range(count):
            os.link(originals / str(number % 12), folder / split / "thing" / f"{number}.jpg")
    return folder


@pytest.fixture(scope="module")
def uninterrupted(many, make, contents, tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("whole")
    make(many, data_dir, side=SIDE)
    return contents(data_dir)


def command(many, data_dir, workers=2):
    return [
        sys.executable, "-m", "alexnet_jax", "prepare", f"folder:{many}", "--side", str(SIDE),
        "--data_dir", str(data_dir), "--workers", str(workers),
    ]  # fmt: skip


def start(typed):
    """In a session of its own, in which `ended` finds what it has started."""
    return subprocess.Popen(
        typed, cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.programs
def test_the_number_of_processes_does_not_show(many, make, contents, tmp_path, uninterrupted):
    assert len(uninterrupted) == 3 + 1 + 1 + 5  # train, validation, test; five files beside them
    make(many, tmp_path, side=SIDE, workers=3)
    assert contents(tmp_path) == uninterrupted


def ended(process):
    """No process of a preparation is at work any more. (Nobody may wait for an orphan.)"""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        listed = ["ps", "-o", "stat=", "-s", str(process.pid)]
        states = subprocess.run(listed, capture_output=True, text=True).stdout.split()
        if all(state.startswith("Z") for state in states):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.programs
def test_killed_again_and_again_it_ends_with_the_same_bytes(
    many, make, contents, tmp_path, uninterrupted
):
    making = tmp_path / "many" / str(SIDE) / "1.0.0.incomplete"

    def count(pattern):
        return len(list(making.glob(pattern)))

    moments = [
        lambda: making.exists(),
        lambda: count("set/*.part") >= 1,
        lambda: count("work/*.npz") >= 1,  # a shard is being completed
        lambda: count("set/*-of-?????") >= 2,
    ]
    for ready in moments:
        process = start(command(many, tmp_path))
        while not ready():
            assert process.poll() is None, process.communicate()
            time.sleep(0.001)
        process.kill()
        process.communicate()
        assert not (tmp_path / "many" / str(SIDE) / "1.0.0").exists()
        assert ended(process)
    make(many, tmp_path, side=SIDE)
    assert contents(tmp_path) == uninterrupted


@pytest.mark.programs
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_polite_signal_stops_all_processes(many, make, contents, tmp_path, name, status):
    process = start(command(many, tmp_path))
    making = tmp_path / "many" / str(SIDE) / "1.0.0.incomplete" / "set"
    while not list(making.glob("*.part")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    _, err = process.communicate(timeout=60)
    assert process.returncode == status
    (line,) = [line for line in err.splitlines() if "images/s" not in line]
    said = "interrupted" if name == "SIGINT" else f"ended by {name}; repeat the command to go on"
    assert line == f"alexnet-jax: {said}"
    assert ended(process)


@pytest.mark.programs
@pytest.mark.parametrize("later", [0.0, 0.3, 0.6])
def test_ctrl_c_while_its_processes_start(many, tmp_path, later):
    """To all of them, as a terminal sends it, so many seconds after the folder is there."""
    process = start(command(many, tmp_path))
    while not (tmp_path / "many" / str(SIDE) / "1.0.0.incomplete").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)
    time.sleep(later)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err, err
    assert ended(process)


def test_a_finished_shard_is_kept_and_a_damaged_one_written_again(
    pictures, make, contents, tmp_path
):
    """Stopped after the first two."""

    def write(job, shards, seen):
        write_shards(job, shards[:2], 1, seen)
        raise KeyboardInterrupt

    whole, _ = make(pictures, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        make(pictures, tmp_path, write=write)
    making = tmp_path / "pets" / "24" / "1.0.0.incomplete" / "set"
    kept, cut = sorted(making.iterdir())
    cut.write_bytes(cut.read_bytes()[:-1])
    before = kept.stat().st_ino, kept.stat().st_mtime_ns
    made, _ = make(pictures, tmp_path)
    there = made / kept.name
    assert (there.stat().st_ino, there.stat().st_mtime_ns) == before
    assert contents(made) == contents(whole)


@pytest.mark.programs
def test_a_full_disk_is_one_line_and_nothing_is_lost(many, make, contents, tmp_path, uninterrupted):
    """The limit on a file's size stands for the disk: writing fails in the same place."""
    process = start(["sh", "-c", 'ulimit -f 1000; exec "$0" "$@"', *command(many, tmp_path)])
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    (line,) = [line for line in err.splitlines() if "images/s" not in line]
    assert "cannot write" in line and "File too large" in line and "repeat the command" in line
    assert not list(tmp_path.rglob("*.part"))
    make(many, tmp_path, side=SIDE)
    assert contents(tmp_path) == uninterrupted


def test_two_at_once_do_not_meddle(pictures, make, tmp_path):
    making = tmp_path / "pets" / "24" / "1.0.0.incomplete"
    making.mkdir(parents=True)
    with (making / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match=r"another process is preparing .*1\.0\.0\.incomplete"):
            make(pictures, tmp_path)


@pytest.mark.parametrize("change", [{"side": 24, "held_out": 0.5}, {}])
def test_a_half_made_set_of_another_kind_is_begun_anew(
    pictures, make, contents, tmp_path, capsys, monkeypatch, change
):
    """Of other settings, or by other versions: what is left of it goes, and that is said."""

    def write(job, shards, seen):
        write_shards(job, shards[:2], 1, seen)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if not change:
            patch.setattr("alexnet_jax.data.prepared.prepare.versions", lambda: {"pillow": "0"})
        make(pictures, tmp_path, write=write, **change)
    assert not capsys.readouterr().err
    made, _ = make(pictures, tmp_path)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("was begun with other pictures, settings or versions: begun anew")
    whole, _ = make(pictures, tmp_path / "whole")
    assert contents(made) == contents(whole)
    assert [path.name for path in made.parent.iterdir()] == ["1.0.0"]


def test_what_a_kill_at_the_very_end_leaves_is_tidied(pictures, make, tmp_path):
    folder, _ = make(pictures, tmp_path)
    (folder.with_name("1.0.0.incomplete") / "work").mkdir(parents=True)
    make(pictures, tmp_path)
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def test_a_place_that_cannot_be_written(pictures, make, tmp_path):
    (tmp_path / "pets").write_text("a file in the way")
    with pytest.raises(UserError, match=r"cannot write to .*: Not a directory; give a --data_dir"):
        make(pictures, tmp_path)
