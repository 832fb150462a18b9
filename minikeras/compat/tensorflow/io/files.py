"""`tf.io.read_file`, `write_file`, `matching_files`."""

import os

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import class_for
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.data.pipeline import files
from minikeras.tensors.strings.elementwise import path_of

__all__ = ["matching_files", "read_file", "write_file"]


def _content(filename, name=None):
    return KerasTensor((), "string")


@symbolic(output_spec=_content)
def read_file(filename, name=None):
    """The content of a file as a string tensor without axes.

    Raises:
        NotFoundError: there is no such file.
    """
    path = path_of(filename)
    try:
        with open(path, "rb") as file:
            return string_tensor(file.read())
    except OSError as error:
        raise class_for(error)(None, None, f"{path}; {error.strerror}") from None


def write_file(filename, contents, name=None):
    """Write a string to a file; missing folders are created."""
    path = path_of(filename)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(byte_strings(contents)[()])


def matching_files(pattern, name=None):
    """The names of the files that match a pattern (or one of several) with *, ? and [], in alphabetical order."""
    return Tensor(np.array(files.matching_files(pattern), object))
