"""Caffe's files, written by field numbers, into a small net of two towers; and hostile ones."""

import numpy as np
import pytest

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense, Logits, MaxPool, Relu
from alexnet_jax.weights.caffe_file import read_caffe, read_mean
from alexnet_jax.weights.pickles import Refused
from weights.caffe_wire import blob, field, net, varint

NET = Architecture(
    "small",
    (8, 8, 3),
    2,
    (
        Conv("conv1", 4, 3, sees="image", rounding="floor"),
        Relu(),
        Conv("conv2", 6, 3, sees="tower", rounding="floor"),
        MaxPool(window=2, stride=2),
        Dense("fc6", 4, sees="all"),
        Logits("fc8", 5),
    ),
    "made up",
)
SHAPES = {"conv1": (4, 3, 3, 3), "conv2": (6, 2, 3, 3), "fc6": (4, 24), "fc8": (5, 4)}


def weights(seed=0):
    draw = np.random.default_rng(seed)
    return {
        name: (draw.standard_normal(shape, np.float32), draw.standard_normal(shape[0], np.float32))
        for name, shape in SHAPES.items()
    }


def read(tmp_path, data):
    path = tmp_path / "a.caffemodel"
    path.write_bytes(data)
    return read_caffe(path, NET)


@pytest.mark.parametrize("old", [True, False])
def test_every_number_is_where_it_belongs(tmp_path, old):
    caffe = weights()
    params = read(tmp_path, net({"data": (), **caffe}, old=old))
    conv1, conv2 = params["conv1"]["kernel"], params["conv2"]["kernel"]
    assert conv1.shape == (2, 3, 3, 3, 2) and conv2.shape == (2, 3, 3, 2, 3)
    for t, y, x, channel, f in np.ndindex(conv1.shape):  # BGR there
        assert conv1[t, y, x, channel, f] == caffe["conv1"][0][2 * t + f, 2 - channel, y, x]
    for t, y, x, channel, f in np.ndindex(conv2.shape):
        assert conv2[t, y, x, channel, f] == caffe["conv2"][0][3 * t + f, channel, y, x]
    fc6 = params["fc6"]["kernel"]
    assert fc6.shape == (2, 24, 2)
    for y, x, channel in np.ndindex(2, 2, 6):
        ours, theirs = (y * 2 + x) * 6 + channel, (channel * 2 + y) * 2 + x
        np.testing.assert_array_equal(fc6[:, ours].ravel(), caffe["fc6"][0][:, theirs])
    np.testing.assert_array_equal(params["fc8"]["kernel"], caffe["fc8"][0].T[None])
    np.testing.assert_array_equal(params["conv2"]["bias"], caffe["conv2"][1].reshape(2, 3))


def test_what_does_not_fit_is_listed(tmp_path):
    caffe = weights()
    caffe["fc7"] = caffe.pop("fc6")
    caffe["fc8"] = (np.zeros((7, 4)), np.zeros(7))
    with pytest.raises(Refused) as error:
        read(tmp_path, net(caffe, old=False))
    assert str(error.value) == (
        "it lacks fc6's kernel, fc6's bias; it has fc7's kernel, fc7's bias besides; "
        "fc8's kernel is 7x4 where the network has 5x4, fc8's bias is 7 where the network has 5"
    )


def test_the_mean_image(tmp_path):
    path = tmp_path / "mean.binaryproto"
    mean = np.arange(3 * 4 * 5, dtype=np.float32).reshape(1, 3, 4, 5)
    path.write_bytes(blob(mean, four=True))
    found = read_mean(path)
    assert found.shape == (4, 5, 3)
    np.testing.assert_array_equal(found[1, 2], mean[0, ::-1, 1, 2])  # RGB
    path.write_bytes(blob(mean[:, :2], four=True))
    with pytest.raises(Refused, match=r"no mean image of 1x3xHxW"):
        read_mean(path)


def claims(shape, data=b"\0" * 16):
    """A net whose blob says `shape` of 16 bytes."""
    dims = b"".join(map(varint, shape))
    body = field(1, "conv1") + field(7, field(7, field(1, dims)) + field(5, data))
    return field(100, body)


HOSTILE = {
    "nothing": (b"", "no layer with weights"),
    "text": (b"hello, world, this is no protobuf", ""),
    "a huge shape": (claims((1 << 40, 1 << 40)), "for the shape"),
    "overflow": (claims((1 << 32, 1 << 32, 0)), "for the shape"),
    "negative": (claims((1 << 63,)), "for the shape"),
    "no whole number of floats": (claims((4,), b"\0" * 17), "for the shape"),
    "a length beyond the end": (varint(100 << 3 | 2) + varint(1 << 40), "damaged"),
    "deep groups": (varint(9 << 3 | 3) * 100_000, "damaged"),
    "deep messages": (b"".join([varint(100 << 3 | 2) + varint(1 << 20)] * 1000), "damaged"),
    "older than 2014": (
        field(2, field(1, field(1, "conv1") + field(50, blob(np.zeros(3))))),
        "upgrade_net_proto_binary",
    ),
    "one array": (net({"conv1": (np.zeros((4, 3, 3, 3)),)}, old=False), "has 1 arrays, not a"),
    "twice": (net(weights(), old=True) + net(weights(), old=True), "two layers conv1"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(tmp_path, case):
    data, said = HOSTILE[case]
    with pytest.raises(Refused) as error:
        read(tmp_path, data)
    assert said in str(error.value)
