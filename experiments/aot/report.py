"""What a compiled step says of itself, as one record, and what limits its speed."""

from typing import Any

from jax.stages import Compiled

from alexnet_jax.build import Experiment
from experiments.aot.chips import Chip
from experiments.program import Collective, bytes_moved, collectives, memory_bytes
from experiments.scaling.formulas import macs


def report(run: Experiment, compiled: Compiled, chip: Chip) -> dict[str, Any]:
    """Of one chip and one step: bytes of memory, FLOPs, exchanges, and the least seconds of each.

    "flops" and "moved_bytes" are counted here and, but for CUDA's, by the compiler. Its FLOPs are
    used if there are any; its bytes are not, since they include those that stay on the chip.
    "seconds" are what the chip's published rates make of the numbers, "limit" is the longest. No
    step can be shorter than "compute" and "links"; "hbm" takes it that nothing comes from a cache.
    """
    cost = compiled.cost_analysis() or {}
    text = compiled.as_text() or ""
    flops = {"counted": counted_flops(run), "compiler": cost.get("flops")}
    moved = bytes_moved(text)
    found = collectives(text)
    towers = run.placement.mesh.shape["tower"]
    seconds = {
        "compute": used(flops) / chip.flops,
        "hbm": moved / chip.hbm,
        "links": sum(chip.link_seconds(exchange, towers) for exchange in found),
    }
    limit = max(seconds, key=lambda what: seconds[what])
    memory = memory_bytes(compiled)
    return {
        "memory": memory,
        "fits": memory["all"] <= chip.memory,
        "flops": flops,
        "moved_bytes": {"counted": moved, "compiler": cost.get("bytes accessed")},
        "exchanges": _grouped(found),
        "sent_bytes": round(sum(exchange.sent_bytes for exchange in found)),
        "seconds": seconds,
        "limit": limit,
        "images_per_second": run.batch_size / seconds[limit],
    }


def used(work: dict[str, float | None]) -> float:
    """The compiler's number if it has one, else ours."""
    return work["compiler"] or work["counted"] or 0.0


def counted_flops(run: Experiment) -> int:
    """Of one step on one device, from the layers: multiplications with weights, and additions."""
    return round(2 * macs(run.architecture, run.placement.layout, run.batch_size))


def _grouped(found: list[Collective]) -> list[dict[str, Any]]:
    """A row for each kind and number of devices, in the program's order."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for exchange in found:
        row = rows.setdefault(
            (exchange.kind, exchange.devices),
            {"kind": exchange.kind, "devices": exchange.devices}
            | {"count": 0, "bytes": 0, "sent_bytes": 0},
        )
        row["count"] += 1
        row["bytes"] += exchange.bytes
        row["sent_bytes"] += round(exchange.sent_bytes)
    return list(rows.values())
