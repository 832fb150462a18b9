"""Exercise: a Dense layer, forward and backward."""

import numpy as np

from minikeras.tools.learn.exercise import BROADCASTING, MISSING_TERM, ORDER, SHAPE, Exercise, Mistake, Task

STARTER = '''"""A Dense layer: y = x · kernel + bias, and its gradients.

x: (…, inputs), kernel: (inputs, units), bias: (units,), y: (…, units). There may be several axes before the last.
"""

import numpy as np


def dense(x, kernel, bias):
    """y[…, u] = Σᵢ x[…, i] · kernel[i, u] + bias[u]"""
    raise NotImplementedError


def dense_gradients(x, kernel, dy):
    """(dx, dkernel, dbias) of a loss, from its gradient dy with respect to y: each has the shape of its variable.

    Here x is (batch, inputs).
    """
    raise NotImplementedError
'''


def _arrays(*shapes, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def _forward_cases():
    return [
        ("4 samples of 3 inputs, 2 units", _arrays((4, 3), (3, 2), (2,))),
        ("as many samples as inputs and units, 3", _arrays((3, 3), (3, 3), (3,))),
        ("sequences: x is (2, 5, 3)", _arrays((2, 5, 3), (3, 4), (4,))),
        ("one sample, one unit", _arrays((1, 3), (3, 1), (1,))),
    ]


def _gradient_cases():
    return [
        ("4 samples of 3 inputs, 2 units", _arrays((4, 3), (3, 2), (4, 2))),
        ("as many samples as inputs and units, 3", _arrays((3, 3), (3, 3), (3, 3))),
        ("one sample", _arrays((1, 3), (3, 2), (1, 2))),
    ]


def _forward(keras, x, kernel, bias):
    layer = keras.layers.Dense(len(bias), dtype="float64")
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    return layer(x)


def _gradients(keras, x, kernel, dy):
    x, kernel, bias = (keras.Variable(value, dtype="float64") for value in (x, kernel, np.zeros(dy.shape[-1])))
    with keras.GradientTape() as tape:
        loss = keras.ops.sum((keras.ops.matmul(x, kernel) + bias) * dy)
    return tuple(tape.gradient(loss, [x, kernel, bias]))


EXERCISE = Exercise(
    name="dense",
    title="a Dense layer, forward and backward",
    where="minikeras/layers/core/dense.py, minikeras/autodiff/matrix_product.py",
    starter=STARTER,
    tasks=(
        Task(
            "dense",
            ("y",),
            _forward_cases,
            _forward,
            (
                Mistake(MISSING_TERM, "The bias is not added.", lambda x, kernel, bias: x @ kernel),
                Mistake(
                    BROADCASTING,
                    "The bias was added along the samples. bias[u] belongs to unit u, the last axis of y.",
                    lambda x, kernel, bias: x @ kernel + bias[:, None],
                ),
                Mistake(
                    ORDER,
                    "The kernel was transposed: its rows are inputs, its columns units.",
                    lambda x, kernel, bias: x @ kernel.T + bias,
                ),
                Mistake(
                    ORDER,
                    "That is kernel · x: the samples are in x's rows, so x is the left factor.",
                    lambda x, kernel, bias: kernel @ x + bias,
                ),
            ),
        ),
        Task(
            "dense_gradients",
            ("dx", "dkernel", "dbias"),
            _gradient_cases,
            _gradients,
            (
                Mistake(
                    SHAPE,
                    "dbias was not summed over the samples: every sample adds the same bias.",
                    lambda x, kernel, dy: (dy @ kernel.T, x.T @ dy, dy),
                ),
                Mistake(
                    MISSING_TERM,
                    "dkernel and dbias are means over the samples here. The gradient of a sum is a sum; if the loss is "
                    "a mean, dy has the factor already.",
                    lambda x, kernel, dy: (dy @ kernel.T, x.T @ dy / len(x), dy.mean(0)),
                ),
                Mistake(
                    MISSING_TERM,
                    "dbias is the mean over the samples, but should be their sum.",
                    lambda x, kernel, dy: (dy @ kernel.T, x.T @ dy, dy.mean(0)),
                ),
                Mistake(
                    SHAPE,
                    "dbias was summed over the units, the last axis: every sample adds the same bias, so its "
                    "gradient is a sum over the samples.",
                    lambda x, kernel, dy: (dy @ kernel.T, x.T @ dy, dy.sum(1)),
                ),
                Mistake(
                    ORDER,
                    "dkernel is transposed: its rows are inputs, its columns units.",
                    lambda x, kernel, dy: (dy @ kernel.T, dy.T @ x, dy.sum(0)),
                ),
                Mistake(
                    ORDER,
                    "In dx the kernel must be transposed: unit u sends its gradient back along kernel[:, u].",
                    lambda x, kernel, dy: (dy @ kernel, x.T @ dy, dy.sum(0)),
                ),
            ),
            in_keras=False,
        ),
    ),
)
