"""The figures of a run or of a net, drawn by `python -m experiments figures`."""

from pathlib import Path

from alexnet_jax.errors import UserError
from experiments.claims import Claim
from experiments.figures import command


def of_run(figure: str, workdir: Path, data_dir: str | None) -> list[Path]:
    """Fig. 3, or both halves of Fig. 4, in the run's workdir; once, for several rows may ask.

    Pictures of a data set may not be published; the kernels may.
    """
    if figure == "fig3":
        return _draw(["fig3", "--workdir", str(workdir)], [workdir / "fig3.png"])
    folder = [] if data_dir is None else ["--data_dir", data_dir]
    both = [workdir / "fig4_left.png", workdir / "fig4_right.png"]
    return _draw(["fig4", "--workdir", str(workdir), *folder], both)


def of_net(row: Claim, folder: Path) -> list[Path]:
    """Fig. 2 of the net that the row's configuration is called after."""
    assert row.config
    folder.mkdir(parents=True, exist_ok=True)
    model = row.config.rpartition(":")[2]
    return _draw([row.figure, "--model", model], [folder / f"{row.figure}.png"])


def _draw(arguments: list[str], out: list[Path]) -> list[Path]:
    if all(path.exists() for path in out):
        return out
    if command.main([*arguments, *map(str, out)]):
        raise UserError(f"cannot draw {', '.join(x.name for x in out)}")
    return out
