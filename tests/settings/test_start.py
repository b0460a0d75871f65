"""Programs start with the settings, whoever starts them: real processes, which say what is so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alexnet_jax.settings import allocator, compiler
from alexnet_jax.settings.start import RECORDED

ROOT = Path(__file__).resolve().parents[2]
JAX = ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS")
linux = pytest.mark.skipif(not allocator.is_glibc(), reason="glibc has these settings")

PROGRAM = """
import os, sys
with open(os.environ["STARTS"], "a") as file:
    file.write(f"{os.getpid()}\\n")
from alexnet_jax.settings import start_program
start_program("the_probe")
import json
print(json.dumps({
    "environment": dict(os.environ), "arguments": sys.argv[1:], "x": sys._xoptions,
    "w": sys.warnoptions, "stdin": sys.stdin.read(), "folder": os.getcwd(),
}), flush=True)
sys.exit(7)
"""


@pytest.fixture
def start(tmp_path):
    """Starts the program by `command`; what it says, and the process of each of its beginnings."""
    (tmp_path / "the_probe.py").write_text(PROGRAM)
    (tmp_path / "the-probe").write_text(PROGRAM)
    kept = {k: v for k, v in os.environ.items() if k not in (*RECORDED, *JAX)}
    kept |= {"STARTS": str(tmp_path / "starts"), "PYTHONPATH": f"{ROOT}:{tmp_path}"}

    def run(*command, stdin="read me", status=7, **given):
        process = subprocess.Popen(
            [sys.executable, *command], cwd=tmp_path, env={**kept, **given}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        out, err = process.communicate(stdin, timeout=120)
        assert process.returncode == status, err
        begun = (tmp_path / "starts").read_text().split()
        (tmp_path / "starts").unlink()
        assert set(begun) == {str(process.pid)}
        (line,) = [x for x in out.splitlines() if x.startswith("{")]
        return json.loads(line), len(begun)

    return run


def test_an_empty_home_is_none(start):
    """~ was the root of all folders, in which a set was then made."""
    said, _ = start("-m", "the_probe", HOME="")
    assert "HOME" not in said["environment"]


@linux
@pytest.mark.parametrize("program", [["-m", "the_probe"], ["the-probe"]])
def test_a_program_begins_anew_once_and_is_otherwise_the_same(start, tmp_path, program):
    options = ["-X", "utf8", "-W", "error::UserWarning", "-u"]
    said, begun = start(*options, *program, "a b", "", "--c=d")
    assert begun == 2
    assert said["environment"]["GLIBC_TUNABLES"] == (
        "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:"
        "glibc.malloc.trim_threshold=4294967296"
    )
    assert said["arguments"] == ["a b", "", "--c=d"] and said["stdin"] == "read me"
    assert (said["x"], said["w"]) == ({"utf8": True}, ["error::UserWarning"])
    assert said["folder"] == str(tmp_path)
    again, begun = start(*program, **{k: said["environment"][k] for k in ("GLIBC_TUNABLES",)})
    assert begun == 1
    assert not {"ALEXNET_JAX_BEGUN_ANEW"} & (said["environment"] | again["environment"]).keys()


@linux
@pytest.mark.parametrize(
    "command",
    [["-c", PROGRAM], ["-m", "pdb", "-c", "continue", "-m", "the_probe"], ["other.py"]],
    ids=["-c", "pdb", "other"],
)
def test_one_that_is_part_of_another_goes_on_as_it_is(start, tmp_path, command):
    (tmp_path / "other.py").write_text("import the_probe")
    said, begun = start(*command, stdin="q\n", status=0 if "pdb" in command else 7)
    assert begun == 1
    assert "GLIBC_TUNABLES" not in said["environment"]
    assert said["environment"]["MALLOC_MMAP_THRESHOLD_"] == str(2**31 - 1)


@linux
def test_one_that_may_not_begin_anew_goes_on_as_it_is(start, tmp_path):
    refused = PROGRAM.replace("import os, sys\n", "import os, sys\nsys.executable = '/no/python'\n")
    (tmp_path / "the-probe").write_text(refused)
    said, begun = start("the-probe")
    assert begun == 1
    assert "GLIBC_TUNABLES" not in said["environment"]
    assert said["environment"]["MALLOC_TRIM_THRESHOLD_"] == str(2**31 - 1)


@linux
def test_a_program_that_comes_from_standard_input_goes_on_as_it_is(start):
    said, begun = start("-", stdin=PROGRAM)
    assert begun == 1 and said["arguments"] == []


@linux
def test_what_the_user_has_set_wins_name_by_name(start):
    given = {
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=0:glibc.malloc.arena_max=2",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math=false",
        "JAX_COMPILATION_CACHE_DIR": "/a/folder",
    }
    said, _ = start("-m", "the_probe", JAX_PLATFORMS="cpu", **given)
    assert said["environment"]["GLIBC_TUNABLES"] == (
        f"{given['GLIBC_TUNABLES']}:glibc.malloc.mmap_threshold=4294967296:"
        "glibc.malloc.trim_threshold=4294967296"
    )
    assert said["environment"]["XLA_FLAGS"].startswith(given["XLA_FLAGS"])
    assert said["environment"]["JAX_COMPILATION_CACHE_DIR"] == "/a/folder"


def test_importing_sets_nothing_and_one_call_does():
    code = f"""
import os
import alexnet_jax.settings, alexnet_jax.train, jax
before = dict(os.environ)
assert not set({(*RECORDED, *JAX)}) & before.keys()
assert jax.config.jax_compilation_cache_dir is None
alexnet_jax.settings.set_up()
new = {{k: v for k, v in os.environ.items() if before.get(k) != v}}
assert jax.config.jax_compilation_cache_dir == new["JAX_COMPILATION_CACHE_DIR"]
assert jax.config.jax_persistent_cache_min_compile_time_secs == 0
jax.numpy.zeros(3).block_until_ready()
print(*sorted(new))
"""
    kept = {k: v for k, v in os.environ.items() if k not in (*RECORDED, *JAX)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    new = set(done.stdout.split())
    assert set(JAX) <= new <= {*JAX, *RECORDED}
    if allocator.is_glibc():
        assert {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"} <= new


def test_the_compilers_flag_is_for_cpus_and_leaves_the_users_own(monkeypatch, tmp_path):
    def with_flags(given, **environment):
        return compiler.with_flags({"XLA_FLAGS": given, **environment}, tmp_path)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for own in (f"{compiler.NAME}=LIBRARY_FUSION_TYPE_REDUCE", "a_file_of_flags"):
        assert with_flags(own, JAX_PLATFORMS="cpu") == own
    assert with_flags("", JAX_PLATFORMS="cuda,cpu") == ""
    ours = with_flags("", JAX_PLATFORMS="cpu")
    assert ours in ("", compiler.FLAG)  # as this jaxlib knows it
    own = "--xla_cpu_enable_fast_math=false"
    assert with_flags(own, JAX_PLATFORMS="cpu") == f"{own} {ours}".strip()
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert with_flags(own, JAX_PLATFORMS="cpu") == own


@linux
def test_jaxlib_is_asked_once_what_it_knows(tmp_path):
    unknown = "--xla_no_such_flag=1"
    assert compiler.jaxlib_knows("--xla_cpu_enable_fast_math=false", tmp_path)
    assert not compiler.jaxlib_knows(unknown, tmp_path)
    answers = {path.read_text(): path for path in tmp_path.iterdir()}
    assert sorted(answers) == ["no", "yes"]
    answers["no"].write_text("yes")  # what is there is believed
    assert compiler.jaxlib_knows(unknown, tmp_path)
    answers["no"].write_text("y")  # a part is not
    assert not compiler.jaxlib_knows(unknown, tmp_path)
    in_the_way = answers["yes"] / "folder"  # below a file, so it cannot be made
    assert not compiler.jaxlib_knows(unknown, in_the_way)


def test_an_answer_that_was_killed_is_not_kept(tmp_path, monkeypatch):
    """The system kills processes when memory runs out; the next start asks again."""
    killed = "import os\nprint('no', flush=True)\nos.kill(os.getpid(), 9)"
    with monkeypatch.context() as during:
        during.setattr(compiler, "READ_FLAGS", killed)
        assert not compiler.jaxlib_knows("--xla_cpu_enable_fast_math=false", tmp_path)
    assert compiler.jaxlib_knows("--xla_cpu_enable_fast_math=false", tmp_path)
