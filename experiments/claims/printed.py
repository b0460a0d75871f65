"""The paper's claims on ImageNet: its tables, then what it took away from the net.

Rows are run as `source_2012`, the net behind the numbers, but for the two `*_text`.
"""

from dataclasses import replace
from typing import Any

from alexnet_jax import paper
from experiments.claims.claim import Claim, Metric, Numbers

TOP: tuple[Metric, ...] = ("top1", "top5")
NONE: Numbers = (None, None)
IMAGENET = "configs/imagenet.py"
CIFAR = "configs/cifar10.py"
ON_2010 = {"data.name": "imagenet2010/256"}


def error_claim(result: paper.Result, **fields: Any) -> Claim:
    """An error rate that the paper prints."""
    data, split = result.data.split()
    return Claim(
        kind="error",
        metrics=TOP,
        data=data,
        split=split,
        views=result.views,
        printed=(result.top1, result.top5),
        logged=result.logged or NONE,
        **fields,
    )


def difference_claim(result: paper.Result, base: paper.Result, **fields: Any) -> Claim:
    """An error rate of which the paper prints how much it is above that of `base`."""
    printed = (round(result.top1 - base.top1, 1), round(result.top5 - base.top5, 1))
    return replace(error_claim(result, **fields), kind="difference", printed=printed)


def paper_claim(data: str, split: str, **fields: Any) -> Claim:
    """A sentence without a logged number."""
    fields = {"printed": (None,) * len(fields["metrics"]), **fields}
    return Claim(data=data, split=split, logged=(None,) * len(fields["metrics"]), **fields)


TABLE_1 = error_claim(
    paper.PAPER_2010,
    id="table1",
    section="Table 1",
    statement="CNN on ILSVRC-2010",
    source="Table 1; layer-params-145-2010.cfg:165-198",
    config=f"{IMAGENET}:source_2012",
    overrides=ON_2010,
)
TABLE_2 = error_claim(
    paper.PAPER_2012,
    id="table2_1cnn",
    section="Table 2",
    statement="1 CNN on ILSVRC-2012",
    source="Table 2; layer-params-145.cfg:182",
    config=f"{IMAGENET}:source_2012",
)
FIVE = error_claim(
    paper.PAPER_2012_FIVE,
    id="table2_5cnns",
    section="Table 2",
    statement="5 CNNs averaged",
    source="Table 2",
    baseline="table2_1cnn",
    seeds=1,
    members={"table2_1cnn": 5},
)
STAR = Claim(
    id="table2_1cnn_star",
    section="Table 2",
    statement="1 CNN*, a sixth convolution, pre-trained on Fall 2011",
    kind="error",
    metrics=TOP,
    data="ILSVRC-2012",
    split="val",
    views=10,
    source="Table 2; layer-params-146-2012-2011.cfg:195",
    printed=(39.0, 16.6),
    logged=(38.9900, 16.6220),
    config=f"{IMAGENET}:star",
    starts_from="pretrain_fall2011",
    baseline="table2_1cnn",
)
SEVEN = replace(
    FIVE,
    id="table2_7cnns_star",
    statement="7 CNNs*: two pre-trained ones and the five, averaged",
    printed=(36.7, 15.4),
    members={"table2_1cnn": 5, "table2_1cnn_star": 2},
)
PRE_TRAINED = paper_claim(
    "ImageNet Fall 2011",
    "validation",
    id="pretrain_fall2011",
    section="6",
    statement="six convolutions on all of Fall 2011: where 1 CNN* starts; no number, no test set",
    kind="error",
    metrics=TOP,
    views=10,
    source="Section 6; layer-params-146-2011.cfg",
    config=f"{IMAGENET}:pretrain_fall2011",
)


def on_test(row: Claim, top5: float) -> Claim:
    """Table 2's last column."""
    return replace(
        row,
        id=f"{row.id}_test",
        split="test",
        metrics=("top5",),
        printed=(top5,),
        logged=(None,),
        baseline=None,
        members={},
        needs="the labels of ILSVRC-2012 test, which are not public",
    )


RESULTS = (
    TABLE_1,
    replace(
        TABLE_1,
        id="table1_text",
        statement="CNN on ILSVRC-2010, by the recipe of the text",
        source="Table 1",
        logged=NONE,
        config=f"{IMAGENET}:paper",
    ),
    error_claim(
        paper.PAPER_2010_CENTRE,
        id="centre_view",
        runs_of="table1",
        section="6",
        statement="without averaging over ten views",
        source="Section 6, footnote; layer-params-145-2010.cfg:165-198",
        config=f"{IMAGENET}:source_2012",
        overrides=ON_2010,
    ),
    TABLE_2,
    replace(
        TABLE_2,
        id="table2_1cnn_text",
        statement="1 CNN on ILSVRC-2012, by the recipe of the text",
        source="Table 2",
        logged=NONE,
        config=f"{IMAGENET}:paper",
    ),
    FIVE,
    PRE_TRAINED,
    STAR,
    SEVEN,
    on_test(FIVE, 16.4),
    on_test(SEVEN, 15.3),
    paper_claim(
        "ImageNet Fall 2009",
        "test",
        id="fall_2009",
        section="6",
        statement="six convolutions, 10,184 classes, half of the images for the test",
        kind="error",
        metrics=TOP,
        views=10,
        source="Section 6; not in the notes",
        printed=(67.4, 40.9),
        config=f"{IMAGENET}:sixth_conv",
        overrides={"data.name": "fall2009/256", "model.classes": 10_184},
    ),
)


def ablation_claim(id: str, section: str, statement: str, **fields: Any) -> Claim:
    """A change of the net of ILSVRC-2012 with no log. The text names no data set for it."""
    fields = {"metrics": ("top1",), "kind": "difference", "views": 10} | fields
    source = f"Section {section}"
    baseline = "table2_1cnn"
    return paper_claim(
        "ILSVRC-2012",
        "val",
        id=id,
        section=section,
        statement=statement,
        source=source,
        baseline=baseline,
        **fields,
    )


HALF = difference_claim(
    paper.HALF_2010,
    paper.PAPER_2010,
    id="half_net",
    section="3.2",
    statement="one GPU with half the kernels in conv1 to conv4 is worse than two",
    source="Section 3.2; layer-params-145-half.cfg:100",
    config=f"{IMAGENET}:half_145",
    overrides=ON_2010,
    baseline="table1",
)
ABLATIONS = (
    ablation_claim(
        "tanh",
        "3.1",
        "saturating neurons train several times slower than ReLU; on a large net, no number",
        kind="ratio",
        metrics=("epochs_to_25",),
        views=None,
        config=f"{IMAGENET}:tanh",
    ),
    HALF,
    replace(
        HALF,
        id="half_net_time",
        statement="the net of two GPUs trains in slightly less time than the half net on one",
        kind="ratio",
        metrics=("step_seconds",),
        views=None,
        printed=(None,),
        logged=(None,),
        source="Section 3.2; no number, not in the notes",
        config=None,
        overrides={},
        needs="two equal GPUs; python -m experiments scaling times both nets, so far on two cores",
    ),
    difference_claim(
        paper.NO_NORM_2012,
        paper.PAPER_2012,
        id="no_lrn",
        section="3.3",
        statement="without response normalisation (all three norm layers in 2012)",
        source="Section 3.3; layer-params-148.cfg:148",
        config=f"{IMAGENET}:no_lrn",
        baseline="table2_1cnn",
    ),
    difference_claim(
        paper.PLAIN_POOLING_2012,
        paper.PAPER_2012,
        id="plain_pooling",
        section="3.4",
        statement="2x2 pooling in steps of two in place of overlapping",
        source="Section 3.4; layer-params-147.cfg:174",
        config=f"{IMAGENET}:plain_pooling",
        baseline="table2_1cnn",
        seeds=5,
    ),
    ablation_claim(
        "plain_pooling_gap",
        "3.4",
        "without overlap it is slightly easier to overfit",
        metrics=("gap",),
        config=f"{IMAGENET}:plain_pooling",
        runs_of="plain_pooling",
    ),
    ablation_claim(
        "no_crops",
        "4.1",
        "without random crops and flips: substantial overfitting",
        metrics=("gap", "top1"),
        config=f"{IMAGENET}:source_2012",
        overrides={"augment.random": False},
    ),
    ablation_claim(
        "no_colour",
        "4.1",
        "colour noise reduces top-1 by over 1 point, a bound and no measured value",
        printed=(1.0,),
        decimals=0,
        config=f"{IMAGENET}:source_2012",
        overrides={"augment.colour": "none", "augment.colour_divide": False},
    ),
    ablation_claim(
        "no_dropout",
        "4.2",
        "without dropout: substantial overfitting",
        metrics=("gap", "top1"),
        config=f"{IMAGENET}:no_dropout",
    ),
    ablation_claim(
        "no_dropout_time",
        "4.2",
        "dropout roughly doubles the iterations to converge",
        kind="ratio",
        metrics=("epochs_to_converge",),
        views=None,
        printed=(0.5,),
        config=f"{IMAGENET}:no_dropout",
        runs_of="no_dropout",
    ),
    ablation_claim(
        "no_decay",
        "5",
        "weight decay lowers the training error, too",
        metrics=("train_top1", "top1"),
        config=f"{IMAGENET}:source_2012",
        overrides={"optimizer.weight_decay": 0.0},
    ),
    *(
        ablation_claim(
            f"without_{layer}",
            "7",
            f"without {layer}: about 2 points top-1",
            printed=(2.0,),
            decimals=0,
            config=f"{IMAGENET}:without_{layer}",
        )
        for layer in ("conv2", "conv3", "conv4", "conv5")
    ),
)
ROWS: tuple[Claim, ...] = (*RESULTS, *ABLATIONS)
