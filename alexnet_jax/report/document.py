"""The report of a run: report.html, and report.md with its pictures in the folder report/."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from alexnet_jax.data.source import Source
from alexnet_jax.report import captions
from alexnet_jax.report.blocks import Table
from alexnet_jax.report.chosen import examples_at, spread
from alexnet_jax.report.curves import curves_figure
from alexnet_jax.report.examples import SHOWN, examples_figure
from alexnet_jax.report.kernels import kernels_figure
from alexnet_jax.report.markdown import NOT_RUN, markdown
from alexnet_jax.report.provenance import provenance, settings, speed
from alexnet_jax.report.records import Records, read_records
from alexnet_jax.report.run_page import run_page
from alexnet_jax.report.scores import scores
from alexnet_jax.report.style import look, save, write_whole
from alexnet_jax.workdir import Workdir


def write_report(
    workdir: Path,
    *,
    kernels: Float[np.ndarray, "t kh kw ci co"],
    test: Source | None,
    parameters: int | None = None,
) -> Path:
    """Writes report.html, report.md and report/*.png into the workdir of a run.

    Returns the path of report.html.

    All numbers come from the files that the run left there. What these do not hold says "not run".
    Every file is written whole or not at all, report.md last.

    Args:
      kernels: the first layer's weights, any range; 1 or 3 input channels.
      test: the split whose pictures are shown with what the network said of them.
      parameters: how many the network has; left out of the report if not given.

    Raises:
      UserError: `workdir` is not that of a run, or its files are damaged.
    """
    records = read_records(workdir)
    with look():
        sections = {
            "Result": markdown(scores(records)),
            "What was trained": markdown(settings(records, parameters)),
            "Curves": _curves(workdir, records),
            "First-layer kernels": _kernels(workdir, kernels),
            "Examples": _examples(workdir, records, test),
            "Where the numbers come from": markdown([_with_speed(records)]),
        }
    parts = [f"# Run {records.name}", *(f"## {name}\n\n{text}" for name, text in sections.items())]
    there = Workdir(workdir)
    write_whole(there.page_file, run_page(records, kernels, test, parameters))
    write_whole(there.report_file, ("\n\n".join(parts) + "\n").encode())
    return there.page_file


def _with_speed(records: Records) -> Table:
    where, how_fast = provenance(records), speed(records)
    return Table(where.header, [*where.rows, *how_fast.rows])


def _curves(workdir: Path, records: Records) -> str:
    if not records.has_curves:
        return NOT_RUN
    alt = "Loss and error against epochs"
    return _picture(workdir, "curves", alt, curves_figure(records), captions.curves(records))


def _kernels(workdir: Path, kernels: Float[np.ndarray, "t kh kw ci co"]) -> str:
    alt = "The kernels of the first layer"
    return _picture(workdir, "kernels", alt, kernels_figure(kernels), captions.kernels(kernels))


def _examples(workdir: Path, records: Records, test: Source | None) -> str:
    if records.answers is None or test is None or len(test) == 0:
        return NOT_RUN
    given = examples_at(spread(len(test), SHOWN), records.answers, test)
    alt = f"{test.split.capitalize()} examples with bars of their most probable classes"
    return _picture(
        workdir, "examples", alt, examples_figure(given), captions.examples(given, test.split)
    )


def _picture(workdir: Path, name: str, alt: str, figure: Figure, caption: str) -> str:
    path = Workdir(workdir).pictures / f"{name}.png"
    save(figure, path)
    return f"![{alt}]({path.parent.name}/{path.name})\n\n{caption}"
