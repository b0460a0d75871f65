"""Every number of the paper and of its 2012 code that this package relies on, with its source.

"Section n" is a section of *ImageNet Classification with Deep Convolutional Neural Networks*
(Krizhevsky, Sutskever, Hinton 2012). A name that ends in `_2012` is what the released code of that
year did: files and lines are those of computerhistory/AlexNet-Source-Code at 2f8b81f. Experiment
#145 there logged the paper's error rates digit for digit (`Result` below), so its files are read
as the net that was really run. Where both agree there is one name.
"""

from dataclasses import dataclass

# --- The net (sections 3.2, 3.5; layers-145.cfg) -------------------------------------------------
IMAGE = 224  # pixels a side, RGB, 0..255 minus the mean
CLASSES = 1000
TOWERS = 2  # GPUs, each with half of the maps and of the hidden units
MAPS = (96, 256, 384, 384, 256)  # kernels of conv1 .. conv5, both GPUs together
HIDDEN = 4096  # units of fc6 and of fc7
POOL_WINDOW, POOL_STRIDE = 3, 2  # section 3.4: overlapping
KEEP = 0.5  # section 4.2: share of the hidden units of fc6 and fc7 that dropout keeps
KEEP_CONV4_177 = 0.8  # layers-177.cfg, hsconv4a/b: of conv4's values, after the ReLU

NEURONS_PRINTED = (150_528, 253_440, 186_624, 64_896, 64_896, 43_264, 4_096, 4_096, 1_000)
"""Section 3.5, input first. The second is a slip: conv1 has 55*55*96 = 290,400; 55*48*96 gives
253,440. With 290,400 the hidden layers and the output sum to 659,272, the abstract's 650,000."""


@dataclass(frozen=True)
class Norm:
    """b = a * (k + alpha * sum of a^2 over the window) ** -beta; alpha multiplies the plain sum."""

    size: int
    alpha: float
    beta: float
    k: float


RESPONSE_NORM = Norm(size=5, alpha=1e-4, beta=0.75, k=2.0)  # section 3.3: five adjacent maps
RESPONSE_NORM_2012 = Norm(size=5, alpha=1e-4 / 5, beta=0.75, k=2.0)
"""layer-params-145.cfg:137-156; layer.py:1183 divides `scale` by the window's five maps."""
WITHIN_MAP_NORM_2012 = Norm(size=5, alpha=1e-3 / 25, beta=0.75, k=1.0)
"""Not in the paper: cnorm2a/b, 5x5 pixels of one map (layers-145.cfg:107, layer-params:157-164)."""

INIT_STD = 0.01  # section 5: normal, mean zero, every layer
INIT_STD_MIDDLE_2012 = 0.03  # conv3, conv4, conv5 (layers-145.cfg:143-214); 0.01 elsewhere
ONE = 1.0  # section 5: first bias of conv2, conv4, conv5, fc6, fc7; zero elsewhere

# --- Learning (section 5) ------------------------------------------------------------------------
BATCH = 128
MOMENTUM = 0.9
WEIGHT_DECAY = 0.0005  # inside the learning rate; in 2012 weights only (src/layer.cu:565)
LEARNING_RATE = 0.01
BIAS_LEARNING_RATE_2012 = 0.02  # layer-params-153.cfg:2-3, "like #145"
DROP_FACTOR, DROPS = 10.0, 3  # divided when the validation error stops improving
EPOCHS = 90

RATE_STEPS_2012 = ((0, 1e-2), (25, 1e-3), (51, 1e-4), (79, 1e-5))  # layer-params-145.cfg, diary
CONV1_STEPS_2012 = ((67, 1e-5), (72, 0.0))  # conv1 is slowed, then frozen
COLOUR_OFF_2012 = 67  # epoch from which there is no colour noise
EPOCHS_2012 = 91
STAIRCASE_FACTOR, STAIRCASE_STEPS = 250.0, 4  # layer-params-170.cfg:8-9: 0.01 down to 0.00004

# --- Augmentation and views (section 4.1; convdata_jpeg.py) --------------------------------------
STORED_IMAGE = 256  # section 2: shorter side 256, central square
COLOUR_STRENGTH = 0.1
CROP_SHARED_BY_2012 = 32  # convdata_jpeg.py:77: consecutive images with one crop and one flip
VIEWS = 10  # four corners and the centre, and their mirror images

COLOUR_STDEVS_2014 = (19.720833, 37.093889, 121.780061)
"""Principal standard deviations of ImageNet's RGB, grey levels (cuda-convnet2, input_meta)."""
COLOUR_VECTORS_2014 = (
    (0.417955, -0.816981, 0.397311),
    (-0.712579, -0.023542, 0.701196),
    (-0.563510, -0.576184, -0.592003),
)
"""The principal directions, one a row in the order of the deviations, R G B."""


# --- Results -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Result:
    """One error rate of the paper: percent, as printed and as logged by the 2012 code."""

    top1: float
    top5: float
    logged: tuple[float, float] | None
    data: str
    views: int
    source: str


PAPER_2010 = Result(37.5, 17.0, (37.4727, 16.9987), "ILSVRC-2010 test", 10, "Table 1; #145-2010")
PAPER_2010_CENTRE = Result(
    39.0, 18.3, (39.0247, 18.2953), "ILSVRC-2010 test", 1, "Table 1, footnote; #145-2010"
)
PAPER_2012 = Result(40.7, 18.2, (40.6640, 18.2100), "ILSVRC-2012 val", 10, "Table 2; #145")
PAPER_2012_FIVE = Result(38.1, 16.4, None, "ILSVRC-2012 val", 10, "Table 2, 5 CNNs")
HALF_2010 = Result(39.2, 18.2, (39.1680, 18.2287), "ILSVRC-2010 test", 10, "3.2; #145-half")
PLAIN_POOLING_2012 = Result(41.1, 18.5, (41.0580, 18.5100), "ILSVRC-2012 val", 10, "3.4; #147")
NO_NORM_2012 = Result(42.1, 19.4, (42.0340, 19.3620), "ILSVRC-2012 val", 10, "3.3; #148")
"""The last three: the paper prints only how much worse than its net they are, 1.7 and 1.2, 0.4 and
0.3, 1.4 and 1.2; the error rates here are the sum."""
