"""Look at a prepared set: what it holds, whether its files are whole, what its pictures look like.

    alexnet-jax data inspect imagenet2012/256              a set in --data_dir
    alexnet-jax data inspect ~/sets/imagenet2012/256/1.0.0 its folder, or the one above

Prints what its manifest says, its colours beside ImageNet's, and whether every file of records has
its checksum; draws mean.png and contact_sheet.png. The status is 1 if a file is wrong.
"""

import errno
import os
from pathlib import Path

from absl import flags
from matplotlib.figure import Figure

from alexnet_jax.cli.bar import Bar
from alexnet_jax.cli.command import define_data_dir, define_path
from alexnet_jax.cli.screen import screen
from alexnet_jax.data.prepared import statistics
from alexnet_jax.data.prepared.manifest import (
    FILE,
    Manifest,
    check_beside,
    check_files,
    read_manifest,
)
from alexnet_jax.data.prepared.overview import colours, exceptions, facts, splits
from alexnet_jax.data.prepared.source import open_folder
from alexnet_jax.data.sources import data_folder
from alexnet_jax.data.stats import pixel_stats
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path
from alexnet_jax.report.chosen import spread
from alexnet_jax.report.contact_sheet import COLUMNS, Part, contact_sheet, mean_png
from alexnet_jax.report.style import look, save, write_whole

ROWS = {"train": 8, "test": 4}  # of the contact sheet


def define(values: flags.FlagValues) -> None:
    define_data_dir(values)
    define_path(values, "out", "Folder of the two PNGs; by default `inspect` in the set's.")
    flags.DEFINE_boolean(
        "checksums", True, "Read every file of records for its checksum.", flag_values=values
    )


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    match arguments:
        case ["inspect", given]:
            folder = find_set(given, data_folder(values.data_dir))
            out = values.out or folder / "inspect"
            inspect(folder, _made(out), contents=values.checksums)
            return 0
    raise UserError(
        "data takes `inspect` and one prepared set: alexnet-jax data inspect imagenet2012/256, or "
        "the set's folder"
    )


def find_set(given: str, data_dir: Path) -> Path:
    """The folder with the manifest: `given` itself or one inside it, else NAME/SIDE in `data_dir`.

    Of several versions, the last. Raises UserError: there is none.
    """
    places = (user_path(given, "data inspect"), data_dir / given)
    for place in places:
        for folder in (place, *sorted(place.glob("*"), reverse=True)):
            if (folder / FILE).is_file():
                return folder.absolute()
    where = " or ".join(map(str, dict.fromkeys(places)))
    raise UserError(
        f"no prepared set {given}: there is no {FILE} in {where}; alexnet-jax prepare makes one, "
        "and --data_dir says where it is"
    )


def inspect(folder: Path, out: Path, *, contents: bool) -> None:
    """Prints and draws all there is. Raises UserError: a file is wrong, told after the rest."""
    console = screen()
    manifest = read_manifest(folder)
    check_beside(folder, manifest)
    stats = pixel_stats(statistics.load_sums(folder / statistics.FILE, ["train"]))
    pictures = manifest.splits["train"].records
    for part in (facts(manifest), splits(manifest), exceptions(manifest), colours(stats, pictures)):
        console.print(part)
        console.print()
    wrong = _wrong_files(folder, manifest, contents)
    files = len(manifest.shards)
    same = "what the manifest says" if contents else "as long as the manifest says"
    console.print(f"{files - len(wrong)} of {files} files are {same}")
    console.print(f"checksums: {'BLAKE3 of every file' if contents else 'not checked'}")
    for line in wrong:
        console.print(f"  {line}", style="red", soft_wrap=True)
    write_whole(out / "mean.png", mean_png(stats.mean))
    if wrong:
        console.print(f"{out / 'mean.png'}; no contact sheet of damaged files", soft_wrap=True)
        count = f"{len(wrong)} of {files} files {'is' if len(wrong) == 1 else 'are'}"
        raise UserError(
            f"{folder / wrong[0]}; {count} not what the manifest says: delete {folder} and prepare "
            "it again"
        )
    with look():
        save(_sheet(folder, manifest), out / "contact_sheet.png")
    console.print(f"{out / 'mean.png'}\n{out / 'contact_sheet.png'}", soft_wrap=True)


def _wrong_files(folder: Path, manifest: Manifest, contents: bool) -> list[str]:
    """The names of the files that are not what the manifest says, each with what is wrong."""
    total = sum(shard.bytes for shard in manifest.shards)
    passed, wrong = 0, []
    with Bar("MB") as bar:
        for shard, fault in check_files(folder, manifest, contents=contents):
            bar(passed // 10**6, total // 10**6)
            passed += shard.bytes
            if fault:
                wrong.append(f"{shard.name} {fault}")
        bar(passed // 10**6, total // 10**6)
    return wrong


def _sheet(folder: Path, manifest: Manifest) -> Figure:
    parts = []
    for split, rows in ROWS.items():
        if split in manifest.splits and manifest.splits[split].records:
            source = open_folder(folder, split)
            positions = spread(len(source), rows * COLUMNS)
            images, labels = source.read(positions)
            heading = f"{split}: {len(positions):,} of {len(source):,} pictures"
            parts.append(Part(heading, images, [source.classes[label] for label in labels]))
    return contact_sheet(f"{manifest.name}/{manifest.side}", parts)


def _made(folder: Path) -> Path:
    """Makes the folder for the PNGs, before anything long is begun."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise UserError(
            f"cannot write pictures to {folder}: {error.strerror}; give another folder with --out"
        ) from None
    return folder
