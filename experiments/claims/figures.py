"""The paper's claims on CIFAR-10, its figures, and its counts."""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim, Metric
from experiments.claims.printed import CIFAR, IMAGENET, ON_2010, TABLE_1, paper_claim

CIFAR_WITH = paper_claim(
    "CIFAR-10",
    "test",
    id="cifar_lrn",
    section="3.3",
    statement="a four-layer CNN with normalisation",
    kind="error",
    metrics=("top1",),
    views=10,
    decimals=0,
    source="Section 3.3; the net is taken to be cuda-convnet's layers-conv-local-11pct.cfg",
    printed=(11.0,),
    config=f"{CIFAR}:conv_local_11pct",
)
FIG_1 = paper_claim(
    "CIFAR-10",
    "train",
    id="fig1_relu",
    section="Fig. 1",
    statement="a four-layer CNN with ReLU, no regularisation, at its best rate",
    kind="figure",
    metrics=("epochs_to_25",),
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
CIFAR_WITHOUT = replace(
    CIFAR_WITH,
    id="cifar_no_lrn",
    statement="the same without it",
    printed=(13.0,),
    config=f"{CIFAR}:conv_local_11pct,no_lrn",
    baseline="cifar_lrn",
)
SMALL = (
    CIFAR_WITH,
    CIFAR_WITHOUT,
    FIG_1,
    replace(
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
    ),
)


def figure_claim(number: str, statement: str, metrics: tuple[Metric, ...], **fields: Any) -> Claim:
    """A figure of the net of Table 1, from one training."""
    fields = {"split": "test", "kind": "figure", "config": TABLE_1.config, "seeds": 1} | fields
    id = "fig" + number.lower().replace(" ", "_")
    name = f"Fig. {number}"
    return paper_claim(
        "ILSVRC-2010",
        id=id,
        section=name,
        statement=statement,
        metrics=metrics,
        source=name,
        overrides=ON_2010,
        **fields,
    )


FIGURES = (
    figure_claim(
        "2",
        "the net's layers and their shapes",
        ("picture",),
        split="none",
        trains=False,
        figure="fig2",
    ),
    figure_claim(
        "3",
        "96 kernels: one GPU's mostly without colour, the other's with; in every run",
        ("colour_specialisation", "picture"),
        split="none",
        seeds=3,
        figure="fig3",
        runs_of=TABLE_1.id,
    ),
    *(
        figure_claim(f"4 {side}", statement, ("picture",), figure="fig4", runs_of=TABLE_1.id)
        for side, statement in (
            ("left", "eight test images, each with five labels"),
            ("right", "five test images, nearest in training"),
        )
    ),
    paper_claim(
        "none",
        "none",
        id="size",
        section="Abstract",
        statement="60 million parameters and 650,000 neurons, in round numbers",
        kind="count",
        metrics=("parameters", "neurons"),
        printed=(60e6, 650e3),
        decimals=0,
        source="Abstract",
        config=f"{IMAGENET}:paper",
        seeds=1,
        trains=False,
    ),
    paper_claim(
        "none",
        "none",
        id="conv_share",
        section="1",
        statement="each convolution has no more than 1 % of the parameters, a bound",
        kind="count",
        metrics=("conv_share",),
        printed=(1.0,),
        decimals=0,
        source="Section 1",
        config=f"{IMAGENET}:paper",
        seeds=1,
        trains=False,
        runs_of="size",
    ),
)
ROWS: tuple[Claim, ...] = (*SMALL, *FIGURES)
