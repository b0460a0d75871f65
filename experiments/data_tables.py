"""The tables of docs/data.md: preparing and loading as measured, and what ImageNet costs at that.

Functions of the results of `bench.prepare` and `bench.loader`; None is one that was not run.
"""

import importlib.resources
from collections.abc import Callable
from functools import partial
from typing import Any

from alexnet_jax.data.origins.imagenet2012 import TRAIN, TRAINING_IMAGES, VAL, VALIDATION_IMAGES
from alexnet_jax.report.markdown import NOT_RUN, seconds, table

Result = dict[str, Any]
ROUTES = {
    "ours": "here",
    "write_shard": "here, by `write_shard` itself",
    "pillow box": "Pillow, box",
    "pillow bilinear": "Pillow, bilinear",
    "pillow bicubic": "Pillow, bicubic",
    "pillow lanczos": "Pillow, Lanczos",
}
CORES = (2, 8, 32)
PICTURES = TRAINING_IMAGES + VALIDATION_IMAGES
PIXELS = PICTURES * 256 * 256 * 3  # bytes


def prepare_table(run: Result | None) -> str:
    """Images a second of one core: a column for each set of pictures, a row for each route."""
    if run is None:
        return NOT_RUN
    sets = run["sets"]
    lines: list[list[str]] = []
    for side, name in ROUTES.items():
        cells = []
        for one in sets.values():
            behind = f" ({one['ratio'][side]:.2f})" if side.startswith("pillow") else ""
            cells.append(f"{one['median'][side]:.0f}{behind}")
        lines.append([name, *cells])
        if side == "ours":
            best = (f"{one['best'][side]:.0f}" for one in sets.values())
            lines.append(["here, in the best round", *best])
    for side, name in (("ours", "decoding alone, here"), ("pillow", "decoding alone, Pillow")):
        lines.append([name, *(f"{s['decoded_per_second'][side]:.0f}" for s in sets.values())])
    for side in ROUTES:
        if side.startswith("pillow"):
            greys = (f"{one['difference'][side]:.2f}" for one in sets.values())
            lines.append([f"grey levels from {ROUTES[side]}", *greys])
    lines.append(["bytes a file", *(f"{one['bytes_a_file']:,}" for one in sets.values())])
    lines.append(["subsampling", *(subsampling(one) for one in sets.values())])
    found = table(["images/s on one core", *sets], lines, "lr")
    return "\n".join([found, "", machine(run, "pillow", "simplejpeg", "cykooz-resizer")])


def loader_table(run: Result | None) -> str:
    """Images a second of the loader, beside a torch DataLoader and the training step."""
    if run is None:
        return NOT_RUN
    lines: list[list[str]] = []
    for side, rate in run["median"].items():
        name = "JPEGs, torch DataLoader" if side == "torch" else f"prepared set, {side}"
        if side == run["ours"]:
            name += " (the default)"
        lines.append([name, f"{rate:,.0f}", f"{rate / run['step']:.1f}"])
    lines.append(["a training step on the CPU", f"{run['step']:,.1f}", "1"])
    found = table(["reads", "images/s", "times the step"], lines, "lr")
    if "median_ratio" in run:
        ratio = f"The default reads {run['median_ratio']:.1f} times as many as torch."
        return "\n".join([found, "", f"{ratio} {machine(run, 'grain', 'torch', 'pillow')}"])
    return "\n".join([found, "", machine(run, "grain")])


def imagenet_cost(preparing: Result | None, loading: Result | None) -> str:
    """Disk and time of ILSVRC-2012: exact sizes, times at the measured rates."""
    rows = {
        "the two official tars": gigabytes(sum(tar_sizes())),
        f"pixels of the prepared set, {PICTURES:,} pictures": gigabytes(PIXELS),
        "files of the prepared set": known(preparing, lambda run: gigabytes(set_bytes(run))),
    }
    for cores in CORES:
        what = f"preparing on {cores} cores, if they and the disk keep up"
        rows[what] = known(preparing, partial(preparing_time, cores=cores))
    rows |= {
        "verifying the checksums, one core, in the page cache": known(
            preparing, lambda run: seconds(PICTURES / ordinary(run)["checksummed_per_second"])
        ),
        "loading an epoch, in the page cache": known(
            loading, lambda run: seconds(TRAINING_IMAGES / default_rate(run))
        ),
        "an accelerator on this machine waits when it takes more than": known(
            loading, lambda run: f"{default_rate(run):,.0f} images/s"
        ),
    }
    return table(["ILSVRC-2012", ""], rows.items(), "lr")


def known(run: Result | None, cell: Callable[[Result], str]) -> str:
    return NOT_RUN if run is None else cell(run)


def ordinary(run: Result) -> Result:
    """ImageNet's pictures as they come, prepared."""
    return run["sets"]["all as they come"]


def default_rate(run: Result) -> float:
    """Of the loader as a run has it."""
    return run["median"][run["ours"]]


def set_bytes(run: Result) -> float:
    return PICTURES * run["bytes_a_record"]


def preparing_time(run: Result, cores: int) -> str:
    """With what the disk has to do at that rate."""
    taken = PICTURES / (cores * ordinary(run)["median"]["write_shard"])
    read, written = (size / taken / 1e6 for size in (sum(tar_sizes()), set_bytes(run)))
    return f"{seconds(taken)} (reads {read:,.0f}, writes {written:,.0f} MB/s)"


def tar_sizes() -> list[int]:
    """Bytes of both tars, as TFDS has them."""
    folder = importlib.resources.files("tensorflow_datasets.datasets.imagenet2012")
    rows = [line.split() for line in folder.joinpath("checksums.tsv").read_text().splitlines()]
    return [int(size) for url, size, *_ in rows if url.endswith((TRAIN, VAL))]


def subsampling(one: Result) -> str:
    """As "4:4:4 56, 4:2:0 2": number of files of each kind."""
    kinds = one["subsampling"].items()
    return ", ".join(f"{':'.join(kind) if kind.isdigit() else kind} {n}" for kind, n in kinds)


def machine(run: Result, *packages: str) -> str:
    """A sentence on where and with what."""
    versions = ", ".join(f"{name} {run['versions'][name]}" for name in packages)
    return f"{run['cores']} cores, {run['cpu']}; {versions}."


def gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
