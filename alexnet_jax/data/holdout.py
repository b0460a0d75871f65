"""A fixed tenth of a training set that is set aside for validation."""

import hashlib
from typing import Literal

import numpy as np
from jaxtyping import Int64

Part = Literal["train", "validation", "train+validation"]


def positions(count: int, part: Part) -> Int64[np.ndarray, " n"]:
    """Which of `count` examples belong to `part`, in ascending order.

    Validation is the tenth (rounded down) whose positions have the smallest BLAKE2 hash: always
    the same one for a set stored in the same order, and spread over it whatever that order is.
    """
    hashes = [hashlib.blake2b(b"%d" % i, digest_size=8).digest() for i in range(count)]
    held_out = np.zeros(count, bool)
    held_out[sorted(range(count), key=hashes.__getitem__)[: count // 10]] = True
    match part:
        case "train":
            return np.flatnonzero(~held_out)
        case "validation":
            return np.flatnonzero(held_out)
        case "train+validation":
            return np.arange(count)
