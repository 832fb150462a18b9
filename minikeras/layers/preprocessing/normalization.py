"""`Normalization`: scales features to mean 0 and variance 1."""

import math
from itertools import chain

import numpy as np

from minikeras import ops
from minikeras.autodiff.arithmetic import Cast
from minikeras.config import epsilon
from minikeras.data import PyDataset
from minikeras.data.pipeline import Dataset
from minikeras.layers.preprocessing.adapting import batches_of, is_array
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.ops.conversion import data_array

BATCH_SIZE = 128  # of data sets whose elements are single samples


class Normalization(DataLayer):
    """y = (x − mean) / max(√variance, ε), with a mean and a variance for each index along `axis`.

    Both are passed to the constructor, or computed from data by `adapt`.

    Args:
        axis: one axis or several whose indices have separate statistics; None for one mean and one variance.
        mean, variance: arrays that broadcast to the lengths of these axes; both or none.
        invert: whether to compute x = y · max(√variance, ε) + mean instead.
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean, self.input_variance = mean, variance
        self.invert = invert
        self.supports_masking = True
        self._check_given()

    def _check_given(self):
        mean, variance = self.input_mean, self.input_variance
        if (mean is None) != (variance is None):
            raise ValueError(
                "Either none or both `mean` and `variance` must be set: one alone has no use. "
                f"Received: mean={mean}, variance={variance}"
            )
        if mean is None:
            return
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                "`mean` and `variance` differ in shape. "
                f"Received: mean of shape {np.shape(mean)}, variance of shape {np.shape(variance)}"
            )
        if np.ndim(mean) > len(self.axis):
            raise ValueError(
                f"`mean` must not have more axes than `axis` names, {len(self.axis)}. "
                f"Received: mean of shape {np.shape(mean)}, axis={self.axis}"
            )

    def build(self, input_shape):
        ndim = len(input_shape)
        if any(not -ndim <= a < ndim for a in self.axis):
            raise ValueError(f"All `axis` values must be in the range [{-ndim}, {ndim}). Received: axis={self.axis}, "
                             f"input_shape={tuple(input_shape)}")  # fmt: skip
        self._kept = tuple(sorted(a % ndim for a in self.axis))
        self._reduced = tuple(a for a in range(ndim) if a not in self._kept)
        self._lengths = tuple(input_shape[a] for a in self._kept)
        if None in self._lengths:
            raise ValueError(
                "All `axis` values to be kept must have known lengths. "
                f"Received: axis={self.axis}, input_shape={tuple(input_shape)}"
            )
        self._broadcast_shape = tuple(input_shape[a] if a in self._kept else 1 for a in range(ndim))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(self._lengths, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(self._lengths, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", dtype="int", trainable=False, name="count")
        else:
            self._given_mean, self._given_variance = map(self._spread, (self.input_mean, self.input_variance))

    def _spread(self, given):
        """A given mean or variance in a shape that broadcasts to the inputs."""
        return np.broadcast_to(data_array(given), self._lengths).reshape(self._broadcast_shape)

    @property
    def has_given_state(self):
        """Whether mean and variance were given."""
        return self.input_mean is not None

    # --- the statistics -------------------------------------------------------------------------------------------

    @property
    def mean(self):
        """The mean in a shape that broadcasts to the inputs; None before the layer is built."""
        if not self.built:
            return None
        return self._as_statistic(self.adapt_mean if self.input_mean is None else self._given_mean)

    @property
    def variance(self):
        """The variance, in the same form."""
        if not self.built:
            return None
        return self._as_statistic(self.adapt_variance if self.input_mean is None else self._given_variance)

    def _as_statistic(self, value):
        return Cast(self.compute_dtype)(ops.reshape(value, self._broadcast_shape))

    def adapt(self, data):
        """Compute mean and variance of data.

        Args:
            data: an array; or batches: a Dataset, a PyDataset, a list of arrays, a generator. Of tuples (x, y), x is
                used.

        Raises:
            TypeError: the data is something else.
            ValueError: there is no data, it does not have the shape that the layer was built for, or mean and variance
                were passed to the constructor.
        """
        if self.input_mean is not None:
            raise ValueError(
                "Cannot adapt a Normalization layer whose `mean` and `variance` were given. Leave them out to adapt it."
            )
        if is_array(data):
            self._prepare(data.shape)
            mean, variance = ops.mean(data, axis=self._reduced), ops.var(data, axis=self._reduced)
        else:
            mean, variance = self._of_batches(data)
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def finalize_state(self):
        """Does nothing: mean and variance are computed from the weights at each call."""

    def _prepare(self, shape):
        """Build the layer for data of this shape, or check that it fits."""
        if not self.built:
            self.build(tuple(shape))
        elif len(shape) != len(self._broadcast_shape) or tuple(shape[a] for a in self._kept) != self._lengths:
            raise ValueError(
                f"The layer was built with lengths {self._lengths} along the axes {self._kept}, and received data of "
                f"an incompatible shape: {tuple(shape)}"
            )

    def _of_batches(self, data):
        """Mean and variance of all batches, merged batch by batch."""
        mean, variance, total = 0.0, 0.0, 0
        if isinstance(data, Dataset) and (shape := _shape_of_batches(data)) is not None:
            self._prepare(shape)
        for batch in _arrays(data):
            self._prepare(batch.shape)
            batch = Cast(self.compute_dtype)(ops.convert_to_tensor(batch))
            count = math.prod(batch.shape[a] for a in self._reduced)
            total += count
            weight = count / total
            before, new = mean, ops.mean(batch, axis=self._reduced)
            mean = before * (1.0 - weight) + new * weight
            variance = (variance + (before - mean) ** 2) * (1.0 - weight) + (
                ops.var(batch, axis=self._reduced) + (new - mean) ** 2
            ) * weight
        return mean, variance

    # --- calling --------------------------------------------------------------------------------------------------

    def call(self, inputs):
        x = Cast(self.compute_dtype)(inputs)
        deviation = ops.maximum(ops.sqrt(self.variance), epsilon())
        return self.mean + x * deviation if self.invert else (x - self.mean) / deviation

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        mean, variance = (None if x is None else np.asarray(x).tolist() for x in (self.input_mean, self.input_variance))
        return {**self._own_config(), "axis": self.axis, "invert": self.invert, "mean": mean, "variance": variance}


def _shape_of_batches(dataset):
    """The shape of the batches of a Dataset with None for lengths that vary; None if it is not known."""
    spec = dataset.element_spec
    spec = spec[0] if isinstance(spec, tuple) and spec else spec
    shape = getattr(spec, "shape", None)
    return None if shape is None or len(shape) < 2 else tuple(shape)


def _arrays(data):
    """The inputs x of the batches of data; at least one."""
    if isinstance(data, Dataset):
        spec = data.element_spec[0] if isinstance(data.element_spec, tuple) else data.element_spec
        data = data.batch(BATCH_SIZE) if len(spec.shape) == 1 else data
    elif not isinstance(data, PyDataset) and not hasattr(data, "__iter__"):
        raise TypeError(
            "Unsupported data type: `adapt` takes an array, a tensor, a Dataset, a PyDataset or an iterable of "
            f"batches. Received: {type(data).__name__}"
        )
    batches = (batch[0] if isinstance(batch, tuple) else batch for batch in batches_of(data))
    first = next(batches, None)
    if first is None:
        raise ValueError("`adapt` received an empty iterable. Pass at least one batch: layer.adapt([x]).")
    if not hasattr(first, "shape"):
        raise TypeError(
            "`adapt` takes batches with a `.shape`: arrays or tensors. "
            f"Received: a {type(first).__name__}. Pass an array, np.array(data)."
        )
    return chain([first], batches)
