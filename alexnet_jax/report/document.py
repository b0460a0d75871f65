"""report.md of a run, with its pictures in the folder report/ beside it."""

from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from alexnet_jax.report import captions
from alexnet_jax.report.curves import curves_figure
from alexnet_jax.report.examples import Examples, examples_figure
from alexnet_jax.report.kernels import kernels_figure
from alexnet_jax.report.markdown import NOT_RUN
from alexnet_jax.report.provenance import provenance, settings
from alexnet_jax.report.records import Records, read_records
from alexnet_jax.report.scores import scores
from alexnet_jax.report.style import look, save, write_whole
from alexnet_jax.workdir import Workdir


def write_report(
    workdir: Path,
    *,
    kernels: Float[np.ndarray, "t kh kw ci co"],
    examples: Examples | None,
    parameters: int | None = None,
) -> Path:
    """Writes report.md and report/*.png into the workdir of a run; returns the path of report.md.

    All numbers come from the files that the run left there. What these do not hold says "not run".
    Every file is written whole or not at all, report.md last.

    Args:
      kernels: the first layer's weights, any range; 1 or 3 input channels.
      examples: test pictures and what the network said of them; the first eight are shown.
      parameters: how many the network has; left out of the report if not given.

    Raises:
      UserError: `workdir` is not that of a run, or its files are damaged.
    """
    records = read_records(workdir)
    with look():
        sections = {
            "Result": scores(records),
            "What was trained": settings(records, parameters),
            "Curves": _curves(workdir, records),
            "First-layer kernels": _kernels(workdir, kernels),
            "Test examples": _examples(workdir, examples),
            "Where the numbers come from": provenance(records),
        }
    parts = [f"# Run {records.name}", *(f"## {name}\n\n{text}" for name, text in sections.items())]
    path = Workdir(workdir).report_file
    write_whole(path, ("\n\n".join(parts) + "\n").encode())
    return path


def _curves(workdir: Path, records: Records) -> str:
    if not records.has_curves:
        return NOT_RUN
    alt = "Loss and error against epochs"
    return _picture(workdir, "curves", alt, curves_figure(records), captions.curves(records))


def _kernels(workdir: Path, kernels: Float[np.ndarray, "t kh kw ci co"]) -> str:
    alt = "The kernels of the first layer"
    return _picture(workdir, "kernels", alt, kernels_figure(kernels), captions.kernels(kernels))


def _examples(workdir: Path, given: Examples | None) -> str:
    if given is None or len(given.labels) == 0:
        return NOT_RUN
    alt = "Test examples with bars of their most probable classes"
    return _picture(workdir, "examples", alt, examples_figure(given), captions.examples(given))


def _picture(workdir: Path, name: str, alt: str, figure: Figure, caption: str) -> str:
    path = Workdir(workdir).pictures / f"{name}.png"
    save(figure, path)
    return f"![{alt}]({path.parent.name}/{path.name})\n\n{caption}"
