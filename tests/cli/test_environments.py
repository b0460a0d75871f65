"""Programs as they are started on clusters and in containers: they work, or say what is missing."""

import os
import subprocess
import sys

import jax
import pytest

import alexnet_jax as ax
from alexnet_jax.cli.main import main
from alexnet_jax.configuration import read_config
from alexnet_jax.environment import check_settings, check_usable
from alexnet_jax.errors import UserError
from alexnet_jax.whole_run import run
from oracles.runs import CONFIGS
from programs import ROOT

SMOKE = f"{CONFIGS}/fashion_mnist.py:lenet5_relu,smoke"


def alexnet(*arguments, cwd=ROOT, redirect="", without=(), **environment):
    """`python -m alexnet_jax`, by a shell that has other streams."""
    kept = {k: v for k, v in os.environ.items() if k not in (*without, "PYTHONSAFEPATH")}
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m alexnet_jax "$@" {redirect}', sys.executable, *arguments],
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"JAX_PLATFORMS": "cuda"}, "JAX cannot use JAX_PLATFORMS=cuda"),
        pytest.param(
            {"JAX_PLATFORMS": "abacus"},
            "JAX cannot use JAX_PLATFORMS=abacus (Unable to initialize",
            marks=pytest.mark.programs,
        ),
        pytest.param(
            {"XLA_FLAGS": "--xla_no_such_flag=1"},
            "does not know --xla_no_such_flag=1; take that",
            marks=pytest.mark.programs,
        ),
    ],
    ids=str,
)
def test_a_device_that_is_not_there(tmp_path, environment, says):
    workdir = tmp_path / "run"
    done = alexnet("train", "--config", SMOKE, "--workdir", str(workdir), **environment)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("alexnet-jax: ") and says in said and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


TRAIN = ("train", "--config", SMOKE, "--workdir", "runs/none")
SUMMARY = ("summary", "--model", "paper")


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        (SUMMARY, {"JAX_ENABLE_X64": "Maybe"}),
        (SUMMARY, {"JAX_NUM_CPU_DEVICES": "lots"}),
        pytest.param(
            *(SUMMARY, {"JAX_DEFAULT_MATMUL_PRECISION": "full"}), marks=pytest.mark.programs
        ),
        pytest.param(*(TRAIN, {"JAX_NUMPY_RANK_PROMOTION": "never"}), marks=pytest.mark.programs),
        pytest.param(*(TRAIN, {"JAX_SERIALIZATION_VERSION": "new"}), marks=pytest.mark.programs),
    ],
    ids=lambda x: x[0] if isinstance(x, tuple) else str(x),
)
def test_what_jax_does_not_take_of_the_environment(tmp_path, command, typed):
    """It is named, with its value, where JAX itself ends in a traceback."""
    [(name, value)] = typed.items()
    done = alexnet(*command, cwd=tmp_path, **typed)
    assert list(tmp_path.iterdir()) == []
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"alexnet-jax: JAX does not take {name}={value}; unset it\n"


def test_a_folder_with_files_that_are_called_as_modules(tmp_path):
    """And no home, no standard input, a locale that is not UTF-8."""
    for name in ("random", "numpy", "jax", "logging", "types", "signal", "alexnet"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")
    done = alexnet(
        *("summary", "--model", "source_2012"),
        cwd=tmp_path,
        redirect="<&-",
        without=("HOME", "XDG_CACHE_HOME", "LANG"),
        LC_ALL="POSIX",
        PYTHONUTF8="0",
        COLUMNS="40",
    )
    assert done.returncode == 0, done.stderr
    assert "60,965,224" in done.stdout
    assert len(list(tmp_path.iterdir())) == 7


@pytest.mark.programs
def test_a_run_where_nothing_is_as_usual(tmp_path):
    """No home, no stream, a name that is not ASCII in a locale that is, no place for a cache.

    And typed in a notebook: Jupyter has it draw for the notebook, by a package that our environment
    may lack.
    """
    workdir = tmp_path / "Lauf é"
    done = alexnet(
        *("train", "--config", SMOKE, "--workdir", str(workdir)),
        redirect="<&- >&- 2>&-",
        without=("LANG", "JAX_COMPILATION_CACHE_DIR"),
        HOME="/nonexistent",
        XDG_CACHE_HOME="/nonexistent",
        LC_ALL="POSIX",
        PYTHONUTF8="0",
        PYTHONIOENCODING="ascii",
        TERM="dumb",
        COLUMNS="1",
        SLURM_JOB_ID="7",
        SLURM_NTASKS="4",
        SLURM_PROCID="0",
        MPLBACKEND="module://no_such_package.backend_inline",
        PAGER="cat",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (workdir / "report" / "curves.png").exists()
    assert "×" in (workdir / "report.md").read_text("utf-8")


@pytest.mark.parametrize("columns", ["1", "40", "80", "200"])
def test_a_table_is_whole_however_narrow_the_terminal(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])
    assert main(["summary", "--model", "source_2012", "--batch", "100000"]) == 0
    out = capsys.readouterr().out
    assert "…" not in out
    for name in ("conv1", "norm1", "pool5", "fc6", "224x224x3", "96 of 11x11x3/4", "60,965,224"):
        assert name in out
    assert main(["summary"]) == 0
    out = capsys.readouterr().out
    assert "…" not in out and "cifar_conv_local_11pct" in out and "without_conv3" in out


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("jax_random_seed_offset", 7, "other numbers than its seed does; unset it, or set it to 0"),
        ("jax_threefry_partitionable", False, "than its seed does; unset it, or set it to True"),
        ("jax_default_prng_impl", "rbg", "than its seed does; unset it, or set it to threefry2x32"),
        ("jax_enable_x64", True, "than its seed does; unset it, or set it to False"),
        ("jax_transfer_guard", "disallow", "lets no network have its data; unset it"),
        ("jax_transfer_guard_host_to_device", "disallow_explicit", "lets no network have its data"),
        ("jax_num_cpu_devices", 0, "leaves no device to run on; unset it, or give 1"),
    ],
)
def test_settings_with_which_a_run_would_be_another_are_refused(name, value, says):
    """Left alone, two sessions of one run give numbers of two runs, or end in a traceback."""
    with pytest.raises(UserError) as raised:
        check_both({**jax.config.values, name: value})
    assert str(raised.value).startswith(f"{name.upper()}={value} ") and says in str(raised.value)
    check_both(jax.config.values)


def check_both(values):
    check_settings(values)
    check_usable(values)


def test_a_network_is_not_read_where_it_could_have_no_numbers(tmp_path):
    ax.create_model("lenet5").save(tmp_path)
    jax.config.update("jax_transfer_guard", "disallow")
    try:
        with pytest.raises(UserError, match="JAX_TRANSFER_GUARD=disallow lets no network have"):
            ax.load(tmp_path)
    finally:
        jax.config.update("jax_transfer_guard", "allow")


def test_a_session_under_another_setting_is_refused_before_anything_is_written(tmp_path):
    jax.config.update("jax_random_seed_offset", 1)
    try:
        with pytest.raises(UserError, match="JAX_RANDOM_SEED_OFFSET=1 would give a run other"):
            run(read_config(SMOKE), tmp_path / "run")
    finally:
        jax.config.update("jax_random_seed_offset", 0)
    assert list(tmp_path.iterdir()) == []
