"""What a process lacked when something failed: memory, or files that it may have open.

Neither is the fault of the file that was being read, nor of this package. Libraries tell of it in
many ways: errors of Python, of the system, of JAX, texts of TensorStore and of the dynamic linker.
"""

import errno
import re

from alexnet_jax.errors import UserError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY = "memory, or threads"
FILES = "open files"
ADVICE = {
    MEMORY: "free some, raise ulimit -v and -u, or set a smaller --config.batch_size",
    FILES: "raise ulimit -n",
}
NUMBERS = {errno.ENOMEM: MEMORY, errno.EMFILE: FILES, errno.ENFILE: FILES}
TEXTS = {
    MEMORY: r"failed to map segment|cannot allocate memory|bad_alloc|can't start new thread|"
    r"out of memory|resource temporarily unavailable|os_error_code='(11|12)'",
    FILES: r"too many open files|os_error_code='(23|24)'",
}
OUT_OF = re.compile("RESOURCE_EXHAUSTED")  # of JAX alone: TensorStore says so of a full disk
# Below these JAX may abort the process, or a save fails.
LEAST_MEMORY = 3_000_000_000  # bytes of addresses: a training of a LeNet needs 2.5 GB
LEAST_FILES = 48


def lacking(error: BaseException | None) -> str:
    """MEMORY or FILES, if that is why an error was raised; else an empty text."""
    while error is not None:
        if isinstance(error, MemoryError):
            return MEMORY
        if isinstance(error, OSError) and error.errno in NUMBERS:
            return NUMBERS[error.errno]
        said = str(error)
        for what, text in TEXTS.items():
            if re.search(text, said, re.IGNORECASE):
                return what
        if type(error).__name__ == "JaxRuntimeError" and OUT_OF.search(said):
            return MEMORY
        error = error.__cause__ or error.__context__
    return ""


def told(what: str, error: BaseException) -> str:
    """The line for a person."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return f"not enough {what} ({reason}); {ADVICE[what]}"


def check_limits() -> None:
    """Raises UserError for limits of this process under which JAX would abort it."""
    if resource is None:
        return
    for name, limit, least, unit in (
        ("ulimit -v", resource.RLIMIT_AS, LEAST_MEMORY, "bytes of addresses"),
        ("ulimit -n", resource.RLIMIT_NOFILE, LEAST_FILES, "open files"),
    ):
        allowed = resource.getrlimit(limit)[0]
        if allowed != resource.RLIM_INFINITY and allowed < least:
            raise UserError(f"{name} allows {allowed} {unit}, and {least} are needed; raise it")
