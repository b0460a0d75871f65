"""Where the time of a training step goes on an NVIDIA GPU, kernel by kernel, by JAX's profiler."""

import argparse
import collections
import gzip
import json
import tempfile
from functools import partial
from pathlib import Path

import jax

from experiments.accelerator import records
from experiments.accelerator.records import Record, subject
from experiments.accelerator.speed import Ours

CASES = (("bfloat16", 1024), ("tf32", 1024), ("float32", 128))  # of configs/imagenet.py:paper
STEPS = 3
SHARE = 0.005  # of a step's time: kernels below it are left out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    records.add_sizes(parser)


def main(given: argparse.Namespace) -> int:
    with records.kept(given, "kernels") as kept:
        for precision, own in CASES:
            batch = given.batch or own
            case = partial(profiled, precision, batch, given.image)
            kept.case(f"paper batch {batch} {precision}", case)
    return 0


def profiled(precision: str, batch: int, image: int) -> Record:
    """Milliseconds a step of all kernels together and of those that take SHARE of it or more."""
    step = Ours(precision, *subject("paper", batch, image, jax.devices()[0]))
    step.advance(3)
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            step.advance(STEPS)
        spent = kernel_times(next(Path(folder).rglob("*.trace.json.gz")))
    times = {name: us / STEPS / 1e3 for name, us in spent.most_common()}
    whole = sum(times.values())
    return {
        "all_ms": round(whole, 2),
        "kernels_ms": {x: round(ms, 3) for x, ms in times.items() if ms >= SHARE * whole},
    }


def kernel_times(trace: Path) -> collections.Counter[str]:
    """Microseconds by "operation: kernel", from a trace in Chrome's format."""
    events = json.loads(gzip.decompress(trace.read_bytes()))["traceEvents"]
    named = {x["pid"]: x["args"]["name"] for x in events if x.get("name") == "process_name"}
    threads = {
        (x["pid"], x["tid"]): x["args"]["name"] for x in events if x.get("name") == "thread_name"
    }
    spent: collections.Counter[str] = collections.Counter()
    for event in events:
        on_gpu = "GPU" in named.get(event.get("pid"), "")
        stream = threads.get((event.get("pid"), event.get("tid")), "")
        if event.get("ph") == "X" and on_gpu and stream.startswith("Stream"):
            operation = event.get("args", {}).get("hlo_op", "")
            spent[f"{operation}: {event['name'][:70]}"] += event["dur"]
    return spent
