"""A network on a mesh: which parameters a device holds whole, and of which it has a part."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import Array, P
from jax.sharding import Mesh, NamedSharding, Sharding, SingleDeviceSharding
from jaxtyping import PyTree

from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Weighted
from alexnet_jax.optim import layer_of_parameter
from alexnet_jax.processes import several
from alexnet_jax.sharding import DATA, TOWER, Layout
from alexnet_jax.types import Params


@dataclass(frozen=True)
class Placement:
    """A mesh, and the layers of which a device has a part: its own `towers`, or its own `units` of
    each tower. It has all others whole."""

    mesh: Mesh
    towers: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    @property
    def layout(self) -> Layout:
        """How the net lies on the mesh, for `models.network.forward`."""
        return Layout(self.mesh.shape[DATA], self.mesh.shape[TOWER], hybrid=bool(self.units))

    @property
    def batch(self) -> Sharding:
        """Of arrays that have a row for each example."""
        return self._sharding(P(DATA))

    def specs(self, tree: PyTree) -> PyTree:
        """The mesh's axes that split each array (parameter or velocity of a layer), or none."""
        return jax.tree.map_with_path(self._spec, tree)

    def shardings(self, tree: PyTree) -> PyTree:
        """What `specs` says, as shardings of this mesh."""
        return jax.tree.map(self._sharding, self.specs(tree), is_leaf=lambda x: isinstance(x, P))

    def put(self, tree: PyTree) -> PyTree:
        """Arrays where they belong; each process has the whole of them."""
        if not several():
            return jax.device_put(tree, self.shardings(tree))
        return jax.tree.map(_spread, tree, self.shardings(tree))

    def rows(self, batch_size: int) -> slice:
        """Which rows of a batch this process's devices need: the part that it reads."""
        each = batch_size // len(self.mesh.devices)
        return slice(self._parts.start * each, self._parts.stop * each)

    def send(self, rows: PyTree) -> PyTree:
        """Arrays of a batch on the devices. Each process gives its own rows, as `rows` has them."""
        if not several():
            return jax.device_put(rows, self.batch)
        return jax.tree.map(self._send, rows)

    def _send(self, rows: np.ndarray) -> Array:
        each = len(rows) // len(self._parts)
        missing = self._parts.start * each  # rows before ours, which others read

        def own(index: Any) -> np.ndarray:
            start, stop, _ = index[0].indices(n)
            return rows[start - missing : stop - missing]

        n = each * len(self.mesh.devices)
        return jax.make_array_from_callback((n, *rows.shape[1:]), self.batch, own)

    @property
    def _parts(self) -> range:
        """The parts of the batch that devices of this process have."""
        here = jax.process_index()
        parts = [
            part
            for part, devices in enumerate(self.mesh.devices)
            if any(device.process_index == here for device in devices)
        ]
        return range(min(parts), max(parts) + 1)

    def placed(self, shapes: PyTree) -> PyTree:
        """Shapes and dtypes with the shardings: what a checkpoint is to be restored as."""
        return jax.tree.map(
            lambda x, sharding: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding),
            shapes,
            self.shardings(shapes),
        )

    def add_up(self, gradients: Params) -> Params:
        """The batch's gradients, from those of each device's part of it.

        Those of a layer that is split by units are the whole batch's already.
        """
        parts = {name: g for name, g in gradients.items() if name not in self.units}
        return gradients | self.layout.add_up(parts)

    def _sharding(self, spec: P) -> Sharding:
        # One device's arrays as its own steps give them, or the step would be compiled again.
        if self.mesh.size == 1:
            return SingleDeviceSharding(self.mesh.devices.item())
        return NamedSharding(self.mesh, spec)

    def _spec(self, path: tuple[object, ...], x: Array | np.ndarray | jax.ShapeDtypeStruct) -> P:
        try:
            layer, _ = layer_of_parameter(path)
        except ValueError:  # a step number, a sum: no array of a layer
            return P()
        tower = TOWER if layer in self.towers else None
        if layer in self.units:  # kernel [t ni m], bias [t m]
            return P(tower, *[None] * (x.ndim - 2), DATA)
        return P(tower) if tower else P()


def _spread(x: Array | np.ndarray, sharding: Sharding) -> Array:
    """Not by device_put, which asks the other processes whether they have the same."""
    values = np.asarray(x)
    return jax.make_array_from_callback(values.shape, sharding, lambda index: values[index])


def place_on(mesh: Mesh, architecture: Architecture, *, hybrid: bool = False) -> Placement:
    """The net on the mesh: convolutions and dense layers by tower, logits on every device.

    hybrid: the dense layers' units are divided along `data`, where they are copied otherwise.

    Raises UserError if towers or units cannot be divided among the mesh's devices.
    """
    layers = architecture.weighted
    towers = tuple(x.name for x in layers if x.in_towers)
    dense = tuple(x for x in layers if x.by_units)
    _check_towers(mesh.shape[TOWER], architecture)
    if hybrid:
        _check_units(mesh.shape[DATA], dense, architecture)
    return Placement(
        mesh,
        towers=frozenset(towers if mesh.shape[TOWER] > 1 else ()),
        units=frozenset(x.name for x in dense if hybrid and mesh.shape[DATA] > 1),
    )


def _check_towers(devices: int, architecture: Architecture) -> None:
    towers = architecture.towers
    if towers % devices:
        raise UserError(
            f"config.mesh.tower={devices}: {architecture.name} has {towers} "
            f"tower{'s' * (towers > 1)}, to be divided among {devices} devices"
        )


def _check_units(devices: int, dense: tuple[Weighted, ...], architecture: Architecture) -> None:
    if not dense:
        raise UserError(f"config.mesh.hybrid: {architecture.name} has no dense layer to divide")
    for layer in dense:
        units = architecture.kernels[layer.name][-1]
        if units % devices:
            raise UserError(
                f"config.mesh.hybrid: {layer.name} of {architecture.name} has {units} units a "
                f"tower, to be divided among config.mesh.data={devices} devices"
            )
