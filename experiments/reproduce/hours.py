"""What claims take: those on ImageNet on named machines, and the whole of what was cut short here.

On ImageNet, hours are pictures over a rate. Two rates are measured (the step and the loader on two
cores), those of accelerators are the most that their published numbers allow for the compiled step
(docs/scaling.md), for nothing was run there. Another net counts by its multiply-adds.
"""

from collections.abc import Sequence
from typing import Any

from alexnet_jax.build.model import build_architecture
from alexnet_jax.data.origins import imagenet2010, imagenet2012
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import seconds, table
from experiments.aot.cases import CONFIG
from experiments.bench.data_tables import default_rate
from experiments.claims import CLAIMS, ROWS, Claim
from experiments.reproduce.result import RESULTS, Result, results
from experiments.reproduce.training import configured, runs_of

IMAGES = {
    "imagenet2012/256": imagenet2012.TRAINING_IMAGES,
    "imagenet2010/256": imagenet2010.TRAINING_IMAGES,
    "fall2009/256": 4_450_000,  # half of 8.9 million (section 6)
    "fall2011/256": 15_000_000,  # the same
}
HOURS = (
    *("claim", "runs", "epochs", "batch", "pictures"),
    *("two cores", "H100, at least", "two H100, a tower each, at least", "loading with two cores"),
)
WHOLE = ("claim", "epochs", "hours of a run", "whole schedule", "hours of a run", "seeds wanted")


def hours_table(step: dict[str, Any], loader: dict[str, Any], h100: list[dict[str, Any]]) -> str:
    """A line for each training that a row on ImageNet needs, all of its seeds together.

    Of the records of `bench.step` and `bench.loader` on two cores, and of the step compiled for
    H100s.
    """
    rates = [
        float(step["median"]["here"]),
        h100_rate(h100, 1, "data"),
        h100_rate(h100, 2, "towers"),
    ]
    rows = trained_on_imagenet()
    return table(HOURS, [hours_line(row, rates, default_rate(loader)) for row in rows])


def trained_on_imagenet() -> list[Claim]:
    """The rows whose runs are their own; others share these."""
    own = [row for row in ROWS if row.config and row.trains and runs_of(row) is row]
    return [row for row in own if configured(row).data.name in IMAGES]


def hours_line(row: Claim, rates: Sequence[float], loading: float) -> tuple[str, ...]:
    config = configured(row)
    seen = pictures(row) * row.seeds
    work = macs(row) / totals(layer_table(MODELS["source_2012"])).macs  # the net of the rates
    return (
        f"`{row.id}`",
        str(row.seeds),
        f"{config.total_epochs:g}",
        str(config.batch_size),
        f"{seen / 1e6:,.0f} M",
        *(seconds(seen * work / rate) for rate in rates),
        seconds(seen / loading),
    )


def pictures(row: Claim) -> float:
    """That one run sees."""
    config = configured(row)
    return config.total_epochs * IMAGES[config.data.name]


def macs(row: Claim) -> int:
    """Multiply-adds of a picture."""
    return totals(layer_table(build_architecture(configured(row).model))).macs


def h100_rate(records: list[dict[str, Any]], chips: int, placement: str) -> float:
    """The most pictures a second at the paper's batch of 128, in float32."""
    step = {"devices": chips, "placement": placement, "batch": 128, "config": CONFIG}
    (rate,) = (x["images_per_second"] for x in records if step.items() <= x.items())
    return float(rate)


def whole_runs_table() -> str:
    """A line for each stand-in with a result, of its first one."""
    own = [row for row in ROWS if row.stands_for and runs_of(row) is row]
    return table(
        WHOLE, [whole_line(row, found[0]) for row in own if (found := results(row, RESULTS)[0])]
    )


def whole_line(row: Claim, found: Result) -> tuple[str, ...]:
    whole = CLAIMS[row.stands_for or ""]
    epochs = f"{configured(whole).total_epochs:g} epochs"
    hours = found.record["training_hours"]
    return (
        f"`{row.id}`",
        f"{found.numbers['epochs']:.3g}",
        f"{hours:.2f}",
        f"`{whole.id}`: {epochs}" if whole.data == row.data else epochs,
        seconds(3600 * hours_of_whole(row, hours)),
        str(row.seeds),
    )


def hours_of_whole(row: Claim, hours: float) -> float:
    """Of one run with the epochs of the row that it stands for, if `hours` were those of its own.

    On the same data the other row's net counts by its multiply-adds; on ImageNet, the net and the
    pictures stay the stand-in's.
    """
    whole = CLAIMS[row.stands_for or ""]
    longer = float(configured(whole).total_epochs) / float(configured(row).total_epochs)
    return hours * longer * (macs(whole) / macs(row) if whole.data == row.data else 1.0)
