"""What device and host do during some steps of a run, for XProf, TensorBoard and Perfetto."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax

from alexnet_jax.errors import UserError
from alexnet_jax.files import of_the_system
from alexnet_jax.output import notice

SKIPPED = 10  # steps of a session, which compile and fill the loader's queue
STEPS = 5


@contextmanager
def profiled(folder: Path | None) -> Iterator[Callable[[int], None]]:
    """What is to be called before the steps of a session, with how many it has done.

    folder: where the profile goes, as `jax.profiler` writes it (plugins/profile/TIME); None, and
    there is none. STEPS steps are recorded, after SKIPPED, or more where one program takes
    several; a session that ends among them has a profile of those it took, and one that ends before
    says that it has none.
    """
    done = 0
    since: int | None = None
    recording = False

    def before_steps(steps: int) -> None:
        nonlocal done, since, recording
        done = steps
        if folder is not None and since is None and steps >= SKIPPED:
            since, recording = steps, _begin(folder)
        elif since is not None and recording and steps >= since + STEPS:
            recording = False
            _write(folder)

    try:
        yield before_steps
    finally:
        if recording:
            _write(folder)
        elif folder is not None and done < SKIPPED:
            notice(f"no profile in {folder}: one begins after {SKIPPED} steps of a session")


def _begin(folder: Path) -> bool:
    try:
        jax.profiler.start_trace(folder)
    except RuntimeError as error:  # a profile of this process was begun already
        notice(f"no profile in {folder}: {error}")
        return False
    return True


def _write(folder: Path | None) -> None:
    try:
        jax.profiler.stop_trace()
    except (OSError, jax.errors.JaxRuntimeError) as error:  # a full disk, a folder that is gone
        notice(f"no profile in {folder}: {str(error).splitlines()[0]}")


def check_folder(folder: Path) -> None:
    """Makes the folder. Raises UserError if it cannot be written to: the profiler writes when it
    stops, too late to choose another one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"profile: {of_the_system(error)}") from error
