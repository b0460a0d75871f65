"""What is carried to a machine without a network: real packing, by pip, of small packages."""

import io
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from alexnet_jax.errors import UserError
from experiments import commands
from experiments.accelerator import COMMANDS, pack


def run(*arguments: object) -> int:
    """`python -m experiments accelerator pack` with these."""
    return commands.run("experiments", "", COMMANDS, ["pack", *map(str, arguments)])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a package that needs another, which is beside it and on no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip: as if --no-build-isolation were given
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    needed = source(tmp_path / "needed", "is_needed", [])
    wheel(needed, tmp_path / "index")
    wheel(source(tmp_path / "had", "is-there", []), tmp_path / "index")
    root = source(tmp_path / "project", "the-project", ["is_needed", "Is.There"])
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "All"], check=True)
    monkeypatch.setattr(pack, "ROOT", root)
    (tmp_path / "there.txt").write_text("is_there==1.0\n")
    return root


def source(folder: Path, name: str, needs: list[str]) -> Path:
    folder.mkdir()
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(f"NAME = {name!r}\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\ndependencies = {needs}\n'
        f'[tool.setuptools]\npy-modules = ["{module}"]\n'
    )
    return folder


def wheel(folder: Path, index: Path) -> None:
    pack.pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(index), str(folder))


def test_what_is_packed_runs_where_it_is_unpacked(project, tmp_path, capsys):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "a.bin").write_bytes(bytes(range(256)) * 10)
    out = tmp_path / "out"
    folders = ["--folders", f"flowers={pictures}"]
    assert run("--out", out, "--python", sys.executable, "--there", tmp_path / "there.txt",
               *folders) == 0  # fmt: skip
    assert f"{out}/program.tar.gz.00" in capsys.readouterr().out
    assert sorted(x.name for x in out.iterdir()) == ["flowers.tar.gz.00", "program.tar.gz.00"]
    there = tmp_path / "there"
    there.mkdir()
    for name in ("program", "flowers"):
        typed = f"cat {out}/{name}.tar.gz.* | tar xz -C {there}"
        subprocess.run(typed, shell=True, check=True)
    assert (there / "flowers" / "a.bin").read_bytes() == (pictures / "a.bin").read_bytes()
    names = {x.name for x in (there / "site").iterdir()}
    assert {"is_needed.py", "the_project-1.0.dist-info"} <= names
    assert "is_there.py" not in names
    code = "import the_project, is_needed; print(the_project.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": f"{there}/code:{there}/site"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{there}/code/the_project.py\n"


def test_a_stream_is_cut_into_files_that_make_it_again(tmp_path):
    parts = pack.Parts(tmp_path / "a.tar", 1000)
    content = bytes(range(250)) * 9
    with tarfile.open(mode="w|", fileobj=parts) as archive:
        entry = tarfile.TarInfo("x")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    assert [x.name for x in parts.written[:2]] == ["a.tar.00", "a.tar.01"]
    assert all(x.stat().st_size == 1000 for x in parts.written[:-1])
    joined = io.BytesIO(b"".join(x.read_bytes() for x in parts.written))
    with tarfile.open(fileobj=joined) as archive:
        found = archive.extractfile("x")
        assert found is not None
        assert found.read() == content


def test_more_files_than_cat_takes_in_order_are_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "noise").write_bytes(random.Random(0).randbytes(5000))
    with pytest.raises(UserError, match=r"a.tar.gz would be more than 100 files; raise --megab"):
        pack.write(tmp_path / "a.tar.gz", {"folder": tmp_path / "folder"}, 50)
    parts = pack.write(tmp_path / "b.tar.gz", {"folder": tmp_path / "folder"}, 100)
    assert sorted(tmp_path.glob("b.tar.gz.*")) == parts


def test_mistakes_are_one_line(project, tmp_path, capsys):
    there, out = tmp_path / "there.txt", tmp_path / "out"
    ordinary = ["--out", out, "--python", sys.executable, "--there", there]
    (project / "the_project.py").write_text("changed = True\n")
    assert run(*ordinary) == 1
    assert "uncommitted changes" in one_line(capsys)
    subprocess.run(["git", "-C", str(project), "checkout", "-q", "."], check=True)

    there.write_text("jax 0.11.2\n")
    assert run(*ordinary) == 1
    assert "is not what `pip list --format=freeze` prints" in one_line(capsys)
    there.write_text("is-needed==9.0\n")  # which no index has
    assert run(*ordinary) == 1
    assert "pip wheel: Cannot install the-project" in one_line(capsys)
    assert not out.exists()
    there.unlink()
    assert run(*ordinary) == 1
    assert f"--there: {there}: No such file" in one_line(capsys)
    assert run(*ordinary, "--folders", f"flowers={tmp_path}/none") == 1
    assert f"there is no folder {tmp_path}/none" in one_line(capsys)
    out.mkdir()
    assert run(*ordinary) == 1
    assert f"{out} is there; name a new folder" in one_line(capsys)
    with pytest.raises(UserError, match="cannot start no-such-python"):
        pack.pip("no-such-python", "wheel")
    assert run(*ordinary, "--folders", "flowers") == 1
    assert "--folders: 'flowers' is not NAME=FOLDER" in one_line(capsys)
    assert run(*ordinary, "--folders", f"..={tmp_path}") == 1
    assert "is not NAME=FOLDER" in one_line(capsys)
    assert run(*ordinary, "--folders", f"code={tmp_path}") == 1
    assert "'code' is what another folder is called there" in one_line(capsys)
    assert run("--out", tmp_path / "new", *ordinary[2:],
               "--folders", f"a={tmp_path}", f"a={project}") == 1  # fmt: skip
    assert "--folders: a name is given twice: a a" in one_line(capsys)
    assert run(*ordinary, "--megabytes", "0") == 1
    assert "'0' is not a whole number above 0" in one_line(capsys)


def one_line(capsys) -> str:
    printed: str = capsys.readouterr().err
    assert printed.count("\n") == 1, printed
    return printed
