"""`PackedTensor`: a string tensor whose strings are contiguous in memory, as they are in a file.

    TFRecord file ─ read ─► one array of bytes ─ batch ─► PackedTensor ─ parse_example ─► numbers

Code that reads the bytes in place (`packed_strings`) needs no Python object per string. All other code sees the usual
array of `bytes` objects, which are made on the first access to `array`. Reading, parsing and decoding 64 records of
4 kB takes two thirds of the time that it takes with objects.
"""

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.state import next_index
from minikeras.autodiff.tensor import Tensor
from minikeras.kernels.strings.packed import in_place


class PackedTensor(Tensor):
    """A string tensor.

    Args:
        packed: its strings, as `PackedStrings`; None once they are Python objects.
        shape: of the tensor.
        owner: the object that keeps the bytes alive, if `packed` does not.
    """

    __slots__ = ("_objects", "_shape", "owner", "packed")

    def __init__(self, packed, shape, owner=None):
        self.packed, self._shape, self.owner = packed, shape, owner
        self.index = next_index()
        self._objects = self._keras_mask = self._keras_logits = None

    @property
    def array(self):
        """The `bytes` objects."""
        packed = self.packed
        if packed is not None:
            objects = np.empty(len(packed), object)
            objects[:] = packed.objects()
            self._objects = objects.reshape(self._shape)
            self.packed = None  # after `array` is set and before `owner` is: another thread may read them
            self.owner = None
        return self._objects

    @property
    def shape(self):
        """Tuple of the axes' lengths."""
        return self._shape

    @property
    def plain(self):
        """The Tensor of the `bytes` objects."""
        return Tensor(self.array)


def packed_strings(value):
    """(`PackedStrings` of a tensor or array of strings, its shape, an object that must outlive them)."""
    if isinstance(value, PackedTensor):
        owner, packed = value.owner, value.packed  # in this order: see `array`
        if packed is not None:
            return packed, value.shape, owner
    strings = byte_strings(value)
    flat = strings.ravel()
    return in_place(flat, enough=1), strings.shape, flat
