"""Initialise from another run's parameters: pre-training and fine-tuning (section 6)."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax

from alexnet_jax.build import build_architecture
from alexnet_jax.build.model import init_params
from alexnet_jax.checkpoint import Stored
from alexnet_jax.configuration import complete
from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.placement import Placement
from alexnet_jax.types import Params
from alexnet_jax.workdir import Workdir, config_checksum


@dataclass(frozen=True)
class Pretrained:
    """A run whose first layers, with their parameters, another one starts from.

    step: of its latest checkpoint. finished: whether that is the end of its training. layers: those
    that are taken over; what follows them in either net is not.
    """

    workdir: Path
    config: str  # checksum of its config.json
    step: int
    finished: bool
    architecture: Architecture
    layers: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """What a result has to say of where it started, for start.json."""
        return {
            "workdir": str(self.workdir),
            "config": self.config,
            "step": self.step,
            "finished": self.finished,
            "layers": list(self.layers),
        }

    def __str__(self) -> str:
        unfinished = "" if self.finished else ", whose training is not finished"
        return (
            f"{self.layers[0]} to {self.layers[-1]} of {self.workdir}, step {self.step}{unfinished}"
        )


def find_pretrained(workdir: Path, net: Architecture) -> Pretrained:
    """The run in `workdir`, to give all layers of `net` but the last one their first parameters.

    Only names and shapes have to agree: normalisation, pooling, dropout and activation function are
    those of `net`, whatever the run in `workdir` had. Its own last layer is left behind, and any
    before it that `net` does not have.

    Raises:
      UserError: no run there, no checkpoint yet, or a layer of `net` is another one there.
    """
    there = Workdir(workdir)
    if not there.is_run:
        raise UserError(
            f"config.start_from: {workdir} is not the workdir of a run; train it first, or name "
            "another"
        )
    config = complete(there.config())
    architecture = build_architecture(config.model, net.input[-1])
    layers = common_layers(architecture, net, workdir)
    step = Stored(there.checkpoints).latest
    if step is None:
        raise UserError(f"config.start_from: {workdir} has no checkpoint yet; wait for its first")
    return Pretrained(
        workdir=workdir,
        config=config_checksum(config.to_dict()),
        step=step,
        finished=there.finished,
        architecture=architecture,
        layers=layers,
    )


def common_layers(theirs: Architecture, net: Architecture, workdir: Path) -> tuple[str, ...]:
    """The names of all layers of `net` but the last, which have to be the first of `theirs`."""
    names = [layer.name for layer in net.weighted[:-1]]
    found = {layer.name: theirs.kernels[layer.name] for layer in theirs.weighted[:-1]}
    for place, name in enumerate(names):
        if [*found][place : place + 1] != [name] or found[name] != net.kernels[name]:
            there = f"is {found[name]}" if name in found else "is not to be found"
            raise UserError(
                f"config.start_from: {name} {there} in {workdir}, and here it is "
                f"{net.kernels[name]}; only the last layer may differ, so set config.model as in "
                f"{workdir}/config.json"
            )
    return tuple(names)


def read_pretrained(found: Pretrained, placement: Placement) -> tuple[Pretrained, Params]:
    """The parameters of the layers taken over, where `placement` has them.

    With the run as it was when they were read: one that is being trained may have come further.
    Raises UserError if the checkpoint cannot be read.
    """
    shapes = jax.eval_shape(partial(init_params, found.architecture, 0))
    stored = Stored(Workdir(found.workdir).checkpoints)
    loaded = stored.load("latest", {"params": placement.placed(shapes)})
    if loaded is None:
        raise UserError(f"config.start_from: {found.workdir} has no checkpoint any more")
    params = loaded.trees["params"]
    return replace(found, step=loaded.step), {name: params[name] for name in found.layers}
