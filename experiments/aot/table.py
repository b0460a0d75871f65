"""Records of compiled steps as tables: one for the terminal, all of them for a page."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from alexnet_jax.report.markdown import table
from experiments.aot.chips import CHIPS
from experiments.aot.report import used

MB, GB = 1e6, 1e9
HEADER = (
    *("chips", "placement", "batch", "memory", "GFLOP", "moved", "sent"),
    *("compute", "hbm", "links", "limit", "images/s"),
)


def render(record: dict[str, Any]) -> list[Table]:
    """The step of one chip, and what it sends."""
    chip = CHIPS[record["target"]]
    memory, seconds = record["memory"], record["seconds"]
    shown = Table(box=box.SIMPLE_HEAD, show_header=False, title=_title(record), title_style="bold")
    shown.add_column(style="bold")
    shown.add_column(justify="right", no_wrap=True)
    shown.add_column()
    shown.add_row("memory", f"{memory['all'] / GB:.2f} GB", _fits(record))
    for part in ("arguments", "results", "temporaries", "code"):
        shown.add_row(f"  {part}", f"{memory[part] / GB:.2f} GB", style="dim")
    flops, moved = record["flops"], record["moved_bytes"]
    by_layer = f"{flops['counted'] / GB:,.1f} G counted layer by layer"
    given = f"by the compiler; {by_layer}" if flops["compiler"] else by_layer
    shown.add_row("FLOPs", f"{used(flops) / GB:,.1f} G", given)
    shown.add_row("moved", f"{moved['counted'] / GB:,.1f} GB", "from and to memory, by operations")
    shown.add_row("sent", f"{record['sent_bytes'] / MB:,.1f} MB", "in rings")
    rates = {
        "compute": f"at {chip.flops / 1e12:g} TFLOP/s ({chip.precision})",
        "hbm": f"at {chip.hbm / GB:g} GB/s",
        "links": f"at {chip.link / GB:g} GB/s"
        + (f" in a server, {chip.network / GB:g} GB/s out of it" if chip.server else ""),
    }
    for what, rate in rates.items():
        limit = ", the limit" if what == record["limit"] else ""
        shown.add_row(f"time, {what}", _milliseconds(seconds[what]), rate + limit)
    shown.add_row("images/s", f"{record['images_per_second']:,.0f}", "on all chips, by that limit")
    return [shown, _exchanges(record)] if record["exchanges"] else [shown]


def aot_table(results: Sequence[dict[str, Any]]) -> str:
    """Markdown: a row for each record of results/*.json, in their order; failures with why.

    Memory, FLOPs, bytes moved and sent are of one chip and one step; the batch is that of all.
    """
    return table(HEADER, (_row(record) for record in results), "llrrrrrrrrlr")


def _title(record: dict[str, Any]) -> str:
    return f"{_chips(record)}, {record['placement']}, batch {record['batch']:,}, {record['config']}"


def _chips(record: dict[str, Any]) -> str:
    return f"{record['devices']} x {CHIPS[record['target']].name}"


def _fits(record: dict[str, Any]) -> str:
    return (
        f"{'fits' if record['fits'] else 'does not fit'} in "
        f"{CHIPS[record['target']].memory / GB:.1f} GB"
    )


def _exchanges(record: dict[str, Any]) -> Table:
    shown = Table(box=box.SIMPLE_HEAD)
    shown.add_column("exchange")
    for name in ("count", "chips", "gives, MB", "sent by a chip, MB"):
        shown.add_column(name, justify="right")
    for row in record["exchanges"]:
        counts = (row["kind"], str(row["count"]), str(row["devices"]))
        shown.add_row(*counts, f"{row['bytes'] / MB:,.2f}", f"{row['sent_bytes'] / MB:,.2f}")
    return shown


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
