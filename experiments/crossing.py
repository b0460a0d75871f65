"""When a training error has fallen to a given rate (paper, Fig. 1: 25 %)."""

from collections.abc import Sequence


def epochs_to(curve: Sequence[tuple[float, float]], percent: float = 25.0) -> float | None:
    """Epochs until the error first falls to `percent`; None if it never does.

    curve: (epoch, error in percent) of each line of the log, by epoch. A line is the error over the
    pictures seen since the line before, some 10,000 as cuda-convnet printed it, so it belongs to
    the middle of them; it is counted at their end for every curve. Between the first line at or
    below `percent` and the one before it, the error is taken to fall along a straight line. If the
    very first line is that low, its own epoch is given, which is an upper bound.
    """
    before: tuple[float, float] | None = None
    for epoch, error in curve:
        if error <= percent:
            if before is None:
                return epoch
            share = (before[1] - percent) / (before[1] - error)
            return before[0] + share * (epoch - before[0])
        before = epoch, error
    return None
