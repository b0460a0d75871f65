"""Runs disturbed at random moments, again and again, and what is left of them in the end.

    PYTHONPATH=tests:. python -m chaos --disturbances 100 --seed 0

Killed, stopped by signals, their output cut off, their disk filled; on one process, on two, on
another mesh after each stop; with a reader in a loop beside them. Each run has to end with the
numbers of an undisturbed one, and no reader may get another answer than that of a whole checkpoint.
At last 2,000 steps in one piece, whose memory and open files may not grow.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import conftest  # noqa: F401 (the compiler's settings and cache of the tests)
from chaos.subjects import (
    DEVICES,
    Reader,
    Subject,
    Whole,
    python,
    remove,
    same_numbers,
    undisturbed,
)
from programs import ROOT, Program

ONE = Subject("one process")
TWO = Subject("two processes", meshes=(2,), processes=2)
MESHES = Subject("changing meshes", meshes=(1, 2, 4))
SHARES = ((ONE, 0.7), (TWO, 0.15), (MESHES, 0.15))
SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1")
DISK_MB = 24
LONGEST = 240  # seconds until a process has to have ended


class Chaos:
    """What was done to a subject, and what came of it."""

    def __init__(self, subject: Subject, seed: int):
        self.subject = subject
        self.draw = random.Random(f"{subject.name} {seed}")
        self.kinds: Counter[str] = Counter()
        self.runs = 0
        self.answers = 0
        self.wrong: list[str] = []

    def disturb_all(self, whole: Whole, count: int, folder: Path) -> None:
        """So many disturbances of as many runs as it takes."""
        subject = self.subject
        with disk(folder / "disk") as has_disk:
            workdir = folder / "disk" / "run"
            while count > 0:
                remove(workdir)
                for path in ("reader.jsonl", "stop"):
                    (folder / path).unlink(missing_ok=True)
                reader = Reader(workdir, folder)
                count -= self.one_run(subject, workdir, count, has_disk)
                answers, wrong = reader.end(whole if subject is ONE else None)
                self.answers += answers
                self.wrong += [f"{subject.name}: {line}" for line in wrong]
                fault = same_numbers(workdir, whole, exact=subject is not MESHES)
                self.wrong += [f"{subject.name}: {fault}"] if fault else []
                self.runs += 1

    def one_run(self, subject: Subject, workdir: Path, most: int, has_disk: bool) -> int:
        """From its beginning to its end; how often it was disturbed."""
        done = 0
        while True:
            mesh = self.draw.choice(subject.meshes)
            kinds = [*SIGNALS, "pipe", *["disk"] * has_disk] if subject is ONE else [*SIGNALS[:3]]
            kind = self.draw.choice(kinds) if done < most else ""
            if kind == "pipe":
                ended = self.with_a_closed_pipe(subject, workdir, mesh)
            else:
                ended = self.disturbed(subject, workdir, mesh, kind)
            if ended:
                return done
            self.kinds[kind] += 1
            done += 1

    def disturbed(self, subject: Subject, workdir: Path, mesh: int, kind: str) -> bool:
        """Starts it and disturbs it after a while; whether it has come to its end."""
        before = lines(workdir)
        processes = subject.start(workdir, mesh)
        if kind and self.draw.random() < 0.5:  # while it starts, on most machines
            self.wait(processes, self.draw.uniform(0.2, 3.0))
        elif kind:  # while it trains
            wanted = before + self.draw.randint(1, 6)
            self.wait(processes, LONGEST, lambda: lines(workdir) >= wanted)
            self.wait(processes, self.draw.uniform(0.0, 0.3))
        if kind == "disk" and processes[0].poll() is None:
            with full(workdir.parent):
                self.wait(processes, 1.5)
        victim = self.draw.choice(processes)
        met = victim.poll() is None
        if kind:
            victim.send_signal(getattr(signal, kind if kind.startswith("SIG") else "SIGTERM"))
        outputs = [process.communicate(timeout=LONGEST) for process in processes]
        for process, (out, error) in zip(processes, outputs, strict=True):
            self.check(subject, kind, process.returncode, out + error)
        return not kind or not met or all(process.returncode == 0 for process in processes)

    def with_a_closed_pipe(self, subject: Subject, workdir: Path, mesh: int) -> bool:
        """Its reader goes after a line, as `| head -n 1` does; later it is killed."""
        pipe = subprocess.PIPE
        command = python(subject.command(workdir, mesh))
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **DEVICES},
            stdout=pipe,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(self.draw.uniform(0.2, 3.0))
        met = process.poll() is None
        process.kill()
        process.wait()
        if not met:
            self.check(subject, "pipe", process.returncode, "")
        return not met

    def check(self, subject: Subject, kind: str, status: int, said: str) -> None:
        if "Traceback" in said:
            self.wrong.append(f"{subject.name}, {kind or 'none'}: {said[-2000:]}")
        fine = {0, 1, 143, -6} if subject is TWO else {0}
        if kind.startswith("SIG"):
            number = getattr(signal, kind)
            fine |= {-number, 128 + number, 143}
        elif kind == "disk":
            fine |= {1, 143, -15}
        if status not in fine:
            self.wrong.append(f"{subject.name}, {kind or 'none'}: status {status}: {said[-500:]}")

    @staticmethod
    def wait(
        processes: list[Program], seconds: float, enough: Callable[[], bool] = lambda: False
    ) -> None:
        """Until then, or until a process has ended or there is enough."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and all(process.poll() is None for process in processes):
            if enough():
                break
            time.sleep(0.005)


def lines(workdir: Path) -> int:
    """Of the log of a run."""
    with contextlib.suppress(OSError):
        return (workdir / "metrics.jsonl").read_bytes().count(b"\n")
    return 0


def alone(subject: Subject, folder: Path) -> Whole:
    """An undisturbed run; of several processes without the parameters after each step."""
    if subject.processes == 1:
        return undisturbed(subject, folder)
    for process in subject.start(folder, subject.meshes[0]):
        _, error = process.communicate(timeout=LONGEST)
        assert process.returncode == 0, error
    return Whole((folder / "metrics.jsonl").read_text(), {})


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[bool]:
    """A small file system at `folder`; False, and a folder of the large one, where none may be
    mounted."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is free while the block runs."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


def endurance(folder: Path, steps: int) -> list[str]:
    """A run of many steps: what it had open and in memory after a fifth of them, and near the end.

    A process of python itself: a forked one is without our settings of the allocator. Not at the
    very end, when the test split is scored and the report drawn, which loads other libraries.
    """
    subject = Subject("long", changes={"total_epochs": steps / 64, "checkpoint_steps": 50})
    process = subprocess.Popen(
        python(subject.command(folder / "long", 1)),
        cwd=ROOT,
        env={**os.environ, **DEVICES},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    metrics, seen = folder / "long" / "metrics.jsonl", []
    while process.poll() is None:
        lines = metrics.read_text().count("\n") if metrics.exists() else 0
        with contextlib.suppress(OSError, ValueError):
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
            seen.append(
                (lines, pages * 4096 / 1e6, len([*Path(f"/proc/{process.pid}/fd").iterdir()]))
            )
        time.sleep(0.1)
    _, error = process.communicate()
    if process.returncode:
        return [f"long: status {process.returncode}: {error[-500:]}"]
    most = seen[-1][0]
    early = [row for row in seen if most * 0.2 <= row[0] <= most * 0.35]
    late = [row for row in seen if most * 0.8 <= row[0] <= most * 0.95]
    (memory, files), (memory2, files2) = (
        (max(row[1] for row in rows), max(row[2] for row in rows)) for rows in (early, late)
    )
    print(
        f"{steps} steps: {memory:.0f} MB and {files} open files after a fifth, "
        f"{memory2:.0f} MB and {files2} near the end"
    )
    return ["long: it grows"] * (memory2 > 1.1 * memory + 20 or files2 > files + 4)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--disturbances", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2000, help="of the long run; 0 for none")
    arguments = parser.parse_args()
    began = time.monotonic()
    counts = {subject: round(share * arguments.disturbances) for subject, share in SHARES}
    all_of_it = [Chaos(subject, arguments.seed) for subject, count in counts.items() if count]
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        wholes = [alone(x.subject, Path(temporary) / x.subject.name / "whole") for x in all_of_it]
        for done in [
            pool.submit(x.disturb_all, whole, counts[x.subject], Path(temporary) / x.subject.name)
            for x, whole in zip(all_of_it, wholes, strict=True)
        ]:
            done.result()
        wrong = [line for x in all_of_it for line in x.wrong]
        if arguments.steps:
            wrong += endurance(Path(temporary), arguments.steps)
    for x in all_of_it:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(x.kinds.items()))
        print(f"{x.subject.name}: {x.kinds.total()} disturbances of {x.runs} runs ({kinds})")
    seconds = time.monotonic() - began
    print(f"{sum(x.answers for x in all_of_it)} answers of readers; {seconds:.0f} s")
    for line in wrong:
        print(f"WRONG {line}")
    print(f"{len(wrong)} wrong" if wrong else "every run ended as if undisturbed")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
