"""The strict session: several CPU devices, and no silent broadcasting between ranks."""

import gc
import os
import re
import shutil
import signal
from pathlib import Path

import jax
import pytest
from jaxtyping import install_import_hook

CHECKOUT = Path(__file__).resolve().parent.parent

# Shapes and types are checked at each call in the modules whose signatures have shapes, before any
# of them is imported. All other types are mypy's: to check those too took a quarter of the time of
# tests/configuration/test_keys.py.
shaped = [
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
    for path in CHECKOUT.glob("alexnet_jax/**/*.py")
    if re.search(r"^(from|import) (jaxtyping|alexnet_jax\.types)\b", path.read_text(), re.M)
]
install_import_hook(shaped, "typechecker.checked")

from alexnet_jax.settings import set_up  # noqa: E402
from alexnet_jax.settings.compiler import jaxlib_knows  # noqa: E402

# A session in the background of a shell, or under nohup, is started to ignore these, and so would
# the programs be that tests stop.
for number, usual in (
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)

# Programs that tests start keep nothing in the user's own folder.
os.environ["XDG_CACHE_HOME"] = str(CHECKOUT / ".pytest_cache")

# Tests write thousands of small files: in memory, where there is some, nobody waits for a disk.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**31:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# Tests build the same small nets again and again, some of them in processes of their own.
CACHE = CHECKOUT / ".pytest_cache" / "jax"
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(CACHE)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
jax.config.update("jax_compilation_cache_dir", str(CACHE))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)

# Less time in the compiler: a fifth less by level 0 than by 1 (20 -> 16 and 67 -> 54 CPU-seconds of
# two test files), half of the rest by the older way to write loops (2.3 -> 0.8 s for a step of
# oracles.small_net), an eighth of the rest by one module for LLVM in place of 32 (5.4 -> 4.7 s for
# that step on 2 x 2 devices, with tracing). The first parameters have the same bits either way.
FLAGS = ["--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false"]
FLAGS += ["--xla_cpu_parallel_codegen_split_count=1"]
known = [flag for flag in FLAGS if jaxlib_knows(flag, CACHE)]
os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *known])
set_up()  # as the programs that tests start, which then find in the cache what a test compiled

jax.config.update("jax_num_cpu_devices", 4)  # before the first array, or it is refused
jax.config.update("jax_numpy_rank_promotion", "raise")


# Traced programs are millions of objects that live on, which each full collection of garbage goes
# through: 22 of them took 11 of a worker's 140 seconds in four folders of tests.
gc.set_threshold(100_000, 50, 50)


@pytest.fixture
def strict_dtypes():
    """Implicit dtype promotion is an error; a fixture, since it breaks some optax schedules."""
    with jax.numpy_dtype_promotion("strict"):
        yield
