"""The paper's claims on CIFAR-10, its figures, and its counts."""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim
from experiments.claims.printed import CIFAR, IMAGENET, ON_2010, SOURCE_2012, TABLE_1

CIFAR_WITH = Claim(
    "cifar_lrn",
    "3.3",
    "a four-layer CNN with normalisation",
    metrics=("top1",),
    data="CIFAR-10",
    split="test",
    views=10,
    decimals=0,
    source="Section 3.3; the net is taken to be cuda-convnet's layers-conv-local-11pct.cfg",
    printed=(11.0,),
    config=f"{CIFAR}:conv_local_11pct",
)
CIFAR_WITHOUT = replace(
    CIFAR_WITH,
    id="cifar_no_lrn",
    statement="the same without it",
    printed=(13.0,),
    config=f"{CIFAR}:conv_local_11pct,no_lrn",
    baseline="cifar_lrn",
)
FIG_1 = Claim(
    "fig1_relu",
    "Fig. 1",
    "a four-layer CNN with ReLU, no regularisation, at its best rate",
    kind="figure",
    metrics=("epochs_to_25",),
    data="CIFAR-10",
    split="train",
    source="Fig. 1; the net is not given, here cuda-convnet's layers-19pct.cfg",
    config=f"{CIFAR}:19pct,no_weight_decay",
    overrides={
        "data.train": "train+validation",  # no choice is made on validation here
        "schedule.weights_steps": (),
        "total_epochs": 40.0,
        "eval_epochs": 40.0,
        "log_steps": 78,  # 9,984 images; cuda-convnet printed its error after each 10,000
        "startup_steps": 0,  # a rate too high to start is a result
    },
    sweep=(0.003, 0.001, 0.01, 0.0003),
)
FIG_1_TANH = replace(
    FIG_1,
    id="fig1_tanh",
    statement="ReLU reaches 25 % training error six times faster than tanh",
    kind="ratio",
    printed=(6.0,),
    decimals=0,
    config=f"{CIFAR}:19pct,no_weight_decay,tanh",
    overrides={**FIG_1.overrides, "total_epochs": 100.0, "eval_epochs": 100.0},
    sweep=(0.01, 0.003, 0.03),  # 0.01 is best: a rate on each side of it is behind
    baseline="fig1_relu",
)
FIG_2 = Claim(
    "fig2",
    "Fig. 2",
    "the net's layers and their shapes",
    kind="figure",
    metrics=("picture",),
    data="ILSVRC-2010",
    split="none",
    config=SOURCE_2012,
    overrides=ON_2010,
    seeds=1,
    figure="fig2",
    trains=False,
)
FIG_3 = replace(
    FIG_2,
    id="fig3",
    section="Fig. 3",
    source="Fig. 3",
    statement="96 kernels: one GPU's mostly without colour, the other's with; in every run",
    metrics=("colour_specialisation", "picture"),
    printed=(),
    logged=(),
    seeds=3,
    figure="fig3",
    trains=True,
    runs_of=TABLE_1.id,
)
FIG_4 = (
    replace(
        FIG_2,
        id=f"fig4_{side}",
        section=f"Fig. 4 {side}",
        source=f"Fig. 4 {side}",
        statement=statement,
        split="test",
        figure="fig4",
        trains=True,
        runs_of=TABLE_1.id,
    )
    for side, statement in (
        ("left", "eight test images, each with five labels"),
        ("right", "five test images, nearest in training"),
    )
)


def count_claim(id: str, section: str, statement: str, **fields: Any) -> Claim:
    """A count of the net by the text."""
    shared: dict[str, Any] = {"kind": "count", "data": "none", "split": "none", "decimals": 0}
    shared |= {"config": f"{IMAGENET}:paper", "seeds": 1, "trains": False}
    return Claim(id, section, statement, **shared, **fields)


ROWS: tuple[Claim, ...] = (
    *(CIFAR_WITH, CIFAR_WITHOUT, FIG_1, FIG_1_TANH, FIG_2, FIG_3, *FIG_4),
    count_claim(
        "size",
        "Abstract",
        "60 million parameters and 650,000 neurons, in round numbers",
        metrics=("parameters", "neurons"),
        printed=(60e6, 650e3),
    ),
    count_claim(
        "conv_share",
        "1",
        "each convolution has no more than 1 % of the parameters, a bound",
        metrics=("conv_share",),
        printed=(1.0,),
        runs_of="size",
    ),
)
