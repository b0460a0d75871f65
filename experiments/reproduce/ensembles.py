"""The average of what several nets say of the test images, by `alexnet-jax evaluate --save`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alexnet_jax.ensemble import check_alike, combine, equal_weights, search_weights, wrong
from alexnet_jax.errors import UserError
from alexnet_jax.predictions import Predictions, read_predictions
from alexnet_jax.workdir import Workdir
from experiments import ROOT
from experiments.reproduce.scores import Number


def average(
    workdirs: Sequence[Path],
    data_dir: str | None,
    *,
    searched: bool,
    environment: Mapping[str, str] = {},
    at_once: int = 1,
) -> tuple[dict[str, Number], list[float]]:
    """Errors of the average on the test split by ten views, and the members' weights.

    They are equal, or searched on the validation split as in avg-valid.py.
    environment: what is set on top of this process's own environment.
    at_once: nets that are asked side by side, each in a process.
    """

    def said(split: str) -> list[Predictions]:
        with ThreadPoolExecutor(at_once) as pool:
            asked = [pool.submit(predictions, x, split, data_dir, environment) for x in workdirs]
            return [one.result() for one in asked]

    tested = said("test")
    check_alike(tested, workdirs)
    weights = equal_weights(len(workdirs))
    if searched:
        weights = search_weights(said("validation"))
    mixed = combine(tested, weights)
    numbers: dict[str, Number] = {"test_n": len(mixed.labels)}
    for among in (1, 5):
        errors = wrong(mixed.probabilities, mixed.labels, among)
        numbers[f"test_ten_top{among}_error"] = 100 * float(errors.mean())
    return numbers, list(weights)


def predictions(
    workdir: Path, split: str, data_dir: str | None, environment: Mapping[str, str]
) -> Predictions:
    """Of a run's last parameters by ten views; a file in its workdir, made if it is not there.

    Raises UserError: there is no run; with the command's last line if it fails.
    """
    path = workdir / f"{split}_ten.npz"
    if not path.exists():
        Workdir(workdir).config()
        command = ["evaluate", "--workdir", str(workdir), "--split", split, "--save", str(path)]
        folder = [] if data_dir is None else ["--data_dir", data_dir]
        typed = [sys.executable, "-m", "alexnet_jax", *command, *folder]
        done = subprocess.run(
            typed,
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise UserError(done.stderr.strip().splitlines()[-1])
    return read_predictions(path)
