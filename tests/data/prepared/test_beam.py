"""The preparation as a Beam pipeline: the same bytes, and one line for what goes wrong.

Beam's local runner is asked for by its own name, FnApiRunner. "DirectRunner" first tries to fetch
Prism, a runner written in Go, and falls back to this one.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.prepared.beam import make_pipeline, write_shards_with_beam
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, prepare
from alexnet_jax.errors import UserError
from oracles.pictures import jpeg, write_folder

SIDE = 24
HERE = "runner=FnApiRunner"
RUNNERS = {
    "this process": HERE,
    "two processes": f"{HERE},direct_running_mode=multi_processing,direct_num_workers=2",
    "a job server": "runner=PortableRunner,job_endpoint=embed,environment_type=LOOPBACK",
}
each_runner = pytest.mark.parametrize("options", RUNNERS.values(), ids=RUNNERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four shards: train, validation, test and val; one of the test pictures is broken."""
    counts = {"train": 25, "val": 4, "test": 4}
    folder = write_folder(tmp_path_factory.mktemp("pictures") / "pets", counts)
    (folder / "test" / "cat" / "broken.jpg").write_bytes(jpeg(99)[:300])
    return folder


@pytest.fixture(scope="module")
def local(folder, make, contents, tmp_path_factory):
    """What the processes of one machine make of it."""
    data_dir = tmp_path_factory.mktemp("local")
    make(folder, data_dir, workers=2)
    return contents(data_dir)


def by_beam(folder, data_dir, options=HERE, write=None, **request):
    """Place and manifest, and what was told of the progress."""
    told = []
    pipeline = make_pipeline(options)
    place, manifest = prepare(
        list_folder(folder),
        Request(data_dir=data_dir, side=SIDE, **request),
        write or (lambda job, shards, seen: write_shards_with_beam(job, shards, pipeline, seen)),
        lambda done, total: told.append((done, total)),
    )
    return place, manifest, told


@pytest.mark.beam
@each_runner
def test_the_bytes_are_those_of_a_local_run(folder, contents, tmp_path, local, options):
    _, manifest, told = by_beam(folder, tmp_path, options)
    assert contents(tmp_path) == local and sum("array_record" in name for name in local) == 4
    assert [key for key, _ in manifest.left_out] == ["cat/broken.jpg"]
    assert told[0] == (0, 67) and told[-1] == (67, 67)


@pytest.mark.beam
def test_what_is_complete_is_kept(folder, contents, tmp_path, local):
    def killed(job, shards, seen):
        write_shards(job, shards[:2], 1, seen)
        raise SystemExit

    with pytest.raises(SystemExit):
        by_beam(folder, tmp_path, write=killed)
    kept, lost = sorted(tmp_path.rglob("set/*array_record*"))
    before = kept.stat()
    lost.unlink()
    place, _, told = by_beam(folder, tmp_path)
    after = (place / kept.name).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert contents(tmp_path) == local
    assert 0 < told[0][0] < 67 and told[-1] == (67, 67)


@pytest.mark.beam
@each_runner
def test_a_workers_mistake_is_one_line(folder, contents, tmp_path, local, options):
    with pytest.raises(UserError, match=r"^cannot read cat/broken.jpg in .+/broken.jpg: .+") as e:
        by_beam(folder, tmp_path, options, strict=True)
    assert "\n" not in str(e.value)
    by_beam(folder, tmp_path)  # not strict: goes on from there
    assert contents(tmp_path) == local


@pytest.mark.beam
def test_workers_that_do_not_share_the_folder(folder, tmp_path):
    import apache_beam as beam
    from apache_beam.runners.runner import PipelineResult, PipelineRunner, PipelineState

    class Elsewhere(PipelineRunner):
        """Its workers find no tasks, so all of them are done at once."""

        def run_pipeline(self, pipeline, options):
            return PipelineResult(PipelineState.DONE)

        def is_fnapi_compatible(self):
            return True

    pipeline = beam.Pipeline(runner=Elsewhere())
    with pytest.raises(UserError, match="4 of 4 shards were not written; give a --data_dir that"):
        by_beam(
            folder,
            tmp_path,
            write=lambda job, shards, seen: write_shards_with_beam(job, shards, pipeline, seen),
        )


@pytest.mark.beam
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("runner=FnApiRunner,direct_num_worker=2", "no option 'direct_num_worker', did you mean"),
        ("runner=FnApiRunner,direct_num_workers=two", "direct_num_workers: invalid int value"),
        ("runner=Nobody", "Unexpected pipeline runner: Nobody"),
        ("runner FnApiRunner", "no option 'runner FnApiRunner'"),
        ("runner=FlinkRunner,flink_version=0.1", "argument --flink_version: invalid choice"),
    ],
)
def test_options_that_beam_does_not_take(folder, tmp_path, capfd, monkeypatch, options, message):
    line = refused(folder, tmp_path, capfd, monkeypatch, options)
    assert line.startswith("alexnet-jax: --beam_pipeline_options: ") and message in line


@pytest.mark.beam
def test_the_command_and_ctrl_c(contents, make, tmp_path):
    """Interrupted in the middle of a shard, it leaves no half of it; repeated, it ends."""
    folder = tmp_path / "many"
    (folder / "thing").mkdir(parents=True)
    (tmp_path / "one").write_bytes(jpeg(0, width=600, height=600))
    for number in range(800):
        os.link(tmp_path / "one", folder / "thing" / f"{number}.jpg")
    command = [sys.executable, "-m", "alexnet_jax", "prepare", f"folder:{folder}"]
    command += [f"--side={SIDE}", f"--data_dir={tmp_path / 'data'}"]
    process = subprocess.Popen(
        [*command, f"--beam_pipeline_options={HERE}"], stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 60
    while not list(tmp_path.rglob("set/*.part")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == "alexnet-jax: interrupted\n"
    assert process.returncode == 130 and not list(tmp_path.rglob("*.part"))
    by_beam(folder, tmp_path / "data")
    make(folder, tmp_path / "local")
    assert contents(tmp_path / "data") == contents(tmp_path / "local")


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None,
    reason="Beam is installed here; this is about what is said where it is not",
)
def test_without_beam(folder, tmp_path, capfd, monkeypatch):
    line = refused(folder, tmp_path, capfd, monkeypatch, HERE)
    assert "needs Apache Beam; pip install 'alexnet-jax[beam]'" in line


def refused(folder, tmp_path, capfd, monkeypatch, options):
    """The one line of a command that must fail and write nothing."""
    monkeypatch.setattr(sys, "argv", sys.argv)  # which parsing sets
    data_dir = tmp_path / "data"
    arguments = [f"folder:{folder}", f"--data_dir={data_dir}", f"--beam_pipeline_options={options}"]
    assert main(["prepare", *arguments]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert not data_dir.exists()
    return line
