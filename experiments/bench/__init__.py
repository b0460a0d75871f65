"""How fast it is on this machine, beside what one would use instead (docs/performance.md).

python -m experiments bench step --rounds 3 --out step.json
python -m experiments bench COMMAND --help
"""

COMMANDS = {
    "step": "experiments.bench.peers",
    "forward": "experiments.bench.peers",
    "small": "experiments.bench.small",
    "batches": "experiments.bench.batches",
    "startup": "experiments.bench.startup",
    "loader": "experiments.bench.loader",
    "prepare": "experiments.bench.prepare",
}
