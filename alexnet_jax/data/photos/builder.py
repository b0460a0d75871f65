"""The TFDS builder of `photos`."""

import inspect
from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import UInt8
from PIL import Image

from alexnet_jax.data.photos.pictures import PICTURES
from alexnet_jax.data.photos.regions import Box, Split, regions

EXAMPLES: dict[Split, int] = {"train": 128, "validation": 24, "test": 48}  # a class
SEED = 2012


class Photos(tfds.core.GeneratorBasedBuilder):
    """Squares cut from sixteen pictures; the class is the picture.

    Squares of random place and size come from regions of each picture that lie further apart than
    the largest square is wide (`regions.py`), and are scaled to one stored side (antialiased
    bicubic). Same seed, same squares, in both configurations.

    image: uint8 [side side 3], stored as plain bytes. label: the picture. id: the picture's name
    and the square's left, top and side in it, in pixels.
    """

    VERSION = tfds.core.Version("1.1.0")
    BUILDER_CONFIGS = (
        tfds.core.BuilderConfig(name="256", description="256 x 256, as the paper stores pictures"),
        tfds.core.BuilderConfig(name="144", description="144 x 144, for crops of 128"),
    )

    def _info(self) -> tfds.core.DatasetInfo:
        side = int(self.builder_config.name)
        return tfds.core.DatasetInfo(
            builder=self,
            description=inspect.cleandoc(type(self).__doc__ or ""),
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "image": tfds.features.Tensor(
                        shape=(side, side, 3),
                        dtype=np.uint8,
                        encoding=tfds.features.Encoding.BYTES,
                    ),
                    "label": tfds.features.ClassLabel(names=[p.name for p in PICTURES]),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        return {split: self._generate_examples(split) for split in EXAMPLES}

    def _generate_examples(self, split: Split) -> Iterator[tuple[str, dict]]:
        side = int(self.builder_config.name)
        for number, picture in enumerate(PICTURES):
            pixels = picture.pixels()
            for count, box in enumerate(squares(number, split, pixels.shape)):
                name = f"{picture.name} {box.left},{box.top},{box.right - box.left}"
                yield (
                    f"{number:02d}_{count:03d}",
                    {"id": name, "image": cut(pixels, box, side), "label": picture.name},
                )


def squares(number: int, split: Split, shape: tuple[int, ...]) -> list[Box]:
    """Where the examples of picture `number` (height and width: `shape`) are cut for `split`."""
    places = regions(width=shape[1], height=shape[0])
    draw = np.random.default_rng((SEED, number, list(EXAMPLES).index(split)))
    return [places.random_square(split, draw) for _ in range(EXAMPLES[split])]


def cut(pixels: UInt8[np.ndarray, "h w 3"], box: Box, side: int) -> UInt8[np.ndarray, "s s 3"]:
    """The square `box` of the picture, scaled to `side`; it sees no pixel outside the box."""
    inside = Image.fromarray(pixels[box.top : box.bottom, box.left : box.right])
    return np.asarray(inside.resize((side, side), Image.Resampling.BICUBIC))
