"""Any value of any key, typed: the parts of a run, or one line before anything is written."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alexnet_jax.augment import Stats
from alexnet_jax.build import build
from alexnet_jax.cli import train
from alexnet_jax.cli.command import parse
from alexnet_jax.cli.main import main
from alexnet_jax.configuration.check import EVERY
from alexnet_jax.errors import UserError
from alexnet_jax.whole_run import find_start, open_data
from oracles.hostile import TYPED
from oracles.runs import CONFIGS, opened

BASES = [f"{CONFIGS}/fashion_mnist.py:lenet5_relu,smoke", f"{CONFIGS}/cifar10.py:smoke"]
# What may be typed and changes something, some of it only together with other keys.
LIKELY = [
    *("steps", "exponential", "plateau", "10", "0.5", "3", "((0.5,0.1),)", "image", "none", "crop"),
    *(
        "tower",
        "after_relu",
        "tanh",
        "relu",
        "plain",
        "layer2",
        "28",
        "32",
        "64",
        "1e-5",
        "1000000",
    ),
    *("2147483647", "conv2", "synthetic/28x28x1/10", "synthetic/32x32x3/10", "train", "4"),
]
LINES = st.lists(
    st.tuples(st.sampled_from(sorted(EVERY)), st.sampled_from(LIKELY) | st.sampled_from(TYPED)),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A current folder in which nothing may be made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def parts(base, line, folder):
    """All that is made of a command line before a training writes its first file."""
    flags = [f"--config.{key}={text}" for key, text in line]
    values, _ = parse("train", train, ["--config", base, "--workdir", "run", *flags])
    config = values.config
    data = open_data(config, folder)
    name = config.data.name if len(data.train) and data.train.image_shape[0] < 64 else None
    stats = opened(name or "synthetic/28x28x1/10")[1]
    experiment = build(config, n_train=len(data.train), stats=Stats(*stats))
    find_start(config, folder / "run", experiment.architecture)
    return experiment


@given(st.sampled_from(BASES), LINES)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_line_makes_a_run_or_is_refused_in_a_line(empty, base, line):
    try:
        experiment = parts(base, line, empty)
    except UserError as error:
        assert str(error).isprintable() and len(str(error)) > 10
    else:
        assert 1 <= experiment.total_steps < 2**31 - 1
        for fraction in (0.0, 0.3, 0.99):
            controls = experiment.schedule.controls(fraction)
            assert all(0 <= number < 1e37 for number in controls)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--config.schedule.weights_steps=(0.5,0.1)"], "config.schedule.weights_steps is pairs"),
        (["--config.schedule"], "config.schedule has no value of its own"),
        (["--config.schedule=3"], "config.schedule has no value of its own"),
        (
            ["--config.seed"],
            "config.seed is a whole number from 0 to 2147483647; type",
        ),
        (["--noconfig.seed"], "config.seed is a whole number from 0 to 2147483647; type --config"),
        (["--noconfig.mesh.hybrid=1"], "--noconfig.mesh.hybrid takes no value"),
        (["--config.mesh.hybrid", "yes"], "train takes flags only, not 'yes'"),
        (["--config.=1"], "no config key ''; alexnet_jax"),
        (["--config.keys=1"], "no config key 'keys'"),
        (["--config.seed.__class__=1"], "no config key 'seed.__class__'"),
        (["--config.model[0]=1"], "no config key 'model[0]', did you mean 'model'"),
        (["--config.seed=-1"], "config.seed is a whole number from 0"),
        (["--config", f"{CONFIGS}/cifar10.py"], "--config is given more than once"),
        (["--nohelp=3"], "--nohelp=3 does not take an argument"),
        (["--flagfile=none"], "none"),
    ],
    ids=lambda x: str(x)[:60],
)
def test_a_line_that_is_no_setting(line, says, empty, capsys):
    assert main(["train", "--config", BASES[0], "--workdir", "run", *line]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert says in said


def typed(*line):
    return parse("train", train, ["--config", BASES[0], "--workdir", "run", *line])[0].config


def test_all_ways_to_type_a_value(empty):
    ways = ["--config.mesh.hybrid", "-config.mesh.hybrid", "--config.mesh.hybrid=true"]
    assert all(typed(way).mesh.hybrid is True for way in ways)
    assert typed("--config.mesh.hybrid", "--noconfig.mesh.hybrid").mesh.hybrid is False
    assert typed("--config.seed", "3", "--config.seed=4").seed == 4
    assert typed("--config.start_from=a=b c").start_from == "a=b c"
    assert typed("--config.model.lrn=none", "--config.model.lrn=None").model.lrn is None
    (empty / "flags").write_text("--config.seed=9\n")
    assert typed("--flagfile", "flags").seed == 9
    (empty / "flags").unlink()


def test_the_largest_seed_is_a_seed_of_its_own(empty):
    """Of initial parameters and of a step's random numbers, which JAX keeps in 32 bits."""
    from alexnet_jax.augment.keys import example_keys

    keys = {seed: str(example_keys(seed, 0, 1)) for seed in (0, 1, 2**31 - 2, 2**31 - 1)}
    assert len(set(keys.values())) == 4
