"""Literal NumPy loops for what the network sees, one image and one step after the other."""

import numpy as np


def cut(image, top, left, flip, size):
    out = np.empty((size, size, image.shape[2]), image.dtype)
    for row in range(size):
        for column in range(size):
            source = size - 1 - column if flip else column
            out[row, column] = image[top + row, left + source]
    return out


def colour(coefficients, scales, vectors):
    """The sum of a_i * scale_i * (column i of vectors)."""
    total = np.zeros(len(scales))
    for i, (a, scale) in enumerate(zip(coefficients, scales, strict=True)):
        for channel in range(len(scales)):
            total[channel] += a * scale * vectors[channel, i]
    return total


def train_view_source_2012(image, window, coefficients, stats, size, strength):
    """Cut, mirror, subtract the unmirrored centre of the mean image, add noise, divide."""
    border = (image.shape[0] - size) // 2
    view = cut(image, *window, size).astype(np.float64)
    view -= cut(np.asarray(stats.mean), border, border, False, size)
    view += strength * colour(coefficients, stats.stdevs, np.asarray(stats.vectors))
    return view / (1 + strength)


def train_view_paper(image, window, coefficients, stats, size, strength):
    """Subtract the mean image from the whole image, cut, mirror, add noise; eigenvalues of the
    covariance on the 0..1 scale, the shift put back onto 0..255."""
    centred = image.astype(np.float64) - np.asarray(stats.mean)
    eigenvalues = [(stdev / 255) ** 2 for stdev in np.asarray(stats.stdevs, np.float64)]
    shift = colour(coefficients, eigenvalues, np.asarray(stats.vectors))
    return cut(centred, *window, size) + 255 * strength * shift


def ten_windows(side, size):
    """(top, left, flip): the four corners with the centre in the middle, then the same mirrored."""
    end, middle = side - size, (side - size) // 2
    places = [(0, 0), (0, end), (middle, middle), (end, 0), (end, end)]
    return [(*place, flip) for flip in (False, True) for place in places]
