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
            jax.profiler.start_trace(folder)
            since, recording = steps, True
        elif since is not None and recording and steps >= since + STEPS:
            jax.profiler.stop_trace()
            recording = False

    try:
        yield before_steps
    finally:
        if recording:
            jax.profiler.stop_trace()
        elif folder is not None and done < SKIPPED:
            notice(f"no profile in {folder}: one begins after {SKIPPED} steps of a session")


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
