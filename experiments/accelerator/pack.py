"""Pack all of this for a machine that no network reaches, in files that can be carried there.

    python -m experiments accelerator pack --out packed --python python3.12 --there there.txt \\
        --folders imagenette=PICTURES cifar10=SETS/cifar10

there.txt is what `pip list --format=freeze` says on that machine: what it has is neither packed nor
replaced. --python is one of the same version, on the same kind of machine. What comes out:

    packed/program.tar.gz.00     code/ of this commit, and site/ with the packages that lack there
    packed/imagenette.tar.gz.00  a folder as it is; .01 and so on, where one file would be too large

There, `cat program.tar.gz.* | tar xz` unpacks it and `PYTHONPATH=code:site` runs it.
"""

import argparse
import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.files import of_the_system
from experiments import ROOT
from experiments.commands import a_count, a_path
from experiments.queue.checkout import dirty, git

MEGABYTE = 10**6
MOST = 100  # files of one tar, so that `cat` takes them in their order
OURS = (
    "program",
    "code",
    "site",
    "records",
    "compiled",
    "sets",
)  # what there is, or is made, there


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=a_path, required=True, help="folder for the files; a new one")
    parser.add_argument("--python", required=True, help="of the version that the machine has")
    parser.add_argument("--there", type=a_path, required=True, help="list of its packages")
    parser.add_argument(
        "--folders", type=a_named_folder, nargs="*", default=[], metavar="NAME=FOLDER"
    )
    parser.add_argument("--megabytes", type=a_count, default=60, help="of a file, at most")


def a_named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not re.fullmatch(r"\w[\w.-]*", name) or not equals:
        raise UserError(f"--folders: {text!r} is not NAME=FOLDER")
    if name in OURS:
        raise UserError(f"--folders: {name!r} is what another folder is called there")
    return name, a_path(folder)


def main(given: argparse.Namespace) -> int:
    """Raises UserError if something is missing, does not fit in a file or on the disk, or pip finds
    no packages that fit those there."""
    if dirty(ROOT):
        raise UserError("there are uncommitted changes, which would be left behind; commit them")
    if given.out.exists():
        raise UserError(f"{given.out} is there; name a new folder")
    for _, folder in given.folders:
        if not folder.is_dir():
            raise UserError(f"--folders: there is no folder {folder}")
    names = [name for name, _ in given.folders]
    if len({*names}) < len(names):
        raise UserError(f"--folders: a name is given twice: {' '.join(names)}")
    there = versions(given.there)
    try:
        pack(given, there)
    except OSError as error:
        raise UserError(of_the_system(error)) from error
    for path in sorted(given.out.iterdir()):
        print(f"{path}  {path.stat().st_size / MEGABYTE:.1f} MB")
    return 0


def pack(given: argparse.Namespace, there: Mapping[str, str]) -> None:
    """Writes all files, or none. Raises OSError, and UserError as `main`."""
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.out.parent) as temporary:
        work, packed = Path(temporary), Path(temporary) / "packed"
        code, site = work / "code", work / "site"
        unpack_commit(code)
        print("pip finds what is lacking there, in minutes", flush=True)
        install(given.python, lacking(given.python, code, there, work), site)
        packed.mkdir()
        size = given.megabytes * MEGABYTE
        write(packed / "program.tar.gz", {"code": code, "site": site}, size)
        for name, folder in given.folders:
            write(packed / f"{name}.tar.gz", {name: folder}, size)
        packed.rename(given.out)


def versions(listed: Path) -> dict[str, str]:
    """Package, in pip's spelling, -> version. Raises UserError for a file of other lines."""
    try:
        lines = listed.read_text().split()
    except OSError as error:
        raise UserError(f"--there: {listed}: {error.strerror}") from error
    pairs = [line.split("==") for line in lines]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise UserError(f"--there: {listed} is not what `pip list --format=freeze` prints")
    return {spelled(name): version for name, version in pairs}


def spelled(name: str) -> str:
    """As pip compares names: Opt_Einsum is opt-einsum."""
    return re.sub(r"[-_.]+", "-", name).lower()


def unpack_commit(folder: Path) -> None:
    """Writes what is committed; alexnet_jax/commit.txt in it names the commit."""
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    git(ROOT, "archive", "--output", str(archive), "HEAD")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")


def lacking(python: str, code: Path, there: Mapping[str, str], folder: Path) -> list[Path]:
    """Wheels of the code and of what it needs, but for the packages that are there."""
    constraints, wheels = folder / "there.txt", folder / "wheels"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in there.items()))
    pip(python, "wheel", "--wheel-dir", str(wheels), "--constraint", str(constraints), str(code))
    return [x for x in sorted(wheels.iterdir()) if spelled(x.name.split("-")[0]) not in there]


def install(python: str, wheels: Iterable[Path], site: Path) -> None:
    alone = ("--no-index", "--no-deps", "--no-compile", "--target", str(site))
    pip(python, "install", *alone, *map(str, wheels))


def pip(python: str, *arguments: str) -> None:
    """Raises UserError with pip's reason if it fails."""
    command = [python, "-m", "pip", "--quiet", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UserError(f"--python: cannot start {python}: {error.strerror}") from error
    if done.returncode:
        lines = [x for x in done.stderr.splitlines() if x.startswith("ERROR: ")]
        why = lines or done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise UserError(f"pip {arguments[0]}: {why[0].removeprefix('ERROR: ')}")


def write(path: Path, folders: Mapping[str, Path], size: int) -> list[Path]:
    """A compressed tar of these folders, under their names, cut into files of `size` bytes."""
    parts = Parts(path, size)
    # A stream: what is written is never gone back to, and may be in a part that is closed.
    with tarfile.open(mode="w|gz", fileobj=parts) as archive:
        for name, folder in folders.items():
            archive.add(folder, name)
    return parts.written


class Parts(io.RawIOBase):
    """A file to write to, whose bytes go to `path`.00, .01 ..., each of `size` bytes at most."""

    def __init__(self, path: Path, size: int):
        self.path, self.size = path, size
        self.written: list[Path] = []
        self.room = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        rest = memoryview(data).cast("B")
        length = len(rest)
        while rest:
            if not self.room and len(self.written) == MOST:
                raise UserError(f"{self.path} would be more than {MOST} files; raise --megabytes")
            if not self.room:
                self.written.append(Path(f"{self.path}.{len(self.written):02}"))
                self.room = self.size
            with self.written[-1].open("ab") as file:
                file.write(rest[: self.room])
            taken = min(self.room, len(rest))
            self.room, rest = self.room - taken, rest[taken:]
        return length
