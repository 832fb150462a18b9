"""`Mean`, `Sum`, and `MeanMetricWrapper`: the mean of any function of labels and predictions."""

import inspect
from contextlib import nullcontext

import numpy as np

from minikeras.autodiff.effects import effectful
from minikeras.autodiff.state import stop_recording, thread
from minikeras.autodiff.tensor import as_array, cast_array
from minikeras.base.limits import reads_config
from minikeras.collectives.share import weight_of_number
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.losses.loss import without_defaults
from minikeras.metrics.metric import Metric, add_to, as_result, divide_no_nan
from minikeras.serialization import deserialize_keras_object, function_config, serialize_keras_object


class Sum(Metric):
    """Σ wᵢ · valueᵢ over all batches.

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        """Add a batch of values, each times its weight."""
        mask = getattr(values, "_keras_mask", None)
        values, _ = samplewise(values, sample_weight, mask, self.dtype, np.sum)
        add_to(self.total, values.sum())

    def result(self):
        return as_result(self.total.array.copy(), self.dtype)


class Mean(Metric):
    """Σ wᵢ · valueᵢ / Σ wᵢ over all batches, 0 before the first. Values with several axes count once per sample.

    Args:
        name, dtype: as for `Metric`.
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        """Add a batch of values: a number, or an array of shape (batch, …)."""
        self.accumulate(values, sample_weight)

    @effectful
    def accumulate(self, values, sample_weight, prediction_mask=None):
        """Add weighted values to the sum and the count. Masks: the values' `_keras_mask` and `prediction_mask`."""
        if prediction_mask is not None:
            sample_weight = masked_weights(sample_weight, prediction_mask)
        mask = getattr(values, "_keras_mask", None)
        values, weights = samplewise(values, sample_weight, mask, self._dtype, np.mean)
        if weights is None and not values.ndim and weight_of_number() != 1:  # of several ranks each by its rows
            weights = np.asarray(weight_of_number(), values.dtype)
            values = values * weights
        add_to(self.total, np.add.reduce(values, axis=None) if values.ndim else values)
        if weights is None:
            add_to(self.count, len(values) if values.ndim else 1)
        else:
            add_to(self.count, np.add.reduce(weights, axis=None) if weights.ndim else weights)

    def result(self):
        total = self.total.array
        mean = divide_no_nan(total, self.count.array)
        return as_result(mean, mean.dtype if total.dtype.kind in "iu" else self._dtype)


class MeanMetricWrapper(Mean):
    """The mean of `fn(y_true, y_pred, **kwargs)` over all samples.

    Args:
        fn: function (or Loss) that returns one value per sample.
        name, dtype: as for `Metric`.
        **kwargs: further arguments for `fn`.

    Class attributes:
        fn_is_of_ops: see `Metric.is_of_ops`, for the function of a subclass that keeps this `update_state`.
    """

    fn_is_of_ops = False  # not needed for functions of `keras.losses`, which consist of ops

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        is_loss = str(getattr(fn, "__module__", None)).startswith("minikeras.losses")
        if is_loss:
            self._direction = "down"  # unknown for other functions
        if type(self).update_state is MeanMetricWrapper.update_state:
            self.is_of_ops = inspect.isfunction(fn) and (is_loss or self.fn_is_of_ops)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch, without the elements that the `_keras_mask` of `y_pred` masks."""
        with stop_recording() if thread.tapes else nullcontext():
            values = self._fn(y_true, y_pred, **self._fn_kwargs)
        self.accumulate(values, sample_weight, getattr(y_pred, "_keras_mask", None))

    def get_config(self):
        fn = function_config(self._fn) if inspect.isfunction(self._fn) else serialize_keras_object(self._fn)
        arguments = {key: serialize_keras_object(value) for key, value in self._fn_kwargs.items()}
        return {**super().get_config(), "fn": fn, **arguments}

    @classmethod
    @reads_config
    def from_config(cls, config):
        if "fn" in config:
            config = deserialize_keras_object(config)
        return cls(**config)


class BuiltInMeanMetric(MeanMetricWrapper):
    """Base class of built-in mean metrics: each passes its function, and its own arguments for it, to this constructor.

    The arguments are also attributes of the metric, under the same names.

    Class attributes:
        hidden_while_default: {argument: default} of arguments that Keras omits from `get_config`. Here they are
            omitted only at their defaults, so that nothing is lost when a metric is saved.
    """

    hidden_while_default = {}

    def __init__(self, fn, name, dtype, **arguments):
        super().__init__(fn, name, dtype, **arguments)
        for key, value in arguments.items():
            setattr(self, key, value)

    def get_config(self):
        return {**Mean.get_config(self), **without_defaults(self._fn_kwargs, self.hidden_while_default)}


def samplewise(values, sample_weight, mask, dtype, reduce):
    """Values weighted and reduced to one per sample, and one weight per sample (None if there are none).

    Args:
        values: array or Tensor of shape (batch, …).
        sample_weight: None, or weights of shape (), (batch,) or (batch, …).
        mask: None, or booleans that are combined with the weights. Without weights it has no effect, as in Keras.
        dtype: of the results.
        reduce: `np.mean` or `np.sum`, over all axes but the first.
    """
    values = cast_array(values, dtype, "`values`")
    if sample_weight is None:
        return _over_axes_from(1, values, reduce), None
    weights = cast_array(sample_weight, dtype, "`sample_weight`")
    if not (values.ndim or weights.ndim or mask is not None):  # the mean loss of a batch, and its size
        values, weights = values[()], weights[()]  # scalars multiply in a quarter of the time of 0-d arrays
        return values * weights, weights
    if mask is not None:
        weights = masked_weights(weights, mask)
    values, weights = squeeze_or_expand_to_same_rank(values, weights)
    values = _over_axes_from(weights.ndim, values, reduce)
    if weights.shape != values.shape:
        weights = broadcast_weights(weights, values.shape)
    return _over_axes_from(1, values * weights, reduce), _over_axes_from(1, weights, reduce)


def masked_weights(weights, mask):
    """Weights (1 if None) that are 0 where `mask` is False."""
    mask = as_array(mask)
    if weights is None:
        return mask.astype("float32")
    weights = as_array(weights)
    mask, weights = squeeze_or_expand_to_same_rank(mask, weights)
    try:
        return weights * mask.astype(weights.dtype)
    except ValueError:
        raise ValueError(
            "`sample_weight` must broadcast against the mask of the predictions. "
            f"Received: sample_weight of shape {weights.shape}, mask of shape {mask.shape}."
        ) from None


def _over_axes_from(first, array, reduce):
    return reduce(array, axis=tuple(range(first, array.ndim))) if array.ndim > first else array


def broadcast_weights(weights, shape):
    """Weights broadcast to the shape of the values.

    Raises:
        ValueError: they do not broadcast to it.
    """
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise ValueError(
            "`sample_weight` must be one weight per sample, or of a shape that broadcasts to the metric's values. "
            f"Received: sample_weight of shape {weights.shape} for values of shape {shape}."
        ) from None
