"""Caffe's `.caffemodel` and mean file, by the numbers of their fields in caffe.proto.

Caffe's images are BGR on the 0..255 scale; what is read here is for RGB.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from jaxtyping import Float32

from alexnet_jax.data.regular import read_regular
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv
from alexnet_jax.weights.channels_first import Arrays, Weight, from_channels_first, shapes
from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.strict import check_shapes

# Message -> its fields: number, type, and whether there are several. Rows of numbers are packed,
# which are the bytes of an array; as such they are read. What else a message has is passed over.
BYTES, TEXT, NUMBER = "TYPE_BYTES", "TYPE_STRING", "TYPE_INT64"
MESSAGES: dict[str, dict[str, tuple[int, str, bool]]] = {
    "BlobShape": {"dim": (1, NUMBER, True)},
    "BlobProto": {
        "num": (1, NUMBER, False),
        "channels": (2, NUMBER, False),
        "height": (3, NUMBER, False),
        "width": (4, NUMBER, False),
        "data": (5, BYTES, False),
        "shape": (7, "BlobShape", False),
        "double_data": (8, BYTES, False),
    },
    "V0LayerParameter": {"name": (1, TEXT, False), "blobs": (50, "BlobProto", True)},
    "V1LayerParameter": {
        "layer": (1, "V0LayerParameter", False),
        "name": (4, TEXT, False),
        "blobs": (6, "BlobProto", True),
    },
    "LayerParameter": {"name": (1, TEXT, False), "blobs": (7, "BlobProto", True)},
    "NetParameter": {
        "layers": (2, "V1LayerParameter", True),
        "layer": (100, "LayerParameter", True),
    },
}
MOST_AXES = 32  # of a blob (caffe/blob.hpp, kMaxBlobAxes)
LONGEST = 60  # characters of a name in a message
LARGEST = 1 << 31  # bytes: protobuf reads no more; Caffe's AlexNet has 244 MB


def read_caffe(path: Path, architecture: Architecture) -> Arrays:
    """The parameters of a `.caffemodel`, whose layers have the names of `architecture`'s.

    Raises Refused: it is none, or layers are missing, left over or of another shape. OSError.
    """
    found = _blobs(path)
    wanted = shapes(architecture)
    weights = {}
    for name, blobs in found.items():
        if len(blobs) != 2:
            raise Refused(
                f"its layer {name[:LONGEST]} has {len(blobs)} arrays, not a kernel and a bias"
            )
        kernel, bias = blobs
        # A dense layer's arrays had four axes, too: [1 1 units values].
        kernel = kernel.reshape([n for n in kernel.shape if n != 1] or [1])
        weights[name] = Weight(kernel, bias.reshape(-1))
    check_shapes(
        {f"{name}'s kernel": shape for name, shape in wanted.items()}
        | {f"{name}'s bias": shape[:1] for name, shape in wanted.items()},
        {f"{name}'s kernel": weight.kernel.shape for name, weight in weights.items()}
        | {f"{name}'s bias": weight.bias.shape for name, weight in weights.items()},
    )
    first = architecture.weighted[0]
    if isinstance(first, Conv):
        kernel, bias = weights[first.name]
        weights[first.name] = Weight(kernel[:, ::-1], bias)
    return from_channels_first(architecture, weights)


def read_mean(path: Path) -> Float32[np.ndarray, "h w 3"]:
    """The mean image of a `.binaryproto`, RGB 0..255. Raises Refused: it is none. OSError."""
    mean = _array(_parsed(path, "BlobProto"), "its mean image")
    if mean.shape[:2] != (1, 3) or mean.ndim != 4:
        raise Refused(f"it holds an array of shape {mean.shape}, and no mean image of 1x3xHxW")
    return np.ascontiguousarray(mean[0, ::-1].transpose(1, 2, 0))


def _blobs(path: Path) -> Mapping[str, list[np.ndarray]]:
    """Layer -> its arrays, of the layers that have some."""
    net = _parsed(path, "NetParameter")
    found: dict[str, list[np.ndarray]] = {}
    for layer in [*net.layers, *net.layer]:
        old = getattr(layer, "layer", None)
        if old is not None and old.blobs:
            raise Refused("it is older than 2014; convert it with Caffe's upgrade_net_proto_binary")
        if layer.blobs:
            if layer.name in found:
                raise Refused(f"it has two layers {layer.name[:LONGEST]}")
            found[layer.name] = [
                _array(blob, f"its layer {layer.name[:LONGEST]}") for blob in layer.blobs
            ]
    if not found:
        raise Refused("it has no layer with weights, so it is no .caffemodel")
    return found


def _array(blob: Any, of: str) -> Float32[np.ndarray, "..."]:
    """Raises Refused if its numbers are not as many as its shape says."""
    shape = (
        tuple(blob.shape.dim)
        if blob.HasField("shape")
        else (blob.num, blob.channels, blob.height, blob.width)
    )
    if len(shape) > MOST_AXES:
        raise Refused(f"{of} has {len(shape):,} axes")
    data, dtype = (blob.data, "<f4") if blob.data else (blob.double_data, "<f8")
    count = len(data) // np.dtype(dtype).itemsize
    if min(shape, default=1) < 1 or _product(shape) * np.dtype(dtype).itemsize != len(data):
        raise Refused(f"{of} has {count} numbers for the shape {shape}")
    return np.frombuffer(data, dtype).astype(np.float32).reshape(shape)


def _product(shape: tuple[int, ...]) -> int:
    result = 1
    for n in shape:  # Python's whole numbers do not overflow
        result *= n
    return result


def _parsed(path: Path, message: str) -> Any:
    data = read_regular(path, _check_size)
    try:
        return _classes()[f"caffe.{message}"].FromString(data)
    except DecodeError as error:
        raise Refused(f"it is no file of Caffe's, or damaged ({error})") from None


def _check_size(size: int) -> None:
    if size >= LARGEST:
        raise Refused(f"it has {size:,} bytes, more than any file of Caffe's")


@cache
def _classes() -> Mapping[str, Any]:
    """The messages' classes, by their full names."""
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, several) in fields.items():
            added = message.field.add(name=field, number=number)
            added.label = kinds.LABEL_REPEATED if several else kinds.LABEL_OPTIONAL
            if kind in MESSAGES:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                added.type = kinds.Type.Value(kind)
    return message_factory.GetMessages([file], pool=descriptor_pool.DescriptorPool())
