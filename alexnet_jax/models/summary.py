"""The layer table for the terminal: `alexnet-jax summary`."""

from collections.abc import Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Shape
from alexnet_jax.models.table import FLOAT_BYTES, Totals, layer_table, totals

MIB = 2**20


def render(architecture: Architecture, batch: int = 1) -> Table:
    """One row for each layer, the totals below; 80 columns. `batch` multiplies the memory."""
    rows = layer_table(architecture)
    total = totals(rows)
    split = architecture.towers > 1
    table = _table(f"{architecture.name}: {architecture.source}")
    table.show_footer = True
    table.add_column("layer", "total", no_wrap=True)
    table.add_column("input", no_wrap=True)
    table.add_column("kernels", no_wrap=True)
    table.add_column("output", no_wrap=True)
    table.add_column("parameters", f"{total.parameters:,}", justify="right", no_wrap=True)
    table.add_column("MMACs", _millions(total.macs), justify="right", no_wrap=True)
    memory = _mebibytes(total.activation_bytes * batch)
    table.add_column("MiB", memory, justify="right", no_wrap=True)
    if split:
        table.add_column("sees", no_wrap=True)
    weighted = {layer.name for layer in architecture.weighted}
    for i, row in enumerate(rows):
        cells = [
            row.name,
            _size(row.input),
            row.kernels,
            _size(row.output),
            f"{row.parameters:,}" if row.parameters else "",
            _millions(row.macs) if row.macs else "",
            _mebibytes(row.activation_bytes * batch),
        ]
        last = i + 1 == len(rows) or rows[i + 1].name in weighted
        style = "bold" if row.name in weighted else "dim"
        table.add_row(*cells, *([row.sees] if split else []), style=style, end_section=last)
    table.caption = Text("\n" + _caption(architecture, total, batch))
    return table


def overview(models: Mapping[str, Architecture]) -> Table:
    """One row for each network."""
    table = _table("")
    table.add_column("model", no_wrap=True, style="bold")
    table.add_column("input", no_wrap=True)
    table.add_column("parameters", justify="right", no_wrap=True)
    table.add_column("MMACs", justify="right", no_wrap=True)
    table.add_column("from", overflow="fold")
    for name, architecture in models.items():
        total = totals(layer_table(architecture))
        size = _size(architecture.input)
        counts = (f"{total.parameters:,}", _millions(total.macs))
        table.add_row(name, size, *counts, Text(architecture.source))
    return table


def _caption(architecture: Architecture, total: Totals, batch: int) -> str:
    images = "one image" if batch == 1 else f"{batch} images"
    weights = total.parameters * FLOAT_BYTES / MIB
    lines = [
        "MMACs: million multiply-adds, one image, forward. Training: three times as many.",
        f"MiB: each layer's output for {images}, float32.",
        f"Parameters: {weights:.1f} MiB; in training gradient and velocity as much again each.",
    ]
    if architecture.towers > 1:
        lines += [
            "sees: what one GPU's part of the layer reads: the image, its own maps, or all.",
            f"From the other GPU{'s' * (architecture.towers > 2)} come {total.received:,} values "
            "for each image, forward.",
        ]
    return "\n".join(lines)


def _size(shape: Shape) -> str:
    return "x".join(str(side) for side in shape)


def _millions(macs: int) -> str:
    return f"{macs / 1e6:.1f}"


def _mebibytes(number: int) -> str:
    return f"{number / MIB:.2f}"


def _table(title: str) -> Table:
    return Table(
        title=Text(title, style="bold") if title else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
