"""Fig. 4 of a net with its first weights: the nearest by a loop, and what the commands leave."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from alexnet_jax.augment import Stats
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.models.network import hidden
from alexnet_jax.report.style import VERMILLION, look
from alexnet_jax.resume import as_trees
from alexnet_jax.steps import init_state
from alexnet_jax.trained import load_run, save_inputs
from alexnet_jax.workdir import Workdir
from experiments.__main__ import main
from experiments.figures import fig4
from experiments.figures.fig4 import features
from oracles.runs import load_config, parts


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A run of cuda-convnet's 19pct net that took no step."""
    folder, config = tmp_path_factory.mktemp("runs") / "run", load_config("cifar10", "19pct,smoke")
    experiment, data = parts(config)
    Workdir(folder).claim(config.to_dict())
    stats = Stats(*(jnp.asarray(x) for x in training_stats(data.train)))
    save_inputs(folder, stats, data.train.classes)
    state = init_state(experiment.init_params(), experiment.optimizer)
    with Checkpoints(folder) as checkpoints:
        checkpoints.save(1, as_trees(state), {"plateau": None})
        checkpoints.wait()
    return folder


@pytest.fixture(scope="module")
def run(workdir):
    return load_run(workdir, "latest")


@pytest.fixture(scope="module")
def splits(run):
    return [open_source(run.config.data.name, split) for split in ("train", "test")]


@pytest.fixture(scope="module")
def found(run, splits):
    return fig4.retrieve(run, *splits)


def test_features_are_what_is_hidden_of_every_picture(run, splits):
    batches, labels = zip(*features(run, splits[1]), strict=True)
    images, expected = splits[1].read(range(64))
    view = run.predictor.views.centre(jnp.asarray(images[-8:]))[0]
    np.testing.assert_array_equal(np.concatenate(labels), expected)
    np.testing.assert_allclose(
        np.concatenate(batches)[-8:],
        jax.jit(hidden, static_argnums=0)(run.predictor.architecture, run.params, view),
        rtol=1e-3,
        atol=1e-6,
    )


def test_the_nearest_of_all_training_pictures(run, splits, found):
    train, test = splits
    rows, queries = (np.concatenate([x for x, _ in features(run, s)]) for s in splits)
    kinds, asked = (s.read(range(len(s)))[1] for s in splits)
    alike = 0
    for q, query in enumerate(queries.astype(float)):
        near = np.argsort(((rows.astype(float) - query) ** 2).sum(1), kind="stable")[:6]
        alike += (kinds[near] == asked[q]).sum()
        shown = [0, 15, 31, 47, 63]  # five of 64, spread
        if q in shown:
            row = shown.index(q)
            assert found.labels[row].tolist() == [asked[q], *kinds[near]]
            np.testing.assert_array_equal(found.images[row, 0], test[q][0])
            np.testing.assert_array_equal(found.images[row, 1:], train.read(near)[0])
    assert found.precision == pytest.approx(100 * alike / (6 * len(test)))
    assert found.queries == 64


def test_pictures_and_names_are_where_they_belong(found):
    with look():
        figure = fig4.fig4_right(found)  # drawn to pixels by the command below
    assert len(figure.axes) == 5 * 7
    for i, axes in enumerate(figure.axes):
        row, column = divmod(i, 7)
        np.testing.assert_array_equal(axes.images[0].get_array(), found.images[row, column])
        (name,) = axes.texts
        assert name.get_text() == found.classes[found.labels[row, column]]
        red = to_hex(name.get_color()) == VERMILLION.lower()
        assert red == (found.labels[row, column] != found.labels[row, 0])
        assert (name.get_fontweight() == "bold") == (column == 0)


def test_examples_are_spread_over_the_split(run, splits):
    shown = fig4.examples(run, splits[1])
    assert len(shown.labels) == 8
    np.testing.assert_array_equal(shown.images[-1], splits[1][63][0])
    assert shown.likeliest.shape == shown.probabilities.shape == (8, 5)
    assert (np.diff(shown.probabilities, axis=1) <= 0).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fig2", "--model", "half_145"], ["The net half_145"]),
        (["lrn"], ["Response normalisation"]),
        (["fig3", "--workdir", "RUN"], ["The 32 kernels of the first layer"]),
        (["fig4", "--workdir", "RUN"], ["8 test examples", "5 test pictures"]),
    ],
)
def test_each_command_leaves_its_pictures(arguments, said, workdir, tmp_path, capsys):
    files = [tmp_path / f"{i}.png" for i in range(len(said))]
    given = [str(workdir) if x == "RUN" else x for x in arguments]
    assert main(["figures", *given, *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line, file, words in zip(lines, files, said, strict=True):
        assert line.startswith(f"{file}: {words}")
        with Image.open(file) as picture:
            assert picture.format == "PNG"


def test_a_folder_without_a_run_is_one_line(tmp_path, capsys):
    assert main(["figures", "fig3", "--workdir", str(tmp_path), str(tmp_path / "out.png")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "is not the workdir of a run" in line
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("figure", ["fig2", "fig3", "fig4", "lrn"])
def test_every_command_has_its_help(figure, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["figures", figure, "--help"])
    assert "OUT.png" in capsys.readouterr().out
