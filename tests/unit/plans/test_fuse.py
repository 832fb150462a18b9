"""Fusion: which operations become one, and when they must not."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.plans.fuse import fuse
from minikeras.plans.instructions import buffers_in
from tests.unit.plans.test_trace import trace


def fused_titles(step, *arrays):
    traced = trace(step, *arrays)
    kept = set(buffers_in(traced.result))
    return [i.title for i in fuse(traced.instructions, traced.buffers, kept) if not i.title.startswith("read")]


X, KERNEL, BIAS = np.ones((4, 3)), np.ones((3, 2)), np.ones(2)
IMAGE, FILTERS = np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2))


@pytest.mark.parametrize(
    "step, arrays, expected",
    [
        (lambda x, k, b: ops.relu(x @ k + b), (X, KERNEL, BIAS), ["dense + bias + relu"]),
        (lambda x, k, b: x @ k + b, (X, KERNEL, BIAS), ["dense + bias"]),
        (lambda x, k: ops.relu(x @ k), (X, KERNEL), ["dense + relu"]),
        (lambda x, k, b: ops.tanh(x @ k + b), (X, KERNEL, BIAS), ["dense + bias", "Tanh"]),
        (lambda x, k, b: ops.relu(ops.conv(x, k) + b), (IMAGE, FILTERS, BIAS), ["convolution + bias + relu"]),
        (lambda x, k, y: ops.relu(y + x @ k), (X, KERNEL, np.ones((4, 2))), ["dense", "add + relu"]),
        (lambda x: ops.max_pool(x, 2), (IMAGE,), ["max-pool without positions"]),
        (
            lambda x, k, b: ops.conv(x, k) + b + x[..., :2],
            (IMAGE, FILTERS[:1, :1], BIAS),
            ["convolution + bias", "GetItem", "Add"],
        ),
        (
            lambda x, k, y: ops.relu(ops.conv(x, k) + y),
            (IMAGE, FILTERS, np.ones((1, 3, 3, 2))),
            ["convolution", "add + relu"],
        ),
    ],
)
def test_patterns(step, arrays, expected):
    assert fused_titles(step, *arrays) == expected


def both_sums(x, k, b):
    product = x @ k
    return ops.relu(product + b), product


@pytest.mark.parametrize(
    "step, arrays, expected",
    [
        (both_sums, (X, KERNEL, BIAS), ["dense", "Add", "Relu"]),
        (lambda x, k, b: ops.relu(x @ k + b), (X, KERNEL, np.ones((1, 2))), ["dense", "Add", "Relu"]),
        (lambda x, k, b: b + x @ k, (X, KERNEL, BIAS), ["dense", "Add"]),
    ],
)
def test_no_fusion_where_the_inside_is_needed_outside_or_the_shapes_are_others(step, arrays, expected):
    assert fused_titles(step, *arrays) == expected


def test_gradients_of_dense_layers():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(np.ones((6, 4)), np.ones((6, 2)), batch_size=2, verbose=0)
    (plan,) = model._planner.entries.values()
    titles = [instruction.title for instruction in plan.instructions]
    assert "gradient of dense and of the relu below" in titles
    assert "gradient of dense" in titles
    assert not any("Add" in title or "Relu" in title or "Matmul" in title for title in titles)


@pytest.mark.parametrize("size, filters", [(4, 3), (20, 16)], ids=["products by rows", "in one pass over many rows"])
@pytest.mark.parametrize("window", [3, 1], ids=["3×3 below", "1×1 below"])
def test_gradients_of_a_product_above_a_convolution(size, filters, window):
    """The product's gradient is masked by the relu below it."""

    def trained(compiled):
        keras.utils.set_random_seed(0)
        below = layers.Conv2D(16, window, padding="same", activation="relu", bias_initializer="ones")
        model = keras.Sequential([keras.Input((size, size, 16)), below, layers.Conv2D(filters, 1)])
        model.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=not compiled)
        rng = np.random.default_rng(0)
        x, y = (rng.normal(size=(4, size, size, n)).astype("float32") for n in (16, filters))
        model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
        plans = model._planner.entries.values() if compiled else ()
        return [part.title for plan in plans for part in plan.instructions], model.get_weights()

    titles, weights = trained(True)
    assert "gradient of convolution and bias and of the relu below" in titles
    for actual, expected in zip(weights, trained(False)[1], strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5)
