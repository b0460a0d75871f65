"""Writes the tables of README.md and docs/, and two pages' figures, from committed results.

    python -m experiments pages            rewrites them
    python -m experiments pages --check    status 1 if a table is not what it would write

A table stands between <!-- table:NAME --> and <!-- end -->. Figures are those of docs/complexity.md
and docs/scaling.md; `report` has those of RESULTS.md.
"""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import NOT_RUN, table
from alexnet_jax.report.style import look, save
from experiments import ROOT
from experiments.accelerator import table as accelerator
from experiments.aot.table import aot_table, precision_table
from experiments.bench import data_tables
from experiments.bench import tables as bench
from experiments.complexity import tables as complexity
from experiments.complexity.figure import complexity_figure
from experiments.intervals import paired_difference
from experiments.queue.order import items
from experiments.reproduce.cards import ablations_table, cards_table
from experiments.reproduce.hours import hours_table, whole_runs_table
from experiments.reproduce.missing import missing
from experiments.reproduce.result import RESULTS
from experiments.reproduce.tables import between, headline_table
from experiments.scaling import tables as scaling
from experiments.scaling.figures import measured_figure, predicted_figure

DOCS = (
    *("data", "scaling", "complexity", "reproduce", "accelerators", "performance"),
    *("ablations", "model_cards"),
)
README = ROOT / "README.md"
PAGES = (README, *(ROOT / "docs" / f"{name}.md" for name in DOCS))
IMAGES = ROOT / "docs" / "images"
STEP, FORWARD, SMALL = "bench/peers_step_cpu", "bench/peers_forward_cpu", "bench/small_cpu"
OUTSIDE = "bench/small_outside_cpu"  # of `bench small --sides here`
PREPARE, LOADER = "bench/prepare_cpu", "bench/loader_cpu"
SCALING = "scaling/cpu"
PRECISIONS = ("float32", "bfloat16")


def models() -> str:
    """Every network: input, parameters, multiply-adds of one image forward, where it is from."""
    lines = []
    for name, model in MODELS.items():
        total = totals(layer_table(model))
        counts = (f"{total.parameters:,}", f"{total.macs / 1e6:,.1f} M")
        lines.append((f"`{name}`", complexity.size(model.input), *counts, model.source))
    return table(("model", "input", "parameters", "multiply-adds", "from"), lines, "llrrl")


def demo() -> str:
    """Result of `make demo`, a row for each recorded run."""
    lines = [
        (
            str(run["seed"]),
            f"{run['test_centre_top1_error']:.1f} %",
            f"{run['test_ten_top1_error']:.1f} %",
            str(run["test_n"]),
            f"{run['seconds'] / 60:.1f}",
            f"{run['cores']} cores, {run['cpu']}",
            run["versions"]["jax"],
            run["commit"][:9],
        )
        for run in json.loads((ROOT / "experiments" / "results" / "photos.json").read_text())
    ]
    header = ("seed", "test top-1 error, one view", "ten views", "n", "minutes", "device", "jax")
    return table((*header, "commit"), lines, "rrrrrl")


def demo_precision() -> str:
    """Its errors in two precisions, seed by seed, and how much the second differs."""
    file = ROOT / "experiments" / "results" / "photos_precision.json"
    runs = {(x["precision"], x["seed"]): x for x in json.loads(file.read_text())}
    errors = {
        (precision, views): {
            seed: float(x[f"test_{views}_top1_error"])
            for (one, seed), x in sorted(runs.items())
            if one == precision
        }
        for precision in PRECISIONS
        for views in ("centre", "ten")
    }
    seeds = sorted({seed for _, seed in runs})
    lines = [[str(s), *(f"{found[s]:.1f} %" for found in errors.values())] for s in seeds]
    plain, fewer = ([errors[x, views] for views in ("centre", "ten")] for x in PRECISIONS)
    apart = (paired_difference(x, y) for x, y in zip(fewer, plain, strict=True))
    lines.append(["difference, points", "", "", *(between(x, 2, "+") for x in apart)])
    header = [f"{x}, {views}" for x in PRECISIONS for views in ("one view", "ten views")]
    (commit,), (device,) = ({x[key] for x in runs.values()} for key in ("commit", "cpu"))
    said = f"n = {runs['float32', 0]['test_n']}; {device}, commit {commit[:9]}."
    return "\n".join([table(["seed", *header], lines, "lrrrr"), "", said])


def result(name: str) -> Any:
    """A committed record, as bench/small_cpu; None of one that was not run."""
    folder, _, file = name.partition("/")
    path = ROOT / "experiments" / folder / "results" / f"{file}.json"
    return json.loads(path.read_text()) if path.exists() else None


def of(make: Callable[..., str], *names: str) -> Callable[[], str]:
    """The table of these records."""

    def made() -> str:
        records = [result(name) for name in names]
        return NOT_RUN if None in records else make(*records)

    return made


TABLES: dict[str, Callable[[], str]] = {
    "models": models,
    "demo": demo,
    "demo_precision": demo_precision,
    "results": headline_table,
    "hours": of(hours_table, STEP, LOADER, "aot/h100"),
    "whole_runs": whole_runs_table,
    "missing": lambda: missing(RESULTS, items()),
    "ablations": ablations_table,
    "cards_imagenette": lambda: cards_table("Imagenette"),
    "cards_cifar": lambda: cards_table("CIFAR-10"),
    "cards_fashion_mnist": lambda: cards_table("Fashion-MNIST"),
    "speed": of(bench.speed_table, STEP),
    "peers_step": of(bench.peers_table, STEP),
    "peers_forward": of(bench.peers_table, FORWARD),
    "limits": of(bench.limits_table, STEP, FORWARD),
    "small": of(bench.small_table, SMALL),
    "batches": of(bench.batches_table, "bench/batches_cpu"),
    "small_outside": of(bench.outside_table, OUTSIDE),
    "startup": of(bench.startup_table, "bench/startup_cpu"),
    "prepare": of(data_tables.prepare_table, PREPARE),
    "loader": of(data_tables.loader_table, LOADER),
    "imagenet_cost": of(data_tables.imagenet_cost, PREPARE, LOADER),
    "complexity_shares": complexity.shares_table,
    "complexity_lenet5": lambda: complexity.layers_table("lenet5"),
    "complexity_alexnet": lambda: complexity.layers_table("paper"),
    "complexity_models": complexity.models_table,
    "scaling_formulas": scaling.formulas_table,
    "scaling_published": scaling.published_table,
    "scaling_bytes": of(scaling.bytes_table, SCALING),
    "scaling_measured": of(scaling.measured_table, SCALING),
    "scaling_two_gpus": of(scaling.two_gpus_table, SCALING),
    "scaling_fit": of(scaling.fit_table, SCALING),
    "scaling_predicted": of(scaling.predicted_table, SCALING),
    "aot": of(aot_table, "aot/h100", "aot/v5e"),
    "aot_precision": of(precision_table, "aot/h100"),
    "accelerator_summary": of(accelerator.speed_summary, "accelerator/speed_h200"),
    "accelerator_speed": of(accelerator.speed_table, "accelerator/speed_h200"),
    "accelerator_convolutions": of(accelerator.convolutions_table, "accelerator/convolutions_h200"),
    "accelerator_whole": of(accelerator.whole_table, "accelerator/whole_h200"),
    "accelerator_check": of(accelerator.check_table, "accelerator/check_h200"),
}


def written(text: str) -> str:
    """The text with each of its tables made anew."""

    def anew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"

    return re.sub(r"(<!-- table:(\w+) -->)\n.*?(<!-- end -->)", anew, text, flags=re.S)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if it would")


def main(given: argparse.Namespace) -> int:
    stale = {page: written(page.read_text()) for page in PAGES}
    stale = {page: text for page, text in stale.items() if text != page.read_text()}
    if given.check:
        for page in stale:
            name = page.relative_to(ROOT)
            print(f"{name}'s tables are not up to date: python -m experiments pages")
        return int(bool(stale))
    for page, text in stale.items():
        page.write_text(text)
    draw(IMAGES)
    return 0


def draw(folder: Path) -> None:
    """The figures that are not of a claim."""
    record = result(SCALING)
    with look():
        save(complexity_figure(), folder / "complexity.png")
        save(predicted_figure(record), folder / "scaling_predicted.png")
        save(measured_figure(record), folder / "scaling_measured.png")
