"""When a training error has fallen to a given rate (paper, Fig. 1: 25 %)."""

from collections.abc import Sequence

Point = tuple[float, float]
ROUNDING = 1e-3  # of an epoch: lines of 78 steps of 128 make 0.998 of one


def epochs_to(curve: Sequence[Point], percent: float = 25.0) -> float | None:
    """Epochs until the error of a whole epoch first falls to `percent`; None if it never does.

    curve: (epoch, error in percent) of each line of the log, by epoch; a line is the error over the
    pictures seen since the line before, some 10,000 as cuda-convnet printed it. Between the first
    mean of an epoch at or below `percent` and the one before it, it is taken to fall along a
    straight line. If the very first is that low, its own epoch is given, an upper bound.
    """
    before: Point | None = None
    for epoch, error in over_epochs(curve):
        if error <= percent:
            if before is None:
                return epoch
            share = (before[1] - percent) / (before[1] - error)
            return before[0] + share * (epoch - before[0])
        before = epoch, error
    return None


def over_epochs(curve: Sequence[Point]) -> list[Point]:
    """At each line the mean of the lines of the epoch that ends there; none before a whole one.

    Lines are of equally many pictures; one of an epoch or more stands for itself. Single lines of
    10,000 pictures scatter by half a point, so where the curve is flat the first of them below a
    level comes epochs too early.
    """
    found: list[Point] = []
    starts = [0.0, *(epoch for epoch, _ in curve)]
    for end, (epoch, _) in enumerate(curve):
        within = (i for i in range(end) if starts[i] >= epoch - 1 - ROUNDING)
        first = next(within, end)
        line = epoch - starts[end]
        if epoch - starts[first] >= 1 - line / 2:
            errors = [error for _, error in curve[first : end + 1]]
            found.append((epoch, sum(errors) / len(errors)))
    return found
