"""The two response normalisations of the 2012 net: across maps, and within one map.

Both divide by a power of k plus a sum of squares over a window that is centred on the activity, so
one gradient serves both: autodiff's keeps more intermediate arrays and takes about twice as long.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from alexnet_jax.ops.wide import wide


def local_response_norm(
    x: Float[Array, "b h w c"],
    *,
    size: int,
    alpha: float,
    beta: float,
    k: float,
    groups: int = 1,
) -> Float[Array, "b h w c"]:
    """Divide each activity by the strength of its neighbours across maps (paper, section 3.3).

    b_i = a_i (k + alpha sum_j a_j^2)^-beta over the maps j from i - size//2 to i + size//2, cut off
    at the borders of the `groups` equal runs of channels (the towers), which no window crosses.
    `alpha` multiplies the plain sum, as the paper prints it; the 2012 code and Caffe divide theirs
    by the size, so pass alpha / size to match them.

    Raises ValueError for an even size, and when the channels do not divide into `groups`.
    """
    _check_odd(size)
    if x.shape[-1] % groups:
        raise ValueError(f"{x.shape[-1]} channels do not divide into {groups} equal groups")
    return _divide(x, functools.partial(_sum_across, size=size, groups=groups), alpha, beta, k)


def within_map_norm(
    x: Float[Array, "b h w c"], *, size: int, alpha: float, beta: float, k: float
) -> Float[Array, "b h w c"]:
    """Divide each activity by the strength of its neighbours in the same map.

    b = a (k + alpha sum a^2)^-beta over the size x size pixels around it, cut off at the image's
    border. The 2012 net has one after its second LRN (`rnorm` in layers-145.cfg); the paper does
    not mention it. `alpha` multiplies the plain sum: the 2012 code divides its own by size^2.

    Raises ValueError for an even size.
    """
    _check_odd(size)
    return _divide(x, functools.partial(_sum_within, size=size), alpha, beta, k)


def _check_odd(size: int) -> None:
    if size < 1 or size % 2 == 0:
        raise ValueError(
            f"the window of a normalisation is centred, so its size is odd, not {size}"
        )


def _sum_across(x: jax.Array, size: int, groups: int) -> jax.Array:
    width = x.shape[-1] // groups
    reach = size // 2
    grouped = x.reshape(*x.shape[:-1], groups, width)
    padded = jnp.pad(grouped, ((0, 0),) * x.ndim + ((reach, reach),))
    total = padded[..., :width]
    for i in range(1, size):
        total = total + padded[..., i : i + width]
    return total.reshape(x.shape)


def _sum_within(x: jax.Array, size: int) -> jax.Array:
    for window in ((1, size, 1, 1), (1, 1, size, 1)):
        x = jax.lax.reduce_window(x, jnp.zeros((), x.dtype), jax.lax.add, window, (1,) * 4, "SAME")
    return x


Sums = Callable[[jax.Array], jax.Array]  # over windows; linear, and its own transpose


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4))
def _divide(x: jax.Array, sums: Sums, alpha: float, beta: float, k: float) -> jax.Array:
    return _divide_forward(x, sums, alpha, beta, k)[0]


def _divide_forward(
    x: jax.Array, sums: Sums, alpha: float, beta: float, k: float
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    root = jax.lax.rsqrt(k + alpha * sums(jnp.square(wide(x))))
    return (wide(x) * _power(root, beta)).astype(x.dtype), (x, root.astype(x.dtype))


def _divide_backward(
    sums: Sums,
    alpha: float,
    beta: float,
    k: float,
    saved: tuple[jax.Array, jax.Array],
    g: jax.Array,
) -> tuple[jax.Array]:
    x, root = map(wide, saved)
    direct = wide(g) * _power(root, beta)
    to_x = direct - (2 * alpha * beta) * x * sums(direct * x * (root * root))
    return (to_x.astype(g.dtype),)


_divide.defvjp(_divide_forward, _divide_backward)


def _power(root: jax.Array, beta: float) -> jax.Array:
    """strength ** -beta of root = strength ** -0.5.

    The root is what the gradient keeps: with it, no pass over the activities divides. beta = 0.75
    of all published nets is a square root, far cheaper than a power.
    """
    if beta == 0.75:
        return root * jnp.sqrt(root)
    return root ** (2 * beta)
