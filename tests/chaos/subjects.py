"""Runs to be disturbed: how one is started, what an undisturbed one leaves, and a reader beside it.

A net of a few thousand parameters with all that a resumed run could get wrong: momentum, dropout,
random windows, a validation, and a save every few steps.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.checkpoint.contents import checksums
from alexnet_jax.configuration import read_config
from alexnet_jax.files import read_lines
from alexnet_jax.outcome import Ending
from alexnet_jax.whole_run import run
from programs import ROOT, Program
from test_processes import free_port

CONFIG = "configs/fashion_mnist.py:lenet5_relu_dropout,smoke"
DEVICES = {"JAX_NUM_CPU_DEVICES": "4"}  # as this process has; it shows in the last digits
CHANGES = {
    "augment.random": True, "optimizer.momentum": 0.9, "model.image": 24, "augment.mean": "image",
    "schedule.weights_lr": 0.05, "schedule.biases_lr": 0.01, "total_epochs": 1.5,
    "eval_epochs": 0.5, "log_steps": 3, "checkpoint_steps": 4,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Subject:
    """A training, of `processes` processes on one of `meshes` (devices that share the batch)."""

    name: str
    meshes: tuple[int, ...] = (1,)
    processes: int = 1
    changes: Mapping[str, object] = field(default_factory=dict)

    def command(self, workdir: Path, mesh: int) -> list[str]:
        """What follows `python`, for the first process."""
        changes = CHANGES | {"mesh.data": mesh} | dict(self.changes)
        flags = [f"--config.{key}={value}" for key, value in changes.items()]
        return ["-m", "alexnet_jax", "train", "--config", CONFIG, "--workdir", str(workdir), *flags]

    def start(self, workdir: Path, mesh: int) -> list[Program]:
        """All its processes."""
        command = self.command(workdir, mesh)
        if self.processes == 1:
            return [Program(command, DEVICES)]
        flags = [f"--coordinator_address=localhost:{free_port()}"]
        flags += [f"--num_processes={self.processes}"]
        own = {"JAX_NUM_CPU_DEVICES": "1"}
        return [
            Program([*command, *flags, f"--process_id={i}"], own) for i in range(self.processes)
        ]


@dataclass(frozen=True)
class Whole:
    """What an undisturbed run says, and its parameters' checksums after each step."""

    metrics: str
    params: dict[int, dict[str, str]]


def undisturbed(subject: Subject, folder: Path) -> Whole:
    """Trains in this process, saving each step, which changes no number."""
    params: dict[int, dict[str, str]] = {}
    save = Checkpoints.save

    def noted(self, step, trees, *rest, **more):
        params[step] = checksums(trees["params"])
        save(self, step, trees, *rest, **more)

    config = read_config(f"{ROOT / CONFIG}")
    changes = CHANGES | {"mesh.data": subject.meshes[0], "checkpoint_steps": 1}
    config.update_from_flattened_dict(changes | dict(subject.changes))
    Checkpoints.save = noted
    try:
        assert run(config, folder).ending is Ending.FINISHED
    finally:
        Checkpoints.save = save
    return Whole((folder / "metrics.jsonl").read_text(), params)


def same_numbers(workdir: Path, whole: Whole, *, exact: bool) -> str:
    """What is wrong with the log of a finished run; "" for nothing."""
    text = (workdir / "metrics.jsonl").read_text()
    if exact:
        return "" if text == whole.metrics else "metrics.jsonl differs"
    lines = read_lines(workdir / "metrics.jsonl")
    (workdir / "whole.jsonl").write_text(whole.metrics)
    wanted = read_lines(workdir / "whole.jsonl")
    (workdir / "whole.jsonl").unlink()
    if [line.keys() for line in lines] != [line.keys() for line in wanted]:
        return "metrics.jsonl has other lines"
    losses = [(a[k], b[k]) for a, b in zip(lines, wanted, strict=True) for k in a if "loss" in k]
    apart = max(abs(a - b) for a, b in losses)
    return "" if apart < 1e-2 else f"losses are {apart} apart"


READER = """
import json, sys, time
from pathlib import Path
from alexnet_jax.checkpoint.contents import checksums
from alexnet_jax.errors import UserError
from alexnet_jax.trained import load_run
workdir, out, stop = map(Path, sys.argv[1:])
with out.open("a") as file:
    while not stop.exists():
        for which in ("latest", "best"):
            try:
                run = load_run(workdir, which)
                said = {"step": run.step, "params": checksums(run.params)}
            except UserError as error:
                said = {"error": str(error)}
            print(json.dumps(said), file=file, flush=True)
        time.sleep(0.1)
"""
# What a reader may be told of a run that has not come far.
NOT_YET = ("is not the workdir of a run", "has just begun", "has no checkpoint yet")


class Reader:
    """A program that reads the run again and again while it is written."""

    def __init__(self, workdir: Path, folder: Path):
        self.out, self.stop = folder / "reader.jsonl", folder / "stop"
        self._process = Program(["-c", READER, str(workdir), str(self.out), str(self.stop)])

    def end(self, whole: Whole | None) -> tuple[int, list[str]]:
        """How many answers it got, and those that are none of an undisturbed run."""
        self.stop.touch()
        _, error = self._process.communicate(timeout=60)
        wrong = [f"the reader: {error[-300:]}"] if self._process.returncode else []
        answers = 0
        for line in self.out.read_text().splitlines():
            said = json.loads(line)
            if "step" in said:
                answers += 1
                if whole and said["params"] != whole.params.get(said["step"]):
                    wrong.append(f"the reader: other parameters at step {said['step']}")
            elif not any(reason in said["error"] for reason in NOT_YET):
                wrong.append(f"the reader: {said['error']}")
        return answers, wrong


def remove(folder: Path) -> None:
    """Also what is on a small disk of its own: all but the folder."""
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def python(arguments: list[str]) -> list[str]:
    """The command of a process of python itself."""
    assert os.access(sys.executable, os.X_OK)
    return [sys.executable, *arguments]
