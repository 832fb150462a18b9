"""Each optimizer's rule, against its formula written out for one number in plain Python floats."""

import math

import numpy as np
import pytest

from minikeras import optimizers
from minikeras.autodiff import Tensor, Variable
from tests.identifiers import without_addresses

LEARNING_RATE = 0.1
GRADIENTS = [0.5, -2.0, 0.3, 0.3, 1e-4]
START = 1.5

# The optimizer computes in float64 here, but learning rate and β pass through float32, as in Keras: 0.1 differs by
# 1.5e-8 of itself, and 1 − 0.999 by 1.3e-5, of which Adam takes the root for a step of 0.1.
TOLERANCE = 2e-6


def sgd(w, gradients, lr):
    for g in gradients:
        w -= lr * g
    return w


def sgd_momentum(w, gradients, lr, nesterov=False):
    m = 0.0
    for g in gradients:
        m = 0.9 * m - lr * g
        w += 0.9 * m - lr * g if nesterov else m
    return w


def rmsprop(w, gradients, lr, momentum=0.0, centered=False):
    v = a = m = 0.0
    for g in gradients:
        v = 0.9 * v + 0.1 * g * g
        a = 0.9 * a + 0.1 * g
        m = momentum * m + lr * g / math.sqrt(v - (a * a if centered else 0) + 1e-7)
        w -= m
    return w


def adam(w, gradients, lr, amsgrad=False, weight_decay=0.0):
    m = v = largest = 0.0
    for t, g in enumerate(gradients, start=1):
        w -= w * weight_decay * lr
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        largest = max(largest, v)
        corrected_m = m / (1 - 0.9**t)
        corrected_root = math.sqrt((largest if amsgrad else v) / (1 - 0.999**t))
        w -= lr * corrected_m / (corrected_root + 1e-7 / math.sqrt(1 - 0.999**t))
    return w


def adagrad(w, gradients, lr):
    a = 0.1
    for g in gradients:
        a += g * g
        w -= lr * g / math.sqrt(a + 1e-7)
    return w


def adadelta(w, gradients, lr):
    a = b = 0.0
    for g in gradients:
        a = 0.95 * a + 0.05 * g * g
        d = -g * math.sqrt(b + 1e-7) / math.sqrt(a + 1e-7)
        b = 0.95 * b + 0.05 * d * d
        w += lr * d
    return w


def adamax(w, gradients, lr):
    m = u = 0.0
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        u = max(0.999 * u, abs(g))
        w -= lr / (1 - 0.9**t) * m / (u + 1e-7)
    return w


def adafactor(w, gradients, lr):
    v = 0.0
    for t, g in enumerate(gradients, start=1):
        beta = 1 - t**-0.8
        v = beta * v + (1 - beta) * (g * g + 1e-30)
        u = g / math.sqrt(v)
        w -= max(1e-3, abs(w)) * min(lr, 1 / math.sqrt(t)) * u / max(1.0, abs(u))
    return w


def nadam(w, gradients, lr):
    def mu(t):
        return 0.9 * (1 - 0.5 * 0.96**t)

    m = v = 0.0
    product = 1.0
    for t, g in enumerate(gradients, start=1):
        product *= mu(t)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        m_hat = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        w -= lr * m_hat / (math.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return w


def ftrl(w, gradients, lr, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0):
    a, z = 0.1, 0.0
    for g in gradients:
        sigma = (math.sqrt(a + g * g) - math.sqrt(a)) / lr
        z += g + 2 * shrinkage * w - sigma * w
        a += g * g
        w = 0.0 if abs(z) <= l1 else (math.copysign(l1, z) - z) / ((beta + math.sqrt(a)) / lr + 2 * l2)
    return w


def lion(w, gradients, lr):
    m = 0.0
    for g in gradients:
        w -= lr * math.copysign(1, 0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
    return w


def lamb(w, gradients, lr):
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        u = m / (1 - 0.9**t) / (math.sqrt(v / (1 - 0.999**t)) + 1e-7)
        w -= lr * abs(w) / abs(u) * u
    return w


def schedule_free_adamw(y, gradients, lr):
    v, z = 0.0, y
    for t, g in enumerate(gradients, start=1):
        v = 0.999 * v + 0.001 * g * g
        z -= lr * g / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = (y - 0.1 * z) / 0.9  # with the new z, as Keras on TensorFlow
        x = (1 - 1 / t) * x + z / t
        y = 0.1 * z + 0.9 * x
    return y


FTRL_OPTIONS = {
    "l1_regularization_strength": 0.3,
    "l2_regularization_strength": 0.2,
    "l2_shrinkage_regularization_strength": 0.05,
    "beta": 0.4,
}
ROWS = [
    ("SGD", {}, sgd, {}),
    ("SGD", {"momentum": 0.9}, sgd_momentum, {}),
    ("SGD", {"momentum": 0.9, "nesterov": True}, sgd_momentum, {"nesterov": True}),
    ("RMSprop", {}, rmsprop, {}),
    ("RMSprop", {"momentum": 0.7}, rmsprop, {"momentum": 0.7}),
    ("RMSprop", {"centered": True}, rmsprop, {"centered": True}),
    ("Adam", {}, adam, {}),
    ("Adam", {"amsgrad": True}, adam, {"amsgrad": True}),
    ("Adam", {"weight_decay": 0.2}, adam, {"weight_decay": 0.2}),
    ("AdamW", {}, adam, {"weight_decay": 0.004}),
    ("Adagrad", {}, adagrad, {}),
    ("Adadelta", {}, adadelta, {}),
    ("Adamax", {}, adamax, {}),
    ("Adafactor", {}, adafactor, {}),
    ("Nadam", {}, nadam, {}),
    ("Ftrl", {}, ftrl, {}),
    ("Ftrl", FTRL_OPTIONS, ftrl, {"l1": 0.3, "l2": 0.2, "shrinkage": 0.05, "beta": 0.4}),
    ("Lion", {}, lion, {}),
    ("Lamb", {}, lamb, {}),
    ("Muon", {}, adam, {"weight_decay": 0.004}),  # a vector goes to its Adam part
    ("ScheduleFreeAdamW", {}, schedule_free_adamw, {}),
]


@pytest.mark.parametrize("name, options, formula, formula_options", ROWS, ids=without_addresses)
def test_rule_of_one_number(name, options, formula, formula_options):
    optimizer = getattr(optimizers, name)(learning_rate=LEARNING_RATE, **options)
    variable = Variable(np.array([START]), name="w")
    for g in GRADIENTS:
        optimizer.apply([Tensor(np.array([g]))], [variable])
    assert variable.numpy()[0] == pytest.approx(formula(START, GRADIENTS, LEARNING_RATE, **formula_options), TOLERANCE)


@pytest.mark.parametrize("name, options", [row[:2] for row in ROWS], ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_results_keep_the_dtype(name, options, dtype):
    optimizer = getattr(optimizers, name)(**options)
    variable = Variable(np.ones((3, 2), dtype), name="w")
    for _ in range(2):
        optimizer.apply([Tensor(np.full((3, 2), 0.5, dtype))], [variable])
    floats = [v for v in optimizer.variables[2:] if "float" in v.dtype and v.shape]
    assert {v.dtype for v in [variable, *floats]} == {dtype}
    assert np.isfinite(variable.numpy()).all()


def test_muon_makes_the_step_of_a_matrix_nearly_orthogonal():
    start = np.zeros((6, 4), "float32")
    variable = Variable(start, name="w")
    optimizer = optimizers.Muon(learning_rate=1.0, weight_decay=None, rms_rate=None)
    gradient = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
    optimizer.apply([Tensor(gradient)], [variable])
    lengths = np.linalg.svd(start - variable.numpy(), compute_uv=False)
    assert np.all((lengths > 0.6) & (lengths < 1.3))  # the polynomial takes singular values into this range
    direction = np.linalg.svd(gradient)[0][:, :4] @ np.linalg.svd(gradient)[2]
    assert np.sum((start - variable.numpy()) * direction) > 0.7 * 4


def test_adafactor_keeps_rows_and_columns_of_a_matrix():
    variable = Variable(np.ones((3, 2), "float32"), name="w")
    optimizer = optimizers.Adafactor(learning_rate=0.1)
    gradient = np.arange(1.0, 7.0, dtype="float32").reshape(3, 2)
    optimizer.apply([Tensor(gradient)], [variable])
    rows, columns, second_moment = [v.numpy() for v in optimizer.variables[2:]]
    np.testing.assert_allclose(rows, np.mean(gradient**2, axis=1), rtol=1e-6)  # β is 0 at the first step
    np.testing.assert_allclose(columns, np.mean(gradient**2, axis=0), rtol=1e-6)
    np.testing.assert_allclose(second_moment, np.outer(rows / rows.mean(), columns), rtol=1e-6)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("SGD", {"momentum": 1}, "`momentum` must be a float"),
        ("SGD", {"momentum": 1.5}, "`momentum` must be a float"),
        ("AdamW", {"weight_decay": None}, "`weight_decay` must be a float"),
        ("Lion", {"beta_1": 0.0}, "`beta_1` must be in the range"),
        ("Ftrl", {"learning_rate_power": 0.5}, "`learning_rate_power` needs to be negative or zero"),
        ("Ftrl", {"initial_accumulator_value": -1.0}, "`initial_accumulator_value` needs to be positive"),
        ("Ftrl", {"l1_regularization_strength": -1.0}, "`l1_regularization_strength` needs to be positive"),
    ],
)
def test_arguments_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(optimizers, name)(**options)
