"""The two-tower net of 2012 on photographs that come with the package: what `make demo` runs.

    alexnet-jax train --config configs/photos.py --workdir runs/photos

Input of 128 pixels instead of 224 and a schedule of minutes instead of days; all else is the
`source_2012` recipe, but for half its rates with half its batch. Cost and result: README.md;
expect a test top-1 error below 20 % by ten views.

Variants, joined by commas (configs/photos.py:paper,no_lrn):
    source_2012   what the released code did (default)
    paper         what the text says
    no_lrn  plain_pooling  tanh  no_dropout  no_colour   one thing changed
    smoke         six steps of a batch of 8, to see that all parts work
"""

from ml_collections import ConfigDict


def get_config(variants: str = "source_2012") -> ConfigDict:
    """The base, and each named variant's edit of it in turn."""
    config = ConfigDict(
        {
            "seed": 0,
            "start_from": "",  # workdir of a run whose parameters, but for the last layer, to take
            "data": {
                "name": "photos/144",
                "train": "train",
                "validation": "validation",
                "test": "test",
            },
            "model": {
                "name": "alexnet",
                "image": 128,
                "classes": 16,
                "lrn": "both",  # both, layer1, layer2, none
                "pooling": "overlapping",  # overlapping, plain
                "activation": "relu",  # relu, tanh
                "dropout": "dense",  # dense, dense+conv4, none
                "without": "",  # a middle layer to leave out: conv3
                "lrn_alpha": 2e-5,
                "lrn_across": "tower",  # tower, layer
                "lrn1": "before_relu",  # before_relu, after_relu
                "within_map_norm": True,
                "middle_init": 0.03,  # standard deviation of the first weights of conv3-5
            },
            "augment": {
                "resize": 0,  # of stored pictures, pixels; 0 is not at all
                "mean": "image",  # what is subtracted: image, channel, scalar, none
                "mean_at": "centre",  # where in the mean image: centre, crop
                "random": True,  # crop and flip
                "crop_shared_by": 32,  # consecutive images
                "colour": "stdev",  # stdev, eigenvalue, none
                "colour_divide": True,
            },
            "optimizer": {"momentum": 0.9, "weight_decay": 0.0005, "decay_biases": False},
            "schedule": {
                "kind": "steps",  # at (fraction of the run, factor)
                "weights_lr": 0.005,
                "weights_steps": ((0.65, 0.1), (0.9, 0.01)),
                "biases_lr": 0.01,
                "biases_steps": (),
                "first_layer_steps": ((0.8, 0.0),),
                "colour_strength": 0.1,
                "colour_steps": ((0.75, 0.0),),
            },
            # Devices that share the batch; that share the towers; whether they share dense units.
            "mesh": {"data": 1, "tower": 1, "hybrid": False},
            "batch_size": 64,
            "total_epochs": 11.25,
            "eval_epochs": 2.25,
            "log_steps": 10,
            "checkpoint_steps": 100,
            "startup_steps": 150,  # by then the loss must be below that of guessing; 0: no check
        }
    )
    for place, variant in enumerate(variants.split(",")):
        if variant not in VARIANTS:
            raise ValueError(f"no variant {variant!r}; there are {', '.join(VARIANTS)}")
        if place and variant in FIRST:
            raise ValueError(f"variant {variant!r} replaces others' changes; put it first")
        VARIANTS[variant](config)
    return config.lock()


def paper(config: ConfigDict) -> None:
    """The text wherever it differs from the code; the rates drop at equal distances."""
    config.model.update(lrn_alpha=1e-4, lrn1="after_relu", within_map_norm=False, middle_init=0.01)
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
    config.update(
        batch_size=8, total_epochs=1 / 40, eval_epochs=1 / 80, log_steps=2, checkpoint_steps=2
    )
    config.startup_steps = 0


FIRST = ("source_2012", "paper")
VARIANTS = {
    "source_2012": lambda config: None,
    "paper": paper,
    "no_lrn": lambda config: config.model.update(lrn="none"),
    "plain_pooling": lambda config: config.model.update(pooling="plain"),
    "tanh": lambda config: config.model.update(activation="tanh"),
    "no_dropout": lambda config: config.model.update(dropout="none"),
    "no_colour": lambda config: config.augment.update(colour="none"),
    "smoke": smoke,
}
