"""Result files as `run` writes them, of runs that need not be run."""

import json
from pathlib import Path
from typing import Any

from alexnet_jax.workdir import config_checksum
from experiments.claims import CLAIMS
from experiments.reproduce import result
from experiments.reproduce.training import Training


def record(training: Training, **changed: Any) -> dict[str, Any]:
    """A whole record of a training that ended well."""
    settings = json.loads(training.config.to_json())
    whole: dict[str, Any] = {
        "claim": training.row.id,
        "weights_lr": training.weights_lr,
        "smoke": training.smoke,
        "seed": training.seed,
        "config": config_checksum(settings),
        "dirty": False,
        "commit": "c" * 40,
        "versions": {"jax": "0.10.2"},
        "device": "1 x cpu",
        "cpu": "a cpu",
        "training_hours": 0.5,
        "numbers": {"epochs": 40.0},
        "curve": [],
        "settings": settings,
        "ended": "finished",
    }
    return whole | changed


def scored(folder: Path, id: str, errors: list[float], n: int = 1000) -> None:
    """Results of seeds 0, 1, ... whose tests ended with these top-1 errors."""
    for seed, error in enumerate(errors):
        training = Training(CLAIMS[id], seed)
        test = {"test_n": n}
        for views in ("centre", "ten"):
            test |= {f"test_{views}_top1_error": error, f"test_{views}_top5_error": error / 2}
        result.keep(folder, training, record(training, numbers={"epochs": 1.0} | test))


def to_25(folder: Path, id: str, epochs: dict[tuple[float, int], float | None]) -> None:
    """Results of Fig. 1: (rate, seed) -> epochs to 25 %."""
    for (rate, seed), number in epochs.items():
        training = Training(CLAIMS[id], seed, rate)
        curve = [(1.0, 60.0), (number or 9.0, 25.0 if number else 40.0)]
        numbers = {"epochs": 9.0, "epochs_to_25": number}
        result.keep(folder, training, record(training, numbers=numbers, curve=curve))
