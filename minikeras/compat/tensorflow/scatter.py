"""Methods of `tf.Variable` that change some rows or elements: `scatter_add`, `scatter_nd_update`, …"""

import numpy as np

from minikeras.autodiff.indexed_slices import IndexedSlices as EngineSlices
from minikeras.autodiff.tensor import as_array


class ScatterMethods:
    """Mixin: `scatter_…(IndexedSlices)` changes rows, `scatter_nd_…(indices, updates)` elements or slices.

    Where an index occurs twice, additions add up, and of updates the last one counts.
    """

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Add to rows."""
        return self._scatter(np.add, sparse_delta)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtract from rows."""
        return self._scatter(np.subtract, sparse_delta)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        """Multiply rows."""
        return self._scatter(np.multiply, sparse_delta)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        """Divide rows."""
        return self._scatter(np.divide, sparse_delta)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        """The greater of what is there and what is given, row by row."""
        return self._scatter(np.maximum, sparse_delta)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        """The lesser of what is there and what is given, row by row."""
        return self._scatter(np.minimum, sparse_delta)

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace rows."""
        return self._scatter(None, sparse_delta)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace elements along the last axis of the indices, sample by sample.

        `indices` has shape (b1, …, bk, n); row `indices[i, j]` of sample i takes `values[i, j]`.
        """
        indices = as_array(sparse_delta.indices)
        samples = np.indices(indices.shape)[:-1]
        return self._change(None, (*samples, indices), as_array(sparse_delta.values, self._tensor.dtype))

    def scatter_nd_add(self, indices, updates, name=None):
        """Add `updates` to the elements or slices at `indices` (…, k)."""
        return self._change(np.add, _nd_key(indices), as_array(updates, self._tensor.dtype))

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtract `updates` from the elements or slices at `indices` (…, k)."""
        return self._change(np.subtract, _nd_key(indices), as_array(updates, self._tensor.dtype))

    def scatter_nd_update(self, indices, updates, name=None):
        """Replace the elements or slices at `indices` (…, k)."""
        return self._change(None, _nd_key(indices), as_array(updates, self._tensor.dtype))

    def scatter_nd_max(self, indices, updates, name=None):
        """The greater of what is there and what is given, at `indices` (…, k)."""
        return self._change(np.maximum, _nd_key(indices), as_array(updates, self._tensor.dtype))

    def scatter_nd_min(self, indices, updates, name=None):
        """The lesser of what is there and what is given, at `indices` (…, k)."""
        return self._change(np.minimum, _nd_key(indices), as_array(updates, self._tensor.dtype))

    def _scatter(self, function, sparse_delta):
        if not isinstance(sparse_delta, EngineSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        values = as_array(sparse_delta.values, self._tensor.dtype)
        return self._change(function, as_array(sparse_delta.indices), values)

    def _change(self, function, key, values):
        array = self._tensor.array.copy()
        if function is None:
            array[key] = values
        else:
            function.at(array, key, values)
        return self._set(array)


def _nd_key(indices):
    """Indices (…, k) as the k index arrays that NumPy wants."""
    return tuple(np.moveaxis(as_array(indices), -1, 0))
