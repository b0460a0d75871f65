"""Prepare a data set ahead of training, and compute its mean image and colour axes.

    alexnet-jax prepare photos/144

`photos`, the embedded photographs, is also prepared when a run first needs it.
"""

from absl import flags

from alexnet_jax.cli.command import define_data_dir
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.errors import UserError


def define(values: flags.FlagValues) -> None:
    define_data_dir(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise UserError("prepare takes one data set, for example: alexnet-jax prepare photos/144")
    splits = ("train", "validation", "test")
    sources = {split: open_source(arguments[0], split, values.data_dir) for split in splits}
    training_stats(sources["train"])
    counts = ", ".join(f"{len(source)} {split}" for split, source in sources.items())
    train = sources["train"]
    print(f"{train.name}: {counts} pictures of {len(train.classes)} classes in {train.directory}")
    return 0
