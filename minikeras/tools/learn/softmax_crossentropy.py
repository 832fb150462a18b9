"""Exercise: softmax and the crossentropy of integer labels, safe for large logits, with its gradient."""

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, FORMULA, MISSING_TERM, RANGE, Exercise, Mistake, Task

STARTER = '''"""Softmax and crossentropy, for logits of any size.

logits: (samples, classes), labels: (samples,), integers.
"""

import numpy as np


def softmax(logits):
    """p[s, c] = exp(logits[s, c]) / Σₖ exp(logits[s, k]), also where exp(logits) would overflow."""
    raise NotImplementedError


def crossentropy(labels, logits):
    """The loss of each sample, −ln p[s, labels[s]]: shape (samples,). Finite even where p is 0 in float64."""
    raise NotImplementedError


def crossentropy_gradient(labels, logits):
    """The gradient of the mean of the losses with respect to the logits: shape (samples, classes)."""
    raise NotImplementedError
'''

CLIPS = (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30)  # limits against log(0) that are seen in programs


def _shifted(x):
    return np.exp(x - x.max(-1, keepdims=True))


def _softmax(x):
    return _shifted(x) / _shifted(x).sum(-1, keepdims=True)


def _one_hot(labels, logits):
    return np.eye(logits.shape[-1])[labels]


def _logits(*shape):
    return 2 * np.random.default_rng(1).standard_normal(shape)


def _large():
    return np.array([[1000.0, 0.0, -1000.0], [-800.0, -800.0, -900.0], [3.0, 750.0, 749.0]])


def _softmax_cases():
    return [
        ("3 samples, 4 classes", (_logits(3, 4),)),
        ("3 samples, 3 classes", (_logits(3, 3),)),
        ("logits up to ±1000", (_large(),)),
    ]


def _loss_cases():
    labels = np.array([1, 0, 2, 2])
    return [
        ("4 samples, 3 classes", (labels, _logits(4, 3))),
        ("3 samples, 3 classes", (labels[:3], _logits(3, 3))),
        ("logits up to ±1000", (labels[:3], _large())),
    ]


def _loss(keras, labels, logits):
    # Keras's losses of float64 logits are float32 unless they are asked for otherwise.
    logits = keras.ops.convert_to_tensor(logits, "float64")
    return keras.ops.sparse_categorical_crossentropy(keras.ops.convert_to_tensor(labels), logits, from_logits=True)


def _gradient(keras, labels, logits):
    logits = keras.Variable(logits, dtype="float64")
    with keras.GradientTape() as tape:
        loss = keras.ops.mean(_loss(keras, labels, logits))
    return tape.gradient(loss, logits)


def _clipped(limit):
    """Crossentropy of probabilities that were kept away from 0, by a limit or a summand."""
    return Mistake(
        RANGE,
        f"Probabilities were kept away from 0, by about {limit:g}, so no loss is above {-np.log(limit):.1f}. Take the "
        "logarithm of the formula of p first, and simplify: the result needs no p.",
        lambda y, x: -np.log(np.maximum(_softmax(x), limit))[np.arange(len(y)), y],
    )


EXERCISE = Exercise(
    name="softmax_crossentropy",
    title="softmax and crossentropy that no logit overflows",
    where="minikeras/kernels/softmax.py, minikeras/kernels/crossentropy.py",
    starter=STARTER,
    tasks=(
        Task(
            "softmax",
            ("p",),
            _softmax_cases,
            lambda keras, logits: keras.ops.softmax(keras.ops.convert_to_tensor(logits, "float64")),
            (
                Mistake(
                    BROADCASTING,
                    "The sum is over all samples, but each row is a separate distribution, whose sum is 1.",
                    lambda x: _shifted(x) / _shifted(x).sum(),
                ),
                Mistake(
                    BROADCASTING,
                    "The sum is over all samples, but each row is a separate distribution, whose sum is 1.",
                    lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(),
                ),
                Mistake(
                    BROADCASTING,
                    "The sum is over the samples, axis 0, but should be over the classes, axis −1.",
                    lambda x: _shifted(x) / _shifted(x).sum(0),
                ),
                Mistake(
                    BROADCASTING,
                    "The sum is over the samples, axis 0, but should be over the classes, axis −1.",
                    lambda x: _softmax(x.T).T,
                ),
                Mistake(
                    BROADCASTING,
                    "The sums of the rows were broadcast over the columns: keep the summed axis (keepdims=True).",
                    lambda x: np.exp(x) / np.exp(x).sum(-1),
                ),
            ),
        ),
        Task(
            "crossentropy",
            ("losses",),
            _loss_cases,
            _loss,
            (
                Mistake(
                    FORMULA,
                    "The sign: a probability below 1 has a negative logarithm, and a loss is positive.",
                    lambda y, x: np.log(_softmax(x))[np.arange(len(y)), y],
                ),
                Mistake(
                    FORMULA,
                    "That is the mean over the samples, but there should be one loss for each.",
                    lambda y, x: -np.log(_softmax(x))[np.arange(len(y)), y].mean(),
                ),
                Mistake(
                    BROADCASTING,
                    "`[:, labels]` takes the columns of all labels from every row: pair each row with its own label.",
                    lambda y, x: -np.log(_softmax(x))[:, y],
                ),
                *map(_clipped, CLIPS),
                Mistake(
                    FORMULA,
                    "The losses of all classes were summed: only that of the label counts.",
                    lambda y, x: -np.log(_softmax(x)).sum(-1),
                ),
            ),
        ),
        Task(
            "crossentropy_gradient",
            ("dlogits",),
            _loss_cases,
            _gradient,
            (
                Mistake(
                    MISSING_TERM,
                    "The loss is a mean over the samples, so the gradient has the factor 1 / samples.",
                    lambda y, x: _softmax(x) - _one_hot(y, x),
                ),
                Mistake(
                    MISSING_TERM,
                    "The label's own term is missing: its logit is in −logits[label] as well as in the sum.",
                    lambda y, x: _softmax(x) / len(y),
                ),
                Mistake(
                    BROADCASTING,
                    "The labels were subtracted as numbers. A label is a position: subtract 1 there.",
                    lambda y, x: (_softmax(x) - y[:, None]) / len(y),
                ),
                Mistake(
                    MISSING_TERM,
                    "That is the gradient with respect to the probabilities. From there it has to go back through the "
                    "softmax, where each logit moves all of them.",
                    lambda y, x: -_one_hot(y, x) / _softmax(x) / len(y),
                ),
                Mistake(
                    MISSING_TERM,
                    "The gradient was divided by the number of classes: the mean goes over the samples.",
                    lambda y, x: (_softmax(x) - _one_hot(y, x)) / x.shape[1],
                ),
                Mistake(FORMULA, "The sign is the opposite one.", lambda y, x: (_one_hot(y, x) - _softmax(x)) / len(y)),
            ),
            in_keras=False,
        ),
    ),
)
