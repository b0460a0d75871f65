"""What a prepared set says of itself, for the terminal: `alexnet-jax data inspect`."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float64
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alexnet_jax.data.prepared.manifest import Manifest, SplitRecord
from alexnet_jax.data.stats import PixelStats
from alexnet_jax.errors import printable
from alexnet_jax.paper import COLOUR_STDEVS_2014, COLOUR_VECTORS_2014

NAMES, REASONS = 3, 8  # that are shown of a longer list
COLUMNS = ("split", "taken\nfrom", "listed", "stored", "left\nout", "shards", "GB")
PER_CLASS = ("pictures\na class", "classes\nwithout")


def facts(manifest: Manifest) -> Table:
    """What the set was made of, and how."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    records = sum(split.records for split in manifest.splits.values())
    classes = len(next(iter(manifest.splits.values())).classes)
    side = manifest.side
    rows = [
        ("set", f"{manifest.name}/{side}"),
        ("made of", manifest.origin),
        ("pictures", f"{records:,} of {side} x {side} pixels, {classes:,} classes"),
        ("resize", manifest.resize),
    ]
    if manifest.held_out:
        rows.append(("validation", f"{100 * manifest.held_out:g} % of train, by name"))
    if manifest.test_share:
        rows.append(("test", f"{100 * manifest.test_share:g} % of all, by name"))
    versions = [f"{package} {version}" for package, version in manifest.versions.items()]
    rows.append(("versions", ", ".join(versions) or "of what prepared it: not known"))
    rows += [("" if number else "notes", note) for number, note in enumerate(manifest.notes)]
    for name, value in rows:
        grid.add_row(name, Text(printable(value)))
    return grid


def splits(manifest: Manifest) -> Table:
    """A row for each stored split; 80 columns."""
    table = _table("Splits")
    for number, name in enumerate((*COLUMNS, *PER_CLASS)):
        table.add_column(name, justify="left" if number < 2 else "right", no_wrap=True)
    for split, record in manifest.splits.items():
        counts = (record.listed, record.records, record.listed - record.records, len(record.shards))
        size = sum(shard.bytes for shard in record.shards) / 1e9
        table.add_row(
            split,
            record.taken_from,
            *(f"{count:,}" for count in counts),
            "<0.01" if size < 0.01 else f"{size:,.2f}",
            *_per_class(record),
        )
    table.caption = Text("pictures a class: the fewest and the most of a class that has any")
    return table


def _per_class(record: SplitRecord) -> tuple[str, str]:
    some = [count for count in record.classes if count] or [0]
    least, most = min(some), max(some)
    range_ = f"{most:,}" if least == most else f"{least:,}-{most:,}"
    return range_, f"{record.classes.count(0):,}"


def exceptions(manifest: Manifest) -> RenderableType:
    """Files that were repaired or left out, by reason, and files of other kinds, by ending."""
    rows = [
        *_reasons("repaired", manifest.repaired),
        *_reasons("left out", manifest.left_out),
        *(("other kinds", count, ending, "") for ending, count in manifest.ignored.items()),
    ]
    if not rows:
        return Text("No file was repaired or left out.")
    table = _table("Files that are not as they should be")
    table.add_column("", no_wrap=True)
    table.add_column("files", justify="right", no_wrap=True)
    table.add_column("why")
    table.add_column("which", overflow="fold")
    for what, count, why, which in rows:
        table.add_row(what, f"{count:,}", Text(printable(why)), Text(which))
    table.caption = Text("manifest.json lists all that were repaired or left out")
    return table


def _reasons(what: str, listing: Sequence[tuple[str, str]]) -> Iterator[tuple[str, int, str, str]]:
    common = Counter(reason for _, reason in listing).most_common()
    for reason, count in common[:REASONS]:
        names = [name for name, why in listing if why == reason]
        yield (
            what,
            count,
            reason,
            "\n".join([*map(printable, names[:NAMES])] + ["..."] * (count > NAMES)),
        )
    rest = common[REASONS:]
    if rest:
        yield what, sum(count for _, count in rest), f"{len(rest)} other reasons", ""


def colours(stats: PixelStats, pictures: int) -> Table:
    """Mean colour and principal axes of the training pixels, beside those of ImageNet."""
    mean = "  ".join(f"{c} {v:.2f}" for c, v in zip("RGB", stats.mean.mean((0, 1)), strict=True))
    table = _table(f"Colours of the {pictures:,} training pictures, grey levels 0..255")
    headings = ("axis", "std\nhere", "\nImageNet", "direction (R G B)\nhere", "\nImageNet")
    for name in (*headings, "degrees\napart"):
        table.add_column(name, justify="right", no_wrap=True)
    published, directions = imagenet_axes(stats)
    for axis in range(3):
        ours, theirs = stats.vectors[:, axis].astype(np.float64), directions[axis]
        apart = np.degrees(np.arccos(np.clip(ours @ theirs, 0, 1)))
        table.add_row(
            str(axis + 1),
            f"{stats.stdevs[axis]:.2f}",
            f"{published[axis]:.2f}",
            _direction(ours),
            _direction(theirs),
            f"{apart:.1f}",
        )
    table.caption = Text(
        f"mean colour here: {mean}\n"
        "deviation: standard deviation of all pixels along the axis\n"
        "ImageNet: published with cuda-convnet2 in 2014, not of this set; for comparison only, "
        "training takes the set's own"
    )
    return table


def imagenet_axes(stats: PixelStats) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3 3"]]:
    """The published deviations, largest first, and their directions, one a row; of the two signs
    of a direction the one that is nearer to the same axis of `stats`."""
    deviations, rows = np.array(COLOUR_STDEVS_2014), np.array(COLOUR_VECTORS_2014)
    order = np.argsort(-deviations)
    rows = rows[order]
    signs = np.where((rows * stats.vectors.T).sum(1) < 0, -1.0, 1.0)
    return deviations[order], rows * signs[:, None]


def _direction(vector: Float64[np.ndarray, "3"]) -> str:
    return " ".join(f"{value:+.3f}" for value in vector)


def _table(title: str) -> Table:
    return Table(
        title=Text(title, style="bold"),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
