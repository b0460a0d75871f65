"""AlexNet as the classroom meets it: Dive into Deep Learning's nets and exercises, Fashion-MNIST.

The book's numbers are test accuracies printed by its notebooks after ten epochs, each of one run;
here they stand as errors. They are rounded to a point because rebuilt notebooks differ by more.
"""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim

FASHION = "configs/fashion_mnist.py"
BATCH_128 = "d2l_batch_128"
EXERCISES = "d2l-ai/d2l-en at 23d7a5ae, exercises of alexnet.md"


def classroom_claim(id: str, statement: str, **fields: Any) -> Claim:
    """A row on Fashion-MNIST's test images, without a number unless it is given."""
    defaults: dict[str, Any] = {"metrics": ("top1",), "source": EXERCISES, "views": 1}
    defaults |= {"data": "Fashion-MNIST", "split": "test", "decimals": 0}
    return Claim(id, "classroom", statement, **(defaults | fields))


ALEXNET = classroom_claim(
    "d2l_alexnet",
    "the book's AlexNet at 224 pixels, ten epochs of SGD: accuracy 0.88",
    source="d2l 0.17.5, alexnet.ipynb: .877 MXNet, .882 PyTorch, .881 TensorFlow; "
    "1.0.3: .882 JAX, read off its figure",
    printed=(12.0,),
    config=f"{FASHION}:alexnet",
)
LENET = classroom_claim(
    "d2l_lenet5",
    "the book's LeNet-5 with sigmoids, ten epochs of SGD at 0.9, batch 256: accuracy 0.81",
    source="d2l 0.17, lenet.ipynb: .806 PyTorch (d2l-pytorch-colab at 0009bbcf), "
    ".766 MXNet (d2l-en-colab at 031c8253)",
    printed=(19.0,),
    config=f"{FASHION}:lenet5",
    baseline="d2l_alexnet",
)
SMALL = classroom_claim(
    "d2l_alexnet28",
    "an AlexNet of 0.22 million parameters for 28x28 pixels loses no accuracy",
    config=f"{FASHION}:alexnet28",
    baseline="d2l_alexnet",
)
NETS = (
    ALEXNET,
    classroom_claim(
        "d2l_alexnet_96",
        "the same at 96 pixels, cut short after three epochs of ten",
        config=f"{FASHION}:small",
        overrides={"total_epochs": 3.0},
        stands_for=ALEXNET.id,
    ),
    LENET,
    *(
        replace(
            LENET,
            id=f"d2l_{name}",
            statement=statement,
            source=EXERCISES,
            printed=(),
            config=f"{FASHION}:{name}",
            baseline=LENET.id,
        )
        for name, statement in (
            ("lenet5_relu", "LeNet-5 with ReLU in place of sigmoids"),
            ("lenet5_dropout", "LeNet-5 with dropout in its dense layers"),
            ("lenet5_relu_dropout", "LeNet-5 with ReLU and dropout"),
        )
    ),
    SMALL,
)


def of_batch(size: int) -> Claim:
    """The small AlexNet with another batch, ten epochs and a rate in proportion to the batch."""
    of_128 = 0.05  # configs/fashion_mnist.py:alexnet28
    rate = of_128 * size / 128
    return classroom_claim(
        f"d2l_batch_{size}",
        f"the small AlexNet at batch {size} and rate {rate:g}: error, speed, memory of a step",
        metrics=("top1", "images_per_second", "step_bytes"),
        config=f"{FASHION}:alexnet28",
        overrides={
            "batch_size": size,
            "schedule.weights_lr": rate,
            "schedule.biases_lr": rate,
            "log_steps": 6400 // size,  # as many pictures between two lines of the log
        },
        baseline=BATCH_128,
    )


# Batch 128 is that of d2l_alexnet28, with whose runs it shares all but the words.
OF_128 = replace(of_batch(128), overrides={}, baseline=None, runs_of=SMALL.id)
ROWS: tuple[Claim, ...] = (*NETS, of_batch(32), OF_128, of_batch(512), of_batch(2048))
