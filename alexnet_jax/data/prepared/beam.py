"""Shards written by a Beam pipeline, on more than one machine.

The unit of work is that of `pool`, one whole shard, so the bytes are the same too. Nothing but the
paths of tasks passes through Beam: the lists of ImageNet's pictures alone are over 100 MB, and some
runners take no such pipelines.
"""

import difflib
import io
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from typing import Any

from alexnet_jax.data.prepared.finish import versions
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.shard import Job, read_notes
from alexnet_jax.data.prepared.task import INTERRUPTED, Task, carry_out, leave, say
from alexnet_jax.errors import UserError

LOOK_EVERY = 1.0  # seconds between two looks at which shards are there

Pipeline = Any  # apache_beam.Pipeline, of a package that may be missing


def make_pipeline(options: str) -> Pipeline:
    """An empty pipeline. The options are written as for `tfds build`: "runner=NAME,KEY=VALUE".

    Raises UserError: Beam is not installed; it has no such option or runner, or refuses a value.
    """
    try:
        with _without_warnings():
            import apache_beam as beam
            from apache_beam.options.pipeline_options import PipelineOptions
    except ModuleNotFoundError:
        raise UserError(
            "--beam_pipeline_options needs Apache Beam; pip install 'alexnet-jax[beam]'"
        ) from None
    parsed = PipelineOptions([f"--{option}" for option in options.split(",") if option])
    usage = io.StringIO()
    try:
        with redirect_stderr(usage):
            _check_names(
                parsed.get_all_options(retain_unknown_options=True),
                PipelineOptions([]).get_all_options(),
            )
        return beam.Pipeline(options=parsed)
    except SystemExit:  # of argparse, which has printed why
        raise _refused(usage.getvalue().rpartition("error: ")[2]) from None
    except (ValueError, ImportError, AttributeError) as error:
        raise _refused(str(error)) from None


def write_shards_with_beam(
    job: Job, shards: Sequence[Shard], pipeline: Pipeline, seen: Callable[[int], None]
) -> None:
    """Writes all shards with the workers of a new pipeline; `seen` is told of pictures by shards.

    Every worker must see the pictures and `job.folder` under the same paths, and have the same
    versions. A shard that is complete already is not written again.

    Raises UserError: what write_shard raises, and the others stop at once; a worker that lacks one
    of these things.
    """
    import apache_beam as beam
    from apache_beam.runners.runner import PipelineState

    stop = job.work / f"{uuid.uuid4().hex}.stop"  # workers of an earlier sitting have theirs
    tasks = [leave(Task(job, shard, versions(), stop)) for shard in shards]
    # Reshuffle keeps a runner from fusing all tasks with their list, into one worker.
    _ = pipeline | beam.Create(tasks) | beam.Reshuffle() | "WriteShard" >> beam.Map(carry_out)
    left = list(shards)
    try:
        result = pipeline.run()
        while not PipelineState.is_terminal(result.state):
            time.sleep(LOOK_EVERY)
            left = _tell(job, left, seen)
        result.wait_until_finish()
    except BaseException:
        say(stop, INTERRUPTED)
        raise
    left = _tell(job, left, seen)
    if stop.exists():
        reason = stop.read_text()
        raise KeyboardInterrupt if reason == INTERRUPTED else UserError(reason)
    if left:
        raise UserError(
            f"{len(left)} of {len(shards)} shards were not written; give a --data_dir that every "
            "worker sees under the same path, and repeat the command to go on"
        )


def _tell(job: Job, shards: list[Shard], seen: Callable[[int], None]) -> list[Shard]:
    """Tells `seen` of the shards that are complete, and returns the others."""
    left = [shard for shard in shards if read_notes(job, shard) is None]
    seen(sum(len(s.entries) for s in shards) - sum(len(s.entries) for s in left))
    return left


def _check_names(given: Mapping[str, object], known: Mapping[str, object]) -> None:
    """Beam would go on without an option that it does not know, which is a typing error. A job
    server, though, has options of its own, and only Beam's runner asks it for them."""
    unknown = [name for name in given if name not in known]
    if unknown and not given["job_endpoint"]:
        near = difflib.get_close_matches(unknown[0], known, 1)
        meant = f", did you mean {near[0]!r}" if near else ""
        raise ValueError(f"Beam has no option {unknown[0]!r}{meant}")


def _refused(reason: str) -> UserError:
    return UserError(f"--beam_pipeline_options: {' '.join(reason.split())}")


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Importing Beam logs a warning for each Google library that is not there."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
