"""Your own pictures, from a folder of folders, one for each class.

    alexnet-jax prepare folder:flowers --name flowers --side 144
    alexnet-jax train --config configs/folder.py --config.data.name=flowers/144 \\
        --workdir runs/flowers

The recipe of configs/photos.py for 30 epochs. The number of classes, the size of the picture that
the net sees and what is scored where there is no test split are taken from the set, and said in a
line. Cost and result depend on the pictures; with 16 classes at 144 pixels a step of 64 takes about
a second on two cores.

Variants, joined by commas:
    source_2012   what the released code of 2012 did (default)
    no_lrn  plain_pooling  tanh  no_dropout  no_colour  ...
                  one change; alexnet_jax/configuration/variants.py lists them
    one_tower ... another network of `alexnet-jax summary`, if named first
    smoke         six steps on synthetic pictures, to see that all parts work
"""

from ml_collections import ConfigDict

from alexnet_jax.configuration import configure


def get_config(variants: str = "source_2012") -> ConfigDict:
    """The defaults of alexnet_jax/configuration/keys.py, edited by each variant in turn."""
    return configure(variants, recipes=RECIPES, changes=CHANGES)


def source_2012(config: ConfigDict) -> None:
    """The 2012 code's recipe, with half its rates for half its batch."""
    config.data.update(name="pictures/144", test="")
    config.model.update(image=None, classes=None)
    config.schedule.update(
        weights_lr=0.005,
        biases_lr=0.01,
        weights_steps=((0.65, 0.1), (0.9, 0.01)),
        first_layer_steps=((0.8, 0.0),),
        colour_steps=((0.75, 0.0),),
    )
    config.update(batch_size=64, total_epochs=30.0, eval_epochs=1.0)
    config.update(log_steps=10, checkpoint_steps=200, startup_steps=400)


def smoke(config: ConfigDict) -> None:
    """Six steps, two validations, one test."""
    config.data.name = "synthetic/80x80x3/3"
    config.update(
        batch_size=8, total_epochs=6 / 64, eval_epochs=3 / 64, log_steps=2, checkpoint_steps=2
    )
    config.startup_steps = 0


RECIPES = {"source_2012": source_2012}
CHANGES = {"smoke": smoke}
