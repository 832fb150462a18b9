"""`LossFunctionWrapper`: turns a function `(y_true, y_pred) -> losses` into a `Loss`."""

import inspect

import numpy as np

from minikeras import ops, tree
from minikeras.autodiff.state import thread
from minikeras.autodiff.tensor import Tensor
from minikeras.base.limits import reads_config
from minikeras.losses.labels import squeeze_or_expand_to_same_rank
from minikeras.losses.loss import Loss
from minikeras.serialization import deserialize_keras_object, function_config, serialize_keras_object


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
