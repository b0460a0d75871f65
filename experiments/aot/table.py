"""Records of compiled steps: one for the terminal, all of them as the table of a page."""

from collections.abc import Sequence
from typing import Any

from alexnet_jax.report.markdown import NOT_RUN, table
from experiments.aot.cases import BATCHES, CONFIG, PRECISIONS
from experiments.aot.chips import CHIPS
from experiments.aot.report import used

MB, GB = 1e6, 1e9
HEADER = (
    *("chips", "placement", "batch", "memory", "GFLOP", "moved", "sent"),
    *("compute", "hbm", "links", "limit", "images/s"),
)


def in_words(record: dict[str, Any]) -> str:
    """A line for each cell of its row, beside the chip's own rates, and for what it sends."""
    chip = CHIPS[record["target"]]
    away = f", {chip.network / GB:g} GB/s out of a server" if chip.server else ""
    beside = {
        "memory": f"; a chip has {chip.memory / GB:.1f} GB",
        "compute": f" at {chip.flops / 1e12:g} TFLOP/s ({chip.precision})",
        "hbm": f" at {chip.hbm / GB:g} GB/s",
        "links": f" at {chip.link / GB:g} GB/s{away}",
    }
    cells = zip(HEADER, _row(record), strict=True)
    lines = [f"{name}: {cell}{beside.get(name, '')}" for name, cell in cells]
    lines += [
        f"{x['count']} {x['kind']} of {x['devices']} chips: gives {x['bytes'] / MB:,.2f} MB, "
        f"a chip sends {x['sent_bytes'] / MB:,.2f} MB"
        for x in record["exchanges"]
    ]
    return "\n".join(lines)


def aot_table(*results: Sequence[dict[str, Any]]) -> str:
    """A row for each record of the files in results/, in their order; failures with why.

    Memory, FLOPs, bytes moved and sent are of one chip and one step; the batch is that of all.
    """
    records = [x for one in results for x in one if x["config"] == CONFIG]
    return table(HEADER, map(_row, records), "llrrrrrrrrlr")


def precision_table(records: Sequence[dict[str, Any]]) -> str:
    """Bytes moved in one step of one chip in each precision, and what of them is an image's.

    They grow by so much with each image of the batch, and are so many for the parameters, which
    every step reads and writes: the line through the two largest batches.
    """
    lines = []
    for precision, config in PRECISIONS.items():
        alone = {x["batch"]: x for x in records if (x["config"], x["devices"]) == (config, 1)}
        if not set(BATCHES) <= set(alone):
            return NOT_RUN
        moved = [alone[batch]["moved_bytes"]["counted"] for batch in BATCHES]
        image = (moved[-1] - moved[-2]) / (BATCHES[-1] - BATCHES[-2])
        step = moved[-1] - BATCHES[-1] * image
        cells = (f"{x / GB:,.1f} GB" for x in moved)
        lines.append((precision, *cells, f"{image / MB:.1f} MB", f"{step / GB:.1f} GB"))
    header = ("precision", *(f"batch {batch:,}" for batch in BATCHES))
    return table((*header, "an image", "and a step"), lines, "lrrrrr")


def _chips(record: dict[str, Any]) -> str:
    return f"{record['devices']} x {CHIPS[record['target']].name}"


def _row(record: dict[str, Any]) -> list[str]:
    cells = [_chips(record), record["placement"], f"{record['batch']:,}"]
    if "failed" in record:
        return [*cells, record["failed"], *[""] * 8]
    memory = record["memory"]["all"]
    cells += [
        f"{memory / GB:.2f} GB" + ("" if record["fits"] else ", does not fit"),
        f"{used(record['flops']) / GB:,.0f}",
        f"{record['moved_bytes']['counted'] / GB:,.1f} GB",
        f"{record['sent_bytes'] / MB:,.1f} MB",
        *(_milliseconds(record["seconds"][what]) for what in ("compute", "hbm", "links")),
        record["limit"],
        f"{record['images_per_second']:,.0f}",
    ]
    return cells


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.2f} ms"
