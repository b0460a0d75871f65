"""Real checkpoints on disk: which are kept, reading while others write, damage, full disks."""

import gc
import random
import resource
import shutil
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax.checkpoint import Checkpoints, NotFinite, SaveFailed, Stored, Unreadable
from alexnet_jax.checkpoint.contents import checksums, differing, finite_checksums
from alexnet_jax.errors import UserError


def trees(value):
    return {
        "params": {"conv1": {"kernel": jnp.full((3, 4), float(value))}},
        "rest": {"step": jnp.int32(value), "velocity": (jnp.full(5, -float(value)),)},
    }


LIKE = jax.eval_shape(lambda: trees(0))

# Orbax leaves coroutines behind where a read fails; what they say belongs to that test.
UNAWAITED = pytest.mark.filterwarnings(
    "ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def collected():
    """Collects the test's own garbage; what other tests keep, millions of objects, is left out."""
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()


def save(checkpoints, step, error=None):
    checkpoints.save(step, trees(step), {"plateau": {"best": error, "bad": 0}}, top1_error=error)


def saved(workdir, *steps):
    """Checkpoints of these steps, and who reads them."""
    with Checkpoints(workdir) as checkpoints:
        for step in steps:
            save(checkpoints, step, 10.0 + step)
    return Stored(workdir / "checkpoints")


def is_whole(loaded):
    jax.tree.map(np.testing.assert_array_equal, loaded.trees, trees(loaded.step))
    return loaded.note["host"]["plateau"] == {"best": loaded.note["top1_error"], "bad": 0}


def snapshot(folder):
    """Every path below, when it was changed and what is in it."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.is_file() and path.read_bytes(),
        )
        for path in folder.rglob("*")
    }


def test_the_latest_two_and_the_best_are_kept_and_no_more(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        assert (checkpoints.latest, checkpoints.best) == (None, None)
        for step, error in ((2, 50.0), (4, 20.0), (6, None), (8, 30.0), (9, None)):
            save(checkpoints, step, error)
        checkpoints.wait()
        assert (checkpoints.latest, checkpoints.best) == (9, 4)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["4", "8", "9"]
    again = Stored(tmp_path / "checkpoints")
    assert (again.steps, again.latest, again.best) == ([4, 8, 9], 9, 4)


def test_of_equal_errors_the_earlier_is_best(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        for step in (2, 4, 6, 8):
            save(checkpoints, step, 25.0)
        checkpoints.wait()
        assert checkpoints.best == 2


def test_without_errors_the_best_is_the_latest(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        save(checkpoints, 3)
        checkpoints.wait()
        assert checkpoints.best == 3


def test_what_was_saved_comes_back(tmp_path):
    found = saved(tmp_path, 7).restore(7, LIKE)
    assert is_whole(found)
    assert found.note["lines"] == {}


def test_parameters_can_be_read_alone(tmp_path):
    found = saved(tmp_path, 7).restore(7, {"params": LIKE["params"]}).trees
    assert list(found) == ["params"]
    np.testing.assert_array_equal(found["params"]["conv1"]["kernel"], np.full((3, 4), 7.0))


def test_a_step_is_saved_anew_by_a_run_that_has_gone_back(tmp_path):
    saved(tmp_path, 7)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(7, trees(8), {"plateau": None})
    found = Stored(tmp_path / "checkpoints").restore(7, LIKE)
    assert found.trees["rest"]["step"] == 8


def test_a_state_that_is_donated_while_it_is_saved_is_saved_as_it_was(tmp_path):
    @partial(jax.jit, donate_argnums=0)
    def next_state(state):
        return jax.tree.map(lambda x: x + 1, state)

    state = {"params": jnp.zeros(4_000_000)}
    with Checkpoints(tmp_path) as checkpoints:
        for step in range(1, 4):
            state = next_state(state)
            checkpoints.save(step, state, {}, top1_error=None)
            for _ in range(5):
                state = next_state(state)
            checkpoints.wait()
            found = checkpoints.restore(step, state).trees
            assert np.unique(found["params"]).tolist() == [6 * step - 5]


def test_readers_change_nothing(tmp_path):
    stored = saved(tmp_path, 4, 7)
    others = (
        "8.orbax-checkpoint-tmp",
        "5.abc.removed",
        "6.damaged",
        "00009",
        "\u0669",
        "lost+found",
    )
    for name in others:
        (tmp_path / "checkpoints" / name / "params").mkdir(parents=True)
    before = snapshot(tmp_path)
    assert stored.load("latest", LIKE).step == 7
    assert stored.load("best", {"params": LIKE["params"]}).step == 4
    assert (stored.steps, stored.latest, stored.best) == ([4, 7], 7, 4)
    assert snapshot(tmp_path) == before


def test_who_trains_removes_what_was_left_half_written(tmp_path):
    saved(tmp_path, 4)
    for name in ("8.orbax-checkpoint-tmp", "5.abc.removed", "6.damaged"):
        (tmp_path / "checkpoints" / name / "params").mkdir(parents=True)
    with Checkpoints(tmp_path):
        pass
    left = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert left == {"4", "6.damaged"}


def test_a_checkpoint_that_is_replaced_while_it_is_read_is_read_anew(tmp_path, monkeypatch, capsys):
    """The training saves two steps, and so removes the first one, as a reader begins with it."""
    stored, restore = saved(tmp_path, 4), Stored.restore

    def overtaken(self, step, like):
        if step == 4:
            saved(tmp_path, 5, 6)
            shutil.rmtree(tmp_path / "checkpoints" / "4", ignore_errors=True)
        return restore(self, step, like)

    monkeypatch.setattr(Stored, "restore", overtaken)
    loaded = stored.load("latest", LIKE)
    assert loaded.step == 6 and is_whole(loaded)
    assert capsys.readouterr().err == ""


def emptied(content, draw):
    return b""


def cut(content, draw):
    return content[: len(content) // 2]


def noise(content, draw):
    return draw.randbytes(len(content))


def flipped(content, draw):
    changed = bytearray(content)
    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


@UNAWAITED
@pytest.mark.parametrize(
    "harm", [emptied, flipped, *(pytest.param(x, marks=pytest.mark.programs) for x in (cut, noise))]
)
def test_no_damage_gives_a_wrong_answer(harm, tmp_path, capsys, collected):
    """Each file of the latest checkpoint in turn: it is used as it was, or the one before is."""
    stored, draw = saved(tmp_path, 4, 7), random.Random(3)
    files = [path for path in (tmp_path / "checkpoints" / "7").rglob("*") if path.is_file()]
    fallen = 0
    for file in files:
        whole = file.read_bytes()
        if whole:
            file.write_bytes(harm(whole, draw))
            loaded = stored.load("latest", LIKE)
            said = capsys.readouterr().err
            assert is_whole(loaded)
            if loaded.step == 4:
                fallen += 1
                assert said.startswith("alexnet-jax: the checkpoint of step 7 in ")
                assert said.endswith("): step 4 is used in its place\n") and said.count("\n") == 1
            else:
                assert said == ""
            file.write_bytes(whole)
    assert fallen >= 3


@UNAWAITED
def test_a_damaged_best_gives_way_to_the_next_best(tmp_path, capsys, collected):
    stored = saved(tmp_path, 4, 7, 8)
    (tmp_path / "checkpoints" / "4" / "_CHECKPOINT_METADATA").write_bytes(b"{}")
    assert stored.load("best", LIKE).step == 7
    said = capsys.readouterr().err
    assert "the checkpoint of step 4 in" in said and "step 7 is used in its place" in said


@UNAWAITED
def test_where_all_are_damaged_that_is_said(tmp_path, collected):
    stored = saved(tmp_path, 7)
    for path in (tmp_path / "checkpoints" / "7").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(Unreadable) as raised:
        stored.load("latest", LIKE)
    message = str(raised.value)
    del raised
    assert message.startswith("the checkpoint of step 7 in ")
    assert message.endswith("), and there is no other; restore it, or start a new run")
    assert "\n" not in message


def test_who_trains_sets_a_damaged_one_aside(tmp_path, capsys):
    saved(tmp_path, 4, 7)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.set_aside([7])
        assert checkpoints.steps == [4]
    assert (tmp_path / "checkpoints" / "7.damaged").is_dir()
    assert "7 is kept as 7.damaged" in capsys.readouterr().err


@UNAWAITED
def test_a_save_that_fails_leaves_those_before_and_can_be_repeated(tmp_path, collected):
    with Checkpoints(tmp_path) as checkpoints:
        save(checkpoints, 4)
        checkpoints.wait()
        place, away = checkpoints.directory, tmp_path / "away"
        place.rename(away)
        place.write_text("in the way")
        with pytest.raises(SaveFailed, match=r"the checkpoint of step 7 cannot be written to .*: "):
            save(checkpoints, 7)
            checkpoints.wait()
        place.unlink()
        away.rename(place)
        assert checkpoints.steps == [4]
        save(checkpoints, 7)
    assert Stored(tmp_path / "checkpoints").steps == [4, 7]


@UNAWAITED
def test_one_that_failed_is_no_reason_not_to_try_the_next(tmp_path, capsys, collected):
    """There may be room again, and it may be the last save of all."""
    with Checkpoints(tmp_path) as checkpoints:
        save(checkpoints, 4)
        (checkpoints.directory / "4.orbax-checkpoint-tmp").rename(tmp_path / "away")
        save(checkpoints, 7)
    said = capsys.readouterr().err
    assert said.startswith("alexnet-jax: the checkpoint of step 4 cannot be written to ")
    assert said.endswith("; training goes on, and the next save tries again\n")
    assert said.count("\n") == 1
    assert checkpoints.steps == [7]


def test_a_folder_of_checkpoints_that_was_deleted_is_made_again(tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        save(checkpoints, 4)
        checkpoints.wait()
        shutil.rmtree(checkpoints.directory)
        save(checkpoints, 7)
        checkpoints.wait()
        assert checkpoints.steps == [7]


def test_a_workdir_that_was_deleted_is_not(tmp_path):
    with Checkpoints(tmp_path / "run") as checkpoints:
        shutil.rmtree(tmp_path / "run")
        with pytest.raises(
            SaveFailed, match=r"step 4 cannot be written to .*: No such file or dir"
        ):
            save(checkpoints, 4)
    assert list(tmp_path.iterdir()) == []


@UNAWAITED
@pytest.mark.parametrize("seconds", [0, 0.01, 0.05, 0.5])
def test_a_workdir_that_is_moved_while_a_save_is_written_is_not_begun_anew(tmp_path, seconds):
    run, away = tmp_path / "run", tmp_path / "away"
    checkpoints = Checkpoints(run)
    save(checkpoints, 4)
    checkpoints.wait()
    save(checkpoints, 7)
    time.sleep(seconds)
    run.rename(away)
    with pytest.raises(SaveFailed, match=r"the checkpoint of step 7 cannot be written to .*"):
        checkpoints.wait()
    assert list(tmp_path.iterdir()) == [away]
    away.rename(run)
    save(checkpoints, 9)
    checkpoints.wait()
    assert checkpoints.steps in ([4, 9], [7, 9])  # 7 if it was complete when the folder went


@UNAWAITED
def test_what_orbax_made_in_place_of_a_deleted_workdir_is_removed_and_no_other_run(tmp_path):
    run = tmp_path / "run"
    for other in (False, True):
        checkpoints = Checkpoints(run)
        save(checkpoints, 7)
        checkpoints._saving[1].result()
        shutil.rmtree(run)
        (run / "checkpoints" / "7" / "params").mkdir(parents=True)
        if other:
            (run / "config.json").touch()
        with pytest.raises(SaveFailed, match=r": it was moved or deleted$"):
            checkpoints.wait()
        assert run.exists() == other
    assert (run / "checkpoints" / "7" / "params").exists()


def test_a_link_to_a_disk_that_is_away_is_named(tmp_path):
    (tmp_path / "checkpoints").symlink_to(tmp_path / "away")
    with pytest.raises(UserError, match=r"checkpoints: it is a link to nowhere; put that right"):
        Checkpoints(tmp_path)


@UNAWAITED
def test_too_few_open_files_are_no_damage(tmp_path, collected):
    """The newest is neither passed over for the one before nor called damaged."""
    stored = saved(tmp_path, 4, 7)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(UserError, match=r"checkpoints/7: not enough open files \(") as raised:
            stored.restore(7, LIKE)
        with pytest.raises(UserError, match=r"cannot read .*checkpoints: Too many open files; put"):
            stored.load("latest", LIKE)  # and not None, with which a training would begin again
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not isinstance(raised.value, Unreadable)
    assert stored.load("latest", LIKE).step == 7


def test_checksums_are_of_contents_shape_and_type():
    tree = trees(3)
    written = checksums(tree)
    assert set(written) == {"params/conv1/kernel", "rest/step", "rest/velocity/0"}
    assert differing(trees(3), written) == []
    assert differing(trees(4), written) == sorted(written)
    other = {"params": tree["params"], "rest": {"step": jnp.float32(3), "velocity": ()}}
    assert differing(other, written) == ["rest/step", "rest/velocity/0"]
    a, b = jnp.zeros((2, 3)), jnp.zeros((3, 2))
    assert checksums({"a": a}) != checksums({"a": b})


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_numbers_that_are_none_are_found(bad):
    assert finite_checksums(trees(1)) == checksums(trees(1))
    with pytest.raises(NotFinite, match=r"^b/0$"):
        finite_checksums({"a": jnp.int32(1), "b": (jnp.array([1.0, bad]),)})
