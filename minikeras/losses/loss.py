"""`Loss`: a function of labels and predictions, with a reduction. The base of every loss class.

`LossFunctionWrapper` makes a `Loss` of a function `(y_true, y_pred) -> losses`.
"""

import inspect

import numpy as np

from minikeras import dtype_policies, ops, tree
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import FromConfig, reads_config
from minikeras.base.naming import auto_name
from minikeras.config import floatx
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.losses.reduction import both_masks, reduce_weighted_values, standardize_reduction
from minikeras.serialization import deserialize_keras_object, function_config, serialize_keras_object


class Loss(FromConfig):
    """Base class of losses: `loss(y_true, y_pred, sample_weight)` is one number for a batch.

    A subclass defines `call(y_true, y_pred)`, which returns one loss per sample; weights, masks and the reduction are
    applied here.

        class Quartic(Loss):
            def call(self, y_true, y_pred):
                return ops.mean((y_true - y_pred) ** 4, axis=-1)

    Args:
        name: for display; derived from the class's name if None.
        reduction: "sum", "sum_over_batch_size" (the mean over losses), "mean" (the same), "mean_with_sample_weight"
            (the mean weighted by `sample_weight`), "none" or None (one loss per sample).
        dtype: dtype or DTypePolicy in which the loss is computed; `floatx()` if None.
    """

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype_policy = dtype_policies.get(dtype or floatx())
        self._dtype = self._dtype_policy.compute_dtype

    @property
    def dtype(self):
        """Name of the dtype in which the loss is computed."""
        return self._dtype

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The reduced loss of a batch.

        Args:
            y_true: labels, converted to the loss's dtype; any nested structure that `call` accepts.
            y_pred: predictions, of the same structure; their `_keras_mask` is applied.
            sample_weight: a number, one per sample, or one per loss value.
        """
        prediction_mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = self._as_labels(y_true), self._as_tensors(y_pred)
        losses = self.call(y_true, y_pred)
        mask = getattr(losses, "_keras_mask", None)
        if prediction_mask is not None:
            mask = both_masks(prediction_mask, mask)
        value = reduce_weighted_values(losses, sample_weight, mask, self.reduction, self._dtype)
        for loss_computed in thread.loss_computed:
            loss_computed(self, y_true, y_pred, sample_weight, value)
        return value

    def call(self, y_true, y_pred):
        """One loss per sample, of shape (batch, …). Subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define `call(y_true, y_pred)`.")

    def get_config(self):
        """The constructor's arguments, without `dtype` (Keras leaves it out as well)."""
        return {"name": self.name, "reduction": self.reduction}

    def _as_labels(self, y_true):
        return self._as_tensors(y_true)

    def _as_tensors(self, x):
        if type(x) is Tensor and x.dtype == self._dtype:
            return x
        if isinstance(x, (dict, list, tuple)) and not _holds_numbers(x):
            return tree.map_structure(lambda leaf: ops.convert_to_tensor(leaf, dtype=self._dtype), x)
        return ops.convert_to_tensor(x, dtype=self._dtype)


class LossFunctionWrapper(Loss):
    """The loss `fn(y_true, y_pred, **kwargs)`, with labels and predictions of the same rank.

    Args:
        fn: function that returns one loss per sample.
        reduction, name, dtype: as for `Loss`.
        **kwargs: further arguments for `fn`.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        if isinstance(y_pred, (dict, list, tuple)):
            pairs = tree.map_structure(_Pair, y_true, y_pred)
            y_true = tree.map_structure(lambda pair: pair.y_true, pairs)
            y_pred = tree.map_structure(lambda pair: pair.y_pred, pairs)
        else:
            y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def _as_labels(self, y_true):
        """Labels in the dtype of the loss, as in Keras; but class indices stay integers if the function takes them.

        (In a step that is traced for a plan they are cast all the same: the plan removes the cast itself.)
        """
        wanted = getattr(self.fn, "takes_class_indices", False) and self._fn_kwargs.get("ignore_class") is None
        if wanted and type(y_true) in (Tensor, np.ndarray) and not thread.unfused:
            labels = ops.convert_to_tensor(y_true)
            if "int" in labels.dtype:
                return labels
        return super()._as_labels(y_true)

    def get_config(self):
        fn = function_config(self.fn) if inspect.isfunction(self.fn) else serialize_keras_object(self.fn)
        config = {**super().get_config(), "fn": fn}
        return {**config, **{key: serialize_keras_object(value) for key, value in self._fn_kwargs.items()}}

    @classmethod
    @reads_config
    def from_config(cls, config):
        if "fn" in config:
            config = deserialize_keras_object(config)
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__}({self.fn.__name__}, kwargs={self._fn_kwargs})>"


class _Pair:
    """One label and its prediction, of the same rank: a leaf for `tree`, which would descend into a tuple."""

    def __init__(self, y_true, y_pred):
        self.y_true, self.y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)


class BuiltInLoss(LossFunctionWrapper):
    """Base class of the built-in losses: each passes its function, and its own arguments for it, to this constructor.

    The arguments are also attributes of the loss, under the same names.

    Class attributes:
        hidden_while_default: {argument: default} of arguments that Keras omits from `get_config`, so that a saved
            `Huber(delta=2)` is loaded with delta=1. Here they are omitted only at their defaults: then the config is
            Keras's, and otherwise nothing is lost (Keras can read the longer config).
    """

    hidden_while_default = {}

    def __init__(self, fn, reduction, name, dtype, **arguments):
        super().__init__(fn, reduction, name, dtype, **arguments)
        for key, value in arguments.items():
            setattr(self, key, value)

    def get_config(self):
        return {**Loss.get_config(self), **without_defaults(self._fn_kwargs, self.hidden_while_default)}


def without_defaults(arguments, defaults):
    """{argument: value} without those that have the value in `defaults`."""
    return {key: value for key, value in arguments.items() if key not in defaults or value != defaults[key]}


def _holds_numbers(x):
    """Whether x is a (nested) list of plain numbers, hence one array rather than several outputs."""
    while isinstance(x, (list, tuple)):
        if not x:
            return True
        x = x[0]
    return not isinstance(x, (dict, Tensor)) and not hasattr(x, "__array__")
