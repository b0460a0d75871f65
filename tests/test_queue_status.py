"""The queue's list, and what `status` says of it, by hand."""

import json
import os
import time

import pytest

from experiments.claims import CLAIMS
from experiments.queue import locks, status
from experiments.queue.folder import Folder, State
from experiments.queue.order import ORDER, Item, Part, items
from experiments.reproduce.hours import macs
from experiments.reproduce.training import runs_of
from results_by_hand import scored

LENET, RELU, BATCH = "d2l_lenet5", "d2l_lenet5_relu", "d2l_batch_512"


@pytest.fixture
def folder(tmp_path):
    """A queue of nine trainings: one of them is there, one half trained, one has failed."""
    folder = Folder(tmp_path)
    folder.path.mkdir(parents=True)
    folder.begin_at("c" * 40)
    listed = items([Part((LENET, RELU, BATCH), 3)])
    state = State([list(item) for item in listed], seconds={f"{LENET} seed0": 720.0})
    state.failed[f"{RELU} seed0"] = "experiments: no fashion_mnist in /data"
    state.running, state.since = f"{LENET} seed1", time.time()
    folder.note(state)
    scored(folder.results, LENET, [20.0])
    begun(folder, Item(LENET, 1), epoch=4.0, seconds=600.0)
    return folder


def begun(folder, item, epoch, seconds):
    """A training of ten epochs that has logged a line."""
    workdir = folder.workdir(item)
    workdir.mkdir(parents=True)
    (workdir / "config.json").write_text(json.dumps({"total_epochs": 10.0}))
    (workdir / "metrics.jsonl").write_text(json.dumps({"step": 9, "epoch": epoch}) + "\n")
    (workdir / "speed.jsonl").write_text(json.dumps({"step": 9, "seconds": seconds}) + "\n")


def said(folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    code = status.show(folder)
    return code, [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_hours_left_are_those_of_the_queue_s_own_trainings(folder, capsys, monkeypatch):
    """LeNet: 12 minutes each; 6 of 10 epochs of one and all of another are left, 0.32 hours."""
    code, lines = said(folder, capsys, monkeypatch)
    assert code == 1  # something failed
    assert lines[0] == "commit cccccccccccc"
    assert lines[1] == "does not run: python -m experiments queue goes on"
    assert f"failed: {RELU} seed0: experiments: no fashion_mnist in /data" in lines
    assert f"│ {LENET} │ 1 of 3 │ seed1 4.00 of 10 epochs │ 0.20 │ 0.3 │" in lines
    assert lines[-2] == (
        f"next: {BATCH} seed0, {RELU} seed1, {BATCH} seed1, {LENET} seed2, {RELU} seed2"
    )


def test_a_claim_that_was_not_measured_is_judged_by_its_work(folder):
    """Of the claims on the same data the one with the most similar work counts."""
    listed = items([Part((LENET, RELU, BATCH), 3)])
    each = status.hours(folder, folder.state(), listed)
    assert each[LENET] == pytest.approx(0.2)
    assert each[RELU] == pytest.approx(0.2)  # as many epochs of as many multiply-adds
    more = macs(CLAIMS[BATCH]) / macs(CLAIMS[LENET])
    assert more > 5 and each[BATCH] == pytest.approx(0.2 * more)
    scored(folder.root / "experiments/results/claims", RELU, [20.0, 21.0])  # half an hour each
    assert status.hours(folder, folder.state(), listed)[RELU] == pytest.approx(0.5)
    begun(folder, Item(BATCH, 0), epoch=2.5, seconds=900.0)
    assert status.hours(folder, folder.state(), listed)[BATCH] == pytest.approx(1.0)


def test_what_nothing_is_known_of_is_named(tmp_path, capsys, monkeypatch):
    folder = Folder(tmp_path)
    folder.path.mkdir(parents=True)
    folder.note(State([["cifar_80sec", 0]]))
    _, lines = said(folder, capsys, monkeypatch)
    assert lines[0] == "no queue was begun here: python -m experiments queue"
    assert lines[-1] == (
        "1 of 1 trainings left, 0.0 hours without cifar_80sec, of which nothing was measured"
    )
    assert not (tmp_path / "runs/queue/lock").exists()


def test_a_queue_that_runs_is_told_by_its_lock(folder, capsys, monkeypatch):
    folder.move_to("d" * 40)
    lock = locks.alone(folder.lock)
    _, lines = said(folder, capsys, monkeypatch)
    os.close(lock)
    assert lines[0] == "commit cccccccccccc, and dddddddddddd once what is begun is finished"
    assert lines[1].startswith("runs as process ") and lines[2] == f"in hand: {LENET} seed1"


def test_hours_are_those_of_the_device_that_the_queue_trains_on(folder):
    """Of RELU half an hour on the queue's CPU; what an accelerator took does not count."""
    listed = items([Part((LENET, RELU), 3)])
    records = folder.root / "experiments/results/claims"
    scored(records, RELU, [20.0, 21.0])
    fast = json.loads((records / RELU / "seed1.json").read_text())
    fast |= {"device": "1 x NVIDIA H200", "training_hours": 0.01}
    (records / RELU / "seed1.json").write_text(json.dumps(fast))
    assert status.hours(folder, folder.state(), listed)[RELU] == pytest.approx(0.5)
    (records / RELU / "seed0.json").unlink()
    assert status.hours(folder, folder.state(), listed)[RELU] == pytest.approx(0.2)  # as LENET
    for path in folder.results.glob("*/*.json"):
        path.unlink()
    assert status.hours(folder, folder.state(), listed)[RELU] == pytest.approx(0.01)


def test_a_claim_that_is_listed_twice_adds_its_further_seeds_where_it_is_listed_last():
    listed = items([Part((LENET, RELU), 1), Part((BATCH,), 2), Part((RELU, LENET), 2)])
    found = [(LENET, 0), (RELU, 0), (BATCH, 0), (BATCH, 1), (RELU, 1), (LENET, 1)]
    assert listed == [Item(*x) for x in found]


def test_the_list_is_of_trainings_of_their_own():
    """Once each, and by the id under which their results are kept."""
    listed = items()
    assert len(set(listed)) == len(listed) > 90
    assert all(runs_of(CLAIMS[item.claim]).id == item.claim for item in listed)


def test_the_ablations_are_paired_seed_by_seed():
    """Those of the paper first, all of their seeds before the next part's."""
    (part,) = (x for x in ORDER if "imagenette_no_lrn" in x.claims)
    assert "imagenette_baseline" in part.claims and (len(part.claims), part.seeds) == (7, 6)
    listed = items()
    first = listed.index(Item("imagenette_baseline", 0))
    seeds = [item.seed for item in listed[first : first + 7 * 6]]
    assert seeds == sorted(seeds)
    assert {item.claim for item in listed[first : first + 7 * 6]} == set(part.claims)


def test_every_difference_has_its_baseline_s_seeds_before_it():
    """So it can be paired as soon as it is there; only in one part are both trained in turns."""
    place = {item: number for number, item in enumerate(items())}
    of_parts = [set(part.claims) for part in ORDER]
    for claim, seed in place:
        base = CLAIMS[claim].baseline
        if base and claim.startswith(("imagenette", "cifar")):
            together = any({claim, base} <= claims for claims in of_parts)
            assert place[Item(base, seed)] < place[Item(claim, seed)] or together
