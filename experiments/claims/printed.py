"""The paper's claims on ImageNet: its tables, then what it took away from the net.

Rows are run as `source_2012`, the net behind the numbers, but for the two `*_text`.
"""

from dataclasses import replace
from typing import Any

from alexnet_jax import paper
from experiments.claims.claim import Claim, Metric

IMAGENET, CIFAR = "configs/imagenet.py", "configs/cifar10.py"
SOURCE_2012 = f"{IMAGENET}:source_2012"
ON_2010 = {"data.name": "imagenet2010/256"}
ON_2012 = "table2_1cnn"


def error_claim(
    result: paper.Result, id: str, section: str, statement: str, **fields: Any
) -> Claim:
    """An error rate that the paper prints, and its net's configuration on that set."""
    data, split = result.data.split()
    defaults: dict[str, Any] = {
        "data": data,
        "split": split,
        "views": result.views,
        "printed": (result.top1, result.top5),
        "logged": result.logged or (),
        "overrides": ON_2010 if data == "ILSVRC-2010" else {},
    }
    return Claim(id, section, statement, **(defaults | fields))


def difference_claim(result: paper.Result, base: paper.Result, *of: str, **fields: Any) -> Claim:
    """An error rate of which the paper prints how much it is above that of `base`."""
    printed = (round(result.top1 - base.top1, 1), round(result.top5 - base.top5, 1))
    return error_claim(result, *of, kind="difference", printed=printed, **fields)


TABLE_1 = error_claim(
    paper.PAPER_2010,
    "table1",
    "Table 1",
    "CNN on ILSVRC-2010",
    source="Table 1; layer-params-145-2010.cfg:165-198",
    config=SOURCE_2012,
)
CENTRE = error_claim(
    paper.PAPER_2010_CENTRE,
    "centre_view",
    "6",
    "without averaging over ten views",
    source="Section 6, footnote; layer-params-145-2010.cfg:165-198",
    config=SOURCE_2012,
    runs_of="table1",
)
TABLE_2 = error_claim(
    paper.PAPER_2012,
    ON_2012,
    "Table 2",
    "1 CNN on ILSVRC-2012",
    source="Table 2; layer-params-145.cfg:182",
    config=SOURCE_2012,
)
FIVE = error_claim(
    paper.PAPER_2012_FIVE,
    "table2_5cnns",
    "Table 2",
    "5 CNNs averaged",
    baseline=ON_2012,
    seeds=1,
    members={ON_2012: 5},
)
STAR = Claim(
    "table2_1cnn_star",
    "Table 2",
    "1 CNN*, a sixth convolution, pre-trained on Fall 2011",
    views=10,
    source="Table 2; layer-params-146-2012-2011.cfg:195",
    printed=(39.0, 16.6),
    logged=(38.9900, 16.6220),
    config=f"{IMAGENET}:star",
    starts_from="pretrain_fall2011",
    baseline=ON_2012,
)
SEVEN = replace(
    FIVE,
    id="table2_7cnns_star",
    statement="7 CNNs*: two pre-trained ones and the five, averaged",
    printed=(36.7, 15.4),
    members={ON_2012: 5, STAR.id: 2},
)
PRE_TRAINED = Claim(
    "pretrain_fall2011",
    "6",
    "six convolutions on all of Fall 2011: where 1 CNN* starts; no number, no test set",
    data="ImageNet Fall 2011",
    split="validation",
    views=10,
    source="Section 6; layer-params-146-2011.cfg",
    config=f"{IMAGENET}:pretrain_fall2011",
)
FALL_2009 = Claim(
    "fall_2009",
    "6",
    "six convolutions, 10,184 classes, half of the images for the test",
    data="ImageNet Fall 2009",
    split="test",
    views=10,
    source="Section 6; not in the notes",
    printed=(67.4, 40.9),
    config=f"{IMAGENET}:sixth_conv",
    overrides={"data.name": "fall2009/256", "model.classes": 10_184},
)


def by_the_text(row: Claim) -> Claim:
    """The same net as the paper's text has it, of which there is no log."""
    return replace(
        row,
        id=f"{row.id}_text",
        statement=f"{row.statement}, by the recipe of the text",
        source=row.section,
        logged=(),
        config=f"{IMAGENET}:paper",
    )


def on_test(row: Claim, top5: float) -> Claim:
    """Table 2's last column."""
    return replace(
        row,
        id=f"{row.id}_test",
        split="test",
        metrics=("top5",),
        printed=(top5,),
        logged=(),
        baseline=None,
        members={},
        needs="the labels of ILSVRC-2012 test, which are not public",
    )


RESULTS = (
    *(TABLE_1, by_the_text(TABLE_1), CENTRE, TABLE_2, by_the_text(TABLE_2)),
    *(FIVE, PRE_TRAINED, STAR, SEVEN, on_test(FIVE, 16.4), on_test(SEVEN, 15.3), FALL_2009),
)


def ablation_claim(
    id: str,
    section: str,
    statement: str,
    *metrics: Metric,
    variant: str = "source_2012",
    **fields: Any,
) -> Claim:
    """A change of the net of ILSVRC-2012 with no log. The text names no data set for it."""
    config = f"{IMAGENET}:{variant}"
    defaults: dict[str, Any] = {"kind": "difference", "views": 10, "config": config}
    return Claim(id, section, statement, metrics=metrics, baseline=ON_2012, **(defaults | fields))


HALF = difference_claim(
    paper.HALF_2010,
    paper.PAPER_2010,
    "half_net",
    "3.2",
    "one GPU with half the kernels in conv1 to conv4 is worse than two",
    source="Section 3.2; layer-params-145-half.cfg:100",
    config=f"{IMAGENET}:half_145",
    baseline="table1",
)
TANH = ablation_claim(
    "tanh",
    "3.1",
    "saturating neurons train several times slower than ReLU; on a large net, no number",
    "epochs_to_25",
    variant="tanh",
    kind="ratio",
    views=None,
)
NO_DROPOUT = ablation_claim(
    "no_dropout",
    "4.2",
    "without dropout: substantial overfitting",
    "gap",
    "top1",
    variant="no_dropout",
)
ABLATIONS = (
    TANH,
    HALF,
    replace(
        HALF,
        id="half_net_time",
        statement="the net of two GPUs trains in slightly less time than the half net on one",
        kind="ratio",
        metrics=("step_seconds",),
        views=None,
        printed=(),
        logged=(),
        source="Section 3.2; no number, not in the notes",
        config=None,
        overrides={},
        needs="two equal GPUs; python -m experiments scaling times both nets, so far on two cores",
    ),
    difference_claim(
        paper.NO_NORM_2012,
        paper.PAPER_2012,
        "no_lrn",
        "3.3",
        "without response normalisation (all three norm layers in 2012)",
        source="Section 3.3; layer-params-148.cfg:148",
        config=f"{IMAGENET}:no_lrn",
        baseline=ON_2012,
    ),
    difference_claim(
        paper.PLAIN_POOLING_2012,
        paper.PAPER_2012,
        "plain_pooling",
        "3.4",
        "2x2 pooling in steps of two in place of overlapping",
        source="Section 3.4; layer-params-147.cfg:174",
        config=f"{IMAGENET}:plain_pooling",
        baseline=ON_2012,
        seeds=5,
    ),
    ablation_claim(
        "plain_pooling_gap",
        "3.4",
        "without overlap it is slightly easier to overfit",
        "gap",
        variant="plain_pooling",
        runs_of="plain_pooling",
    ),
    ablation_claim(
        "no_crops",
        "4.1",
        "without random crops and flips: substantial overfitting",
        "gap",
        "top1",
        overrides={"augment.random": False},
    ),
    ablation_claim(
        "no_colour",
        "4.1",
        "colour noise reduces top-1 by over 1 point, a bound and no measured value",
        "top1",
        printed=(1.0,),
        decimals=0,
        overrides={"augment.colour": "none", "augment.colour_divide": False},
    ),
    NO_DROPOUT,
    replace(
        NO_DROPOUT,
        id="no_dropout_time",
        statement="dropout roughly doubles the iterations to converge",
        kind="ratio",
        metrics=("epochs_to_converge",),
        views=None,
        printed=(0.5,),
        logged=(),
        runs_of="no_dropout",
    ),
    ablation_claim(
        "no_decay",
        "5",
        "weight decay lowers the training error, too",
        "train_top1",
        "top1",
        overrides={"optimizer.weight_decay": 0.0},
    ),
    *(
        ablation_claim(
            f"without_{layer}",
            "7",
            f"without {layer}: about 2 points top-1",
            "top1",
            variant=f"without_{layer}",
            printed=(2.0,),
            decimals=0,
        )
        for layer in ("conv2", "conv3", "conv4", "conv5")
    ),
)
ROWS: tuple[Claim, ...] = (*RESULTS, *ABLATIONS)
