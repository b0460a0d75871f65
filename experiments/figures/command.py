"""The paper's figures that need no record of runs, from a net or from one trained.

python -m experiments figures fig2 --model source_2012 fig2.png
python -m experiments figures fig3 --workdir runs/photos fig3.png
python -m experiments figures fig4 --workdir runs/photos left.png right.png
python -m experiments figures lrn lrn_signal.png

Prints what is to stand under each, and keeps it in the file. Fig. 1 is made by
`python -m experiments report`.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from alexnet_jax.build.model import named_network
from alexnet_jax.data.sources import open_source
from alexnet_jax.report import captions
from alexnet_jax.report.examples import examples_figure
from alexnet_jax.report.style import look, save
from alexnet_jax.trained import load_run
from experiments.commands import a_path, a_path_as_text
from experiments.figures import fig2, fig3, fig4, lrn_signal

Drawn = tuple[Figure, str]  # and what is to stand under it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="FIGURE")
    fig2 = commands.add_parser("fig2", help="a net's layers and towers")
    fig2.add_argument("--model", default="source_2012", help="as `alexnet-jax summary`")
    fig2.set_defaults(drawn=lambda given: architecture_of(given.model))
    fig3 = commands.add_parser("fig3", help="the first layer's kernels and their colour")
    fig3.set_defaults(drawn=lambda given: kernels_of(given.workdir))
    fig4 = commands.add_parser("fig4", help="test pictures: likeliest classes, and nearest")
    fig4.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data")
    fig4.set_defaults(drawn=lambda given: pictures_of(given.workdir, given.data_dir))
    for command in (fig3, fig4):
        command.add_argument("--workdir", type=a_path, required=True, help="of a trained net")
    lrn = commands.add_parser("lrn", help="response normalisation of a signal")
    lrn.set_defaults(drawn=lambda given: [(lrn_signal.lrn_signal(), lrn_signal.caption())])
    for command in (fig2, fig3, lrn):
        command.add_argument("out", type=a_path, nargs=1, metavar="OUT.png")
    fig4.add_argument("out", type=a_path, nargs=2, metavar="OUT.png", help="left, then right")


def main(given: argparse.Namespace) -> int:
    draw(given.out, lambda: given.drawn(given))
    return 0


def draw(files: Sequence[Path], drawn: Callable[[], Sequence[Drawn]]) -> None:
    """Saves each figure with what is to stand under it, and prints that."""
    with look():
        for path, (figure, caption) in zip(files, drawn(), strict=True):
            save(figure, path, says=caption)
            print(f"{path}: {caption}")


def architecture_of(model: str) -> list[Drawn]:
    net = named_network(model)
    return [(fig2.fig2(net), fig2.caption(net))]


def kernels_of(workdir: Path) -> list[Drawn]:
    run = load_run(workdir, "latest")
    first = run.predictor.architecture.weighted[0].name
    kernels = np.asarray(run.params[first]["kernel"])
    return [(fig3.fig3(kernels), fig3.caption(kernels))]


def pictures_of(workdir: Path, data_dir: str | None) -> list[Drawn]:
    run = load_run(workdir, "latest")
    names = run.config.data
    train, test = (open_source(names.name, split, data_dir) for split in (names.train, names.test))
    shown, found = fig4.examples(run, test), fig4.retrieve(run, train, test)
    return [
        (examples_figure(shown), captions.examples(shown)),
        (fig4.fig4_right(found), fig4.caption(found)),
    ]
