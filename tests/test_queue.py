"""The queue as processes and git repositories: what it trains, where, and how it is stopped."""

import json
import shutil
import signal
import subprocess
import sys
import time

import pytest

import small_checkout
from alexnet_jax.errors import UserError
from experiments.queue import locks
from experiments.queue.folder import Folder
from experiments.queue.loop import Loop
from experiments.queue.order import Part, items
from small_checkout import RESULTS, finish, kill, kill_all, start

SETTINGS = """
def start_program(module):
    import os
    os.environ["SET_BY_THE_CHECKOUT"] = "1"
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A checkout whose queue ran without disturbance, and what it printed."""
    folder = small_checkout.make(tmp_path_factory.mktemp("ended") / "checkout", seeds=2)
    shutil.copytree(folder, folder.parent / "fresh")
    status, said = finish(folder)
    assert status == 0, said
    return folder, said


@pytest.fixture
def fresh(ended, tmp_path):
    """The same at the same commit, before its queue began."""
    return shutil.copytree(ended[0].parent / "fresh", tmp_path / "checkout")


def results(folder):
    """All that were collected, as bytes."""
    return {x.relative_to(folder).as_posix(): x.read_bytes() for x in folder.glob(f"{RESULTS}/*/*")}


def starts(folder, name="one/seed0"):
    """How many steps each process of a training found."""
    lines = (folder / "runs/queue/workdirs" / name / "starts").read_text().splitlines()
    return [int(line.split()[0]) for line in lines]


def until(condition, queue=None):
    """Waits for it, for as long as the queue runs."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline and (queue is None or queue.poll() is None)
        time.sleep(0.01)


def test_seed_by_seed_and_into_the_checkout(ended):
    folder, said = ended
    order = [line.split(":")[0] for line in said.splitlines() if line.endswith("has its result")]
    assert order == ["one seed0", "two seed0", "one seed1", "two seed1"]
    assert sorted(results(folder)) == [
        f"{RESULTS}/{claim}/seed{seed}.json" for claim in ("one", "two") for seed in (0, 1)
    ]
    assert finish(folder)[1].splitlines()[1:] == ["all are there"]
    assert starts(folder) == [0]


@pytest.mark.programs
def test_edits_and_branches_of_the_checkout_change_nothing(ended, fresh, monkeypatch):
    """What it trains, and by which code, is of the commit of the first start.

    Also where Python is told to import from the checkout, and not from where it works.
    """
    monkeypatch.setenv("PYTHONPATH", str(fresh))
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    run = fresh / "experiments/reproduce/run.py"
    run.write_text(run.read_text().replace('CODE = "first"', 'CODE = "second"'))
    settings = fresh / "alexnet_jax/settings/__init__.py"
    settings.write_text(settings.read_text() + SETTINGS)
    status, said = finish(fresh)
    assert status == 0 and "uncommitted changes are not in" in said
    assert results(fresh) == results(ended[0])
    small_checkout.order(fresh, ("bad",), 1)
    small_checkout.commit(fresh)
    assert finish(fresh)[1].splitlines()[1:] == ["all are there"]


@pytest.mark.programs
def test_killed_at_any_moment_and_repeated_gives_the_same(ended, fresh):
    """The queue alone, whose training then goes on by itself; or all of its processes."""
    for number, moment in enumerate((0.1, 0.2, 0.3, 0.45, 0.6, 0.8)):
        queue = start(fresh)
        time.sleep(moment)
        if number % 2:
            kill_all(fresh, queue)
        else:
            kill(queue)
    status, said = finish(fresh)
    assert status == 0, said
    assert results(fresh) == results(ended[0])
    logs = "".join(x.read_text() for x in fresh.glob("runs/queue/logs/*"))
    assert "Traceback" not in logs  # two trainings in one workdir end so
    assert not list(fresh.rglob("*.tmp"))


@pytest.fixture
def long(tmp_path):
    """A checkout whose list begins with a training of three seconds, and it is begun."""
    folder = small_checkout.make(tmp_path / "checkout", ("long", "two"))
    queue = start(folder)
    until((folder / "runs/queue/workdirs/long/seed0/metrics").exists, queue)
    return folder, queue


@pytest.mark.programs
def test_a_training_that_a_killed_queue_has_left_is_saved_and_taken_up(long):
    folder, queue = long
    kill(queue)
    assert len(locks.eldest(folder / "runs/queue/training.lock")) == 1
    status, said = finish(folder)
    assert status == 0 and "a training was left alone; waiting until it is saved" in said
    first, second = starts(folder, "long/seed0")
    assert first == 0 < second


@pytest.mark.programs
def test_a_signal_saves_and_a_repeated_command_goes_on(long):
    folder, queue = long
    queue.send_signal(signal.SIGINT)
    said = queue.communicate(timeout=30)[0]
    assert queue.returncode == 128 + signal.SIGINT and said.endswith(
        "stopped; repeat to continue\n"
    )
    assert locks.held(folder / "runs/queue/lock") is None
    assert not locks.holders(folder / "runs/queue/training.lock")
    assert finish(folder)[0] == 0
    first, second = starts(folder, "long/seed0")
    assert first == 0 < second and len(results(folder)) == 2


def held(folder):
    """The file for as long as which the training of `long` goes on."""
    hold = folder / "runs/queue/workdirs/long/seed0/hold"
    hold.touch()
    return hold


def test_a_second_queue_is_refused(long):
    folder, queue = long
    held(folder)
    status, said = finish(folder)
    assert (status, said) == (
        1,
        f"experiments: a queue runs here already, process {queue.pid}; "
        "python -m experiments queue status shows it\n",
    )
    kill_all(folder, queue)


def test_one_that_fails_says_why_and_is_tried_again(tmp_path):
    """Its data is looked for where the command was typed, not in the clone."""
    folder = small_checkout.make(tmp_path / "checkout", ("bad", "one"))
    (folder / "data").mkdir()
    status, said = finish(folder, "--data_dir", "data")
    assert status == 1
    assert "bad seed0: failed: experiments: no good data\n" in said
    assert "one seed0: has its result\n" in said and said.endswith("but 1 that failed\n")
    state = json.loads((folder / "runs/queue/state.json").read_text())
    assert state["failed"] == {"bad seed0": "experiments: no good data"}
    (folder / "data/good").touch()
    status, said = finish(folder, "--data_dir", "data")
    assert status == 0 and "bad seed0: has its result\n" in said


def test_what_is_there_is_neither_trained_nor_replaced(fresh):
    """Also what came while it was trained; and what the user removed does not come back."""
    there = fresh / RESULTS / "one" / "seed0.json"
    there.parent.mkdir(parents=True)
    there.write_text("committed")
    while_trained = fresh / RESULTS / "two" / "seed0.json"
    queue = start(fresh)
    until((fresh / "runs/queue/workdirs/two/seed0").exists, queue)
    while_trained.parent.mkdir()
    while_trained.write_text("by hand")
    said = queue.communicate(timeout=30)[0]
    assert f"{while_trained} is there already and stays" in said
    assert (there.read_text(), while_trained.read_text()) == ("committed", "by hand")
    assert not (fresh / "runs/queue/workdirs/one/seed0").exists()
    (fresh / RESULTS / "one" / "seed1.json").unlink()
    assert finish(fresh)[0] == 0
    assert not (fresh / RESULTS / "one" / "seed1.json").exists()


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("table2_5cnns_test", "table2_5cnns_test, which cannot be run yet; it needs: the labels"),
        ("fig1_relu", "fig1_relu, which is not one training for each seed; use python -m "),
        ("won", "'won', which is no claim"),
    ],
)
def test_a_claim_that_cannot_be_queued_is_refused_by_name(claim, reason):
    with pytest.raises(UserError) as raised:
        items([Part(("d2l_lenet5", claim), 1)])
    assert str(raised.value).startswith(f"experiments/queue/order.py names {reason}")


def test_a_list_with_such_a_claim_trains_nothing(tmp_path):
    folder = small_checkout.make(tmp_path / "checkout", ("one", "wanting"))
    status, said = finish(folder)
    assert status == 1 and not results(folder)
    assert said.splitlines()[1].startswith(
        "experiments: experiments/queue/order.py names wanting, which cannot be run yet; it needs: "
        "a second brain"
    )


def test_what_is_begun_is_finished_by_the_commit_that_began_it(long):
    """Then the queue moves, also while it runs."""
    folder, queue = long
    hold = held(folder)
    old = small_checkout.git(folder, "rev-parse", "HEAD")
    run = folder / "experiments/reproduce/run.py"
    run.write_text(run.read_text().replace('CODE = "first"', 'CODE = "second"'))
    small_checkout.order(folder, ("two", "bad"), 1)
    new = small_checkout.commit(folder)
    status, said = finish(folder, "move")
    assert (status, said) == (0, f"goes on at {new[:12]} once what is begun is finished\n")
    hold.unlink()
    said = queue.communicate(timeout=30)[0]
    assert f"trains at {new[:12]}" in said
    found = {name: json.loads(x) for name, x in results(folder).items()}
    first, two = (found[f"{RESULTS}/{claim}/seed0.json"] for claim in ("long", "two"))
    assert (first["commit"], first["code"]) == (old, "first")
    assert (two["commit"], two["code"]) == (new, "second")
    assert "bad seed0: failed" in said and len(found) == 2


def test_the_queue_loads_no_jax():
    """It waits beside a training for days, and begins anew at each commit; nor configurations."""
    slow = "{'jax', 'ml_collections'}"
    code = f"import sys, experiments.queue.loop; print({slow} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_what_is_begun_comes_before_the_list(tmp_path):
    (tmp_path / "runs/queue").mkdir(parents=True)
    loop = Loop(Folder(tmp_path), "", [])
    assert loop.next()[1] is False
    begun = loop.items[-1]
    loop.folder.workdir(begun).mkdir(parents=True)
    assert loop.next() == (begun, True)


def test_a_clone_that_was_changed_is_refused(fresh, ended):
    (clone,) = (ended[0] / "runs/queue/checkouts").iterdir()
    shutil.copytree(clone, clone := fresh / "runs/queue/checkouts" / clone.name)
    (clone / "experiments/reproduce/run.py").write_text("")
    status, said = finish(fresh)
    assert (status, said) == (
        1,
        f"experiments: {clone} was changed, and results from it would be refused; remove the "
        "folder, it will be made anew\n",
    )


def test_without_a_repository_or_a_queue_it_says_so(fresh):
    assert finish(fresh, "move") == (
        1,
        "experiments: no queue was begun here; python -m experiments queue begins one at HEAD\n",
    )
    shutil.rmtree(fresh / ".git")
    status, said = finish(fresh)
    assert status == 1 and said.startswith(f"experiments: git rev-parse in {fresh}: fatal: not a")


def test_the_repository_of_a_hook_is_not_taken_for_the_checkout(fresh, tmp_path, monkeypatch):
    folder = small_checkout.make(tmp_path / "one", ("one",))
    monkeypatch.setenv("GIT_DIR", str(fresh / ".git"))
    status, said = finish(folder)
    assert status == 0, said
    monkeypatch.delenv("GIT_DIR")
    (record,) = (json.loads(x)["commit"] for x in results(folder).values())
    assert record == small_checkout.git(folder, "rev-parse", "HEAD")
    assert record != small_checkout.git(fresh, "rev-parse", "HEAD")
    subprocess.run(["git", "-C", str(folder), "fsck"], check=True, capture_output=True)
