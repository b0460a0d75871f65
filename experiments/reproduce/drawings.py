"""The figures of a run or of a net, drawn by `python -m experiments figures`."""

from collections.abc import Callable
from pathlib import Path

from experiments.claims import Claim
from experiments.figures import command


def of_run(figure: str, workdir: Path, data_dir: str | None) -> list[Path]:
    """Fig. 3, or both halves of Fig. 4, in the run's workdir; once, for several rows may ask.

    Pictures of a data set may not be published; the kernels may.
    """
    if figure == "fig3":
        return _once([workdir / "fig3.png"], lambda: command.kernels_of(workdir))
    both = [workdir / "fig4_left.png", workdir / "fig4_right.png"]
    return _once(both, lambda: command.pictures_of(workdir, data_dir))


def of_net(row: Claim, folder: Path) -> list[Path]:
    """Fig. 2 of the net that the row's configuration is called after."""
    assert row.config
    folder.mkdir(parents=True, exist_ok=True)
    model = row.config.rpartition(":")[2]
    return _once([folder / f"{row.figure}.png"], lambda: command.architecture_of(model))


def _once(files: list[Path], drawn: Callable[[], list[command.Drawn]]) -> list[Path]:
    if not all(path.exists() for path in files):
        command.draw(files, drawn)
    return files
