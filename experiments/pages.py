"""Writes the tables of README.md and docs/, and two pages' figures, from committed results.

    python -m experiments pages            rewrites them
    python -m experiments pages --check    status 1 if a table is not what it would write

A table stands between <!-- table:NAME --> and <!-- end -->. Figures are those of docs/complexity.md
and docs/scaling.md; `report` has those of RESULTS.md.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from alexnet_jax.models.layers import Shape
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import table
from alexnet_jax.report.style import look, save
from experiments.accelerator import table as accelerator
from experiments.aot.table import aot_table
from experiments.bench.tables import (
    limits_table,
    outside_table,
    peers_table,
    small_table,
    speed_table,
    startup_table,
)
from experiments.complexity import tables as complexity
from experiments.complexity.figure import complexity_figure
from experiments.data_tables import imagenet_cost, loader_table, prepare_table
from experiments.reproduce.headline import headline_table
from experiments.reproduce.hours import hours_table
from experiments.reproduce.whole_runs import whole_runs_table
from experiments.scaling import tables as scaling
from experiments.scaling.figures import measured_figure, predicted_figure
from experiments.scaling.results import read as scaling_record

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGE_NAMES = ("data", "scaling", "complexity", "reproduce", "accelerators", "performance")
PAGES = (
    README,
    *(ROOT / "docs" / f"{name}.md" for name in PAGE_NAMES),
)
IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "experiments" / "results" / "photos.json"
BENCH = ROOT / "experiments" / "bench" / "results"
AOT = ROOT / "experiments" / "aot" / "results"
H200_SPEED = accelerator.RESULTS / "speed_h200.json"
H200_CHECK = accelerator.RESULTS / "check_h200.json"
PEERS_STEP, PEERS_FORWARD = BENCH / "peers_step_cpu.json", BENCH / "peers_forward_cpu.json"
SMALL, STARTUP = BENCH / "small_cpu.json", BENCH / "startup_cpu.json"
PREPARE, LOADER = BENCH / "prepare_cpu.json", BENCH / "loader_cpu.json"


def models() -> str:
    """Every network: input, parameters, multiply-adds of one image forward, where it is from."""
    lines = []
    for name, model in MODELS.items():
        total = totals(layer_table(model))
        counts = (f"{total.parameters:,}", f"{total.macs / 1e6:,.1f} M")
        lines.append((f"`{name}`", size(model.input), *counts, model.source))
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
        for run in json.loads(DEMO.read_text())
    ]
    header = ("seed", "test top-1 error, one view", "ten views", "n", "minutes", "device", "jax")
    return table((*header, "commit"), lines, "rrrrrl")


def size(shape: Shape) -> str:
    return "x".join(map(str, shape))


def aot_records() -> list[dict[str, Any]]:
    """Those of all targets that were compiled for, one after the other."""
    return [one for path in sorted(AOT.glob("*.json")) for one in json.loads(path.read_text())]


def result(path: Path) -> dict[str, Any] | None:
    """None is a bench that was not run."""
    return json.loads(path.read_text()) if path.exists() else None


TABLES = {
    "models": models,
    "demo": demo,
    "speed": lambda: speed_table(json.loads(PEERS_STEP.read_text())),
    "prepare": lambda: prepare_table(result(PREPARE)),
    "loader": lambda: loader_table(result(LOADER)),
    "imagenet_cost": lambda: imagenet_cost(result(PREPARE), result(LOADER)),
    "complexity_shares": complexity.shares_table,
    "complexity_lenet5": lambda: complexity.layers_table("lenet5"),
    "complexity_alexnet": lambda: complexity.layers_table("paper"),
    "complexity_models": complexity.models_table,
    "scaling_formulas": scaling.formulas_table,
    "scaling_bytes": lambda: scaling.bytes_table(scaling_record()),
    "scaling_measured": lambda: scaling.measured_table(scaling_record()),
    "scaling_two_gpus": lambda: scaling.two_gpus_table(scaling_record()),
    "scaling_fit": lambda: scaling.fit_table(scaling_record()),
    "scaling_published": scaling.published_table,
    "scaling_predicted": lambda: scaling.predicted_table(scaling_record()),
    "results": headline_table,
    "hours": hours_table,
    "whole_runs": whole_runs_table,
    "aot": lambda: aot_table(aot_records()),
    "peers_step": lambda: peers_table(json.loads(PEERS_STEP.read_text())),
    "peers_forward": lambda: peers_table(json.loads(PEERS_FORWARD.read_text())),
    "limits": lambda: limits_table(
        [json.loads(path.read_text()) for path in (PEERS_STEP, PEERS_FORWARD)]
    ),
    "small": lambda: small_table(result(SMALL)),
    "small_outside": lambda: outside_table(result(SMALL)),
    "startup": lambda: startup_table(result(STARTUP)),
    "accelerator_speed": lambda: accelerator.speed_table(json.loads(H200_SPEED.read_text())),
    "accelerator_check": lambda: accelerator.check_table(json.loads(H200_CHECK.read_text())),
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
    record = scaling_record()
    with look():
        save(complexity_figure(), folder / "complexity.png")
        save(predicted_figure(record), folder / "scaling_predicted.png")
        if record is not None:
            save(measured_figure(record), folder / "scaling_measured.png")
