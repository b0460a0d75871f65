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

from alexnet_jax.configuration import configure


def get_config(variants: str = "alexnet") -> ConfigDict:
    """The defaults of alexnet_jax/configuration/keys.py, edited by each variant in turn."""
    return configure(variants, recipes=RECIPES, changes=CHANGES)


def alexnet(config: ConfigDict) -> None:
    """The book's AlexNet: grey levels as they are, plain SGD at one rate."""
    config.data.name = "fashion_mnist"
    config.model.update(name="d2l", classes=10)
    config.augment.update(
        mean="none", random=False, crop_shared_by=1, colour="none", colour_divide=False
    )
    at_side(config, 224)
    config.optimizer.momentum = 0.0
    config.schedule.update(weights_lr=0.01, biases_lr=0.01, colour_strength=0.0)
    config.update(total_epochs=10.0, log_steps=50, checkpoint_steps=200)
    config.startup_steps = 0  # the book's nets may take an epoch to begin


def at_side(config: ConfigDict, side: int) -> None:
    """Pictures of another side for the same net."""
    config.augment.resize = side
    config.model.image = side


def lenet5(config: ConfigDict) -> None:
    """LeNet-5, pixels as they are; the book from 1.0 on has batch 128 and rate 0.1."""
    alexnet(config)
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
    alexnet(config)
    config.model.update(name="alexnet28", image=28)
    config.augment.resize = 0
    config.schedule.update(weights_lr=0.05, biases_lr=0.05)


def smoke(config: ConfigDict) -> None:
    """Four steps, two validations, one test."""
    config.data.name = "synthetic/28x28x1/10"
    config.update(batch_size=8, total_epochs=1 / 16, eval_epochs=1 / 32)
    config.update(log_steps=2, checkpoint_steps=2, startup_steps=0)


RECIPES = {
    "alexnet": alexnet,
    "lenet5": lenet5,
    "lenet5_relu": lenet5_relu,
    "lenet5_dropout": lenet5_dropout,
    "lenet5_relu_dropout": lenet5_relu_dropout,
    "alexnet28": alexnet28,
}
CHANGES = {"small": lambda config: at_side(config, 96), "smoke": smoke}
