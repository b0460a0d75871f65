"""The tables of docs/performance.md, and of README.md's speed, from the benches' records."""

from collections.abc import Sequence
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


def peers_table(record: dict[str, Any]) -> str:
    """Images a second of each side: the median, all rounds, and how many times ours is faster."""
    lines = []
    for side, median in record["median"].items():
        rounds = ", ".join(f"{one[side]:.1f}" for one in record["images_per_second"])
        lines.append((NAMES[side], f"{median:.1f}", rounds, f"{record['ratio'][side]:.2f}"))
    header = ("program", "images/s", "rounds", "ours to it")
    return "\n".join([table(header, lines), "", where(record)])


def speed_table(record: dict[str, Any]) -> str:
    """The same in short: no rounds, and of the machine only what it is."""
    rows = [
        (NAMES[side], f"{median:.1f}", f"{record['ratio'][side]:.2f}")
        for side, median in record["median"].items()
    ]
    machine = f"{record['what']}; {record['cores']} cores, {record['cpu']}."
    return "\n".join([table(("program", "images/s", "ours to it"), rows), "", machine])


def limits_table(records: Sequence[dict[str, Any]]) -> str:
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


def where(record: dict[str, Any]) -> str:
    """A sentence on what was timed, on which machine, with which versions."""
    peers = ", ".join(f"{name} {v}" for name, v in sorted(record["versions_of_peers"].items()))
    changed = ", with changes that are not committed" if record["dirty"] else ""
    return (
        f"{record['what']}; {record['cores']} cores, {record['cpu']}; {peers}; "
        f"{record['time'][:10]}, commit {record['commit'][:9]}; "
        f"load before {record['load_before']}{changed}."
    )
