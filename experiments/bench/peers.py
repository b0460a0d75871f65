"""The paper's net on this CPU, here and in PyTorch: processes in turns, as a user starts each.

    python -m experiments.bench.peers step --rounds 3 --out step.json
    python -m experiments.bench.peers forward --rounds 3

Each round starts one process for each side, one after the other: ours, PyTorch eager and
torch.compile as they start by themselves, and PyTorch with the allocator's settings that our
programs give themselves. Ours trains from stored uint8 pictures, with augmentation; PyTorch is
handed ready floats. Ratios are of the same round. Needs the extra `oracles`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from alexnet_jax.runlog import environment, write_json
from alexnet_jax.settings import allocator
from experiments.bench.machine import load

ROOT = Path(__file__).parents[2]
TUNED = {"GLIBC_TUNABLES": allocator.with_tunables("")}
SIDES: dict[str, tuple[str, dict[str, str]]] = {
    "here": ("here", {}),
    "torch.compile": ("compiled", {}),
    "torch eager": ("eager", {}),
    "torch.compile, tuned": ("compiled", TUNED),
    "torch eager, tuned": ("eager", TUNED),
}


def main() -> None:
    given = parse()
    before = load()
    rounds = [
        {side: timed(given, *SIDES[side]) for side in given.sides} for _ in range(given.rounds)
    ]
    rates = [{side: given.batch / x["seconds"] for side, x in one.items()} for one in rounds]
    result = {
        "what": f"{given.what} of paper at 224 pixels, batch {given.batch}, float32",
        "images_per_second": [{s: round(x, 2) for s, x in one.items()} for one in rates],
        "median": {s: round(statistics.median(x[s] for x in rates), 1) for s in given.sides},
        "ratio": {
            s: round(statistics.median(x["here"] / x[s] for x in rates), 2) for s in rates[0]
        },
        "compile_seconds": {s: round(x["compile_seconds"], 1) for s, x in rounds[0].items()},
        "versions_of_peers": {k: v for x in rounds[0].values() for k, v in x["versions"].items()},
        "settings_here": rounds[0]["here"]["settings"],
        "load_before": before,
        **environment(),
    }
    print(json.dumps(result, indent=2))
    if given.out:
        write_json(given.out, result)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m experiments.bench.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", choices=["step", "forward"])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="that are timed in each process")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser.parse_args()


def timed(given: argparse.Namespace, side: str, settings: dict[str, str]) -> dict[str, Any]:
    """What one process says of itself."""
    command = [sys.executable, "-m", "experiments.bench.peer", side, given.what]
    done = subprocess.run(
        [*command, str(given.batch), str(given.steps)],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{side} {settings and 'tuned'}: {said['seconds']:.2f} s", file=sys.stderr, flush=True)
    return said


if __name__ == "__main__":
    main()
