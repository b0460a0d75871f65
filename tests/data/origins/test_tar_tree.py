"""A tar gives what the unpacked folder gives, and no file of it goes unmentioned."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alexnet_jax.data.kinds import is_picture
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.origins.tar_tree import LATER
from alexnet_jax.errors import UserError
from oracles.pictures import encoded, photograph

PNG = [encoded(photograph(n, width=4 + n, height=3), "PNG") for n in range(4)]


def write(path, things, form=tarfile.PAX_FORMAT):
    """things: name and bytes, or name, kind and where a link leads."""
    with tarfile.open(path, "w", format=form) as tar:
        for name, what, *to in things:
            info = tarfile.TarInfo(name)
            data = what if isinstance(what, bytes) and len(what) > 1 else b""
            info.size, info.type = len(data), tarfile.REGTYPE if data else what
            info.linkname = to[0] if to else ""
            tar.addfile(info, io.BytesIO(data))
    return path


def listed(origin):
    """All that two forms of one folder have in common."""
    reasons = [row for row in origin.left_out if row.reason != LATER.reason]
    pictures = {
        e.key: (origin.classes[e.label], origin.reader.read(e)) for e in origin.splits["train"]
    }
    return origin.classes, pictures, sorted(reasons), origin.ignored, origin.notes


NAMES = st.sampled_from(
    [
        "a",
        "b",
        "1.png",
        "2.PNG",
        "3.jfif",
        "x.txt",
        "Thumbs.db",
        "none",
        "._1.png",
        ".h",
        "__MACOSX",
        "é.png",
        "e\u0301.png",
        "d.",
        "s .png",
        "dot.png.",
        "sp.png ",
        "n" * 120 + ".png",
        "x\ny.png",
        os.fsdecode(b"\xff.png"),
        "4.heic",
        "inner.tar",
    ]
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
THINGS = st.one_of(
    st.tuples(PATHS, st.sampled_from(PNG)),
    st.tuples(PATHS, st.just(tarfile.DIRTYPE)),
    st.tuples(PATHS, st.just(tarfile.FIFOTYPE)),
    st.tuples(PATHS, st.just(tarfile.LNKTYPE), PATHS),
    st.tuples(PATHS, st.just(tarfile.SYMTYPE), PATHS),
)


def possible(things):
    """Those that can be unpacked one after another without one being in another's way."""
    kinds, kept = {}, []
    for thing in things:
        name, kind = thing[0], thing[1]
        parts = name.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts))]
        file = kind != tarfile.DIRTYPE
        if any(kinds.get(path) is True for path in above) or kinds.get(name, file) is not file:
            continue
        if name in kinds and not is_picture(name):
            continue  # all of one path are counted, though only the last is there
        if kind == tarfile.LNKTYPE and not (kinds.get(thing[2]) and thing[2] != name):
            continue
        kinds |= dict.fromkeys(above, False) | {name: file}
        kept.append(thing)
    return kept


@pytest.mark.skipif(not shutil.which("tar"), reason="what it is compared with")
@settings(deadline=None, max_examples=60)
@example([("a", PNG[0]), ("1.png", tarfile.SYMTYPE, "b/a"), ("b", tarfile.FIFOTYPE)], 0)
@given(st.lists(THINGS, max_size=9).map(possible), st.sampled_from([0, 1, 2]))
def test_the_law(things, form):
    form = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)[form]
    with TemporaryDirectory() as temporary:
        packed, folder = Path(temporary, "packed/set"), Path(temporary, "folder/set")
        for place in (packed / "dog", folder / "dog", folder / "cat"):
            place.mkdir(parents=True)
        for place in (packed, folder):
            (place / "dog" / "0.png").write_bytes(PNG[0])
        path = write(packed / "cat.tar", things, form)
        unpack = ["tar", "-xf", str(path), "-C", str(folder / "cat"), "--warning=none"]
        subprocess.run(unpack, check=True)
        assert listed(list_folder(packed)) == listed(list_folder(folder))


def test_the_case_that_was_reported(tmp_path):
    """Two of its four pictures used to be lost, one of them in no list."""
    write(
        tmp_path / "cat.tar",
        [
            ("1.png", PNG[0]),
            ("2.png", tarfile.LNKTYPE, "1.png"),
            ("a/3.png", PNG[1]),
            ("b/3.png", PNG[2]),
            ("._1.png", b"no picture"),
            ("notes.txt", b"text"),
        ],
    )
    origin = list_folder(tmp_path)
    keys = ["cat/1.png", "cat/2.png", "cat/a/3.png", "cat/b/3.png"]
    assert [entry.key for entry in origin.splits["train"]] == keys
    assert [origin.reader.read(e) for e in origin.splits["train"]] == [PNG[n] for n in (0, 0, 1, 2)]
    assert dict(origin.left_out) == {"cat/._1.png": "it is hidden: a name begins with a dot"}
    assert origin.ignored == {".txt": 1}


def test_links(tmp_path):
    soft, hard = tarfile.SYMTYPE, tarfile.LNKTYPE
    write(
        tmp_path / "cat.tar",
        [
            ("a/1.png", PNG[0]),
            ("in.png", soft, "a/../a/1.png"),
            ("way", soft, "a"),
            ("far.png", soft, "way/1.png"),
            ("out.png", soft, "../dog/1.png"),
            ("a/up", soft, ".."),
            ("root.png", soft, "/etc/passwd"),
            ("loop.png", soft, "loop.png"),
            ("gone.png", soft, "x"),
            ("hard.png", hard, "later.png"),
            ("later.png", PNG[1]),
            ("on.png", hard, "./a//1.png"),
        ],
    )
    origin = list_folder(tmp_path)
    found = {e.key: origin.reader.read(e) for e in origin.splits["train"]}
    one = ("a/1.png", "in.png", "far.png", "on.png", "way/1.png")
    assert found == {f"cat/{name}": PNG[0] for name in one} | {"cat/later.png": PNG[1]}
    assert dict(origin.left_out) == {
        "cat/out.png": "it is a link to what is not in the tar",
        "cat/root.png": "it is a link to what is not in the tar",
        "cat/hard.png": "it is a link to what is not in the tar",
        "cat/loop.png": "it cannot be read: Too many levels of symbolic links",
        "cat/gone.png": "it cannot be read: No such file or directory",
        "cat/a/up/": "it is a link to a folder that it is in",
        "cat/way/up/": "it is a link to a folder that it is in",
    }


def test_paths_that_lead_out_and_second_files(tmp_path):
    write(
        tmp_path / "cat.tar",
        [
            ("1.png", PNG[0]),
            ("../2.png", PNG[1]),
            ("a/../../3.png", PNG[1]),
            ("/4.png", PNG[2]),
            ("./1.png", PNG[3]),
            ("1.png/5.png", PNG[1]),
            ("notes.txt", b"xx"),
            ("notes.txt", b"yy"),
        ],
    )
    origin = list_folder(tmp_path)
    found = {e.key: origin.reader.read(e) for e in origin.splits["train"]}
    assert found == {"cat/1.png": PNG[3], "cat/4.png": PNG[2]}
    assert dict(origin.left_out) == {
        "cat/../2.png": "its path cannot be unpacked",
        "cat/a/../../3.png": "its path cannot be unpacked",
        "cat/1.png": "a later file of the tar has this name",
        "cat/1.png/5.png": "its path cannot be unpacked",
    }
    assert origin.ignored == {".txt": 2}


def test_a_file_with_holes_is_named(tmp_path):
    """As `tar --sparse` stores it: the bytes are not in one piece."""
    sparse = tmp_path / "holes.png"
    with sparse.open("wb") as file:
        file.write(PNG[0])
        file.truncate(1 << 20)
    set_ = tmp_path / "set"
    set_.mkdir()
    pack = ["tar", "--sparse", "-C", tmp_path, "-cf", set_ / "cat.tar", "holes.png"]
    if not shutil.which("tar") or subprocess.run(pack, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no GNU tar here")
    with tarfile.open(set_ / "cat.tar", "a") as tar:
        info = tarfile.TarInfo("1.png")
        info.size = len(PNG[1])
        tar.addfile(info, io.BytesIO(PNG[1]))
    origin = list_folder(set_)
    assert [entry.key for entry in origin.splits["train"]] == ["cat/1.png"]
    ((key, reason),) = origin.left_out
    assert key == "cat/holes.png" and "stored with holes" in reason


def test_a_tar_of_its_own_folder_is_unpacked_beside_it(tmp_path):
    """As macOS' Finder and `tar -cf cat.tar cat` make it."""
    write(
        tmp_path / "cat.tar", [("./._cat", b"xx"), ("./cat/1.png", PNG[0]), ("cat/a/2.png", PNG[1])]
    )
    origin = list_folder(tmp_path)
    assert [entry.key for entry in origin.splits["train"]] == ["cat/1.png", "cat/a/2.png"]
    write(tmp_path / "dog.tar", [("cat/1.png", PNG[0]), ("dog/1.png", PNG[1])])
    found = [entry.key for entry in list_folder(tmp_path).splits["train"]]
    assert found == ["cat/1.png", "cat/a/2.png", "dog/cat/1.png", "dog/dog/1.png"]


def test_what_gnu_tar_writes_besides_files(tmp_path):
    """Backups (--listed-incremental), volumes (-M) and labels (-V): all pictures of a backup were
    left out. What of a file is in another tar is not taken for a file."""
    write(
        tmp_path / "cat.tar",
        [
            ("backup of cats", b"V"),
            ("./", b"D"),
            ("./a/", b"D"),
            ("./a/1.png", PNG[0]),
            ("rest.png", b"M"),
            ("2.png", PNG[1]),
        ],
    )
    origin = list_folder(tmp_path)
    assert [e.key for e in origin.splits["train"]] == ["cat/2.png", "cat/a/1.png"]
    ((key, reason),) = origin.left_out
    assert key == "cat/rest.png" and "only a part of it is in this tar" in reason
    assert origin.ignored == {}


@pytest.mark.skipif(not shutil.which("tar"), reason="what makes it")
def test_an_incremental_backup(tmp_path):
    (tmp_path / "set" / "dog" / "deep").mkdir(parents=True)
    (tmp_path / "set" / "dog" / "deep" / "0.png").write_bytes(PNG[0])
    pack = [
        "tar",
        "-C",
        tmp_path / "set" / "dog",
        f"--listed-incremental={tmp_path}/list",
        "-V",
        "x",
    ]
    subprocess.run([*pack, "-cf", tmp_path / "set" / "cat.tar", "."], check=True)
    origin = list_folder(tmp_path / "set")
    assert [e.key for e in origin.splits["train"]] == ["cat/deep/0.png", "dog/deep/0.png"]
    assert not origin.left_out and not origin.ignored


def test_paths_deeper_than_pythons_stack(tmp_path):
    deep = "a/" * 1020
    write(tmp_path / "cat.tar", [(f"{deep}1.png", PNG[0])])
    assert [e.key for e in list_folder(tmp_path).splits["train"]] == [f"cat/{deep}1.png"]
    (tmp_path / "dog").mkdir()
    place = os.open(tmp_path / "dog", os.O_RDONLY)
    for _ in range(1020):  # longer than a path may be, so step by step
        os.mkdir("a", dir_fd=place)
        inner = os.open("a", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    try:
        assert len(list_folder(tmp_path).splits["train"]) == 1
    finally:  # pytest's own way to remove it is recursive
        subprocess.run(["rm", "-rf", tmp_path / "dog"], check=True)


@pytest.mark.parametrize(
    "name", ["cat.tar.gz", "cat.tgz", "cat.TAR.XZ", "cat.tar.bz2", "cat.tar.zst"]
)
def test_compressed_tars_are_refused(tmp_path, name):
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "1.png").write_bytes(PNG[0])
    (tmp_path / name).write_bytes(b"whatever")
    with pytest.raises(UserError, match=f"{name} is compressed; decompress it"):
        list_folder(tmp_path)


def test_nothing_but_archives(tmp_path):
    for name in ("cat.zip", "dog.7z"):
        (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(UserError, match=r"no pictures to train on \(.*/cat.zip is an archive, wh"):
        list_folder(tmp_path)


def test_other_archives_are_mentioned(tmp_path):
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "1.png").write_bytes(PNG[0])
    (tmp_path / "cat.zip").write_bytes(b"PK")
    (tmp_path / ".tar").write_bytes(b"hidden")
    origin = list_folder(tmp_path)
    assert any("archives, not looked into" in note and "cat.zip" in note for note in origin.notes)
    assert origin.ignored == {".zip": 1, "none": 1}


def test_capital_tars(tmp_path):
    write(tmp_path / "cat.TAR", [("1.PNG", PNG[0])])
    assert [entry.key for entry in list_folder(tmp_path).splits["train"]] == ["cat/1.PNG"]
