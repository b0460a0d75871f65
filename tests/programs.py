"""`python -m MODULE` and `python -c CODE` in real processes that need not import JAX anew.

`Program` is used as subprocess.Popen is. Its process has a pid, environment, pipes, signals and
exit of its own, but is forked from one that has imported what a training needs, which is half of
what a short one costs. That one has no JAX backend and no second thread.

What differs from a process of `python`, so that some tests start one of those all the same:

    imports       done before; of what JAX reads meanwhile, only JAX_NUM_CPU_DEVICES may be another
    hash seed     the same for all, so a run under another one has to be that of a real process
    allocator     the program does not begin anew for glibc's settings (settings/start.py)
    parent        not the test; the exit status comes by a pipe
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BYTES = 8  # of a number in the pipe of the status


class Program:
    """A started program, with the part of subprocess.Popen that tests need; its folder is ROOT.

    arguments: what follows `python`, -m or -c first. environment: on top of this process's own.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] = {}):
        self.args = [str(argument) for argument in arguments]
        self.returncode: int | None = None
        (self._status, *outputs), theirs = zip(*(os.pipe() for _ in range(3)), strict=True)
        with tempfile.TemporaryFile("w+") as request:
            json.dump([self.args, {**os.environ, **environment}], request)
            request.flush()
            socket.send_fds(server(), [b"!"], [request.fileno(), *theirs])
        for fd in theirs:
            os.close(fd)
        readers = ThreadPoolExecutor(2)
        self._said = [readers.submit(read, fd) for fd in outputs]
        readers.shutdown(wait=False)
        self.pid = self._number()

    def poll(self) -> int | None:
        """The exit status, if it has ended; minus the signal's number if that ended it."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = self._number()
            os.close(self._status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            select.select([self._status], [], [], timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it said on standard output and error, once it and who inherited them are done."""
        try:
            out, error = (said.result(timeout) for said in self._said)
        except TimeoutError:
            raise subprocess.TimeoutExpired(self.args, timeout) from None
        self.wait(timeout)
        return out, error

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        said = os.read(self._status, BYTES)
        if not said:
            raise RuntimeError("the process from which programs are forked has ended")
        return int(said)


def run(
    arguments: Sequence[str], environment: Mapping[str, str] = {}, timeout: float = 300
) -> "subprocess.CompletedProcess[str]":
    """As subprocess.run of `python`, with the output as text."""
    program = Program(arguments, environment)
    try:
        out, error = program.communicate(timeout)
    finally:
        program.kill()
    return subprocess.CompletedProcess(program.args, program.wait(), out, error)


def read(fd: int) -> str:
    with open(fd) as file:
        return file.read()


@cache
def server() -> socket.socket:
    """A connection to the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair()
    # OpenBLAS would start threads; a process that forks had better have none.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, __file__, str(theirs.fileno())], cwd=ROOT, env=environment,
        pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def serve(requests: socket.socket) -> list[str]:
    """Forks a process for each request; returns in that one, with the program's arguments."""
    forked: set[int] = set()
    while True:
        said, fds, *_ = socket.recv_fds(requests, 1, 4)
        if not said:
            for pid in forked:  # so that their seconds are counted with this one's
                os.waitpid(pid, 0)
            sys.exit()
        forked = {pid for pid in forked if os.waitpid(pid, os.WNOHANG) == (0, 0)}
        pid = os.fork()
        if pid == 0:
            requests.close()
            return fork(*fds)
        forked.add(pid)
        for fd in fds:
            os.close(fd)


def fork(request: int, status: int, out: int, error: int) -> list[str]:
    """Forks the program, waits for it and says its pid and status; returns in the program."""
    pid = os.fork()
    if pid:
        for fd in (request, out, error):
            os.close(fd)
        os.write(status, f"{pid:{BYTES}}".encode())
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(status, f"{ended:{BYTES}}".encode())
        os._exit(0)
    os.close(status)
    for fd, standard in ((out, 1), (error, 2)):
        os.dup2(fd, standard)
        os.close(fd)
    os.lseek(request, 0, os.SEEK_SET)
    arguments, environment = json.loads(read(request))
    set_environment(environment)
    return arguments


def set_environment(environment: dict[str, str]) -> None:
    """As if the process had begun with it."""
    import jax

    other = {k for k, v in set(environment.items()) ^ set(os.environ.items()) if k[:4] == "JAX_"}
    assert other <= {"JAX_NUM_CPU_DEVICES"}, f"JAX has read these at its import: {other}"
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    if "JAX_NUM_CPU_DEVICES" in environment:
        jax.config.update("jax_num_cpu_devices", int(environment["JAX_NUM_CPU_DEVICES"]))


def import_all() -> None:
    """What a training and its report import, some of it not before it is used."""
    import io

    import matplotlib.figure
    import rich.live
    import tensorboardX

    import alexnet_jax.cli.evaluate
    import alexnet_jax.cli.predict
    import alexnet_jax.cli.train
    import alexnet_jax.report
    import alexnet_jax.whole_run

    matplotlib.figure.Figure().savefig(io.BytesIO())
    assert rich and tensorboardX and alexnet_jax


def become(option: str, what: str, *arguments: str) -> None:
    """Runs what `python OPTION WHAT ARGUMENTS` would."""
    import runpy

    if option == "-m":
        sys.argv = [what, *arguments]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [option, *arguments]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    import_all()
    threads = Path("/proc/self/task")
    assert not threads.exists() or len(list(threads.iterdir())) == 1
    become(*serve(socket.socket(fileno=int(sys.argv[1]))))
