"""A fixed part of a training set that is set aside for validation."""

import hashlib
from typing import Literal

import numpy as np
from jaxtyping import Int64

Part = Literal["train", "validation", "train+validation"]


def positions(count: int, part: Part) -> Int64[np.ndarray, " n"]:
    """Which of `count` examples belong to `part`, in ascending order.

    For sets that have no names. Validation is the tenth (rounded down) whose positions have the
    smallest BLAKE2 hash: always the same one for a set stored in the same order, and spread over it
    whatever that order is.
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


def key_bytes(key: str) -> bytes:
    """The name of a picture as it is on the disk, where it need not be UTF-8."""
    return key.encode(errors="surrogateescape")


def fraction(key: str, purpose: Literal["order", "validation", "test"]) -> float:
    """A number in [0, 1) that depends on the key and the purpose alone, as if drawn at random.

    A picture is held out where its place for "validation" is below the share asked for: the same
    name is held out for ever, whatever else is in the set, and a smaller share is a part of a
    larger one.
    """
    digest = hashlib.blake2b(key_bytes(key), digest_size=8, person=purpose.encode()).digest()
    return int.from_bytes(digest, "big") / 2**64
