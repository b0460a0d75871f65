"""A network on a mesh: which parameters a device holds whole, and of which it has its towers'."""

from dataclasses import dataclass

import jax
from jax import P
from jax.sharding import Mesh, NamedSharding, Sharding, SingleDeviceSharding
from jaxtyping import PyTree

from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense
from alexnet_jax.optim import place
from alexnet_jax.sharding import DATA, TOWER, Towers


@dataclass(frozen=True)
class Placement:
    """A mesh, and the layers of which a device has its own towers only; it has all others whole."""

    mesh: Mesh
    split: frozenset[str]

    @property
    def towers(self) -> Towers:
        """How the net's towers lie on the mesh."""
        return Towers(self.mesh.shape[TOWER])

    @property
    def batch(self) -> Sharding:
        """Of arrays that have a row for each example."""
        return self._sharding(P(DATA))

    def specs(self, tree: PyTree) -> PyTree:
        """P("tower") for each array of a split layer (parameters, velocity), P() for all others."""
        return jax.tree.map_with_path(lambda path, _: self._spec(path), tree)

    def shardings(self, tree: PyTree) -> PyTree:
        """What `specs` says, as shardings of this mesh."""
        return jax.tree.map(self._sharding, self.specs(tree), is_leaf=lambda x: isinstance(x, P))

    def put(self, tree: PyTree) -> PyTree:
        """Arrays where they belong."""
        return jax.device_put(tree, self.shardings(tree))

    def placed(self, shapes: PyTree) -> PyTree:
        """Shapes and dtypes with the shardings: what a checkpoint is to be restored as."""
        return jax.tree.map(
            lambda x, sharding: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding),
            shapes,
            self.shardings(shapes),
        )

    def _sharding(self, spec: P) -> Sharding:
        # One device's arrays as its own steps give them, or the step would be compiled again.
        if self.mesh.size == 1:
            return SingleDeviceSharding(self.mesh.devices.item())
        return NamedSharding(self.mesh, spec)

    def _spec(self, path: tuple[object, ...]) -> P:
        try:
            layer, _ = place(path)
        except ValueError:  # a step number, a sum: no array of a layer
            return P()
        return P(TOWER) if layer in self.split else P()


def place_on(mesh: Mesh, architecture: Architecture) -> Placement:
    """The net on the mesh: convolutions and dense layers by tower, logits on every device.

    Raises UserError if its towers cannot be divided among the mesh's.
    """
    devices, towers = mesh.shape[TOWER], architecture.towers
    if towers % devices:
        raise UserError(
            f"config.mesh.tower={devices}: {architecture.name} has {towers} "
            f"tower{'s' * (towers > 1)}, to be divided among {devices} devices"
        )
    if devices == 1:
        return Placement(mesh, frozenset())
    split = (layer.name for layer in architecture.weighted if isinstance(layer, Conv | Dense))
    return Placement(mesh, frozenset(split))
