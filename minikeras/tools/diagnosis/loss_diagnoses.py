"""Diagnoses of the loss, the labels and the metrics. Each returns one sentence with the fix, or None."""

import numpy as np

from minikeras.tools.diagnosis.evidence import class_indices

BINARY = 2
TOO_LARGE = 4.0
"""A loss this many times ln(classes) before the training: random logits of variance 1 give about 1.2 times."""
ONE = 1e-3  # rows of probabilities sum to 1 within this, in float16 too


def logits_as_probabilities(e):
    """The loss expects probabilities and gets logits."""
    if not e.is_crossentropy or e.from_logits or e.predictions is None:
        return None
    outside = float(((e.predictions < 0) | (e.predictions > 1)).mean())
    if not outside or e.last_activation in ("softmax", "sigmoid"):
        return None
    activation = "sigmoid" if e.loss_name.startswith("binary") else "softmax"
    return (
        f"The loss {e.loss_name} expects probabilities, but {outside:.0%} of the predictions are below 0 or above 1: "
        f'they are logits. Give the loss from_logits=True, or the last layer activation="{activation}".'
    )


def probabilities_as_logits(e):
    """The loss expects logits and gets probabilities."""
    if e.is_crossentropy and e.from_logits and e.last_activation in ("softmax", "sigmoid"):
        return (
            f"The loss {e.loss_name} has from_logits=True, but the last layer has a {e.last_activation} already: it is "
            "applied twice. Take from_logits=True or the activation away."
        )
    return None


def softmax_of_one_unit(e):
    """softmax over an axis of length 1 is 1 for every input."""
    if e.last_activation == "softmax" and e.predictions is not None and e.predictions.shape[-1] == 1:
        return (
            'A softmax of one unit is 1 for every input. Use activation="sigmoid" with binary_crossentropy, or one '
            "unit per class."
        )
    return None


def labels_out_of_range(e):
    """A class index that has no unit."""
    if e.loss_name != "sparse_categorical_crossentropy" or e.predictions is None or e.single_y is None:
        return None
    units, y = e.predictions.shape[-1], np.asarray(e.all_y if isinstance(e.all_y, np.ndarray) else e.single_y)
    ignored = getattr(e.loss, "_fn_kwargs", {}).get("ignore_class")
    y = y[y != ignored] if ignored is not None else y
    if y.shape[-1:] == (units,) and units > 1 and y.ndim == e.predictions.ndim:
        return None  # one-hot: see `one_hot_labels`
    if y.size and (y.min() < 0 or y.max() >= units):
        return (
            f"Labels go from {y.min():g} to {y.max():g}, but the model has {units} output units, for the classes 0 to "
            f"{units - 1}. Give the last layer {int(y.max()) + 1} units, or number the classes from 0."
        )
    return None


def one_hot_labels(e):
    """One-hot labels with the sparse loss, or class indices with the one for one-hot labels."""
    y, p = e.single_y, e.predictions
    if y is None or p is None or p.shape[-1] < BINARY:
        return None
    if e.loss_name == "sparse_categorical_crossentropy" and y.shape == p.shape and class_indices(y) is not None:
        return (
            "The labels are one-hot rows, but sparse_categorical_crossentropy takes class indices. Use "
            "categorical_crossentropy, or y.argmax(axis=-1)."
        )
    if e.loss_name == "categorical_crossentropy" and (y.ndim < p.ndim or y.shape[-1] == 1):
        return (
            "The labels are class indices, but categorical_crossentropy takes one-hot rows. Use "
            "sparse_categorical_crossentropy, or `keras.utils.to_categorical(y)`."
        )
    return None


def missing_flatten(e):
    """Predictions with more axes than the labels have."""
    y, p = e.single_y, e.predictions
    if y is None or p is None or not (e.is_crossentropy or e.loss_name in _REGRESSIONS):
        return None  # the expectations of a user's loss are unknown
    wanted = y.ndim + 1 if e.loss_name.startswith("sparse") and y.shape[-1:] != (1,) else y.ndim
    wanted = max(wanted, BINARY)
    if p.ndim > wanted and p.size > p.shape[0] and not (e.loss_name.startswith("sparse") and y.ndim == p.ndim):
        return (
            f"The model returns {p.shape[1:]} for each sample, and its label has {y.shape[1:] or 'one number'}: a "
            "Flatten or GlobalAveragePooling layer is missing before the Dense layers."
        )
    return None


def accuracy_of_numbers(e):
    """Accuracy of a regression, or a threshold of 0.5 on logits."""
    names = [name.lower() for name in e.metric_names]
    if not any(name in ("accuracy", "acc", "binary_accuracy") for name in names) or e.single_y is None:
        return None
    y, regression = e.single_y, e.loss_name in _REGRESSIONS
    if regression and y.dtype.kind == "f" and (y != np.floor(y)).any():
        return (
            f"Accuracy counts predictions that equal the label, but these labels are real numbers (loss "
            f'{e.loss_name}). Use metrics=["mae"].'
        )
    if e.loss_name == "binary_crossentropy" and e.from_logits and not _has_own_threshold(e):
        return (
            'The metric "accuracy" compares predictions with 0.5, but these are logits, whose limit is 0. Use '
            "metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]."
        )
    return None


_REGRESSIONS = (
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
    "log_cosh",
    "mean_squared_logarithmic_error",
    "mean_absolute_percentage_error",
)


def _has_own_threshold(e):
    given = [m for m in np.ravel(np.array(e.model._compile_metrics._user_metrics, dtype=object)) if m is not None]
    return all(not isinstance(m, str) for m in given)


def initial_loss(e):
    """The loss before the training is far from that of a guess, ln(classes)."""
    if e.trained or not e.is_crossentropy or e.loss_now is None or _faulty_predictions(e):
        return None
    classes = BINARY if e.loss_name.startswith("binary") else e.predictions.shape[-1]
    guess = np.log(max(classes, BINARY))
    if np.isfinite(e.loss_now) and e.loss_now > TOO_LARGE * guess:
        return (
            f"Before the training the loss is {e.loss_now:.3g}, and a guess among {classes} classes has ln({classes}) "
            f"= {guess:.3g}: the network is very sure of wrong answers. Scale the inputs, or the initial weights, down."
        )
    return None


def _faulty_predictions(e):
    """Whether another diagnosis explains a high loss."""
    return any(f(e) for f in (logits_as_probabilities, probabilities_as_logits, softmax_of_one_unit, one_hot_labels))


def loss_not_finite(e):
    """The loss of the data is NaN or infinite."""
    if e.loss_now is None or np.isfinite(e.loss_now):
        return None
    rows = [] if e.single_x is None or e.single_x.dtype.kind != "f" else np.flatnonzero(~_finite_rows(e.single_x))
    if len(rows):
        where = f"in {len(rows)} rows, the first of them {rows[0]}"
        return f"The loss is {e.loss_now}: x has NaN or infinite values {where}. Leave these rows out."
    return f"The loss is {e.loss_now}. `fit(…, detect_anomaly=True)` names the op, the layer and the rows that make it."


def _finite_rows(x):
    return np.isfinite(x.reshape(len(x), -1)).all(axis=1)


def only_accuracy_of_rare_classes(e):
    """Nearly all samples are of one class, and only accuracy is measured."""
    if not e.is_crossentropy or e.classes is None or not e.metric_names or e.class_weight:
        return None
    if any("acc" not in name.lower() for name in e.metric_names) or len(e.classes) < MANY:
        return None
    share = np.unique(e.classes, return_counts=True)[1].max() / len(e.classes)
    if RARE <= share < 1:
        return (
            f"{share:.0%} of the samples are of one class, so that accuracy is {share:.0%} without any learning. Look "
            "at AUC, Precision and Recall, and give `fit` a `class_weight`."
        )
    return None


RARE = 0.9
MANY = 50  # samples from which shares of classes say something

ALL = [
    logits_as_probabilities,
    probabilities_as_logits,
    softmax_of_one_unit,
    labels_out_of_range,
    one_hot_labels,
    missing_flatten,
    accuracy_of_numbers,
    initial_loss,
    loss_not_finite,
    only_accuracy_of_rare_classes,
]
