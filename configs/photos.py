"""The two-tower net of 2012 on photographs that come with the package: what `make demo` runs.

    alexnet-jax train --config configs/photos.py --workdir runs/photos

Input of 128 pixels instead of 224 and a schedule of minutes instead of days; all else is the
`source_2012` recipe, but for half its rates with half its batch. Cost and result: README.md;
expect a test top-1 error below 20 % by ten views.

Variants, joined by commas (configs/photos.py:paper,no_lrn):
    source_2012   what the released code did (default)
    paper         what the text says
    no_lrn  plain_pooling  tanh  no_dropout  no_colour  ...
                  one change; alexnet_jax/configuration/variants.py lists them
    one_tower ... another network of `alexnet-jax summary`, if named first
    smoke         six steps at 64 pixels, to see that all parts work
"""

from ml_collections import ConfigDict

from alexnet_jax.configuration import configure


def get_config(variants: str = "source_2012") -> ConfigDict:
    """The defaults of alexnet_jax/configuration/keys.py, edited by each variant in turn."""
    return configure(variants, recipes=RECIPES, changes=CHANGES)


def source_2012(config: ConfigDict) -> None:
    """The 2012 code's recipe: the defaults at this size."""
    config.data.name = "photos/144"
    config.model.update(image=128, classes=16)
    config.schedule.update(
        weights_lr=0.005,
        biases_lr=0.01,
        weights_steps=((0.65, 0.1), (0.9, 0.01)),
        first_layer_steps=((0.8, 0.0),),
        colour_steps=((0.75, 0.0),),
    )
    config.update(batch_size=64, total_epochs=11.25, eval_epochs=2.25)
    config.update(log_steps=10, checkpoint_steps=100, startup_steps=150)


def paper(config: ConfigDict) -> None:
    """The text wherever it differs from the code; the rates drop at equal distances."""
    source_2012(config)
    config.model.name = "paper"
    config.augment.update(
        mean_at="crop", crop_shared_by=1, colour="eigenvalue", colour_divide=False
    )
    config.optimizer.decay_biases = True
    config.schedule.update(
        biases_lr=0.01,
        biases_steps=((0.65, 0.1), (0.9, 0.01)),
        first_layer_steps=(),
        colour_steps=(),
    )


def smoke(config: ConfigDict) -> None:
    """Six steps, two validations, one test."""
    config.model.image, config.augment.resize = 64, 72
    config.update(
        batch_size=32, total_epochs=3 / 32, eval_epochs=3 / 64, log_steps=2, checkpoint_steps=2
    )
    config.startup_steps = 0


RECIPES = {"source_2012": source_2012, "paper": paper}
CHANGES = {"smoke": smoke}
