"""What can be run where there is no ImageNet, or no time for 520 epochs: smaller stand-ins.

Each row says which row it stands for, and has no number of the paper: a small set, or a short
schedule, answers a smaller question. `on_imagenette` has rows that stand for none.
"""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim
from experiments.claims.on_imagenette import (
    ARITHMETIC,
    ASKED,
    BASELINE,
    EPOCHS,
    SEEDS,
    SHORT,
    SMALL,
)
from experiments.claims.tables import FIGURES, PAPER

BY_ID = {row.id: row for row in (*PAPER, *FIGURES)}
SAID = (
    "Ten classes of ImageNet: 8,499 training and 3,925 test images stored at 144 pixels, crops of "
    f"128. Half the batch at half the rates, {EPOCHS:g} epochs in place of 91 (or 30, where a row "
    "says so), of which the last third at lower rates."
)


def imagenette(row: Claim, **fields: Any) -> Claim:
    """The same change on Imagenette; of ten classes the top-5 error says little, so without it."""
    fields = {"id": f"imagenette_{row.id}", "baseline": BASELINE, "runs_of": None} | fields
    return stand_in(
        row,
        metrics=tuple(metric for metric in row.metrics if metric != "top5"),
        data="Imagenette",
        split="test",
        overrides={} if row.config is None else {**row.overrides, **SMALL},
        **fields,
    )


def stand_in(row: Claim, **fields: Any) -> Claim:
    """A row of its own without the numbers of the one that it stands for."""
    return replace(
        row,
        section="beyond",
        source=f"none of its own; {row.id} has {row.source}",
        printed=(),
        logged=(),
        stands_for=row.id,
        **{"seeds": SEEDS} | fields,
    )


def cifar(row: Claim, **fields: Any) -> Claim:
    """Ten epochs of 520: a first look, one seed. `cifar_60` has the pairs."""
    short = {
        "total_epochs": EPOCHS,
        "eval_epochs": 2.0,
        "schedule.weights_steps": SHORT["schedule.weights_steps"],
    }
    return stand_in(
        row,
        id=f"{row.id}_short",
        statement=f"{row.statement}, {EPOCHS:g} epochs in place of 520",
        overrides={**row.overrides, **short},
        seeds=1,
        **fields,
    )


def cifar_60(row: Claim, **fields: Any) -> Claim:
    """The whole schedule's shape in 60 epochs: 58 at the first rate, then 1.2 at each lower one."""
    return stand_in(
        row,
        id=f"{row.id}_60",
        statement=f"{row.statement}, 60 epochs in place of 520, the rates falling at the same "
        "fractions of the run",
        overrides={**row.overrides, "total_epochs": 60.0, "eval_epochs": 6.0},
        **fields,
    )


def longer(row: Claim) -> Claim:
    """A row on Imagenette by 30 epochs, its schedule's shape kept."""
    names: dict[str, Any] = {
        name: str(id).replace("imagenette_", "imagenette30_")
        for name in ("id", "baseline", "runs_of")
        if (id := getattr(row, name))
    }
    overrides = {**row.overrides, "total_epochs": 30.0}
    statement = f"{row.statement}, 30 epochs"
    return replace(row, statement=statement, overrides=overrides, **names)


# The first needs GPUs, the second a long run, and the third other rates.
NOT_HERE = ("half_net_time", "no_dropout_time", "no_dropout")
TANH_ERROR = replace(
    BY_ID["tanh"],
    statement="the error with tanh after as many epochs; no number in the paper",
    kind="difference",
    metrics=("top1",),
    views=10,
    printed=(),
    logged=(),
)
# Seen in one run of seed 0 (commit 010f002, jax 0.10.2, a CPU), stopped at step 580: the mean loss
# of steps 1 to 20 was 6.86, of 21 to 40 2.31, and ln 10 from then on. It has no result.
NO_DROPOUT = BY_ID["no_dropout"]
NO_DROPOUT_HERE = replace(
    imagenette(NO_DROPOUT),
    statement=f"{NO_DROPOUT.statement}; at half the rates, for the baseline's kill this net within "
    "40 steps (loss ln 10 from then on)",
    overrides={**SMALL, "schedule.weights_lr": 0.0025, "schedule.biases_lr": 0.005},
)
FIRST = imagenette(BY_ID["table2_1cnn"], id=BASELINE, baseline=None)
SHORT_RUNS = (
    FIRST,
    imagenette(BY_ID["centre_view"], baseline=None, runs_of=BASELINE),
    *(
        imagenette(row, runs_of=row.runs_of and f"imagenette_{row.runs_of}")
        for row in PAPER
        if row.kind in ("difference", "ratio") and row.id not in NOT_HERE
    ),
    NO_DROPOUT_HERE,
    imagenette(TANH_ERROR, id="imagenette_tanh_error", runs_of="imagenette_tanh"),
    imagenette(BY_ID["fig3"], baseline=None, runs_of=BASELINE),
    *ARITHMETIC,
    *ASKED,
)
# Of the ablations with six pairs of ten epochs, those of which the interval of the difference holds
# zero. plain_pooling is there for its gap.
OPEN = tuple(
    row
    for row in SHORT_RUNS
    if row.id in (f"imagenette_{x}" for x in ("no_colour", "plain_pooling", "plain_pooling_gap"))
)
ON_IMAGENETTE = (*SHORT_RUNS, *map(longer, (FIRST, *OPEN)))
ON_CIFAR = (
    cifar(BY_ID["cifar_lrn"]),
    cifar(BY_ID["cifar_no_lrn"], baseline="cifar_lrn_short", kind="difference"),
    cifar_60(BY_ID["cifar_lrn"]),
    cifar_60(BY_ID["cifar_no_lrn"], baseline="cifar_lrn_60", kind="difference"),
)
ROWS: tuple[Claim, ...] = (*ON_IMAGENETTE, *ON_CIFAR)
