"""Keys of a configuration that are left to the data set."""

from ml_collections import ConfigDict

from alexnet_jax import paper
from alexnet_jax.data.source import Source


def with_set(config: ConfigDict, train: Source, test: Source) -> tuple[ConfigDict, str]:
    """The configuration with what the pictures decide, and a line that says it; "" if nothing.

    config.model.classes: how many there are. config.model.image: of the stored side as many pixels
    as the paper's net sees of 256. config.data.test: the split that was opened.
    """
    config = config.copy_and_resolve_references()
    said = []
    if config.model.classes is None:
        config.model.classes = len(train.classes)
        said.append(f"{len(train.classes)} classes")
    if config.model.image is None:
        side = train.image_shape[0]
        config.model.image = round(side * paper.IMAGE / paper.STORED_IMAGE)
        said.append(f"{config.model.image} of {side} pixels are seen")
    if not config.data.test:
        config.data.test = test.split
        said.append(f"{test.split} is scored in the end")
    return config, f"{train.name}: {', '.join(said)}" if said else ""
