"""Dive into Deep Learning's AlexNet on Fashion-MNIST, the classroom's first meeting with the net.

    alexnet-jax train --config configs/fashion_mnist.py --workdir runs/fashion

28x28 grey pixels enlarged to 224x224, batch 128, ten epochs of plain SGD at 0.01.
Cost: about 18 hours on one core of a CPU. Expect, from the book's notebooks, a test error of about
12 %.

Variants, joined by commas:
    alexnet (default)
    lenet5               LeNet-5 with sigmoids and average pooling at 28x28, batch 256 and rate 0.9
                         as in the book up to 0.17; minutes on one core
    lenet5_relu          the same with ReLU, rate 0.3
    lenet5_dropout       LeNet-5 with dropout in its dense layers
    lenet5_relu_dropout  both
    alexnet28            an AlexNet of 0.22 million parameters for 28x28, rate 0.05
    small                the default net at 96 pixels, for machines without an accelerator
    smoke                four steps on synthetic pictures, to see that all parts work
"""

from ml_collections import ConfigDict


def get_config(variants: str = "alexnet") -> ConfigDict:
    """The base, and each named variant's edit of it in turn."""
    config = ConfigDict(
        {
            "seed": 0,
            "data": {
                "name": "fashion_mnist",
                "train": "train",
                "validation": "validation",
                "test": "test",
            },
            "model": {"name": "d2l", "image": 224, "classes": 10},
            "augment": {
                "resize": 224,  # of stored pictures, pixels; 0 is not at all
                "mean": "none",  # what is subtracted: image, channel, none
                "mean_at": "centre",
                "random": False,  # crop and flip
                "crop_shared_by": 1,
                "colour": "none",
                "colour_divide": False,
            },
            "optimizer": {"momentum": 0.0, "weight_decay": 0.0, "decay_biases": False},
            "schedule": {
                "kind": "steps",
                "weights_lr": 0.01,
                "weights_steps": (),
                "biases_lr": 0.01,
                "biases_steps": (),
                "first_layer_steps": (),
                "colour_strength": 0.0,
                "colour_steps": (),
            },
            # Devices that share the batch; that share the towers; whether they share dense units.
            "mesh": {"data": 1, "tower": 1, "hybrid": False},
            "batch_size": 128,
            "total_epochs": 10.0,
            "eval_epochs": 1.0,
            "log_steps": 50,
            "checkpoint_steps": 200,
            "startup_steps": 0,  # the book's nets may take an epoch to begin
        }
    )
    for place, variant in enumerate(variants.split(",")):
        if variant not in VARIANTS:
            raise ValueError(f"no variant {variant!r}; there are {', '.join(VARIANTS)}")
        if place and variant in FIRST:
            raise ValueError(f"variant {variant!r} replaces others' changes; put it first")
        VARIANTS[variant](config)
    return config.lock()


def at_side(config: ConfigDict, side: int) -> None:
    """Pictures of another side for the same net."""
    config.augment.resize = side
    config.model.image = side


def lenet5(config: ConfigDict) -> None:
    """LeNet-5, pixels as they are; the book from 1.0 on has batch 128 and rate 0.1."""
    config.model.update(name="lenet5", image=28)
    config.augment.resize = 0
    config.batch_size = 256
    config.schedule.update(weights_lr=0.9, biases_lr=0.9)


def lenet5_relu(config: ConfigDict) -> None:
    """A rate for ReLU: after an epoch of seed 0 the validation error was 19.7 % at 0.3, 26.9 % at
    0.1; higher ones were not tried."""
    lenet5(config)
    config.model.activation = "relu"
    config.schedule.update(weights_lr=0.3, biases_lr=0.3)


def lenet5_dropout(config: ConfigDict) -> None:
    """One thing changed."""
    lenet5(config)
    config.model.name = "lenet5_dropout"


def lenet5_relu_dropout(config: ConfigDict) -> None:
    """Two things changed."""
    lenet5_relu(config)
    config.model.name = "lenet5_dropout"


def alexnet28(config: ConfigDict) -> None:
    """A small AlexNet, pixels as they are; the rate is our guess, none was tried."""
    config.model.update(name="alexnet28", image=28)
    config.augment.resize = 0
    config.schedule.update(weights_lr=0.05, biases_lr=0.05)


def smoke(config: ConfigDict) -> None:
    """Four steps, two validations, one test."""
    config.data.name = "synthetic/28x28x1/10"
    config.update(batch_size=8, total_epochs=1 / 16, eval_epochs=1 / 32)
    config.update(log_steps=2, checkpoint_steps=2, startup_steps=0)


NETS = {
    "alexnet": lambda config: None,
    "lenet5": lenet5,
    "lenet5_relu": lenet5_relu,
    "lenet5_dropout": lenet5_dropout,
    "lenet5_relu_dropout": lenet5_relu_dropout,
    "alexnet28": alexnet28,
}
FIRST = tuple(NETS)
VARIANTS = {
    **NETS,
    "small": lambda config: at_side(config, 96),
    "smoke": smoke,
}
