"""Where the commands print tables: a narrow terminal breaks their lines, and nothing is cut off."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

LEAST = 80  # columns, for which the tables are made; also what is assumed of a pipe
ENOUGH = 10_000


def screen(table: Table | None = None) -> Console:
    """Standard output, with as many columns as it has, and no fewer than `table` needs."""
    console = Console(highlight=False)
    needed = 0
    if table is not None:
        needed = Measurement.get(console, console.options.update(width=ENOUGH), table).maximum
    console.width = max(console.width, LEAST, needed)
    return console
