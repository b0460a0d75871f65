"""Compiles the step for every number of chips and placement of docs/scaling.md, one at a time.

    python -m experiments.aot.matrix --target h100      a quarter of a minute each
    python -m experiments.aot.matrix --target v5e       two minutes each

Each is a process of its own (`python -m experiments.aot`), since a compiler may abort. What a file
of results has already is compiled anew and replaced.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from experiments.aot.chips import CHIPS

RESULTS = Path(__file__).with_name("results")
ON_MANY = ("data", "towers_x_data", "hybrid")
# The paper's batch on one chip and on two; 128 a chip; and 1024, however many share it.
ROWS = {
    "h100": [
        *[(1, "data", batch) for batch in (128, 1024)],
        *[(2, placement, 128) for placement in ("data", "towers", "hybrid")],
        *[(8, placement, 1024) for placement in ON_MANY],
        *[(128, placement, batch) for batch in (16384, 1024) for placement in ON_MANY],
    ],
    "v5e": [
        *[(4, placement, 512) for placement in ON_MANY],
        *[(64, placement, 8192) for placement in ON_MANY],
        *[(256, placement, batch) for batch in (32768, 1024) for placement in ON_MANY],
    ],
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.aot.matrix")
    parser.add_argument("--target", choices=list(CHIPS), required=True)
    target = parser.parse_args().target
    failed = 0
    for devices, placement, batch in ROWS[target]:
        command = [sys.executable, "-m", "experiments.aot", f"--target={target}"]
        command += [f"--devices={devices}", f"--placement={placement}", f"--batch={batch}"]
        done = subprocess.run([*command, f"--out={RESULTS / target}.json"])
        if done.returncode:
            failed += 1
            print(f"status {done.returncode}: {' '.join(command[1:])}", file=sys.stderr)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
