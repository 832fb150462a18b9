"""Applies a Python function to every string of a tensor, ragged or not; and reads arguments that are one string."""

import math
import os

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.tensors.ragged import RaggedTensor


def each(function, input, dtype=object):
    """The tensor of `function(string)` for the bytes of each string; ragged where `input` is."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(each(function, input.flat_values, dtype))
    array = byte_strings(input)
    results = map(function, array.ravel().tolist())
    if dtype is object:
        return Tensor(object_array(results, array.shape))
    return Tensor(np.fromiter(results, dtype, array.size).reshape(array.shape))


def object_array(items, shape):
    """An object array of that shape, filled with Python objects in row-major order."""
    array = np.empty(math.prod(shape), object)
    array[:] = list(items)
    return array.reshape(shape)


def text(string):
    """Decode bytes as UTF-8; invalid ones are restored unchanged by `encoded`."""
    return string.decode("utf-8", "surrogateescape")


def encoded(text):
    """Text as bytes, the inverse of `text`."""
    return text.encode("utf-8", "surrogateescape")


def plain_text(string):
    """An argument such as a pattern or a separator (str, bytes or a string tensor without axes) as text."""
    return text(byte_strings(string)[()])


def path_of(name):
    """A file name (text, bytes, a path or a string tensor without axes) as text."""
    return os.fspath(name) if hasattr(name, "__fspath__") else byte_strings(name)[()].decode()
