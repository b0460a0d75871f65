"""Which device holds what: the mesh of `data` and `tower`, and what towers on it send each other.

Along `data` devices share the batch, along `tower` the halves of the net (paper, section 3.2). The
functions of `Towers` are called inside `jax.shard_map`, where an array is one device's part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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
    return Mesh(grid, (DATA, TOWER), axis_types=(AxisType.Auto,) * 2)


def on_each(f: Callable[..., Any], mesh: Mesh, in_specs: Any, out_specs: Any) -> Callable[..., Any]:
    """`f` on each device's part of its arguments.

    Nothing is summed over devices but by `f` itself (`check_vma=False`): towers compute the logits
    and their gradient alike, and to add those up would be traffic for nothing.
    """
    return jax.shard_map(f, mesh=mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False)


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
        return x if self.devices == 1 else _own(x, x.shape[-1] // self.devices)


def part_index(parts: int) -> Whole:
    """Which of the `parts` of the batch this device has."""
    return 0 if parts == 1 else jax.lax.axis_index(DATA)


def add_up(tree: Any, parts: int) -> Any:
    """The sum over the `parts` of the batch."""
    return tree if parts == 1 else jax.lax.psum(tree, DATA)


def _gather(x: Array) -> Array:
    return jax.lax.all_gather(x, TOWER, axis=x.ndim - 1, tiled=True)


def _own(x: Array, width: int) -> Array:
    first = jax.lax.axis_index(TOWER) * width
    return jax.lax.dynamic_slice_in_dim(x, first, width, axis=-1)


@jax.custom_vjp
def _gather_alike(x: Array) -> Array:
    return _gather(x)


_gather_alike.defvjp(
    lambda x: (_gather(x), x.shape[-1]),
    lambda width, g: (_own(g, width),),
)
