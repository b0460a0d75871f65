"""The tables of docs/performance.md, and of README.md's speed, from the benches' records."""

from typing import Any

from alexnet_jax.report.markdown import table

NAMES = {
    "here": "here, as started",
    "plain JAX": "the same net in plain JAX, as started",
    "torch.compile": "PyTorch, torch.compile, as started",
    "torch eager": "PyTorch, eager, as started",
    "torch.compile, tuned": "PyTorch, torch.compile, our allocator settings",
    "torch eager, tuned": "PyTorch, eager, our allocator settings",
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


def where(record: dict[str, Any]) -> str:
    """A sentence on what was timed, on which machine, with which versions."""
    peers = ", ".join(f"{name} {v}" for name, v in sorted(record["versions_of_peers"].items()))
    changed = ", with changes that are not committed" if record["dirty"] else ""
    return (
        f"{record['what']}; {record['cores']} cores, {record['cpu']}; {peers}; "
        f"{record['time'][:10]}, commit {record['commit'][:9]}; "
        f"load before {record['load_before']}{changed}."
    )
