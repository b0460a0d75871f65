"""The tables of docs/performance.md, and of README.md's speed, from the benches' records."""

import statistics
from typing import Any

from alexnet_jax.report.markdown import NOT_RUN, table

NAMES = {
    "here": "here, as started",
    "plain JAX": "the same net in plain JAX, as started",
    "torch.compile": "PyTorch, torch.compile, as started",
    "torch eager": "PyTorch, eager, as started",
    "torch.compile, tuned": "PyTorch, torch.compile, our allocator settings",
    "torch eager, tuned": "PyTorch, eager, our allocator settings",
}
LIMITS = {
    "matrix product": "a product of 2048x2048 matrices",
    "convolution": "conv2 of one tower, forward",
}
STARTS = {
    "nothing compiled": "to the end of the first training step, nothing compiled before",
    "compiled before": "the same, the second time",
    "--help": "`python -m alexnet_jax --help`",
    "import jax": "`python -c 'import jax'`",
    "import torch": "`python -c 'import torch'`",
}


def peers_table(record: dict[str, Any]) -> str:
    """Images a second of each side: the median, all rounds, and how many times ours is faster."""
    header = ("program", "images/s", "rounds", "ours to it")
    return "\n".join([table(header, side_rows(record)), "", where(record)])


def side_rows(record: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row for each side that the record has."""
    lines: list[tuple[str, ...]] = []
    for side, median in record["median"].items():
        rounds = ", ".join(f"{one[side]:.1f}" for one in record["images_per_second"])
        lines.append((NAMES[side], f"{median:.1f}", rounds, f"{record['ratio'][side]:.2f}"))
    return lines


def small_table(record: dict[str, Any]) -> str:
    """The same for each of several nets."""
    rows = [
        (f"`{net}`, {one['image']} pixels, batch {one['batch']}", *row)
        for net, one in record["nets"].items()
        for row in side_rows(one)
    ]
    header = ("net", "program", "images/s", "rounds", "ours to it")
    return "\n".join([table(header, rows), "", where(record)])


def batches_table(record: dict[str, Any]) -> str:
    """Images a second of each batch, and how many times as fast as the first it is."""
    rows = [
        (
            batch,
            f"{median:,.0f}",
            ", ".join(f"{one[batch]:,.0f}" for one in record["images_per_second"]),
            f"{1 / record['ratio'][batch]:.2f}",
        )
        for batch, median in record["median"].items()
    ]
    first = next(iter(record["median"]))
    header = ("batch", "images/s", "rounds", f"to batch {first}")
    return "\n".join([table(header, rows, "rrlr"), "", where(record)])


def outside_table(record: dict[str, Any]) -> str:
    """For each net, which share of the program's time is not spent in its compiled step."""
    rows = []
    for net, one in record["nets"].items():
        found = one["whole_program"]
        rates = (f"{statistics.median(found[key]):,.0f}" for key in ("bare_step", "by_clock"))
        rounds = ", ".join(f"{100 * share:.1f} %" for share in found["outside"])
        share = f"{100 * found['median_outside']:.1f} %"
        rows.append((f"`{net}`", found["pictures"], *rates, share, rounds))
    header = ("net", "pictures", "its step alone, images/s", "`train`, images/s", "outside it")
    return "\n".join([table((*header, "rounds"), rows), "", where(record)])


def speed_table(record: dict[str, Any]) -> str:
    """The same in short: no rounds, and of the machine only what it is."""
    rows = [
        (NAMES[side], f"{median:.1f}", f"{record['ratio'][side]:.2f}")
        for side, median in record["median"].items()
    ]
    machine = f"{record['what']}; {record['cores']} cores, {record['cpu']}."
    return "\n".join([table(("program", "images/s", "ours to it"), rows), "", machine])


def limits_table(*records: dict[str, Any]) -> str:
    """GFLOP/s of ours and of what was measured in the same run, for each record that has that."""
    rows = []
    for record in records:
        found = record.get("limits", {})
        for name, limit in found.items():
            if name == "gflop_an_image":
                continue
            ours = record["median"]["here"] * found["gflop_an_image"]
            share = f"{100 * ours / limit['median']:.0f} %"
            which = f"{LIMITS[name]}: {limit['by']}"
            rows.append((record["what"], f"{ours:.0f}", which, f"{limit['median']:.0f}", share))
    header = ("ours, as started", "GFLOP/s", "beside", "GFLOP/s", "share")
    return table(header, rows) if rows else NOT_RUN


def startup_table(record: dict[str, Any]) -> str:
    """Seconds until each program is where it was asked to come."""
    rows = [
        (STARTS[name], f"{median:.1f}", ", ".join(f"{one[name]:.1f}" for one in record["seconds"]))
        for name, median in record["median"].items()
    ]
    return "\n".join([table(("start", "seconds", "rounds"), rows), "", where(record)])


def where(record: dict[str, Any]) -> str:
    """A sentence on what was timed, on which machine, with which versions."""
    versions = record.get("versions_of_peers") or {"jax": record["versions"]["jax"]}
    peers = ", ".join(f"{name} {v}" for name, v in sorted(versions.items()))
    changed = ", with changes that are not committed" if record["dirty"] else ""
    return (
        f"{record['what']}; {record['cores']} cores, {record['cpu']}; {peers}; "
        f"{record['time'][:10]}, commit {record['commit'][:9]}; "
        f"load before {record['load_before']}{changed}."
    )
