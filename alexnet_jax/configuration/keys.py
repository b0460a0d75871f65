"""Every key of a configuration and its default: the recipe of 2012's code, but for its schedule."""

from ml_collections import ConfigDict
from ml_collections.config_dict import placeholder


def defaults() -> ConfigDict:
    """A configuration that no file has changed. A key that a stored one lacks has this value.

    A key whose default is None is unset; the comment says what holds then.
    """
    return ConfigDict(
        {
            "seed": 0,
            "start_from": "",  # workdir of a run whose parameters, but for the last layer, to take
            "data": {
                "name": "imagenet2012/256",
                "train": "train",
                "validation": "validation",  # held out of the training images
                "test": "test",  # ILSVRC-2012 val: the test labels are not public
            },
            "model": {
                "name": "source_2012",  # one that `alexnet-jax summary` lists, or FILE.py:NAME
                "image": 224,  # pixels
                "classes": 1000,
                # Edits of the network; None is as its table has it.
                "lrn": placeholder(str),  # both, layer1, layer2, none
                "pooling": placeholder(str),  # overlapping, plain
                "activation": placeholder(str),  # relu, tanh
                "dropout": placeholder(str),  # dense, dense+conv4, none
                "without": "",  # a middle layer to leave out: conv3
                # Where text and code differ (docs/deviations.md); None is as its table has it.
                "lrn_alpha": placeholder(float),  # factor of the plain sum of squares
                "lrn_across": placeholder(str),  # tower, layer
                "lrn1": placeholder(str),  # before_relu, after_relu
                "within_map_norm": placeholder(bool),
                "middle_init": placeholder(float),  # std of the first weights of conv3, 4 and 5
            },
            "augment": {
                "resize": 0,  # of stored pictures, pixels; 0 is not at all
                "mean": "image",  # what is subtracted: image, channel, scalar, none
                "mean_at": "centre",  # where in the mean image: centre, crop
                "random": True,  # crop and flip
                "crop_shared_by": 32,  # consecutive images
                "colour": "stdev",  # stdev, eigenvalue, none
                "colour_divide": True,
                "also": "",  # FILE.py:NAME, a function applied last to each training batch
            },
            "optimizer": {
                "momentum": 0.9,
                "weight_decay": placeholder(float),  # of all layers; None is each layer's own
                "decay_biases": False,
            },
            "schedule": {
                "kind": "steps",  # steps, exponential, plateau
                "weights_lr": 0.01,
                "biases_lr": 0.02,
                "weights_steps": (),  # of kind steps: at (fraction of the run, factor)
                "biases_steps": (),  # of kind steps
                "factor": 0.0,  # of exponential and plateau: what rates are divided by; 0 is unset
                "patience": 0,  # of plateau: validations without a new lowest error; 0 is unset
                "max_drops": 0,  # of plateau; 0 is unset
                "first_layer_steps": (),  # of steps and exponential
                "colour_strength": 0.1,
                "colour_steps": (),  # of steps and exponential
            },
            # Devices that share the batch; that share the towers; whether they share dense units.
            "mesh": {"data": 1, "tower": 1, "hybrid": False},
            "batch_size": 128,
            "total_epochs": 90.0,
            "eval_epochs": 1.0,
            "log_steps": 100,
            "checkpoint_steps": 1000,
            "startup_steps": 5000,  # by then the loss must be below that of guessing; 0: no check
        }
    )
