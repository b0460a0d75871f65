"""What the queue trains, and in which order. Commit a change of it, then `queue move`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from alexnet_jax.errors import UserError
from experiments.claims import CLAIMS


@dataclass(frozen=True)
class Part:
    """Claims that are trained seed by seed: all with seed 0, then all with seed 1, and so on.

    So rows that are compared are paired early, wherever the queue is stopped. Of claims with the
    same configuration the first one is named: its runs are the others', too.
    """

    claims: tuple[str, ...]
    seeds: int


class Item(NamedTuple):
    """One training."""

    claim: str
    seed: int

    @property
    def name(self) -> str:
        """As `run` calls it."""
        return f"{self.claim} seed{self.seed}"

    @property
    def result(self) -> str:
        """The place of its result in a folder of results."""
        return f"{self.claim}/seed{self.seed}.json"


ORDER: tuple[Part, ...] = (
    # The classroom, minutes each. d2l_batch_128 is d2l_alexnet28. The images/s of d2l_batch_* are
    # those of a machine that is shared with other work; compare speeds that were measured alone.
    Part(("d2l_lenet5", "d2l_lenet5_relu", "d2l_lenet5_dropout", "d2l_lenet5_relu_dropout"), 5),
    Part(("d2l_alexnet28", "d2l_batch_32", "d2l_batch_512", "d2l_batch_2048"), 5),
    # The ablations on Imagenette, ten epochs. Of six pairs an exact test can say p = 0.03, of three
    # no less than 0.25.
    Part(
        (
            "imagenette_baseline",
            "imagenette_no_lrn",
            "imagenette_plain_pooling",
            "imagenette_no_colour",
            "imagenette_no_dropout",
            "imagenette_half_net",
            "imagenette_tanh",
        ),
        6,
    ),
    # cuda-convnet's nets for CIFAR-10 by their whole schedules.
    Part(("cifar_80sec", "cifar_19pct", "cifar_18pct"), 3),
    # Not yet rows: LRN on CIFAR-10 by a longer schedule, six pairs; d2l_alexnet_96 for all of its
    # ten epochs, three seeds; both come here.
    Part(("cifar_conv_local_13pct",), 3),
    Part(("d2l_alexnet",), 1),
    # Not yet rows: Imagenette for 30 epochs.
)


def items(order: Iterable[Part] = ORDER) -> list[Item]:
    """The trainings, in order.

    Raises UserError, naming the claim, for one that is not there, or that is no single training.
    """
    found = []
    for part in order:
        for claim in part.claims:
            check(claim)
        found += [Item(claim, seed) for seed in range(part.seeds) for claim in part.claims]
    return found


def check(claim: str) -> None:
    """Raises UserError if the queue cannot train this claim."""
    row = CLAIMS.get(claim)
    if row is None:
        raise UserError(f"experiments/queue/order.py names {claim!r}, which is no claim")
    if row.needs:
        raise UserError(
            f"experiments/queue/order.py names {claim}, which cannot be run yet; it needs: "
            f"{row.needs}"
        )
    if row.sweep or row.members or row.starts_from or not row.trains:
        raise UserError(
            f"experiments/queue/order.py names {claim}, which is not one training for each seed; "
            f"use python -m experiments run {claim}"
        )
