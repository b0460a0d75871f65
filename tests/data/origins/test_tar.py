import io
import tarfile

import pytest

from alexnet_jax.data.origins.origin import Entry, FileReader
from alexnet_jax.data.origins.tar import members, nested
from alexnet_jax.errors import UserError

BLOCK = tarfile.BLOCKSIZE


def read(path, member):
    return FileReader().read(Entry(member.name, 0, str(path), member.offset, member.size))


def one_line(error, *parts):
    message = str(error.value)
    assert "\n" not in message and all(str(part) in message for part in parts), message


def end_of_files(data):
    """Where the zeros begin that end a tar."""
    with tarfile.open(fileobj=io.BytesIO(data)) as file:
        file.getmembers()
        return file.offset


def test_offsets_give_the_files(tmp_path, jpeg, tar):
    files = {f"val/{number}.JPEG": jpeg(number) for number in range(5)} | {"empty.JPEG": b""}
    path = tmp_path / "a.tar"
    path.write_bytes(tar(files))
    found = members(path)
    assert [member.name for member in found] == [name.split("/")[-1] for name in files]
    assert [read(path, member) for member in found] == list(files.values())


def test_offsets_in_nested_tars_are_those_of_the_outer_file(tmp_path, jpeg, tar):
    inner = {name: {f"{name}_{i}.JPEG": jpeg(i) for i in range(3)} for name in ("n1", "n2")}
    path = tmp_path / "a.tar"
    path.write_bytes(tar({f"train/{name}.tar": tar(files) for name, files in inner.items()}))
    found = {
        name.removesuffix(".tar"): {file.name: read(path, file) for file in files}
        for name, files in nested(path)
    }
    assert found == inner


def test_long_names(tmp_path, tar):
    path = tmp_path / "a.tar"
    names = ["x" * 150 + ".JPEG", "é" * 90 + ".JPEG"]  # beyond the 100 bytes of a plain header
    path.write_bytes(tar({name: name.encode() for name in names}))
    assert [(file.name, read(path, file).decode()) for file in members(path)] == [
        (name, name) for name in names
    ]


def test_a_second_tar_behind_the_first(tmp_path, tar):
    """Its files were lost: tar, too, stops at the end of the first."""
    one, two = tar({"1.JPEG": b"a"}), tar({"2.JPEG": b"b"})
    path = tmp_path / "a.tar"
    path.write_bytes(one + two)
    with pytest.raises(UserError) as error:
        members(path)
    one_line(error, path, f"another tar behind its end, from byte {len(one):,} on", "ignore-zeros")
    path.write_bytes(one + bytes(range(256)) * 4)  # what is no tar is left alone, as tar does
    assert [file.name for file in members(path)] == ["1.JPEG"]


def test_folders_and_links_are_no_files(tmp_path, tar):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as out:
        for name, kind in (("folder", tarfile.DIRTYPE), ("link", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "folder"
            out.addfile(info)
    assert members(path) == []


def test_a_tar_that_is_cut_anywhere_is_refused(tmp_path, jpeg, tar):
    data = tar({f"{number}.JPEG": jpeg(number) for number in range(3)})
    path = tmp_path / "a.tar"
    end = end_of_files(data)
    between_files = range(0, end + 1, BLOCK)
    for cut in {*range(1, end, 101), *between_files, end - 1, end}:
        path.write_bytes(data[:cut])
        with pytest.raises(UserError, match=r"cut short|cannot be read") as error:
            members(path)
        one_line(error, path, "fetch it again")
    path.write_bytes(data[: end + BLOCK])  # one block of the end mark is enough
    assert len(members(path)) == 3


def test_a_nested_tar_that_is_cut_anywhere_is_refused(tmp_path, jpeg, tar):
    inner = tar({f"n1_{number}.JPEG": jpeg(number) for number in range(2)})
    path = tmp_path / "a.tar"
    for cut in (0, 1, 511, *range(BLOCK, end_of_files(inner) + 1, BLOCK // 2)):
        path.write_bytes(tar({"n1.tar": inner[:cut], "n2.tar": inner}))
        with pytest.raises(UserError, match=r"cut short|cannot be read") as error:
            list(nested(path))
        one_line(error, path, "fetch it again")
    whole = tar({"n1.tar": inner, "n2.tar": inner})
    for cut in range(BLOCK, end_of_files(whole) + 1, BLOCK // 2):
        path.write_bytes(whole[:cut])
        with pytest.raises(UserError, match=r"cut short|cannot be read") as error:
            list(nested(path))
        one_line(error, path)


def test_a_cut_nested_tar_is_named(tmp_path, jpeg, tar):
    inner = tar({"n1_0.JPEG": jpeg(0)})
    path = tmp_path / "a.tar"
    path.write_bytes(tar({"n1.tar": inner[: BLOCK + 100]}))
    with pytest.raises(UserError, match=r"in it n1\.tar, is cut short: n1_0\.JPEG"):
        list(nested(path))


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_compressed(tmp_path, tar, compression):
    path = tmp_path / "a.tar"
    path.write_bytes(tar({"a.JPEG": b"a"}, compression))
    with pytest.raises(UserError, match="decompress it if it is compressed") as error:
        members(path)
    one_line(error, path)


def test_no_tar_at_all(tmp_path, jpeg, tar):
    path = tmp_path / "a.tar"
    path.write_bytes(b"")
    with pytest.raises(UserError, match="cannot be read as a tar: it is empty"):
        members(path)
    for data in (jpeg(0), b"<html>" + b" " * 5000):
        path.write_bytes(data)
        with pytest.raises(UserError, match="cannot be read as a tar") as error:
            members(path)
        one_line(error, path)
        path.write_bytes(tar({"n1.tar": data}))
        with pytest.raises(UserError, match=r"in it n1\.tar") as error:
            list(nested(path))
        one_line(error, path)
    with pytest.raises(UserError, match="No such file"):
        members(tmp_path / "absent.tar")
    with pytest.raises(UserError, match="Is a directory"):
        members(tmp_path)


def test_a_tar_without_files(tmp_path, tar):
    path = tmp_path / "a.tar"
    path.write_bytes(tar({}))
    assert members(path) == [] and list(nested(path)) == []


def test_a_file_that_shrank_is_an_oserror(tmp_path):
    path = tmp_path / "a.JPEG"
    path.write_bytes(b"12345")
    with pytest.raises(OSError, match="only 2 of 4 bytes are there"):
        FileReader().read(Entry("a", 0, str(path), 3, 4))
