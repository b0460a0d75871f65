"""The paper's network on ImageNet (ILSVRC-2012): 224 pixels, 1000 classes, about 90 epochs.

    alexnet-jax train --config configs/imagenet.py --workdir runs/source_2012
    alexnet-jax train --config configs/imagenet.py:paper --workdir runs/paper

Cost here: not run (90 epochs are 901,000 steps of 128; in 2012, 5 to 6 days on two GTX 580).
Expect, from the paper and the 2012 logs, ILSVRC-2012 val, ten views: 40.7 % top-1, 18.2 % top-5.

Variants, joined by commas (configs/imagenet.py:staircase,no_lrn):
    source_2012   what the released code did in the run behind the paper's numbers, #145 (default)
    paper         what the text says; the rates drop when the validation error stops improving
    staircase     source_2012 with the hands-off schedule of #170; 40.5/18.0
    exponential   source_2012 with rates that fall all the time, as in #155; 40.7/18.5
    caffe         bvlc_alexnet, 42.9/19.8 by one view          caffenet   42.6/19.6
    torchvision   one tower, no normalisation, 43.5/20.9 by one view
    pretrain_fall2011  star
                  Table 2's 1 CNN*: six convolutions on Fall 2011 (`alexnet-jax prepare` calls the
                  set by its folder, here fall2011), then a new last layer on ILSVRC-2012; 39.0/16.6
    one_tower  half_145  sixth_conv  never_talk  cuda_convnet2 ...
                  another network of `alexnet-jax summary` under the recipe of source_2012
    no_lrn  lrn1_only  plain_pooling  tanh  no_dropout  no_colour  without_conv3 ...
                  one change; alexnet_jax/configuration/variants.py lists them
    fine_tune     the rates of 1 CNN*'s second part, from runs/source_2012 or --config.start_from
    smoke         four steps on synthetic pictures, to see that all parts work
A recipe or a network comes first, changes after it.
"""

from ml_collections import ConfigDict

from alexnet_jax.configuration import configure, defaults

EPOCHS = 91  # of #145; its diary is in epochs


def at(epoch: float) -> float:
    """An epoch of #145 as a fraction of its run, so that a shorter run keeps the shape."""
    return epoch / EPOCHS


def get_config(variants: str = "source_2012") -> ConfigDict:
    """The defaults of alexnet_jax/configuration/keys.py, edited by each variant in turn."""
    return configure(variants, recipes=RECIPES, changes=CHANGES)


def source_2012(config: ConfigDict) -> None:
    """#145, the defaults with its diary's rates."""
    config.schedule.update(
        weights_steps=((at(25), 0.1), (at(51), 0.01), (at(79), 0.001)),
        first_layer_steps=((at(67), 0.1), (at(72), 0.0)),
        colour_steps=((at(67), 0.0),),
    )
    config.total_epochs = float(EPOCHS)


def paper(config: ConfigDict) -> None:
    """The text wherever it differs from the code (sections 3.3, 4.1, 5)."""
    config.model.name = "paper"
    config.augment.update(
        mean_at="crop", crop_shared_by=1, colour="eigenvalue", colour_divide=False
    )
    config.optimizer.decay_biases = True
    # How long its authors waited the text does not say.
    config.schedule.update(kind="plateau", biases_lr=0.01, factor=10.0, patience=5, max_drops=3)
    config.total_epochs = 90.0


def staircase(config: ConfigDict) -> None:
    """#170: 0.01 to 0.00004 in four equal steps, biases in two (layer-params-170.cfg)."""
    stair = 250 ** (-1 / 3)
    config.schedule = defaults().schedule
    config.schedule.update(
        weights_steps=((0.25, stair), (0.5, stair**2), (0.75, 1 / 250)),
        biases_steps=((0.5, 0.1),),
        first_layer_steps=((74 / 95, 0.0),),
        colour_steps=((68 / 95, 0.0),),
    )
    config.total_epochs = 95.0


def exponential(config: ConfigDict) -> None:
    """#155: from 0.02 and 0.04, divided by 4000 in the end (layer-params-155.cfg).

    #156 divides by 2000; #157 and #158 start at 0.04 and 0.08 and divide by 8000 and 20000. How
    long they were is not recorded: here, as #170.
    """
    config.schedule = defaults().schedule
    config.schedule.update(
        kind="exponential",
        weights_lr=0.02,
        biases_lr=0.04,
        factor=4000.0,
        first_layer_steps=((74 / 95, 0.0),),
        colour_steps=((61 / 95, 0.0),),
    )
    config.total_epochs = 95.0


def other_network(config: ConfigDict, name: str, image: int) -> None:
    """A network of `alexnet-jax summary`, without colour noise, rates /10 at each third."""
    config.model.update(name=name, image=image)
    config.augment.update(mean_at="crop", crop_shared_by=1, colour="none", colour_divide=False)
    config.schedule.update(colour_strength=0.0, weights_steps=((1 / 3, 0.1), (2 / 3, 0.01)))


def caffe(config: ConfigDict, name: str = "bvlc_alexnet") -> None:
    """Caffe's solver.prototxt: batch 256, bias rate x2, /10 each 100,000 of 450,000 steps."""
    other_network(config, name, image=227)
    drops = tuple((step / 450_000, 10.0 ** -(step // 100_000)) for step in (1e5, 2e5, 3e5, 4e5))
    config.schedule.update(weights_steps=drops, biases_steps=drops)
    config.batch_size = 256
    config.total_epochs = 89.9


def torchvision(config: ConfigDict) -> None:
    """torchvision's references/classification: batch 256, one rate, decay 1e-4, /10 every 30."""
    other_network(config, "torchvision", image=224)
    config.augment.mean = "channel"
    config.optimizer.decay_biases = True
    config.schedule.update(biases_lr=0.01, biases_steps=config.schedule.weights_steps)
    config.batch_size = 256
    config.total_epochs = 90.0


def pretrain_fall2011(config: ConfigDict) -> None:
    """#146-2011 (layer-params-146-2011.cfg): 8.1 epochs of all of Fall 2011, rates /10 at the 6th.

    That run went on from one on Fall 2009, and that from #145; this one begins from the seed.
    """
    # As many classes as the release; training tells if the prepared set has others.
    config.model.update(name="sixth_conv", classes=21_841)
    config.data.update(name="fall2011/256", test="validation")  # the release has no test set
    config.schedule.weights_steps = ((6 / 8.1, 0.1),)
    config.update(total_epochs=8.1, eval_epochs=0.1)


def fine_tune(config: ConfigDict) -> None:
    """#146-2012-2011 (layer-params-146-2012-2011.cfg, diary): 54 epochs from 0.001, conv1 slower.

    Its last layer had ten times the others' rate up to epoch 9; here it has theirs.
    """
    config.start_from = "runs/source_2012"
    config.schedule = defaults().schedule
    config.schedule.update(
        weights_lr=0.001,
        weights_steps=((22 / 54, 0.1), (42 / 54, 0.01)),
        first_layer_steps=((0.0, 0.1), (5 / 54, 0.01), (7 / 54, 0.0)),
        colour_steps=((38 / 54, 0.0),),
    )
    config.total_epochs = 54.0


def star(config: ConfigDict) -> None:
    """Table 2's 1 CNN*: what pretrain_fall2011 has learned, fine-tuned on ILSVRC-2012."""
    config.model.name = "sixth_conv"
    fine_tune(config)
    config.start_from = "runs/pretrain_fall2011"


def smoke(config: ConfigDict) -> None:
    """Four steps, two validations, one test."""
    config.data.name = "synthetic/256x256x3/1000"
    config.update(batch_size=8, total_epochs=1 / 16, eval_epochs=1 / 32)
    config.update(log_steps=2, checkpoint_steps=2, startup_steps=0)


RECIPES = {
    "source_2012": source_2012,
    "paper": paper,
    "caffe": caffe,
    "caffenet": lambda config: caffe(config, "caffenet"),
    "torchvision": torchvision,
    "pretrain_fall2011": pretrain_fall2011,
    "star": star,
}
CHANGES = {
    "staircase": staircase,
    "exponential": exponential,
    "fine_tune": fine_tune,
    "smoke": smoke,
}
