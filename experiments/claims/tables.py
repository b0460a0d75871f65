"""The claims that are written as tables: the Markdown files beside this module.

A column is a field of `Claim`; several numbers or metrics are separated by spaces, "-" is none, and
an empty cell leaves the field as it is. `config` is a variant of configs/imagenet.py unless it
names a file. "besides" has further fields, as TOML. There, `result` names what `alexnet_jax.paper`
has of an error rate: its numbers, data, split and views; with `base`, how much it is above another.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from alexnet_jax import paper
from experiments.claims.claim import Claim

IMAGENET = "configs/imagenet.py"
ON_2010 = {"data.name": "imagenet2010/256"}
ERRORS = {"top1", "top5", "gap"}


def read(file: str, **shared: Any) -> tuple[Claim, ...]:
    """All rows of a table beside this module. shared: what its cells need not say."""
    lines = Path(__file__).with_name(file).read_text().splitlines()
    header, _, *rows = [
        [cell.strip() for cell in line[1:-1].split("|")] for line in lines if line[:1] == "|"
    ]
    return tuple(claim(shared, dict(zip(header, row, strict=True))) for row in rows)


def claim(shared: dict[str, Any], cells: dict[str, str]) -> Claim:
    """A row: what its cells say, and the usual where they say nothing."""
    fields = shared | {name: cell for name, cell in cells.items() if cell}
    fields |= tomllib.loads(re.sub(r"; (?=\w+=)", "\n", fields.pop("besides", "")))
    if fields["section"] == "notes":
        number = fields["id"].removeprefix("n").replace("_", "-")
        fields.setdefault("source", f"notes of #{number} (layer-params-*.cfg)")
    if "result" in fields:
        fields = of_result(fields.pop("result"), fields.pop("base", None)) | fields
    for name in {"printed", "logged"} & fields.keys():
        numbers = fields[name].split() if isinstance(fields[name], str) else fields[name]
        fields[name] = tuple(None if x == "-" else float(x) for x in numbers)
    if "metrics" in fields:
        fields["metrics"] = tuple(fields["metrics"].split())
    if "config" in fields and ":" not in fields["config"]:
        fields["config"] = f"{IMAGENET}:{fields['config']}"
    if ERRORS & set(fields.get("metrics", ERRORS)):
        fields.setdefault("views", 10)
    fields["sweep"] = tuple(fields.get("sweep", ()))
    fields["overrides"] = {key: frozen(x) for key, x in fields.get("overrides", {}).items()}
    return Claim(**fields)


def frozen(value: Any) -> Any:
    """TOML's lists as the tuples of a configuration."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def of_result(name: str, base: str | None) -> dict[str, Any]:
    """The fields that `alexnet_jax.paper` has."""
    result = getattr(paper, name)
    data, split = result.data.split()
    printed = result.top1, result.top5
    if base:
        other = getattr(paper, base)
        printed = round(result.top1 - other.top1, 1), round(result.top5 - other.top5, 1)
    return {
        "data": data,
        "split": split,
        "views": result.views,
        "printed": printed,
        "logged": result.logged or (),
        "overrides": ON_2010 if data == "ILSVRC-2010" else {},
    }


PAPER, FIGURES = read("imagenet.md"), read("figures.md")
NOTES = read("notes.md", section="notes")
CLASSROOM = read(
    "classroom.md",
    section="classroom",
    metrics="top1",
    data="Fashion-MNIST",
    split="test",
    source="d2l-ai/d2l-en at 23d7a5ae, exercises of alexnet.md",
    views=1,
    decimals=0,
)
