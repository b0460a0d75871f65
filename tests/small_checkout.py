"""A git repository with the queue's own code, small claims, and a training of half a second.

Its `run` stands in for the real one, which loads JAX for seconds at each start: it is typed alike,
starts its training as `experiments.reproduce.process` does, resumes, stops and keeps a result.
`tests/test_queue_trains.py` has the real one.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from experiments.queue import locks

RESULTS = "experiments/results/claims"
ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    *("alexnet_jax/__init__.py", "alexnet_jax/errors.py", "alexnet_jax/paper.py", ".gitignore"),
    *("alexnet_jax/files.py", "alexnet_jax/paths.py", "alexnet_jax/workdir.py"),
    *("alexnet_jax/lock.py", "alexnet_jax/output.py", "alexnet_jax/environment.py"),
    *("experiments/__init__.py", "experiments/__main__.py", "experiments/commands.py"),
    *("experiments/niceness.py", "experiments/claims/claim.py", "experiments/queue"),
    *("alexnet_jax/settings", "alexnet_jax/configuration", "alexnet_jax/models"),
    *("alexnet_jax/ops", "alexnet_jax/data/__init__.py", "alexnet_jax/data/regular.py"),
    *("alexnet_jax/weights/__init__.py", "alexnet_jax/weights/bundle_files.py"),
)
CLAIMS = """
from experiments.claims.claim import Claim


def row(id, **fields):
    return Claim(id, "beyond", id, "error", ("top1",), "none", "none", "none", (None,), (None,),
                 **fields)


CLAIMS = {x.id: x for x in (
    row("one"), row("two"), row("long"), row("bad"),
    row("wanting", needs="a second brain"),
)}
"""
RUN = '''"""Stands in for the real one."""
import argparse, fcntl, hashlib, json, os, signal, subprocess, sys, time
from pathlib import Path

STEPS = {"long": 150}


def add_arguments(parser):
    parser.add_argument("claim")
    parser.add_argument("--seed", type=int)
    for flag in ("--workdirs", "--results"):
        parser.add_argument(flag, type=Path)
    parser.add_argument("--data_dir", type=Path)


def main(given):
    workdir = given.workdirs / given.claim / f"seed{given.seed}"
    workdir.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen([sys.executable, __file__, str(workdir)], start_new_session=True,
                             close_fds=False)
    received = []
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    while child.poll() is None:
        if received:
            child.terminate()
            child.wait()
            return 128 + received[0]
        time.sleep(0.02)
    if given.claim == "bad" and not (given.data_dir / "good").exists():
        print("experiments: no good data", file=sys.stderr)
        return 1
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    said = {"metrics": (workdir / "metrics").read_text(), "commit": commit, "code": CODE,
            "set": os.environ.get("SET_BY_THE_CHECKOUT")}
    path = given.results / given.claim / f"seed{given.seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".tmp").write_text(json.dumps(said))
    path.with_suffix(".tmp").replace(path)
    return 0


CODE = "first"


def train(workdir):
    alone = (workdir / "alone").open("w")
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two at once end with a traceback
    received = []
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    path = workdir / "metrics"
    lines = path.read_text().splitlines() if path.exists() else []
    (workdir / "starts").open("a").write(f"{len(lines)} {os.getpid()} {os.nice(0)}\\n")
    steps, hold = STEPS.get(workdir.parent.name, 10), workdir / "hold"
    while (len(lines) < steps or hold.exists()) and not received:
        time.sleep(0.02)
        last = lines[-1] if lines else "/".join(workdir.parts[-2:])
        lines.append(hashlib.sha256(last.encode()).hexdigest())
        path.with_suffix(".tmp").write_text("\\n".join(lines))
        path.with_suffix(".tmp").replace(path)
    sys.exit(128 + received[0] if received else 0)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
'''
ORDER = "ORDER = (\n    Part(({claims},), {seeds}),\n)\n"


def make(folder: Path, claims: tuple[str, ...] = ("one", "two"), seeds: int = 1) -> Path:
    """The repository, with its first commit."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    write(folder, "experiments/claims/__init__.py", CLAIMS)
    write(folder, "experiments/reproduce/__init__.py", "")
    write(folder, "experiments/reproduce/run.py", RUN)
    order(folder, claims, seeds)
    at_once(folder)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def order(folder: Path, claims: tuple[str, ...], seeds: int) -> None:
    """Another list in the place of the real one."""
    path = folder / "experiments" / "queue" / "order.py"
    real = (ROOT / "experiments" / "queue" / "order.py").read_text()
    before, rest = real.split("ORDER: tuple")
    after = rest[rest.index("\n)\n") + 3 :]
    names = ", ".join(f'"{claim}"' for claim in claims)
    path.write_text(before + ORDER.format(claims=names, seeds=seeds) + after)


def at_once(folder: Path) -> None:
    """Gives its queue the usual priority, or other tests would starve it."""
    path = folder / "experiments" / "niceness.py"
    path.write_text(path.read_text().replace("LOWEST = 19", "LOWEST = 0"))


def write(folder: Path, name: str, text: str) -> None:
    """One file of it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(folder: Path) -> str:
    """All of it."""
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "a change")
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The queue as a person starts it."""
    typed = [sys.executable, "-m", "experiments", "queue", *arguments]
    return subprocess.Popen(
        typed, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(folder: Path, *arguments: str) -> tuple[int, str]:
    """A start to its end: status and what was printed."""
    queue = start(folder, *arguments)
    said = queue.communicate(timeout=60)[0]
    return queue.returncode, said


def kill(queue: "subprocess.Popen[str]") -> None:
    """SIGKILL to the queue alone."""
    queue.kill()
    queue.communicate()


def kill_all(folder: Path, queue: "subprocess.Popen[str]") -> None:
    """SIGKILL to the queue and to all that it has started."""
    queue.kill()
    queue.wait()
    for process in locks.holders(folder / "runs" / "queue" / "training.lock"):
        os.kill(process, signal.SIGKILL)
    queue.communicate()
