"""Files of features, read some rows at a time: what NumPy and pyarrow read of them, or one line."""

import io
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alexnet_jax as ax
from alexnet_jax import feature_file
from alexnet_jax.feature_file import open_features
from oracles.mutations import within


def values(seed=0, rows=10):
    draw = np.random.default_rng(seed)
    return {
        "conv1": draw.normal(size=(rows, 2, 3, 4)).astype(np.float32),
        "features.12": draw.normal(size=(rows, 5)).astype(np.float32),
    }


NAMES = [f"test/{number}" for number in range(10)]
LABELS = np.arange(10, dtype=np.int32) % 3


def as_npz(path, **more):
    np.savez(path, files=np.array(NAMES), **{"labels": LABELS, **values(), **more})


def as_parquet(path):
    columns = {"file": pa.array(NAMES), "label": pa.array(LABELS)}
    fields = [pa.field("file", pa.string()), pa.field("label", pa.int32())]
    for name, array in values().items():
        flat = array.reshape(10, -1)
        kind = pa.list_(pa.float32(), flat.shape[1])
        shape = str([*array.shape[1:]])
        fields.append(pa.field(name, kind, metadata={"shape": shape}))
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1])
    pq.write_table(pa.table(columns, schema=pa.schema(fields)), path)


@pytest.fixture(params=["a.npz", "a.parquet"])
def path(request, tmp_path):
    (as_npz if request.param == "a.npz" else as_parquet)(tmp_path / request.param)
    return tmp_path / request.param


@pytest.mark.parametrize("rows", [1, 4, 5, 100])
def test_the_same_numbers_whatever_is_read_at_once(path, monkeypatch, rows):
    monkeypatch.setattr(feature_file, "ROWS", rows)
    file = open_features(path)
    assert file.names == NAMES and file.shapes == {"conv1": (2, 3, 4), "features.12": (5,)}
    np.testing.assert_array_equal(file.labels, LABELS)
    for layer, expected in values().items():
        flat = expected.reshape(10, -1)
        assert max(map(len, file.blocks(layer))) == min(rows, 10)
        np.testing.assert_array_equal(np.vstack([*file.blocks(layer)]), flat)
        np.testing.assert_array_equal(file.values(layer), flat)
        np.testing.assert_array_equal(file.rows(layer, [7, 0, 7, 9]), flat[[7, 0, 7, 9]])
        assert file.rows(layer, []).shape == (0, flat.shape[1])


def test_which_layer(path):
    file = open_features(path)
    assert file.layer("conv1") == "conv1"
    with pytest.raises(ax.UserError, match=r"several layers: conv1 features\.12; name one with"):
        file.layer(None)
    with pytest.raises(ax.UserError, match=r"no layer 'fc8'; it has conv1 features\.12"):
        file.layer("fc8")


def header(shape, descr="<f4"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


def with_entry(data):
    def write(path):
        as_npz(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("x.npy", data)

    return write


def flipped(path):
    as_npz(path)
    data = bytearray(path.read_bytes())
    data[data.index(values()["conv1"].tobytes()) + 9] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "nothing": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"hello"),
    "others": lambda path: np.savez(path, a=np.float32([1])),
    "compressed": lambda path: np.savez_compressed(path, files=np.array(NAMES), **values()),
    "objects": lambda path: np.savez(path, files=np.array([{}]), **values()),
    "float64": lambda path: as_npz(path, x=np.zeros((10, 2))),
    "columns first": lambda path: as_npz(path, x=np.zeros((2, 10), np.float32).T),
    "fewer rows": lambda path: as_npz(path, x=np.zeros((9, 2), np.float32)),
    "a huge shape": with_entry(header((10, 1 << 60))),
    "no whole rows": with_entry(header((10, 2)) + bytes(4 * 19)),
    "a bit": flipped,
}


@pytest.mark.parametrize("name", ["a.npz", "a.parquet"])
@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_one_line(tmp_path, case, name):
    if name == "a.parquet" and case not in ("nothing", "text"):
        pytest.skip("of a zip")
    DAMAGE[case](tmp_path / name)
    with within(20), pytest.raises(ax.UserError, match=r"no file of alexnet-jax features, or dam"):
        file = open_features(tmp_path / name)
        for layer in file.shapes:
            file.values(layer)


def test_what_is_no_such_file(tmp_path):
    with pytest.raises(ax.UserError, match=r"cannot read .*no\.npz: there is no such file"):
        open_features(tmp_path / "no.npz")
    with pytest.raises(ax.UserError, match=r"ends in none of \.npz, \.parquet"):
        open_features(tmp_path / "a.txt")
