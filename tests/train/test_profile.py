"""A profile of some steps of a run, as the program writes it."""

import gzip
import json

import jax
import pytest
from jax._src import profiler

from alexnet_jax.errors import UserError
from alexnet_jax.profile import SKIPPED, STEPS, profiled
from alexnet_jax.train import train
from alexnet_jax.whole_run import run
from oracles.runs import parts_once, tiny_config


@pytest.mark.programs
def test_a_run_writes_what_its_last_steps_did_and_the_same_numbers(tmp_path):
    experiment, data = parts_once(tiny_config())
    folder = tmp_path / "profile"
    for name, profile in (("plain", None), ("profiled", folder)):
        (tmp_path / name).mkdir()
        train(experiment, data, tmp_path / name, profile=profile)
    kept = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in ("plain", "profiled")]
    assert kept[0] == kept[1]
    (trace,) = folder.glob("plugins/profile/*/*.trace.json.gz")
    events = json.loads(gzip.decompress(trace.read_bytes()))["traceEvents"]
    calls = [x["name"] for x in events if x.get("name", "").startswith("PjitFunction")]
    steps = experiment.total_steps - SKIPPED
    assert calls.count("PjitFunction(train_step)") in (steps, 2 * steps)  # jax notes a call twice


def test_programs_of_several_steps_are_recorded_whole(tmp_path):
    """That which ends after the tenth step is not, and the next one is."""
    with profiled(tmp_path) as before_steps:
        for done, name in ((0, "first"), (1, "second"), (13, "third"), (25, "fourth")):
            before_steps(done)
            with jax.profiler.TraceAnnotation(name):
                pass
    (trace,) = tmp_path.glob("plugins/profile/*/*.trace.json.gz")
    events = json.loads(gzip.decompress(trace.read_bytes()))["traceEvents"]
    found = {x.get("name") for x in events}
    assert found & {"first", "second", "third", "fourth"} == {"third"}


def test_a_short_session_says_that_it_has_no_profile(tmp_path, capsys):
    with profiled(tmp_path / "new" / "profile") as before_step:
        for step in range(SKIPPED):
            before_step(step)
    said = capsys.readouterr().err
    assert f"no profile in {tmp_path}/new/profile: one begins after 10 steps" in said
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"^profile: .*file/profile: Not a directory"):
        run(tiny_config(), tmp_path / "run", profile=tmp_path / "file" / "profile")
    assert not (tmp_path / "run").exists()


def test_a_session_that_ends_meanwhile_keeps_what_it_has(tmp_path):
    with pytest.raises(RuntimeError, match="ends"), profiled(tmp_path) as before_step:
        before_step(SKIPPED)
        raise RuntimeError("ends")
    assert list(tmp_path.glob("plugins/profile/*/*.xplane.pb"))


def test_one_that_cannot_be_written_is_a_line_and_stops_nothing(tmp_path, capsys):
    folder = tmp_path / "profile"
    with profiled(folder) as before_step:
        before_step(SKIPPED)
        folder.write_text("in its place")
        before_step(SKIPPED + STEPS)
        before_step(SKIPPED + STEPS + 1)
    assert f"no profile in {folder}: FAILED_PRECONDITION" in capsys.readouterr().err
    with profiled(tmp_path) as before_step:  # JAX takes the one before for unfinished
        before_step(SKIPPED)
    assert f"no profile in {tmp_path}: Profile has already been" in capsys.readouterr().err
    profiler._profile_state.reset()  # for the tests after this one
