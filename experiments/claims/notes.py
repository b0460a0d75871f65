"""Logged results of 2012 and 2013 that the paper does not print.

From the notes at the end of layers/layer-params-*.cfg of the released code (see
`alexnet_jax.paper`), ILSVRC-2012 val by ten views unless said; the last rows are cuda-convnet's.
"""

from typing import Any

from experiments.claims.claim import Claim, Metric, Numbers
from experiments.claims.printed import CIFAR, IMAGENET, NONE, TOP

PAPER_NET, STAIRCASE = "table2_1cnn", "n170"
OLDER_NET = "the older net of this experiment: not in the zoo"
FALL_2009 = "the net of this experiment on Fall 2009, and its steps"


def note(number: str, statement: str, logged: Numbers = NONE, **fields: Any) -> Claim:
    """Experiment `number`."""
    defaults: dict[str, Any] = {
        "id": "n" + number.replace("-", "_"),
        "source": f"notes of #{number} (layer-params-*.cfg)",
        "data": "ILSVRC-2012",
        "split": "val",
        "views": 10,
    }
    fields = defaults | fields
    return Claim(
        section="notes",
        statement=statement,
        kind="error",
        metrics=TOP,
        printed=NONE,
        logged=logged,
        **fields,
    )


NOTES = (
    # Connections and inputs.
    note(
        "150",
        "towers never talk, conv2 of 160 maps and fc of 4096 units each",
        (41.828, 19.330),
        config=f"{IMAGENET}:never_talk",
        baseline=PAPER_NET,
    ),
    note(
        "133",
        "towers talk at conv4 in place of conv3: worse than #131",
        config=f"{IMAGENET}:exchange_at_conv4",
        baseline=PAPER_NET,
    ),
    note(
        "136",
        "one mean for all pixels in place of the mean image: no better, stopped at epoch 15",
        baseline=PAPER_NET,
        config=f"{IMAGENET}:source_2012",
        overrides={"augment.mean": "scalar"},
    ),
    note(
        "137",
        "#145 with a small blurred picture as further input, response norm for contrast norm",
        (40.782, 18.344),
        baseline=PAPER_NET,
        needs="a second input: not written",
    ),
    *(
        note(
            "137",
            "the same on ILSVRC-2010",
            logged,
            id=f"n137_2010_{name}",
            data="ILSVRC-2010",
            split=split,
            views=views,
            baseline=baseline,
            needs="a second input: not written",
        )
        for name, split, views, logged, baseline in (
            ("test", "test", 10, (37.617, 17.125), "table1"),
            ("val", "val", 10, (37.796, 17.102), None),
            ("val_centre", "val", 1, (39.415, 18.278), None),
        )
    ),
    note(
        "132",
        "towers talk at conv4, another form of it: worse than #131",
        baseline="n131",
        needs="what sets it apart from #133",
    ),
    note(
        "inet-5layer-conv94-2gpu",
        "June 2012: two towers of 32 maps in conv1, sparse conv2 to conv4, norm of nine maps",
        (38.107, 17.609),
        id="n_june_2012",
        data="not named",
        split="not named",
        needs=OLDER_NET,
    ),
    # Normalisation and its place.
    note(
        "167",
        "#170 without both norms after conv2: no loss (the last rate may have been a 1000th)",
        (40.488, 18.118),
        config=f"{IMAGENET}:staircase,lrn1_only",
        baseline=STAIRCASE,
    ),
    note(
        "166",
        "layer 2 normalised before its ReLU",
        (41.096, 18.674),
        baseline=STAIRCASE,
        needs="no key moves the norm of layer 2",
    ),
    note("120-2012", "normalised after pool1", (41.044, 18.714), needs=OLDER_NET),
    note("131", "normalised before pool1", (40.934, 18.574), needs=OLDER_NET),
    note("135", "k = 2", (41.070, 18.416), needs=OLDER_NET),
    note("110", "no normalisation: about 1 point worse than #101", needs=OLDER_NET),
    # Schedules.
    note(
        "145-135",
        "#145 resumed at rate 0.001 and stopped at epoch 135",
        (40.25, 17.994),
        source="layer-params-145.cfg:192-203",
        baseline=PAPER_NET,
        needs="a schedule whose rate rises again and noise that returns",
    ),
    note(
        "170",
        "0.01 to 0.00004 in four equal steps, hands off",
        (40.528, 18.048),
        source="layer-params-170.cfg:195-205",
        config=f"{IMAGENET}:staircase",
        baseline=PAPER_NET,
    ),
    note(
        "170-centre",
        "the same by one view",
        (42.3407, 19.5827),
        source="layer-params-170.cfg:195-205",
        views=1,
        config=f"{IMAGENET}:staircase",
        runs_of=STAIRCASE,
    ),
    note(
        "170-256-double",
        "batch 256 at twice the rate (here the biases' too): matches #170 exactly",
        source="layer-params-170-256-double.cfg:202-203",
        config=f"{IMAGENET}:staircase",
        overrides={
            "batch_size": 256,
            "schedule.weights_lr": 0.02,
            "schedule.biases_lr": 0.04,
            "total_epochs": 84.0,
        },
        baseline=STAIRCASE,
    ),
    note(
        "170-quant",
        "what the towers exchange in 16 bits",
        (40.524, 18.416),
        baseline=STAIRCASE,
        needs="no key sets the precision of the exchange",
    ),
    *(
        note(
            number,
            "#170 with 0.01 to a 500th; two runs 0.4 apart",
            (top1, None),
            baseline=STAIRCASE,
            needs="the steps that the file gives to weights and biases",
        )
        for number, top1 in (("165", 40.982), ("169", 40.596))
    ),
    note(
        "160",
        "the worst of the schedules on this net",
        (41.37, None),
        baseline=PAPER_NET,
        needs="the schedule that the file gives",
    ),
    *(
        note(
            number,
            f"the rate falls exponentially, from {rate} to a {factor:g}th; 95 epochs, not recorded",
            logged,
            config=f"{IMAGENET}:exponential",
            overrides={
                "schedule.weights_lr": rate,
                "schedule.biases_lr": 2 * rate,
                "schedule.factor": factor,
            },
            baseline=PAPER_NET,
        )
        for number, rate, factor, logged in (
            ("155", 0.02, 4000.0, (40.74, 18.52)),
            ("156", 0.02, 2000.0, (40.76, 18.35)),
            ("157", 0.04, 8000.0, (41.11, 18.70)),
            ("158", 0.04, 20000.0, (41.03, 18.54)),
        )
    ),
    # Regularisation.
    note(
        "163",
        "twice the weight decay in the dense layers",
        (42.909, 19.907),
        views=1,
        needs="a weight decay of each layer of the net `alexnet`",
    ),
    note(
        "177",
        "dropout on conv4",
        (40.690, 18.304),
        config=f"{IMAGENET}:staircase",
        overrides={"model.dropout": "dense+conv4"},
        baseline=STAIRCASE,
    ),
    note(
        "178",
        "stochastic pooling in pool2",
        (42.40, 19.70),
        views=1,
        baseline="n170_centre",
        needs="stochastic pooling: not written",
    ),
    # A sixth convolution, and larger sets.
    note(
        "146-2012-2009",
        "six convolutions, pre-trained on Fall 2009",
        (39.100, 16.876),
        baseline=PAPER_NET,
        needs=FALL_2009,
    ),
    note("141-2012", "pre-trained on Fall 2009", (39.562, 17.206), needs=FALL_2009),
    *(
        note(
            number,
            "trained on Fall 2009",
            logged,
            data="ImageNet Fall 2009",
            split="test",
            needs=OLDER_NET,
        )
        for number, logged in (("101-2009", (69.38, 43.65)), ("131-2009", (69.42, 43.73)))
    ),
    note(
        "avg-valid",
        "ensembles with mixing weights that were searched on validation top-5",
        id="ensemble_searched",
        source="avg-valid.py:49-90",
        baseline="table2_5cnns",
        members={PAPER_NET: 5},
        searched=True,
        seeds=1,
    ),
    # Of 2014: cuda-convnet2's net of one tower.
    *(
        note(
            "cuda-convnet2",
            f"one tower of 64-192-384-256-256, {name}",
            logged,
            id=f"cuda_convnet2_{name}",
            source="cuda-convnet2 wiki, TrainingExample.md",
            views=views,
            runs_of=shares,
            config=f"{IMAGENET}:cuda_convnet2,staircase",
            overrides={
                "total_epochs": 90.0,
                "schedule.first_layer_steps": (),
                "schedule.colour_steps": (),
            },
        )
        for name, views, logged, shares in (
            ("centre", 1, (42.548, 19.810), None),
            ("ten", 10, (40.420, 18.150), "cuda_convnet2_centre"),
        )
    ),
)


def cifar(
    name: str, views: int, logged: float, statement: str, source: str, runs_of: str | None = None
) -> Claim:
    """What the files of cuda-convnet promise: whole percents, but for the run of the wiki."""
    metrics: tuple[Metric, ...] = ("top1",)
    return Claim(
        id=f"cifar_{name}",
        section="notes",
        statement=statement,
        kind="error",
        metrics=metrics,
        data="CIFAR-10",
        split="test",
        source=f"cuda-convnet, {source}",
        printed=(None,),
        logged=(logged,),
        views=views,
        config=f"{CIFAR}:{name}",
        runs_of=runs_of,
    )


CIFARS = (
    cifar("80sec", 1, 26.0, "26 % in 80 seconds", "layer-params-80sec.cfg"),
    cifar("19pct", 1, 19.0, "19 % in 20 minutes, no augmentation", "layer-params-19pct.cfg"),
    cifar("18pct", 1, 18.0, "18 % in 20 minutes, no augmentation", "layer-params-18pct.cfg"),
    cifar("conv_local_13pct", 10, 12.6, "13 % with crops and flips", "wiki, Methodology.md"),
    cifar(
        "conv_local_11pct",
        10,
        11.0,
        "11 % with crops and flips; wider in local3 than 13 %, so not LRN alone",
        "layer-params-conv-local-11pct.cfg",
        runs_of="cifar_lrn",
    ),
)
ROWS: tuple[Claim, ...] = (*NOTES, *CIFARS)
