"""The IDX format of MNIST and Fashion-MNIST: a header with type and shape, then the elements.

    bytes 0–1  zero        byte 2  type (8: uint8)        byte 3  number of axes, n        then n sizes and the elements

All numbers are big-endian, sizes of 4 bytes. (http://yann.lecun.com/exdb/mnist, "File formats")
"""

import gzip
import math

import numpy as np

UINT8 = 8


def read_idx(path):
    """The array, uint8, in a gzipped IDX file.

    Raises:
        ValueError: the file has another format or a different length than its head says.
    """
    with gzip.open(path, "rb") as file:
        data = file.read()
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int(size) for size in np.frombuffer(data[4:start], dtype=">u4"))
    if data[:3] != bytes([0, 0, UINT8]) or len(shape) != axes or len(data) != start + math.prod(shape):
        raise ValueError(f"The file {path} is not an IDX file of uint8, or is damaged. Delete it and fetch it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
