"""Logged results of 2012 and 2013 that the paper does not print: the table notes.md.

And what the files of cuda-convnet promise of its nets for CIFAR-10: whole percents.
"""

import tomllib
from pathlib import Path
from typing import Any

from experiments.claims.claim import Claim
from experiments.claims.printed import CIFAR, IMAGENET


def noted(row: str) -> Claim:
    """A claim from a line of the table."""
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    number, statement, top1, top5, variant, baseline, needs, besides = cells
    fields: dict[str, Any] = {
        "id": "n" + number.replace("-", "_"),
        "source": f"notes of #{number} (layer-params-*.cfg)",
        "views": 10,
        "logged": tuple(float(x) if x else None for x in (top1, top5)),
        "config": f"{IMAGENET}:{variant}" if variant else None,
        "baseline": baseline or None,
        "needs": needs,
    }
    fields |= tomllib.loads(besides.replace("; ", "\n"))
    overrides = {k: tuple(x) if x == [] else x for k, x in fields.pop("overrides", {}).items()}
    return Claim(section="notes", statement=statement, overrides=overrides, **fields)


def cifar(name: str, views: int, logged: float, statement: str, source: str) -> Claim:
    return Claim(
        f"cifar_{name}",
        "notes",
        statement,
        metrics=("top1",),
        data="CIFAR-10",
        split="test",
        source=f"cuda-convnet, {source}",
        logged=(logged,),
        views=views,
        config=f"{CIFAR}:{name}",
        runs_of="cifar_lrn" if name == "conv_local_11pct" else None,
    )


WIDER = "11 % with crops and flips; wider in local3 than 13 %, so not LRN alone"
ROWS: tuple[Claim, ...] = (
    *map(noted, Path(__file__).with_name("notes.md").read_text().split("---|\n")[1].splitlines()),
    cifar("80sec", 1, 26.0, "26 % in 80 seconds", "layer-params-80sec.cfg"),
    cifar("19pct", 1, 19.0, "19 % in 20 minutes, no augmentation", "layer-params-19pct.cfg"),
    cifar("18pct", 1, 18.0, "18 % in 20 minutes, no augmentation", "layer-params-18pct.cfg"),
    cifar("conv_local_13pct", 10, 12.6, "13 % with crops and flips", "wiki, Methodology.md"),
    cifar("conv_local_11pct", 10, 11.0, WIDER, "layer-params-conv-local-11pct.cfg"),
)
