"""The trainings that a claim needs, and each as the command that a person would type."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from alexnet_jax.build.model import build_architecture
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from experiments import ROOT
from experiments.claims import CLAIMS, ROWS, Claim
from experiments.without_data import stored_side

SMALL, CLASSES = 72, 100  # of a smoke run, at most
SMOKE: dict[str, Any] = {
    "batch_size": 32,
    "total_epochs": 4 * 32 / 512,  # four steps of the 512 synthetic pictures
    "eval_epochs": 1.0,
    "log_steps": 1,
    "checkpoint_steps": 4,
    "startup_steps": 0,
    "data.train": "train",
}


@dataclass(frozen=True)
class Training:
    """One run of a row: its configuration with a seed, and with a rate where rates are tried.

    A smoke run takes four steps on synthetic pictures, of at most SMALL pixels and CLASSES classes.
    """

    row: Claim
    seed: int
    weights_lr: float | None = None
    smoke: bool = False

    @property
    def name(self) -> str:
        """Of its workdir and its result."""
        rate = "" if self.weights_lr is None else f"lr{self.weights_lr:g}-"
        return f"{rate}seed{self.seed}"

    @property
    def overrides(self) -> dict[str, Any]:
        """As typed after --config., by dotted key. A file's biases learn twice as fast."""
        values: dict[str, Any] = dict(self.row.overrides)
        if self.smoke and self.row.trains:
            values |= SMOKE | smaller(self.row)
        if self.weights_lr is not None:
            values["schedule.weights_lr"] = self.weights_lr
            values["schedule.biases_lr"] = 2 * self.weights_lr
        if self.row.starts_from:
            values["start_from"] = self.row.starts_from  # its workdir, when it is typed
        return values | {"seed": self.seed}

    @property
    def config(self) -> ConfigDict:
        """The whole configuration. Raises UserError for a row that has none."""
        return configured(self.row, self.overrides)

    @property
    def settings(self) -> dict[str, Any]:
        """What a result of it is of, as JSON: the configuration, or an ensemble's members."""
        if self.row.members:
            return {"members": dict(self.row.members), "searched": self.row.searched}
        settings: dict[str, Any] = json.loads(_as_json(self))
        return settings

    def workdir(self, workdirs: Path) -> Path:
        """Its own, under the folder of all of them."""
        return workdirs / self.row.id / self.name

    def arguments(self, workdirs: Path, data_dir: str | None) -> list[str]:
        """Of `alexnet-jax`, from the root of the checkout."""
        assert self.row.config
        workdir, values = self.workdir(workdirs), self.overrides
        if self.row.starts_from:
            start = Training(runs_of(CLAIMS[self.row.starts_from]), self.seed, smoke=self.smoke)
            values["start_from"] = start.workdir(workdirs)
        typed = [f"--config.{key}={value}" for key, value in values.items()]
        folder = [] if data_dir is None else ["--data_dir", data_dir]
        return ["train", "--config", self.row.config, *typed, "--workdir", str(workdir), *folder]


@cache
def _as_json(training: Training) -> str:
    """Its configuration; a page asks for that of every result several times."""
    return training.config.to_json()


def configured(row: Claim, overrides: Mapping[str, Any] | None = None) -> ConfigDict:
    """The row's configuration file with these values, or with its own.

    Raises UserError for a row without one.
    """
    if row.config is None:
        raise UserError(f"{row.id} cannot be run yet; it needs: {row.needs}")
    config = copy.deepcopy(_of_file(row.config))
    config.update_from_flattened_dict(dict(row.overrides if overrides is None else overrides))
    return config


@cache
def _of_file(name: str) -> ConfigDict:
    """Not to be changed. A page asks for that of every row several times."""
    return read_config(str(ROOT / name))


def smaller(row: Claim) -> dict[str, Any]:
    """Synthetic pictures like the row's own, and its net on them, both no larger than need be."""
    config = configured(row)
    side, image = stored_side(config), min(config.model.image, SMALL)
    if not config.augment.resize:
        side -= config.model.image - image  # the same margin for crops
    channels = build_architecture(config.model).input[-1]
    classes = min(config.model.classes, CLASSES)
    values = {
        "data.name": f"synthetic/{side}x{side}x{channels}/{classes}",
        "model.image": image,
        "model.classes": classes,
    }
    return values | ({"augment.resize": image} if config.augment.resize else {})


def runs_of(row: Claim) -> Claim:
    """The row whose runs are this row's: itself, or the one of the same configuration it names."""
    return CLAIMS[row.runs_of] if row.runs_of else row


def sharing(row: Claim) -> list[Claim]:
    """All rows with the runs of this one."""
    return [x for x in ROWS if x.config is not None and runs_of(x) is runs_of(row)]


def sweep(row: Claim, *, smoke: bool = False) -> Iterator[Training]:
    """A training for each rate that is tried, on seed 0; in a smoke run only the first is."""
    for rate in row.sweep[:1] if smoke else row.sweep:
        yield Training(runs_of(row), 0, rate, smoke)
