"""The tables of docs/data.md: preparing and loading as measured, and what ImageNet costs at that.

Functions of the records of `bench.prepare` and `bench.loader`.
"""

import importlib.resources
import statistics
from typing import Any

from alexnet_jax.data.origins.imagenet2012 import TRAIN, TRAINING_IMAGES, VAL, VALIDATION_IMAGES
from alexnet_jax.report.markdown import seconds, table

Result = dict[str, Any]
ROUTES = {
    "ours": "here",
    "write_shard": "here, by `write_shard` itself",  # a side of its own in old records
    "pillow box": "Pillow, box",
    "pillow bilinear": "Pillow, bilinear",
    "pillow bicubic": "Pillow, bicubic",
    "pillow lanczos": "Pillow, Lanczos",
}
CORES = (2, 8, 32)
PICTURES = TRAINING_IMAGES + VALIDATION_IMAGES
PIXELS = PICTURES * 256 * 256 * 3  # bytes


def prepare_table(run: Result) -> str:
    """Images a second of one core: a column for each set of pictures, a row for each route."""
    sets = run["sets"]
    first = next(iter(sets.values()))
    lines: list[list[str]] = []
    for side in (x for x in ROUTES if x in first["median"]):
        lines.append([ROUTES[side], *(rate_cell(one, side) for one in sets.values())])
        if side == "ours":
            best = (f"{one['best'][side]:.0f}" for one in sets.values())
            lines.append(["here, in the best round", *best])
    for side, name in (("ours", "decoding alone, here"), ("pillow", "decoding alone, Pillow")):
        lines.append([name, *(f"{s['decoded_per_second'][side]:.0f}" for s in sets.values())])
    for side in first["difference"]:
        greys = (f"{one['difference'][side]:.2f}" for one in sets.values())
        lines.append([f"grey levels from {ROUTES[side]}", *greys])
    lines.append(["bytes a file", *(f"{one['bytes_a_file']:,}" for one in sets.values())])
    lines.append(["subsampling", *(subsampling(one) for one in sets.values())])
    found = table(["images/s on one core", *sets], lines, "lr")
    return "\n".join([found, "", machine(run, "pillow", "simplejpeg", "cykooz-resizer")])


def rate_cell(one: Result, side: str) -> str:
    """Of Pillow's routes also how many times as fast ours is."""
    behind = f" ({one['ratio'][side]:.2f})" if side.startswith("pillow") else ""
    return f"{one['median'][side]:.0f}{behind}"


def subsampling(one: Result) -> str:
    """As "4:4:4 56, 4:2:0 2": number of files of each kind."""
    kinds = one["subsampling"].items()
    return ", ".join(f"{':'.join(kind) if kind.isdigit() else kind} {n}" for kind, n in kinds)


def loader_table(run: Result) -> str:
    """Images a second of the loader, beside a torch DataLoader and the training step."""
    lines: list[list[str]] = []
    for side, rate in run["median"].items():
        name = "JPEGs, torch DataLoader" if side == "torch" else f"prepared set, {side}"
        if side == run["ours"]:
            name += " (the default)"
        lines.append([name, f"{rate:,.0f}", f"{rate / run['step']:.1f}"])
    lines.append(["a training step on the CPU", f"{run['step']:,.1f}", "1"])
    found = table(["reads", "images/s", "times the step"], lines, "lr")
    times = statistics.median(x[run["ours"]] / x["torch"] for x in run["images_per_second"])
    ratio = f"The default reads {times:.1f} times as many as torch."
    return "\n".join([found, "", f"{ratio} {machine(run, 'grain', 'torch', 'pillow')}"])


def imagenet_cost(preparing: Result, loading: Result) -> str:
    """Disk and time of ILSVRC-2012: exact sizes, times at the measured rates."""
    tars, files = sum(tar_sizes()), PICTURES * preparing["bytes_a_record"]
    rows = {
        "the two official tars": gigabytes(tars),
        f"pixels of the prepared set, {PICTURES:,} pictures": gigabytes(PIXELS),
        "files of the prepared set": gigabytes(files),
    }
    ordinary = preparing["sets"]["all as they come"]
    prepared = ordinary["median"].get("write_shard", ordinary["median"]["ours"])
    for cores in CORES:
        taken = PICTURES / (cores * prepared)
        read, written = (size / taken / 1e6 for size in (tars, files))
        disk = f"(reads {read:,.0f}, writes {written:,.0f} MB/s)"
        what = f"preparing on {cores} cores, if they and the disk keep up"
        rows[what] = f"{seconds(taken)} {disk}"
    rate = default_rate(loading)
    checksums = seconds(PICTURES / ordinary["checksummed_per_second"])
    rows["verifying the checksums, one core, in the page cache"] = checksums
    rows["loading an epoch, in the page cache"] = seconds(TRAINING_IMAGES / rate)
    rows["an accelerator on this machine waits when it takes more than"] = f"{rate:,.0f} images/s"
    return table(["ILSVRC-2012", ""], rows.items(), "lr")


def default_rate(run: Result) -> float:
    """Of the loader as a run has it."""
    return run["median"][run["ours"]]


def tar_sizes() -> list[int]:
    """Bytes of both tars, as TFDS has them."""
    folder = importlib.resources.files("tensorflow_datasets.datasets.imagenet2012")
    rows = [line.split() for line in folder.joinpath("checksums.tsv").read_text().splitlines()]
    return [int(size) for url, size, *_ in rows if url.endswith((TRAIN, VAL))]


def machine(run: Result, *packages: str) -> str:
    """A sentence on where and with what."""
    versions = ", ".join(f"{name} {run['versions'][name]}" for name in packages)
    return f"{run['cores']} cores, {run['cpu']}; {versions}."


def gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
