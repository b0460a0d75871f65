"""Make a data set of squares of one size, with its mean image and colour axes, to train from.

    alexnet-jax prepare imagenet2012:~/tars        the two official tars of ILSVRC-2012
    alexnet-jax prepare imagenet2010:~/tars        ILSVRC-2010: three tars, devkit, ground truth
    alexnet-jax prepare folder:~/imagenette        split/class/picture, class/picture, or class tars
    alexnet-jax prepare tfds:cifar10 --side 32     a set that TFDS has prepared
    alexnet-jax prepare photos/144                 the embedded photographs

The set is used as --config.data.name=NAME/SIDE. Stopped or killed, the repeated command goes on.
A picture that cannot be read is listed in the set's manifest.json and left out.
"""

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from absl import flags

from alexnet_jax.cli.bar import Bar
from alexnet_jax.cli.command import define_data_dir
from alexnet_jax.data.origins.named import FORMS, list_origin
from alexnet_jax.data.prepared.beam import make_pipeline, write_shards_with_beam
from alexnet_jax.data.prepared.manifest import Manifest
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, WriteShards, prepare
from alexnet_jax.data.sources import data_folder, open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.errors import UserError


def define(values: flags.FlagValues) -> None:
    define_data_dir(values)
    flags.DEFINE_integer("side", 256, "Of the squares, pixels.", flag_values=values)
    flags.DEFINE_string("name", None, "Of the set; by default the source's.", flag_values=values)
    flags.DEFINE_integer(
        "workers", os.cpu_count() or 1, "Processes.", lower_bound=1, flag_values=values
    )
    flags.DEFINE_float(
        "held_out",
        None,
        "Share of the training pictures that becomes the split validation, chosen by a hash of "
        "their names; by default 0.02 for ImageNet and 0.1 for the rest.",
        flag_values=values,
    )
    flags.DEFINE_float(
        "test_share",
        0.0,
        "Share of the pictures that becomes the split test, for sources without one; the paper's "
        "Fall 2009 has 0.5.",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "strict", False, "Stop at the first picture that cannot be read.", flag_values=values
    )
    flags.DEFINE_string(
        "beam_pipeline_options",
        None,
        "Prepare on several machines, as a Beam pipeline with these options, such as "
        "runner=FlinkRunner,flink_master=HOST:8081 (the flag of `tfds build`). All machines must "
        "see the source and --data_dir under the same paths. Needs alexnet-jax[beam].",
        flag_values=values,
    )


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise UserError(f"prepare takes one source: {FORMS}, or photos/SIDE")
    if arguments[0].startswith("photos/"):
        return photos(arguments[0], values.data_dir)
    write = writer(values)
    data_dir = data_folder(values.data_dir)
    origin = list_origin(arguments[0], data_dir)
    for note in origin.notes:
        print(note)
    request = Request(
        data_dir=data_dir,
        side=values.side,
        name=values.name,
        held_out=values.held_out,
        test_share=values.test_share,
        strict=values.strict,
    )
    with ended_in_words(), Bar("images") as bar:
        folder, manifest = prepare(origin, request, write, bar)
    print(told(folder, manifest, values.data_dir))
    return 0


@contextmanager
def ended_in_words() -> Iterator[None]:
    """SIGTERM and SIGHUP end this as Ctrl-C does: in one line, and with all processes."""

    def end(number: int, frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        print(f"alexnet-jax: ended by {name}; repeat the command to go on", file=sys.stderr)
        sys.exit(128 + number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # by nohup
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def writer(values: flags.FlagValues) -> WriteShards:
    """Processes of this machine, or a Beam pipeline."""
    if values.beam_pipeline_options is None:
        return lambda job, shards, seen: write_shards(job, shards, values.workers, seen)
    pipeline = make_pipeline(values.beam_pipeline_options)
    return lambda job, shards, seen: write_shards_with_beam(job, shards, pipeline, seen)


def told(folder: Path, manifest: Manifest, data_dir: Path | None) -> str:
    """The result in some lines. data_dir: as it was typed."""
    counts = ", ".join(f"{record.records:,} {name}" for name, record in manifest.splits.items())
    classes = len(next(iter(manifest.splits.values())).classes)
    lines = [f"{counts} pictures of {classes:,} classes in {folder}"]
    if manifest.repaired or manifest.left_out or manifest.ignored:
        ignored = sum(manifest.ignored.values())
        lines.append(
            f"{len(manifest.repaired):,} repaired, {len(manifest.left_out):,} left out, "
            f"{ignored:,} files of other kinds: listed in its manifest.json"
        )
    lines += [
        f"{name} has no picture of {record.classes.count(0):,} of the {classes:,} classes"
        for name, record in manifest.splits.items()
        if record.records and 0 in record.classes
    ]
    typed = ["--config", "folder", f"--config.data.name={manifest.name}/{manifest.side}"]
    typed += [] if data_dir is None else ["--data_dir", f"{data_dir}"]
    typed += ["--workdir", f"runs/{manifest.name}"]
    lines.append(f"train on it: alexnet-jax train {shlex.join(typed)}")
    return "\n".join(lines)


def photos(name: str, data_dir: str | None) -> int:
    """The embedded photographs, which a run also prepares when it first needs them."""
    splits = ("train", "validation", "test")
    sources = {split: open_source(name, split, data_dir) for split in splits}
    training_stats(sources["train"])
    counts = ", ".join(f"{len(source)} {split}" for split, source in sources.items())
    train = sources["train"]
    print(f"{train.name}: {counts} pictures of {len(train.classes)} classes in {train.directory}")
    return 0
