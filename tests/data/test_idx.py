import gzip
import struct

import numpy as np
import pytest

from alexnet_jax.data.idx import has_idx, read_idx, read_labelled
from alexnet_jax.errors import UserError


def idx_bytes(array):
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes((0, 0, 8, array.ndim)) + sizes + array.tobytes()


IMAGES = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def write_set(folder, images=IMAGES, labels=LABELS, stem="train"):
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (folder / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(labels)))


def test_reads_plain_and_gzipped(tmp_path):
    write_set(tmp_path)
    images, labels = read_labelled(tmp_path, "train")
    np.testing.assert_array_equal(images[..., 0], IMAGES)
    assert labels.tolist() == [3, 1, 4, 1, 5] and labels.dtype == np.int32
    assert images.shape == (5, 4, 3, 1)


WHOLE = idx_bytes(IMAGES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "begins with nothing"),
        (b"\x00\x00\x08\x01" + WHOLE[4:], "begins with 00000801, not 00000803"),
        (b"\x00\x00\x0d\x03" + WHOLE[4:], "begins with 00000d03"),
        (WHOLE[:-1], "75 bytes where its header means 76"),
        (WHOLE + b"x", "77 bytes where its header means 76"),
        (WHOLE[:9], "9 bytes where its header means at least 16"),
        (WHOLE[:4], "4 bytes where its header means at least 16"),
    ],
)
def test_damaged_files_are_named(tmp_path, data, message):
    path = tmp_path / "file-idx3-ubyte"
    path.write_bytes(data)
    with pytest.raises(UserError, match=message) as caught:
        read_idx(path, 3)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"not gzip", gzip.compress(WHOLE)[:-9], b""], ids=["other", "cut short", "empty"]
)
def test_damaged_gzip_is_named(tmp_path, data):
    path = tmp_path / "file-idx3-ubyte.gz"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"file-idx3-ubyte\.gz"):
        read_idx(path, 3)


def test_counts_must_agree(tmp_path):
    write_set(tmp_path, labels=LABELS[:4])
    with pytest.raises(UserError, match="5 train images but 4 labels"):
        read_labelled(tmp_path, "train")


def test_missing_file_is_named(tmp_path):
    write_set(tmp_path)
    with pytest.raises(UserError, match="has no t10k-images-idx3-ubyte"):
        read_labelled(tmp_path, "t10k")
    assert has_idx(tmp_path) and not has_idx(tmp_path / "nothing")
