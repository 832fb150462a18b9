"""Elements in a file of our own format, for `cache(filename)`, `save` and `load`.

A file begins with one line of JSON that describes how elements are nested; then come their arrays, one after another,
each in NumPy's `.npy` format. An array of strings is stored as two: the lengths of the strings, and all their bytes.
"""

import io
import json

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.tensors.ragged import RaggedTensor
from minikeras.tree.nodes import node_kind

FORMAT = "minikeras elements 1"


class ElementWriter:
    """Writes elements of one structure to a file that is open for writing bytes."""

    def __init__(self, file):
        self.file = file
        self.structure = None

    def write(self, element):
        """Append an element.

        Raises:
            TypeError: it holds something that is not a tensor, or is nested otherwise than the first.
        """
        structure = _described(element)
        if self.structure is None:
            self.structure = structure
            self.file.write(json.dumps({"format": FORMAT, "structure": structure}).encode() + b"\n")
        elif structure != self.structure:
            raise TypeError(f"All elements must be nested alike. Received: {structure} after {self.structure}")
        for leaf in tree.flatten(element):
            _write_leaf(self.file, leaf)


def read_elements(path):
    """The elements of a file, one by one.

    Raises:
        ValueError: it is not in our format.
    """
    with open(path, "rb") as file:
        header = file.readline()
        if not header:  # no element was ever written
            return
        try:
            header = json.loads(header)
            known = header["format"] == FORMAT
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise ValueError(f"{path} is not a file of elements that minikeras wrote. (TensorFlow's cannot be read.)")
        structure = header["structure"]
        while file.peek(1):
            yield _read_nest(file, structure)


def _described(element):
    """How an element is nested, as JSON-ready data."""
    kind = node_kind(element)
    if kind is None:
        if element is None or isinstance(element, (Tensor, RaggedTensor)):
            return "none" if element is None else "ragged" if isinstance(element, RaggedTensor) else "tensor"
        raise TypeError(f"Only tensors can be written to a file. Received: {type(element).__name__}")
    if kind.family not in ("tuple", "dict"):
        raise TypeError(
            f"Only tuples and dicts of tensors can be written to a file. Received: {type(element).__name__}"
        )
    children = [_described(child) for child in kind.children(element)]
    if kind.family == "dict":
        return {"keys": [str(key) for key in kind.keys(element)], "values": children, "order": list(map(str, element))}
    return children


def _read_nest(file, structure):
    if isinstance(structure, list):
        return tuple(_read_nest(file, part) for part in structure)
    if isinstance(structure, dict):
        parts = zip(structure["keys"], structure["values"], strict=True)  # in the order in which they were written
        values = {key: _read_nest(file, part) for key, part in parts}
        return {key: values[key] for key in structure["order"]}
    if structure == "none":
        return None
    if structure == "ragged":
        return RaggedTensor.from_row_splits(
            _read_nest(file, "ragged" if _read_array(file) else "tensor"), _read_array(file)
        )
    return Tensor(_read_array(file))


def _write_leaf(file, leaf):
    if isinstance(leaf, RaggedTensor):
        nested = isinstance(leaf.values, RaggedTensor)
        _write_array(file, np.array(nested))
        _write_leaf(file, leaf.values)
        _write_array(file, leaf.row_splits.array)
    elif leaf is not None:
        _write_array(file, leaf.array)


def _write_array(file, array):
    if array.dtype == object:
        strings = array.ravel().tolist()
        lengths = np.array([len(string) for string in strings], np.int64).reshape(array.shape)
        file.write(b"S")
        _write_plain(file, lengths)
        file.write(b"".join(strings))
    else:
        file.write(b"A")
        _write_plain(file, array)


def _write_plain(file, array):
    buffer = io.BytesIO()  # np.save asks a real file for its position, which pipes and gzip files do not have
    np.save(buffer, array, allow_pickle=False)
    file.write(buffer.getvalue())


def _read_array(file):
    kind = file.read(1)
    array = np.load(file, allow_pickle=False)
    if kind == b"A":
        return array
    strings = np.empty(array.size, object)
    strings[:] = [file.read(length) for length in array.ravel().tolist()]
    return strings.reshape(array.shape)
