"""Which steps are timed and which are only compiled: nets, meshes and batches."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.sharding import Layout

TWO_TOWERS, HALF = "source_2012", "half_145"


class Case(NamedTuple):
    """One step: a net of configs/imagenet.py on a mesh, and the images of all its devices."""

    model: str
    data: int
    tower: int
    hybrid: bool
    batch: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Case":
        """The case of a row of the record, which has more besides."""
        return cls(**{name: row[name] for name in cls._fields})

    @property
    def layout(self) -> Layout:
        return Layout(self.data, self.tower, self.hybrid)

    @property
    def devices(self) -> int:
        return self.data * self.tower

    @property
    def net(self) -> Architecture:
        return MODELS[self.model]


# One and two devices: strong scaling at 32 and 64 images, weak from 16 and 32 a device.
TIMED = [
    *(Case(TWO_TOWERS, 1, 1, False, batch) for batch in (16, 32, 64)),
    *(Case(TWO_TOWERS, 2, 1, False, batch) for batch in (32, 64)),
    *(Case(TWO_TOWERS, 1, 2, False, batch) for batch in (16, 32, 64)),
    *(Case(TWO_TOWERS, 2, 1, True, batch) for batch in (32, 64)),
    *(Case(HALF, 1, 1, False, batch) for batch in (16, 32, 64)),
]
# More devices than this machine has cores: what they send is in their programs all the same.
COMPILED = [
    *(case for case in TIMED if case.devices > 1 and case.batch == 64),
    *(Case(TWO_TOWERS, 2, 2, hybrid, 128) for hybrid in (False, True)),
    *(Case(TWO_TOWERS, 4, 1, hybrid, 128) for hybrid in (False, True)),
    *(Case(TWO_TOWERS, 8, 1, hybrid, 1024) for hybrid in (False, True)),
]
