"""Convolutions and dense layers of nets that are split into towers.

A tower is one of the paper's two GPUs' halves of a layer (section 3.2). `feature_group_count` says
the same for convolutions and is avoided: XLA's CPU compiler makes it about ten times as slow.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from alexnet_jax.ops.bias import add_bias
from alexnet_jax.ops.conv import Padding, conv


def tower_conv(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "t kh kw ci co"],
    bias: Float[Array, "t co"] | None,
    *,
    stride: int,
    padding: Padding,
) -> Float[Array, "b h2 w2 tco"]:
    """Convolve with each tower's kernels; the outputs lie side by side, tower 0 first.

    When ci is the number of channels of `x`, every tower sees all of it; when t * ci is, each tower
    sees its own part. `padding` is zeros ((top, bottom), (left, right)).

    Raises ValueError when ci is neither.
    """
    t, _, _, ci, co = kernel.shape
    c = x.shape[-1]
    if ci == c:
        beside = jnp.moveaxis(kernel, 0, -2).reshape(*kernel.shape[1:4], t * co)
        y = conv(x, beside, stride, padding)
    elif ci * t == c:
        own = jnp.split(_stored(x), t, -1)
        parts = [conv(p, w, stride, padding) for p, w in zip(own, kernel, strict=True)]
        y = jnp.concatenate(parts, -1)
    else:
        raise ValueError(f"{t} towers of kernels that see {ci} channels do not fit {c} channels")
    return y if bias is None else add_bias(y, bias.reshape(t * co))


def _stored(x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
    """x itself, which XLA's CPU compiler is made to compute once and keep.

    It computes anew what a slice is taken from, for each slice: for conv2 the normalisation and the
    pooling before it, in each of the 16 parts of the kernels' gradients. It does not do so with a
    concatenation. A step of the paper's net takes 6.02 s without, 5.81 s with (medians of ten steps
    each, in turns, in two processes; 2 cores of an AMD EPYC with AVX2, batch 128, jax 0.10.2).
    """

    def halves(x: jax.Array) -> jax.Array:
        half = x.shape[1] // 2
        # The barrier keeps the compiler from putting the halves together again.
        return jnp.concatenate(jax.lax.optimization_barrier((x[:, :half], x[:, half:])), 1)

    return jax.lax.platform_dependent(x, cpu=halves, default=lambda x: x)


def tower_dense(
    x: Float[Array, "b n"],
    kernel: Float[Array, "t ni m"],
    bias: Float[Array, "t m"],
) -> Float[Array, "b tm"]:
    """Multiply by each tower's matrix; the outputs lie side by side, tower 0 first.

    When ni is the width of `x`, every tower sees all of it (the paper's dense layers); when t * ni
    is, each tower sees its own part (the 2012 notes' net whose towers never talk, #150).

    Raises ValueError when ni is neither.
    """
    t, ni, _ = kernel.shape
    n = x.shape[-1]
    if ni == n:
        parts = [x] * t
    elif ni * t == n:
        parts = jnp.split(x, t, -1)
    else:
        raise ValueError(f"{t} towers of matrices that see {ni} units do not fit {n} units")
    y = jnp.concatenate([p @ w for p, w in zip(parts, kernel, strict=True)], -1)
    return y + bias.reshape(1, -1)
