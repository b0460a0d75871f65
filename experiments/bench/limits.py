"""What the cores of this machine can do at most, as a process of its own.

python -m experiments.bench.limits prints the rates of two pieces of work, and by which library: a
product of two matrices of 2048x2048 in float32 (NumPy's BLAS), and the layer of the paper's net
with the most multiply-adds, conv2, in one tower, batch 128, forward (PyTorch in channels_last,
oneDNN on x86; left out where PyTorch is not installed). `bench.peers` runs it in each round.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

TIMES = 7
BATCH, MAPS, SEEN, FILTERS, SIZE = 128, 27, 48, 128, 5  # conv2 of one tower
GIGA = 1e9


def matrix_product(side: int = 2048) -> dict[str, Any]:
    """GFLOP/s, and of which library."""
    a, b = np.random.default_rng(0).standard_normal((2, side, side), np.float32)
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    by = f"NumPy {np.__version__}, {blas['name']} {blas['version']}"
    return {"by": by, "gflops": 2 * side**3 / GIGA / seconds(lambda: a @ b)}


def convolution() -> dict[str, Any]:
    """The same of conv2."""
    import torch

    layer: Any = torch.nn.Conv2d(SEEN, FILTERS, SIZE, padding=SIZE // 2)
    layer.to(memory_format=torch.channels_last)
    maps = torch.randn(BATCH, SEEN, MAPS, MAPS).to(memory_format=torch.channels_last)
    library = ", oneDNN" if torch.backends.mkldnn.is_available() else ""
    work = 2 * BATCH * MAPS**2 * FILTERS * SEEN * SIZE**2
    with torch.inference_mode():
        taken = seconds(lambda: layer(maps))
    return {"by": f"PyTorch {torch.__version__}{library}", "gflops": work / GIGA / taken}


def seconds(once: Callable[[], object]) -> float:
    """Median of some times, the first two left out."""
    taken = []
    for _ in range(TIMES + 2):
        start = time.perf_counter()
        once()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[2:])


def summary(rounds: Sequence[dict[str, Any]], gflop_an_image: float) -> dict[str, Any]:
    """Of each piece of work the rates of all rounds and their median, and what an image takes."""
    found: dict[str, Any] = {"gflop_an_image": round(gflop_an_image, 4)}
    for name, first in rounds[0].items():
        rates = [one[name]["gflops"] for one in rounds]
        median = round(statistics.median(rates), 1)
        found[name] = {"by": first["by"], "gflops": [round(x, 1) for x in rates], "median": median}
    return found


def main() -> None:
    found = {"matrix product": matrix_product()}
    with suppress(ImportError):
        found["convolution"] = convolution()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
