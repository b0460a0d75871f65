"""What each claim on ImageNet takes: pictures, and hours on named machines.

Hours are pictures over a rate. Two rates are measured (the step and the loader on two cores), those
of accelerators are the most that their published numbers allow for the compiled step
(docs/scaling.md), for nothing was run there. Another net counts by its multiply-adds.
"""

import json
from collections.abc import Sequence
from typing import Any

from alexnet_jax.build.model import build_architecture
from alexnet_jax.data.origins import imagenet2010, imagenet2012
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import seconds, table
from experiments.claims import ROWS, Claim
from experiments.data_tables import default_rate
from experiments.reproduce.training import ROOT, configured, runs_of

IMAGES = {
    "imagenet2012/256": imagenet2012.TRAINING_IMAGES,
    "imagenet2010/256": imagenet2010.TRAINING_IMAGES,
    "fall2009/256": 4_450_000,  # half of 8.9 million (section 6)
    "fall2011/256": 15_000_000,  # the same
}
AOT = ROOT / "experiments" / "aot" / "results" / "h100.json"
BENCH = ROOT / "experiments" / "bench" / "results"
HEADER = (
    *("claim", "runs", "epochs", "batch", "pictures"),
    *("two cores", "H100, at least", "two H100, a tower each, at least", "loading with two cores"),
)


def hours_table() -> str:
    """A line for each training that a row on ImageNet needs, all of its seeds together."""
    rates = (cpu_rate(), h100_rate(1, "data"), h100_rate(2, "towers"))
    lines = [_line(row, rates) for row in trained_on_imagenet()]
    return table(HEADER, lines)


def trained_on_imagenet() -> list[Claim]:
    """The rows whose runs are their own; others share these."""
    return [
        row
        for row in ROWS
        if row.config and row.trains and runs_of(row) is row and _name(row) in IMAGES
    ]


def pictures(row: Claim) -> float:
    """That one run sees."""
    return configured(row, row.overrides).total_epochs * IMAGES[_name(row)]


def work(row: Claim) -> float:
    """Multiply-adds of a picture over those of the net of which the rates are."""
    return totals(layer_table(built(row))).macs / totals(layer_table(MODELS["source_2012"])).macs


def built(row: Claim) -> Architecture:
    """The row's net."""
    return build_architecture(configured(row, row.overrides).model)


def cpu_rate() -> float:
    """Pictures a second of the training step on two cores, as measured."""
    run = json.loads((BENCH / "peers_step_cpu.json").read_text())
    return float(run["median"]["here"])


def loader_rate() -> float:
    """Pictures a second that two cores load, as measured."""
    return default_rate(json.loads((BENCH / "loader_cpu.json").read_text()))


def h100_rate(chips: int, placement: str) -> float:
    """The most pictures a second at the paper's batch of 128."""
    found: Sequence[dict[str, Any]] = json.loads(AOT.read_text())
    key = (chips, placement, 128)
    (rate,) = (
        x["images_per_second"] for x in found if (x["devices"], x["placement"], x["batch"]) == key
    )
    return float(rate)


def _name(row: Claim) -> str:
    return str(configured(row, row.overrides).data.name)


def _line(row: Claim, rates: Sequence[float]) -> tuple[str, ...]:
    config = configured(row, row.overrides)
    seen = pictures(row) * row.seeds
    return (
        f"`{row.id}`",
        str(row.seeds),
        f"{config.total_epochs:g}",
        str(config.batch_size),
        f"{seen / 1e6:,.0f} M",
        *(seconds(seen * work(row) / rate) for rate in rates),
        seconds(seen / loader_rate()),
    )
