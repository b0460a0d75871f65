"""What can be run where there is no ImageNet, or no time for 520 epochs: smaller stand-ins.

Each row says which row it stands for, and has no number of the paper: a small set, or a short
schedule, answers a smaller question.
"""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim
from experiments.claims.tables import FIGURES, PAPER

BY_ID = {row.id: row for row in (*PAPER, *FIGURES)}
EPOCHS = 10.0  # half an hour to an hour on one core, of photographs as of small pictures
SHORT = {  # the rates fall late, as in `make demo`: a short run has no time for three low rates
    "schedule.weights_steps": ((0.65, 0.1), (0.9, 0.01)),
    "schedule.first_layer_steps": ((0.8, 0.0),),
    "schedule.colour_steps": ((0.75, 0.0),),
}
SMALL: dict[str, Any] = {
    "data.name": "imagenette/144",
    "model.image": 128,
    "model.classes": 10,
    "batch_size": 64,
    "schedule.weights_lr": 0.005,
    "schedule.biases_lr": 0.01,
    "total_epochs": EPOCHS,
    "eval_epochs": 2.0,
    "log_steps": 20,
    "checkpoint_steps": 200,
    "startup_steps": 1000,
    **SHORT,
}
SAID = (
    "Ten classes of ImageNet: 8,499 training and 3,925 test images stored at 144 pixels, crops of "
    f"128. Half the batch at half the rates, {EPOCHS:g} epochs in place of 91, of which the last "
    "third at lower rates."
)
BASELINE = "imagenette_baseline"


def imagenette(row: Claim, **fields: Any) -> Claim:
    """The same change on Imagenette."""
    fields = {"id": f"imagenette_{row.id}", "baseline": BASELINE, "runs_of": None} | fields
    return stand_in(
        row,
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
        **fields,
    )


def cifar(row: Claim, **fields: Any) -> Claim:
    """Ten epochs of 520."""
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
        **fields,
    )


# The first needs GPUs, the second a long run, and the third other rates.
NOT_HERE = ("half_net_time", "no_dropout_time", "no_dropout")
TANH_ERROR = replace(
    BY_ID["tanh"],
    statement="the error with tanh after as many epochs; no number in the paper",
    kind="difference",
    metrics=("top1", "top5"),
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
# No number anywhere: whether a net learns as much in an arithmetic of fewer bits.
ARITHMETIC = tuple(
    Claim(
        id=f"imagenette_{precision}",
        section="beyond",
        statement=f"the error in {precision} ({said}) is that of float32",
        kind="difference",
        data="Imagenette",
        split="test",
        source="none; config.precision, docs/accelerators.md",
        views=10,
        config=f"configs/imagenet.py:source_2012,{precision}",
        overrides=SMALL,
        baseline=BASELINE,
    )
    for precision, said in (
        ("bfloat16", "products and stored activities of 8 bits"),
        ("tf32", "products of 10 bits, on devices that have it"),
    )
)
ON_IMAGENETTE = (
    imagenette(BY_ID["table2_1cnn"], id=BASELINE, baseline=None),
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
)
ON_CIFAR = (
    cifar(BY_ID["cifar_lrn"]),
    cifar(BY_ID["cifar_no_lrn"], baseline="cifar_lrn_short", kind="difference"),
)
ROWS: tuple[Claim, ...] = (*ON_IMAGENETTE, *ON_CIFAR)
