"""The operations as literal loops over single cells, in float64: slow, and short enough to check
by eye against the formulas of the paper and the 2012 code."""

import math

import numpy as np


def local_response_norm(x, size, alpha, beta, k, groups):
    b, h, w, c = x.shape
    width = c // groups
    y = np.empty(x.shape)
    for n, i, j, m in np.ndindex(b, h, w, c):
        first_of_group = m // width * width
        total = 0.0
        for other in range(m - size // 2, m + size // 2 + 1):
            if first_of_group <= other < first_of_group + width:
                total += float(x[n, i, j, other]) ** 2
        y[n, i, j, m] = x[n, i, j, m] * (k + alpha * total) ** -beta
    return y


def within_map_norm(x, size, alpha, beta, k):
    b, h, w, c = x.shape
    y = np.empty(x.shape)
    for n, i, j, m in np.ndindex(b, h, w, c):
        total = 0.0
        for row in range(i - size // 2, i + size // 2 + 1):
            for column in range(j - size // 2, j + size // 2 + 1):
                if 0 <= row < h and 0 <= column < w:
                    total += float(x[n, row, column, m]) ** 2
        y[n, i, j, m] = x[n, i, j, m] * (k + alpha * total) ** -beta
    return y


def pooled(size, window, stride, rounding):
    return 1 + getattr(math, rounding)((size - window) / stride)


def pool(x, window, stride, rounding, reduce):
    """`reduce` of the cells of each window that are inside the image: np.max or np.mean."""
    b, h, w, c = x.shape
    y = np.empty((b, pooled(h, window, stride, rounding), pooled(w, window, stride, rounding), c))
    for n, i, j, m in np.ndindex(y.shape):
        rows = slice(i * stride, min(i * stride + window, h))
        columns = slice(j * stride, min(j * stride + window, w))
        y[n, i, j, m] = reduce(x[n, rows, columns, m])
    return y


def max_pool_gradient(x, g, window, stride):
    """Each g goes to the largest cell of its window, the first row by row among equals."""
    dx = np.zeros(x.shape)
    for n, i, j, m in np.ndindex(g.shape):
        best = None
        for row in range(i * stride, min(i * stride + window, x.shape[1])):
            for column in range(j * stride, min(j * stride + window, x.shape[2])):
                if best is None or x[n, row, column, m] > x[n, *best, m]:
                    best = row, column
        dx[n, *best, m] += g[n, i, j, m]
    return dx


def conv(x, kernel, stride, padding):
    """x [b h w c], kernel [kh kw c o], zeros ((top, bottom), (left, right))."""
    x = np.pad(x.astype(np.float64), ((0, 0), *padding, (0, 0)))
    kh, kw, _, out = kernel.shape
    h = (x.shape[1] - kh) // stride + 1
    w = (x.shape[2] - kw) // stride + 1
    y = np.empty((len(x), h, w, out))
    for n, i, j, o in np.ndindex(y.shape):
        patch = x[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        y[n, i, j, o] = (patch * kernel[..., o]).sum()
    return y


def conv_kernel_gradient(x, g, shape, stride, padding):
    x = np.pad(x.astype(np.float64), ((0, 0), *padding, (0, 0)))
    kh, kw, _, _ = shape
    gradient = np.zeros(shape)
    for n, i, j, o in np.ndindex(g.shape):
        patch = x[n, i * stride : i * stride + kh, j * stride : j * stride + kw]
        gradient[..., o] += patch * g[n, i, j, o]
    return gradient


def tower_conv(x, kernel, bias, stride, padding):
    """A tower's kernels see all channels, or its own run of them if they are that much thinner."""
    towers, ci = len(kernel), kernel.shape[3]
    outputs = []
    for t in range(towers):
        seen = x if x.shape[-1] == ci else x[..., t * ci : (t + 1) * ci]
        outputs.append(conv(seen, kernel[t], stride, padding) + bias[t])
    return np.concatenate(outputs, -1)


def tower_dense(x, kernel, bias):
    towers, n, _ = kernel.shape
    outputs = []
    for t in range(towers):
        seen = x if x.shape[-1] == n else x[:, t * n : (t + 1) * n]
        outputs.append(seen.astype(np.float64) @ kernel[t] + bias[t])
    return np.concatenate(outputs, -1)


def local_conv(x, kernel, bias, size):
    """kernel [h w size*size*c m]: weights of position (i, j) by row, column, channel."""
    b, h, w, c = x.shape
    out = kernel.shape[-1]
    y = np.empty((b, h, w, out))
    for n, i, j, o in np.ndindex(y.shape):
        weights = kernel[i, j, :, o].reshape(size, size, c)
        total = float(bias[i, j, o])
        for row in range(size):
            for column in range(size):
                at = i + row - size // 2, j + column - size // 2
                if 0 <= at[0] < h and 0 <= at[1] < w:
                    total += (x[n, *at].astype(np.float64) * weights[row, column]).sum()
        y[n, i, j, o] = total
    return y
