"""Which device holds what: the mesh of `data` and `tower`, and what devices on it send each other.

Along `data` devices share the batch, along `tower` the halves of the net (paper, section 3.2). The
methods of `Towers`, `Units` and `Layout` are called inside `jax.shard_map`, where an array is one
device's part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array
from jax.sharding import AxisType, Mesh
from jaxtyping import Float, Shaped

from alexnet_jax.errors import UserError
from alexnet_jax.types import Whole

DATA, TOWER = "data", "tower"


def make_mesh(data: int = 1, tower: int = 1, devices: Sequence[jax.Device] | None = None) -> Mesh:
    """The first data * tower devices as a mesh; devices of one net lie beside each other.

    Raises UserError if there are fewer, or a number is below 1.
    """
    found = jax.devices() if devices is None else devices
    if data < 1 or tower < 1:
        raise UserError(f"config.mesh: {data} x {tower} devices; both numbers are 1 or more")
    if data * tower > len(found):
        raise UserError(
            f"config.mesh: {data} x {tower} devices, and there are {len(found)}; lower "
            "config.mesh.data or config.mesh.tower (on a CPU, JAX_NUM_CPU_DEVICES=4 makes four)"
        )
    grid = np.array(found[: data * tower]).reshape(data, tower)
    idle = {d.process_index for d in found} - {d.process_index for d in grid.flat}
    if devices is None and idle:
        raise UserError(
            f"config.mesh: {data} x {tower} devices of {len(found)} leave process {min(idle)} "
            "without one; raise config.mesh.data, or start fewer processes"
        )
    return Mesh(grid, (DATA, TOWER), axis_types=(AxisType.Auto,) * 2)


def on_each(f: Callable[..., Any], mesh: Mesh, in_specs: Any, out_specs: Any) -> Callable[..., Any]:
    """`f` on each device's part of its arguments.

    Nothing is summed over devices but by `f` itself (`check_vma=False`): towers compute the logits
    and their gradient alike, and to add those up would be traffic for nothing.
    """
    return jax.shard_map(f, mesh=mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False)


class Part(NamedTuple):
    """A device's part of a layer's maps or units: one of `devices` equal ones."""

    devices: int = 1
    own: Callable[[Array], Array] = lambda whole: whole  # the part, from what the last axis has


@dataclass(frozen=True)
class Towers:
    """How the towers of a net lie on devices: all on one, or an equal part on each of `devices`."""

    devices: int = 1

    def here(self, towers: int) -> int:
        """How many of a net's towers one device has. Raises ValueError if they cannot be shared."""
        if towers % self.devices:
            raise ValueError(f"{towers} towers cannot be divided among {self.devices} devices")
        return towers // self.devices

    def read(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        """The maps of all towers, tower 0 first, for a layer of which each device has a part.

        Backwards, each device's share of the gradient is sent to the maps' own device and added.
        """
        return x if self.devices == 1 else _gather(x)

    def read_alike(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        """The same for a layer that every device computes whole: logits.

        Backwards, each device has the whole gradient already, and takes its own part.
        """
        return x if self.devices == 1 else _gather_alike(x)

    def own(self, x: Shaped[Array, "*b d"]) -> Shaped[Array, "*b c"]:
        """This device's part of what all of them know."""
        return x if self.devices == 1 else _own(x, TOWER, x.shape[-1] // self.devices)


@dataclass(frozen=True)
class Units:
    """How the units of dense layers lie along `data`: all on each device, for its own examples; or,
    with several `devices`, an equal part of each tower's on each, for the whole batch.

    The latter is the hybrid of "One weird trick for parallelizing convolutional neural networks"
    (arXiv 1404.5997), its scheme of one exchange for the whole batch. Backwards, all three take
    gradients the opposite way and add up what belongs together.

    Arguments `towers`: how many of them are in the last axis of `x`, one after the other.
    """

    devices: int = 1

    def whole_batch(self, x: Float[Array, "b *n"]) -> Float[Array, "ab *n"]:
        """The rows of all devices, which have an equal number each."""
        if self.devices == 1:
            return x
        return jax.lax.all_gather(x, DATA, axis=0, tiled=True)

    def read(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "ab n"]:
        """All units of each tower, from each device's."""
        if self.devices == 1:
            return x
        parts = _by_tower(x, towers)
        return _side_by_side(jax.lax.all_gather(parts, DATA, axis=2, tiled=True))

    def own_rows(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "b n"]:
        """All units of each tower, for this device's own rows."""
        if self.devices == 1:
            return x
        parts = _by_tower(x, towers)
        return _side_by_side(jax.lax.all_to_all(parts, DATA, 0, 2, tiled=True))

    def own(self, x: Shaped[Array, "ab n"], towers: int) -> Shaped[Array, "ab m"]:
        """This device's units of what all devices know."""
        if self.devices == 1:
            return x
        parts = _by_tower(x, towers)
        return _side_by_side(_own(parts, DATA, parts.shape[-1] // self.devices))


@dataclass(frozen=True)
class Layout:
    """One net on a mesh: devices along `data` and along `tower`, and whether it is a hybrid."""

    data: int = 1
    tower: int = 1
    hybrid: bool = False

    @property
    def towers(self) -> Towers:
        return Towers(self.tower)

    @property
    def units(self) -> Units:
        return Units(self.data if self.hybrid else 1)

    def first_row(self, rows: int) -> Whole:
        """The place in the whole batch of the first of this device's `rows`."""
        return 0 if self.data == 1 else jax.lax.axis_index(DATA) * rows

    def own_rows(self, x: Shaped[Array, "ab *n"]) -> Shaped[Array, "b *n"]:
        """This device's rows of what all devices know."""
        if self.data == 1:
            return x
        rows = len(x) // self.data
        return jax.lax.dynamic_slice_in_dim(x, self.first_row(rows), rows)

    def add_up(self, tree: Any) -> Any:
        """The sum over the parts of the batch."""
        return tree if self.data == 1 else jax.lax.psum(tree, DATA)


def _gather(x: Array) -> Array:
    return jax.lax.all_gather(x, TOWER, axis=x.ndim - 1, tiled=True)


def _own(x: Array, axis_name: str, width: int) -> Array:
    first = jax.lax.axis_index(axis_name) * width
    return jax.lax.dynamic_slice_in_dim(x, first, width, axis=-1)


def _by_tower(x: Array, towers: int) -> Array:
    return x.reshape(len(x), towers, -1)


def _side_by_side(x: Array) -> Array:
    return x.reshape(len(x), -1)


@jax.custom_vjp
def _gather_alike(x: Array) -> Array:
    return _gather(x)


_gather_alike.defvjp(
    lambda x: (_gather(x), x.shape[-1]),
    lambda width, g: (_own(g, TOWER, width),),
)
