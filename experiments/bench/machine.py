"""What the benches share: rates of rounds, PyTorch or what to do without it, and the record."""

import importlib.util
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.files import write_json

Rates = Mapping[str, float]  # of each side, images a second


def medians(rounds: Sequence[Rates], digits: int = 1) -> dict[str, float]:
    """Of each side over the rounds."""
    return {s: round(statistics.median(one[s] for one in rounds), digits) for s in rounds[0]}


def ratios(ours: str, rounds: Sequence[Rates], digits: int = 2) -> dict[str, float]:
    """For each side the median of how many times as fast ours is, in the same round."""
    return medians([{s: one[ours] / rate for s, rate in one.items()} for one in rounds], digits)


def rounded(rates: Rates, digits: int = 1) -> dict[str, float]:
    return {side: round(rate, digits) for side, rate in rates.items()}


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def need_torch(otherwise: str = "") -> None:
    """Raises UserError where PyTorch is not installed. otherwise: what else one can do."""
    if not has_torch():
        install = "pip install -c constraints.txt -e '.[oracles]'"
        raise UserError(f"the comparison needs torch: {install}{otherwise}")


def finish(result: dict[str, Any], out: Path | None) -> int:
    """Writes a record where it was asked for, and prints it; the command's exit status."""
    if out:
        write_json(out, result)
    print(json.dumps(result, indent=2))
    return 0
