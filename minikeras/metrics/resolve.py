"""Choice of the metric for each entry of `compile(metrics=[…])`, given labels and predictions."""

from minikeras.base.naming import get_object_name
from minikeras.metrics import accuracy, probabilistic
from minikeras.metrics.identifiers import get
from minikeras.metrics.mean import Mean, MeanMetricWrapper, Sum
from minikeras.metrics.metric import Metric

_ACCURACIES = {
    "binary": accuracy.BinaryAccuracy,
    "sparse": accuracy.SparseCategoricalAccuracy,
    "categorical": accuracy.CategoricalAccuracy,
}
_CROSSENTROPIES = {
    "binary": probabilistic.BinaryCrossentropy,
    "sparse": probabilistic.SparseCategoricalCrossentropy,
    "categorical": probabilistic.CategoricalCrossentropy,
}
_BY_OUTPUT = {
    **dict.fromkeys(["accuracy", "acc"], _ACCURACIES),
    **dict.fromkeys(["crossentropy", "ce"], _CROSSENTROPIES),  # known to Keras 2; Keras 3.15 raises an error
}


def resolve_metric(identifier, y_true, y_pred):
    """The metric for an entry of `compile(metrics=…)`: a name, config, function, class or Metric; None for None.

    "accuracy" ("acc") and "crossentropy" ("ce") depend on the shapes: one output unit is binary, labels with fewer axes
    than predictions (or a last axis of length 1) are class indices, all others are one-hot. A metric given by name has
    that name in the logs: "mse" stays "mse".

    Raises:
        ValueError: there is no such metric.
        TypeError: it is a Mean or a Sum, which is updated with values.
    """
    if identifier is None:
        return None
    by_output = _BY_OUTPUT.get(identifier.lower()) if isinstance(identifier, str) else None
    if by_output is not None:
        return by_output[output_kind(y_true, y_pred)](name=identifier)
    metric = get(identifier)
    if not isinstance(metric, Metric):
        return MeanMetricWrapper(metric, name=get_object_name(metric))
    if type(metric).update_state in (Mean.update_state, Sum.update_state):
        raise TypeError(
            f"Metric '{metric.name}' ({type(metric).__name__}) is given values, not labels and predictions, which "
            "would be their weights. In `compile`, pass `MeanMetricWrapper(function)`, or update it in `train_step`."
        )
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def output_kind(y_true, y_pred):
    """The kind of output that the shapes of labels and predictions suggest: "binary", "sparse" or "categorical"."""
    true_shape, pred_shape = tuple(y_true.shape), tuple(y_pred.shape)
    if pred_shape and pred_shape[-1] == 1:
        return "binary"
    if len(true_shape) < len(pred_shape) or (true_shape and true_shape[-1] == 1 and pred_shape[-1] > 1):
        return "sparse"
    return "categorical"
