"""Files of Caffe's, byte by byte from the field numbers of caffe.proto (BVLC/caffe at 9b89154).

Shares nothing with the reader but those numbers.
"""

import numpy as np


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, value):
    """A whole number as a varint; text and bytes, also of a message, with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def blob(array, *, four=False):
    """BlobProto: shape as four numbers (before 2014) or as a list; data; what is passed over."""
    data = field(5, np.ascontiguousarray(array, "<f4").tobytes())
    if four:
        shape = (1,) * (4 - array.ndim) + array.shape
        return b"".join(field(n, size) for n, size in enumerate(shape, 1)) + data
    return field(7, field(1, b"".join(map(varint, array.shape)))) + data


def net(layers, *, old):
    """NetParameter of {name: (arrays of a layer)}, in V1LayerParameter or LayerParameter."""
    parts = [field(1, "AlexNet")]
    for name, arrays in layers.items():
        blobs = [blob(array, four=old) for array in arrays]
        if old:  # name 4, type 5, blobs 6, and blobs_lr 7 as a float, which nobody reads
            body = field(4, name) + field(5, 4) + b"".join(field(6, x) for x in blobs)
            body += varint(7 << 3 | 5) + np.float32(1).tobytes()
            parts.append(field(2, body))
        else:
            body = field(1, name) + field(2, "Convolution")
            parts.append(field(100, body + b"".join(field(7, x) for x in blobs)))
    return b"".join(parts)
