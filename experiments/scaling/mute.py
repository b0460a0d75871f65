"""A placement whose devices exchange nothing, to time what they compute.

In place of what others would send, a device takes its own values once more: every array has the
shape and every product the size that it has in the real step, and the numbers mean nothing.
"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from alexnet_jax.placement import Placement
from alexnet_jax.sharding import Layout, Towers, Units


class MutePlacement(Placement):
    """The mesh and the parts of another placement, without its exchanges."""

    @property
    def layout(self) -> Layout:
        return MuteLayout(**vars(super().layout))


class MuteLayout(Layout):
    @property
    def towers(self) -> Towers:
        return MuteTowers(self.tower)

    @property
    def units(self) -> Units:
        return MuteUnits(self.data if self.hybrid else 1)

    def add_up(self, tree: Any) -> Any:
        return tree


@dataclass(frozen=True)
class MuteTowers(Towers):
    def read(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        return jnp.concatenate([x] * self.devices, axis=-1)

    def read_alike(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        return self.read(x)


@dataclass(frozen=True)
class MuteUnits(Units):
    def whole_batch(self, x: Float[Array, "b *n"]) -> Float[Array, "ab *n"]:
        return jnp.concatenate([x] * self.devices, axis=0)

    def read(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "ab n"]:
        parts = x.reshape(len(x), towers, -1)
        return jnp.concatenate([parts] * self.devices, axis=2).reshape(len(x), -1)

    def own_rows(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "b n"]:
        return x.reshape(len(x) // self.devices, -1)
