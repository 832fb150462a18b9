"""Methods of `tf.Variable` that change some rows or elements: `scatter_add`, `scatter_nd_update`, …"""

from minikeras.autodiff.indexed_slices import IndexedSlices as EngineSlices
from minikeras.autodiff.tensor import as_array
from minikeras.ops.scattering import combined_at, key_of_rows, key_of_samples


class ScatterMethods:
    """Mixin: `scatter_…(IndexedSlices)` changes rows, `scatter_nd_…(indices, updates)` elements or slices.

    If an index occurs twice, additions accumulate, and the last update wins.
    """

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Add to rows."""
        return self._scatter("add", sparse_delta)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtract from rows."""
        return self._scatter("sub", sparse_delta)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        """Multiply rows."""
        return self._scatter("mul", sparse_delta)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        """Divide rows."""
        return self._scatter("div", sparse_delta)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        """Set rows to the greater of the old and the given values."""
        return self._scatter("max", sparse_delta)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        """Set rows to the lesser of the old and the given values."""
        return self._scatter("min", sparse_delta)

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace rows."""
        return self._scatter(None, sparse_delta)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Replace elements along the last axis of the indices, sample by sample.

        `indices` has shape (b1, …, bk, n); row `indices[i, j]` of sample i takes `values[i, j]`.
        """
        key = key_of_samples(as_array(sparse_delta.indices))
        return self._change(None, key, as_array(sparse_delta.values, self._tensor.dtype))

    def scatter_nd_add(self, indices, updates, name=None):
        """Add `updates` to the elements or slices at `indices` (…, k)."""
        return self._change("add", key_of_rows(as_array(indices)), as_array(updates, self._tensor.dtype))

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtract `updates` from the elements or slices at `indices` (…, k)."""
        return self._change("sub", key_of_rows(as_array(indices)), as_array(updates, self._tensor.dtype))

    def scatter_nd_update(self, indices, updates, name=None):
        """Replace the elements or slices at `indices` (…, k)."""
        return self._change(None, key_of_rows(as_array(indices)), as_array(updates, self._tensor.dtype))

    def scatter_nd_max(self, indices, updates, name=None):
        """The greater of the old and the given values, at `indices` (…, k)."""
        return self._change("max", key_of_rows(as_array(indices)), as_array(updates, self._tensor.dtype))

    def scatter_nd_min(self, indices, updates, name=None):
        """The lesser of the old and the given values, at `indices` (…, k)."""
        return self._change("min", key_of_rows(as_array(indices)), as_array(updates, self._tensor.dtype))

    def _scatter(self, how, sparse_delta):
        if not isinstance(sparse_delta, EngineSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
        values = as_array(sparse_delta.values, self._tensor.dtype)
        return self._change(how, as_array(sparse_delta.indices), values)

    def _change(self, how, key, values):
        return self._set(combined_at(self._tensor.array, key, values, how))
