"""A Python function applied to every string of a tensor, ragged or not; and arguments that are one string."""

import os

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.ragged import RaggedTensor


def each(function, input, dtype=object):
    """The tensor of `function(string)` for the bytes of each string; ragged where `input` is."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(each(function, input.flat_values, dtype))
    array = byte_strings(input)
    results = np.empty(array.size, dtype)
    results[:] = [function(string) for string in array.ravel().tolist()]
    return Tensor(results.reshape(array.shape))


def text(string):
    """Bytes as text: UTF-8, and what is not comes back unchanged from `encoded`."""
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
