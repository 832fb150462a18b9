"""`Discretization`: numbers as the indices of their bins."""

import reprlib

import numpy as np

from minikeras import ops
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.limits import reads_config
from minikeras.config import floatx
from minikeras.layers.preprocessing.adapting import batches_of, is_array
from minikeras.layers.preprocessing.category_output import checked_mode, checked_sparse, encoded
from minikeras.layers.preprocessing.data_layer import DataLayer
from minikeras.layers.preprocessing.number_arguments import optional_integer

EMPTY = np.zeros((2, 0), np.float32)


class Discretization(DataLayer):
    """y = i where bin_boundaries[i − 1] ≤ x < bin_boundaries[i]; the first and the last bin are open.

    Args:
        bin_boundaries: ascending numbers.
        num_bins: instead of boundaries, the number of bins; `adapt` computes them as quantiles of the data.
        epsilon: accuracy of the quantiles; 1/epsilon values are kept.
        output_mode: "int", "one_hot", "multi_hot" or "count", see `CategoryEncoding`.
        sparse: whether vectors are SparseTensors; not with "int".
    """

    _accepted_kinds = "fiub"

    def __init__(self, bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode="int", sparse=False, dtype=None,
                 name=None):  # fmt: skip
        super().__init__(name=name, dtype=dtype)
        if optional_integer("num_bins", num_bins) is not None and num_bins < 1:
            raise ValueError(f"`num_bins` must be greater than or equal to 1. Received: num_bins={num_bins}")
        if (num_bins is None) == (bin_boundaries is None):
            neither, both = (
                "You need to set either `num_bins` or `bin_boundaries`",
                "Both `num_bins` and `bin_boundaries` should not be set",
            )
            raise ValueError(
                f"{neither if num_bins is None else both}. "
                f"Received: bin_boundaries={bin_boundaries}, num_bins={num_bins}"
            )
        self.bin_boundaries = checked_boundaries(bin_boundaries)
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = checked_mode(output_mode)
        self.sparse = checked_sparse(sparse, self.output_mode)
        self.summary = EMPTY

    @property
    def has_given_state(self):
        """Whether the boundaries were given."""
        return self.num_bins is None

    @property
    def input_dtype(self):
        """The dtype of the binned values."""
        return floatx()

    @property
    def output_dtype(self):
        """The dtype of the outputs."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def adapt(self, data, steps=None):
        """Find the boundaries of `num_bins` bins.

        Args:
            data: an array; or batches: a Dataset, a PyDataset, a list of arrays, a generator.
            steps: how many batches; all if None.

        Raises:
            ValueError: the boundaries were given.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that was initialized with `bin_boundaries`. Use `num_bins` "
                "instead."
            )
        self.reset_state()
        for batch in [data] if is_array(data) else batches_of(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Update the summary with one batch of data."""
        values = np.asarray(data).astype(np.float32)
        self.summary = merged(summarized(values, self.epsilon), self.summary, self.epsilon)

    def finalize_state(self):
        """Set the boundaries from the data so far."""
        if self.num_bins is not None:
            self.bin_boundaries = boundaries(self.summary, self.num_bins).tolist()

    def reset_state(self):
        """Reset the summary of the data."""
        if self.num_bins is not None:
            self.summary = EMPTY

    def call(self, inputs):
        if self.bin_boundaries is None:
            raise ValueError("You need to either pass `bin_boundaries` or call `adapt(data)` before the first call.")
        indices = ops.digitize(inputs, np.asarray(self.bin_boundaries, self.input_dtype))
        return encoded(indices, self.output_mode, len(self.bin_boundaries) + 1, self.output_dtype, sparse=self.sparse)

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return input_shape
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        if self.output_mode != "one_hot":  # rows lie along the second axis, see `encoded`
            return (*input_shape[:1], *input_shape[2:], depth) if len(input_shape) > 1 else (depth,)
        return (*(input_shape[:-1] if len(input_shape) > 1 and input_shape[-1] == 1 else input_shape), depth)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.output_dtype, sparse=self.sparse)

    def get_config(self):
        names = ("bin_boundaries", "num_bins", "epsilon", "output_mode", "sparse", "name", "dtype")
        return {name: getattr(self, name) for name in names}

    @classmethod
    @reads_config
    def from_config(cls, config):
        """The layer of a config, which has both boundaries and `num_bins` if the layer was adapted."""
        if config.get("bin_boundaries") is None or config.get("num_bins") is None:
            return cls(**config)
        layer = cls(**{**config, "bin_boundaries": None})
        layer.bin_boundaries = checked_boundaries(config["bin_boundaries"])
        return layer

    def load_own_variables(self, store):
        """Does nothing: the boundaries are in the config. (Keras 2 stored the summary from which they are computed.)"""


def checked_boundaries(values):
    """The boundaries themselves, checked.

    Raises:
        TypeError: a single number.
        ValueError: they are neither a list of numbers nor None.
        InvalidArgumentError: they do not ascend.
    """
    if values is None:
        return None
    try:
        array = np.asarray(values)
    except ValueError:  # nested lists of several lengths
        array = np.asarray(None)
    is_numeric = array.dtype.kind in "fiub"
    if array.ndim != 1 or not (is_numeric or hasattr(values, "dtype")):
        error = TypeError if is_numeric and array.ndim == 0 else ValueError
        raise error(f"`bin_boundaries` must be a list of numbers. Received: {reprlib.repr(values)}")
    if is_numeric and (array[1:] < array[:-1]).any():
        message = f"`bin_boundaries` must ascend. Received: {reprlib.repr(values)}. Sort them."
        raise InvalidArgumentError(None, None, message)
    return values


def summarized(values, epsilon):
    """The summary of an array: about 1/epsilon of its quantiles."""
    values = np.sort(np.ravel(values))
    step = max(values.size / (1.0 / epsilon), 1)
    quantiles = values[int(step - 1) :: int(step)]
    return np.stack([quantiles, np.full_like(quantiles, step)])


def merged(summary, other, epsilon):
    """Merge two summaries."""
    both = np.concatenate([summary, other], axis=1)
    return _compressed(both[:, np.argsort(both[0])], epsilon)


def boundaries(summary, num_bins):
    """The num_bins − 1 values that divide the data into bins with equal counts."""
    return _compressed(summary, 1.0 / num_bins)[0, :-1]


def _compressed(summary, epsilon):
    """At most 1/epsilon quantiles of a summary, interpolated linearly between its own."""
    if summary.shape[1] * epsilon < 1:
        return summary
    values, weights = summary
    totals = weights.cumsum()
    shares, wanted = totals / totals[-1], epsilon + np.arange(0.0, 1.0, epsilon)
    new_totals = np.interp(wanted, shares, totals)
    return np.stack([np.interp(wanted, shares, values), np.diff(new_totals, prepend=0)]).astype(np.float32)
