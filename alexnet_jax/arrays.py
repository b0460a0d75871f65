"""Arrays in .npz files, read whole or not at all."""

import io
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np


class Damaged(Exception):  # noqa: N818 (it is the file's, not ours)
    """The file is not what was written; the message is what is wrong with it."""


def npz(**arrays: Any) -> memoryview:
    """The content of a file that `read_npz` reads; `files.write_bytes` writes it whole."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getbuffer()


def read_npz(path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The arrays of these names.

    All checksums are compared first: NumPy, which believes the shape that an array begins with,
    would read a part of one whose shape is wrong and not come to where its checksum is compared.
    Nothing is unpickled.
    Raises Damaged, FileNotFoundError and nothing else.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # of a pipe, opening it would wait
            raise Damaged("it is no regular file")
        with zipfile.ZipFile(path) as archive:
            # Ours are never compressed; what is might be any number of bytes.
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                raise Damaged("it is compressed")
            if wrong := archive.testzip():
                raise Damaged(f"the checksum of {wrong} differs")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except (Damaged, FileNotFoundError):
        raise
    except KeyError as error:
        raise Damaged(f"it lacks {' '.join(str(error).split())}") from None
    except Exception as error:  # of zipfile and NumPy, which have no one exception for damage
        raise Damaged(" ".join(str(error).split())[:200] or type(error).__name__) from None
