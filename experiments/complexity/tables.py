"""The tables of docs/complexity.md, written by `python -m experiments pages`."""

from alexnet_jax.build.model import named_network
from alexnet_jax.configuration import NETWORK_ABLATIONS
from alexnet_jax.models.layers import Shape
from alexnet_jax.models.table import FLOAT_BYTES, layer_table, totals
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import table
from experiments.complexity.costs import (
    Cost,
    costs,
    input_kept_bytes,
    kept_bytes,
    peak_bytes,
    total,
)

COMPARED = {"LeNet-5": "lenet5", "AlexNet": "paper"}
MIB = 2**20
STATE = 3  # a parameter, its gradient, its velocity


def layers_table(name: str) -> str:
    """Every layer of one net, the image before them if backward reads it."""
    net = MODELS[name]
    rows = layer_table(net)
    lines: list[list[str]] = []
    if image := input_kept_bytes(net):
        lines.append(["image", size(net.input), "", "", "", f"{image:,}"])
    for row, kept in zip(rows, kept_bytes(net), strict=True):
        counts = (row.parameters, row.macs, row.activation_bytes, kept)
        lines.append([f"`{row.name}`", size(row.output), *(f"{x:,}" if x else "" for x in counts)])
    sums = totals(rows)
    outputs = sum(row.activation_bytes for row in rows)
    counts = (sums.parameters, sums.macs, outputs, total(costs(net)).kept)
    lines.append(["all", "", *(f"{x:,}" for x in counts)])
    header = ("layer", "output", "parameters", "multiply-adds", "output, bytes", "kept, bytes")
    return table(header, lines, "llr")


def shares_table() -> str:
    """What convolutions have of the whole, and what dense layers have."""
    lines = []
    for title, name in COMPARED.items():
        parts = costs(MODELS[name])
        whole = total(parts)
        spatial = total(tuple(x for x in parts if x.spatial), "convolutions")
        dense = total(tuple(x for x in parts if not x.spatial), "dense")
        for part in (spatial, dense):
            shares = (
                f"{100 * getattr(part, field) / getattr(whole, field):.1f} %"
                for field in ("parameters", "macs", "kept")
            )
            lines.append([title, part.name, *shares, f"{part.macs / part.parameters:,.1f}"])
    header = ("net", "layers", "parameters", "multiply-adds", "kept activations")
    return table((*header, "multiply-adds a parameter"), lines, "llr")


def models_table() -> str:
    """Every network in a row, and every change of the 2012 net."""
    lines = []
    changes = (f"source_2012,{change}" for change in NETWORK_ABLATIONS)
    for name in (*MODELS, *changes):
        net = named_network(name)
        parts = costs(net)
        whole = total(parts)
        spatial = total(tuple(x for x in parts if x.spatial))
        cells = (
            f"{whole.parameters * FLOAT_BYTES / MIB:,.1f}",
            f"{whole.macs / 1e6:,.1f}",
            f"{100 * spatial.macs / whole.macs:.0f} %",
            f"{peak_bytes(net) / MIB:.2f}",
            f"{whole.kept / MIB:.2f}",
            f"{even_batch(whole):,}",
        )
        lines.append([f"`{name}`", size(net.input), *cells])
    header = ("model", "input", "parameters, MiB", "multiply-adds, M", "of convolutions")
    return table((*header, "forward, MiB", "kept, MiB", "even at batch"), lines, "llr")


def even_batch(whole: Cost) -> int:
    """The batch from which kept activations take more than parameters, gradients and velocities."""
    return -(-STATE * whole.parameters * FLOAT_BYTES // whole.kept)


def size(shape: Shape) -> str:
    return "x".join(map(str, shape))
