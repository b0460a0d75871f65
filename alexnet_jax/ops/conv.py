"""Convolution, with a gradient of its own for the kernels of strided ones."""

import jax
import jax.numpy as jnp

Padding = tuple[tuple[int, int], tuple[int, int]]

# Images that are unfolded at once: enough for fast products, and little enough to stay in cache.
CHUNK = 8


def conv(x: jax.Array, kernel: jax.Array, stride: int, padding: Padding) -> jax.Array:
    """x [b h w c], kernel [kh kw c o], zeros ((top, bottom), (left, right)) -> [b h' w' o].

    Same as `lax.conv_general_dilated`. That function's kernel gradient at stride > 1 is a
    convolution with holes, which XLA's CPU compiler runs on one core; `_kernel_gradient` takes a
    third of the time for the first layer of the 2012 net.
    """
    return (
        _plain(x, kernel, stride, padding) if stride == 1 else _strided(x, kernel, stride, padding)
    )


def _plain(x: jax.Array, kernel: jax.Array, stride: int, padding: Padding) -> jax.Array:
    return jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


_strided = jax.custom_vjp(_plain, nondiff_argnums=(2, 3))


def _forward(
    x: jax.Array, kernel: jax.Array, stride: int, padding: Padding
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _plain(x, kernel, stride, padding), (x, kernel)


def _backward(
    stride: int, padding: Padding, saved: tuple[jax.Array, jax.Array], g: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = saved
    _, pull = jax.vjp(lambda x: _plain(x, kernel, stride, padding), x)
    return pull(g)[0], _kernel_gradient(x, g, kernel.shape, stride, padding)


_strided.defvjp(_forward, _backward)


def _kernel_gradient(
    x: jax.Array, g: jax.Array, shape: tuple[int, ...], stride: int, padding: Padding
) -> jax.Array:
    """Sum over the images of patches^T g, some images at a time.

    The images of one turn lie n apart in the batch, so that a batch that is spread over devices
    keeps all of them busy at every turn.
    """
    chunk = next(i for i in range(min(CHUNK, len(x)), 0, -1) if len(x) % i == 0)
    turns = len(x) // chunk
    xs, gs = (a.reshape(chunk, turns, *a.shape[1:]) for a in (x, g))

    def add_turn(turn: jax.Array, total: jax.Array) -> jax.Array:
        x, g = (jax.lax.dynamic_index_in_dim(a, turn, 1, keepdims=False) for a in (xs, gs))
        return total + _by_blocks(x, g, shape, stride, padding)

    total = jax.lax.fori_loop(0, turns, add_turn, jnp.zeros(_block_shape(shape, stride), x.dtype))
    kh, kw, c, out = shape
    rows, columns = total.shape[:2]
    by_pixel = total.reshape(rows, columns, stride, stride, c, out).transpose(0, 2, 1, 3, 4, 5)
    return by_pixel.reshape(rows * stride, columns * stride, c, out)[:kh, :kw]


def _block_shape(shape: tuple[int, ...], stride: int) -> tuple[int, int, int, int]:
    kh, kw, c, out = shape
    return -(-kh // stride), -(-kw // stride), stride * stride * c, out


def _by_blocks(
    x: jax.Array, g: jax.Array, shape: tuple[int, ...], stride: int, padding: Padding
) -> jax.Array:
    """Gradient of the kernel over blocks of stride x stride pixels, at which the stride is 1.

    Long rows of values are fast to copy, so blocks side by side are gathered into one array and
    those below each other multiplied in turn.
    """
    kh, kw, _, out = _block_shape(shape, stride)
    h, w = g.shape[1:3]
    x = _blocks(x, stride, (padding[0][0], padding[1][0]), (h + kh - 1, w + kw - 1))
    beside = jnp.concatenate([x[:, :, j : j + w] for j in range(kw)], -1)
    flat = g.reshape(-1, out)
    products = [
        jnp.einsum("nc,no->co", beside[:, i : i + h].reshape(len(flat), -1), flat)
        for i in range(kh)
    ]
    return jnp.stack(products).reshape(_block_shape(shape, stride))


def _blocks(
    x: jax.Array, stride: int, before: tuple[int, int], counts: tuple[int, int]
) -> jax.Array:
    """[b h w c] -> [b *counts stride*stride*c], `before` zeros above and to the left."""
    pixels, blocks = [(0, 0, 0)], [(0, 0, 0)]
    for size, low, count in zip(x.shape[1:3], before, counts, strict=True):
        covered = -(-(low % stride + size) // stride)
        pixels.append((low % stride, covered * stride - low % stride - size, 0))
        blocks.append((low // stride, count - low // stride - covered, 0))
    zero = jnp.zeros((), x.dtype)
    x = jax.lax.pad(x, zero, [*pixels, (0, 0, 0)])
    b, h, w, c = x.shape
    x = x.reshape(b, h // stride, stride, w // stride, stride * c).transpose(0, 1, 3, 2, 4)
    x = x.reshape(b, h // stride, w // stride, stride * stride * c)
    return jax.lax.pad(x, zero, [*blocks, (0, 0, 0)])
