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
    same configuration the first one is named: its runs are the others', too. `seeds` counts from
    seed 0: a later part that names a claim again adds the seeds that it has more.
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
    # The classroom: LeNet in minutes, six seeds, for of fewer pairs nothing is a finding; the small
    # AlexNet in hours, so one seed of each batch size here, and the others last. d2l_batch_128 is
    # d2l_alexnet28. The images/s of d2l_batch_* are those of a machine that is shared with other
    # work; compare speeds that were measured alone.
    Part(("d2l_lenet5", "d2l_lenet5_relu", "d2l_lenet5_dropout", "d2l_lenet5_relu_dropout"), 6),
    Part(("d2l_alexnet28", "d2l_batch_32", "d2l_batch_512", "d2l_batch_2048"), 1),
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
    # LRN on CIFAR-10. At the pace of cifar_lrn_short (0.35 and 0.20 hours for ten epochs) six pairs
    # of 60 epochs take 20 hours, those of 520 a week.
    Part(("cifar_lrn_60", "cifar_no_lrn_60"), 6),
    Part(("d2l_alexnet_96_whole",), 3),
    Part(("cifar_conv_local_13pct",), 3),
    Part(("d2l_alexnet",), 1),
    # Of the ablations above, the baseline and those whose interval of the difference holds zero
    # after six pairs (`OPEN` of experiments/claims/stand_ins.py).
    Part(("imagenette30_baseline", "imagenette30_no_colour", "imagenette30_plain_pooling"), 6),
    # The other ablations, of which three seeds are there.
    Part(
        (
            "imagenette_no_crops",
            "imagenette_no_decay",
            "imagenette_without_conv2",
            "imagenette_without_conv3",
            "imagenette_without_conv4",
            "imagenette_without_conv5",
        ),
        6,
    ),
    # What 2012 did not try, against the baseline's six seeds above: all pairs of one, then the
    # next, for three pairs of each say nothing. Of middle_init ten seeds tell how many start.
    Part(("imagenette_text",), 6),
    Part(("imagenette_own_crop",), 6),
    Part(("imagenette_colour_eigenvalue",), 6),
    Part(("imagenette_bias_rate",), 6),
    Part(("imagenette_middle_init", "imagenette_baseline"), 10),
    Part(("d2l_alexnet28", "d2l_batch_32", "d2l_batch_512", "d2l_batch_2048"), 5),
)


def items(order: Iterable[Part] = ORDER) -> list[Item]:
    """The trainings, in order; one that a later part names again keeps its first place.

    Raises UserError, naming the claim, for one that is not there, or that is no single training.
    """
    found = []
    for part in order:
        for claim in part.claims:
            check(claim)
        found += [Item(claim, seed) for seed in range(part.seeds) for claim in part.claims]
    return list(dict.fromkeys(found))


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
