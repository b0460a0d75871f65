"""A clone of a checkout at one commit, so that work in the checkout changes nothing in it."""

import os
import shutil
import subprocess
from pathlib import Path

from alexnet_jax.errors import UserError


def head(root: Path) -> str:
    """The commit that is checked out. Raises UserError where there is none."""
    return git(root, "rev-parse", "HEAD")


def dirty(root: Path) -> bool:
    """Whether tracked files are not as they were committed."""
    return bool(git(root, "status", "--porcelain", "--untracked-files=no"))


def clone(root: Path, commit: str, folder: Path) -> Path:
    """The clone of `root` at this commit in `folder`; made if it is not there.

    A kill leaves a whole clone or none. Raises UserError if the clone was changed since, for
    results from it would be refused.
    """
    path = folder / commit[:12]
    if not path.exists():
        half = path.with_name(path.name + ".tmp")
        shutil.rmtree(half, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        git(root, "clone", "--quiet", "--no-checkout", str(root), str(half))
        git(half, "checkout", "--quiet", "--detach", commit)
        half.rename(path)
    check(path, commit)
    return path


def check(clone: Path, commit: str) -> None:
    """Raises UserError if the clone is not as it was made: results from it would be refused."""
    if head(clone) != commit or dirty(clone):
        raise UserError(
            f"{clone} was changed, and results from it would be refused; remove the folder, it "
            "will be made anew"
        )


def git(folder: Path, *arguments: str) -> str:
    """What git says in this folder. Raises UserError with the line that says why if it fails."""
    command, english = ["git", "-C", str(folder), *arguments], environment() | {"LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=english)
    except OSError as error:
        raise UserError(f"cannot start git: {error.strerror}; install it") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        why = next((line for line in said if line.startswith("fatal:")), said[-1])
        raise UserError(f"git {arguments[0]} in {folder}: {why}")
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """This process's, without what git sets for hooks: it would name another repository."""
    return {key: x for key, x in os.environ.items() if not key.startswith("GIT_")}
