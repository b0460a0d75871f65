"""Times training steps on one and several devices, and reads what compiled steps send.

    python -m experiments scaling --out experiments/scaling/results/cpu.json

A device is a process of its own on one core, and devices talk through gloo's sockets: two devices
have twice the core of one, and a wire between them, as the paper's two GPUs had. For each case, in
turns: the real step; the same step without its exchanges, on all its devices at once; and
exchanges alone, of several sizes. Bytes are read from the text of the compiled step, also for more
devices than there are cores.
"""

import json
import os
import socket
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from typing import Any

import jax

from alexnet_jax.files import write_json
from experiments.commands import a_path
from experiments.program import collectives
from experiments.records import here
from experiments.scaling.cases import COMPILED, TIMED, Case
from experiments.scaling.step import experiment
from experiments.without_data import lowered

# What a step gives back is kept for the next, in one arena: in others, large arrays get new pages
# at each step, and to touch those of the gradients can take longer than to exchange them.
TUNABLES = (
    "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1:"
    "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"
)
SETTINGS = ("XLA_FLAGS", "GLIBC_TUNABLES", "LD_PRELOAD")
Result = dict[str, Any]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=a_path, required=True, help="JSON file to write")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--timed", type=int, help="only the first so many of the cases timed")
    parser.add_argument("--compiled", type=int, help="only the first so many of those compiled")


def main(arguments: Namespace) -> int:
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    timed, counted = TIMED[: arguments.timed], COMPILED[: arguments.compiled]
    jax.config.update("jax_num_cpu_devices", max(case.devices for case in counted))
    write_json(arguments.out, measure(timed, counted, arguments.rounds, arguments.image))
    return 0


def measure(timed: list[Case], counted: list[Case], rounds: int, image: int) -> Result:
    """The whole record. Needs as many JAX devices as the largest of `counted` has, to compile."""
    machine = here()
    times = merged(run_workers(timed, rounds, image))
    return {
        "what": f"training steps at {image} pixels, {rounds} rounds in turns; a device is a "
        "process on one core",
        "image": image,
        **times,
        "compiled": [sent(case, image) for case in counted],
        "settings": {name: surroundings().get(name, "") for name in SETTINGS},
        **machine,
        "device": f"{max(case.devices for case in timed)} processes of one cpu device",
    }


def run_workers(cases: list[Case], rounds: int, image: int) -> list[Result]:
    """One worker for each device, each on a core of its own while there are enough.

    Raises RuntimeError if one fails, with which the others end, too.
    """
    n = max(case.devices for case in cases)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    common = {"processes": n, "port": free_port(), "image": image, "rounds": rounds, "cases": cases}
    workers = []
    for i in range(n):
        job = {"process": i, "core": cores[i] if i < len(cores) else None, **common}
        command = [sys.executable, "-m", "experiments.scaling.worker", json.dumps(job)]
        workers.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings())
        )
    outputs = [worker.communicate()[0] for worker in workers]
    for i, worker in enumerate(workers):
        if worker.returncode:
            raise RuntimeError(f"worker {i} of {n} ended with status {worker.returncode}")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def surroundings() -> dict[str, str]:
    """The environment of a worker; GLIBC_TUNABLES of the caller go before those here."""
    return {"GLIBC_TUNABLES": TUNABLES, **os.environ}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def merged(workers: list[Result]) -> dict[str, list[Result]]:
    """In each round a case took as long as the last of its devices."""
    found = {}
    for key in workers[0]:
        rows = zip(*(worker[key] for worker in workers), strict=True)
        found[key] = [{**row[0], "seconds": slowest([x["seconds"] for x in row])} for row in rows]
    return found


def slowest(devices: list[list[float]]) -> list[float]:
    """Of each round; a device that had no part in it says nothing."""
    rounds = zip(*(seconds for seconds in devices if seconds), strict=True)
    return [round(max(one), 6) for one in rounds]


def sent(case: Case, image: int) -> Result:
    """Number and bytes of the collectives in a case's compiled step, of each kind."""
    run, side = experiment(case, image)
    count: dict[str, int] = defaultdict(int)
    sent_bytes: dict[str, float] = defaultdict(float)
    for one in collectives(lowered(run, run.train_step, side).compile().as_text() or ""):
        count[one.kind] += 1
        sent_bytes[one.kind] += one.sent_bytes
    return {**case._asdict(), "count": count, "sent_bytes": sent_bytes}
