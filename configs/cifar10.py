"""cuda-convnet's nets on CIFAR-10, the data of the paper's Fig. 1 and of section 3.3's 13 to 11 %.

    alexnet-jax train --config configs/cifar10.py:conv_local_11pct --workdir runs/cifar

Cost and result here: not run. The files promise, on the test set: 80sec 26 %, 19pct 19 %, 18pct
18 % (no augmentation); conv_local_13pct 13 %, conv_local_11pct 11 % (24x24 crops, flips, ten
views). Their authors first trained without a fifth of the training set; here the held-out tenth
stays held out.

Variants, joined by commas:
    18pct (default)  19pct  80sec  conv_local_13pct  conv_local_11pct
    no_lrn           the same net without its normalisation layers
    tanh             tanh in place of ReLU, as in Fig. 1
    no_weight_decay  no regularisation, as in Fig. 1
                     (alexnet_jax/configuration/variants.py lists more changes)
    smoke            four steps on synthetic pictures, to see that all parts work
"""

from ml_collections import ConfigDict

from alexnet_jax.configuration import configure


def get_config(variants: str = "18pct") -> ConfigDict:
    """The defaults of alexnet_jax/configuration/keys.py, edited by each variant in turn."""
    return configure(variants, recipes=RECIPES, changes=CHANGES)


def net_18pct(config: ConfigDict) -> None:
    """What the others differ from: pixels minus the mean image, nothing random."""
    config.data.name = "cifar10"
    config.model.update(name="cifar_18pct", image=32, classes=10)
    config.augment.update(random=False, crop_shared_by=1, colour="none", colour_divide=False)
    config.schedule.update(
        weights_lr=0.001,
        biases_lr=0.002,
        weights_steps=((120 / 140, 0.1), (130 / 140, 0.01)),
        colour_strength=0.0,
    )
    config.update(total_epochs=140.0, log_steps=50, startup_steps=2000)


def net_19pct(config: ConfigDict) -> None:
    """As 18pct; the files do not say how long."""
    net_18pct(config)
    config.model.name = "cifar_19pct"


def net_80sec(config: ConfigDict) -> None:
    """Eight epochs, then a tenth of the rate; the tail of two is Caffe's (examples/cifar10)."""
    net_18pct(config)
    config.model.name = "cifar_80sec"
    config.schedule.weights_steps = ((0.8, 0.1),)
    config.total_epochs = 10.0


def conv_local(config: ConfigDict, name: str, epochs: int) -> None:
    """Random 24x24 crops and flips; ten epochs at each lower rate in the end."""
    net_18pct(config)
    config.model.update(name=name, image=24)
    config.augment.random = True
    drops = ((epochs - 20) / epochs, 0.1), ((epochs - 10) / epochs, 0.01)
    config.schedule.weights_steps = drops
    config.total_epochs = float(epochs)


def smoke(config: ConfigDict) -> None:
    """Four steps, two validations, one test."""
    config.data.name = "synthetic/32x32x3/10"
    config.update(batch_size=64, total_epochs=0.5, eval_epochs=0.25)
    config.update(log_steps=2, checkpoint_steps=2, startup_steps=0)


RECIPES = {
    "18pct": net_18pct,
    "19pct": net_19pct,
    "80sec": net_80sec,
    "conv_local_13pct": lambda config: conv_local(config, "cifar_conv_local_13pct", 160),
    "conv_local_11pct": lambda config: conv_local(config, "cifar_conv_local_11pct", 520),
}
CHANGES = {"smoke": smoke}
