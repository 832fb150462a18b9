"""Slices, splits and stacks in plans: compiled, with the tape's losses."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import ops

CASES = {
    "an element of the first axis": lambda w: w[1] * 2,
    "a negative element": lambda w: w[:, -1],
    "a range": lambda w: w[:, 1:3],
    "a range of the last axis": lambda w: w[:, :, :2],
    "every second": lambda w: w[:, ::2],
    "all of it": lambda w: w[:],
    "two axes": lambda w: w[0, 1:],
    "ellipsis": lambda w: w[..., 1],
    "split": lambda w: ops.split(w, 2, axis=1)[1] - ops.split(w, 2, axis=1)[0],
    "unequal parts": lambda w: ops.split(w, [1, 3], axis=1)[1],
    "stack": lambda w: ops.stack([w, w * w, w], axis=1),
    "unstack": lambda w: ops.unstack(w, axis=1)[2],
    "stack of numbers": lambda w: ops.stack([ops.sum(w), ops.mean(w * w)]),
    "stack of one number": lambda w: ops.mean(ops.stack([ops.mean(w)])) * w,
    "unstack to numbers": lambda w: ops.unstack(ops.reshape(w, (60,)))[7] * w,
}


class Cut(keras.layers.Layer):
    """Σ of a function of a weight (3, 4, 5), beside a product with the input."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, shape):
        self.w = self.add_weight(shape=(3, 4, 5), initializer=keras.initializers.RandomNormal(seed=0))

    def call(self, x):
        y = self.function(self.w)
        return x * ops.sum(y * y * y) + ops.sum(y)


@pytest.mark.parametrize("name", CASES)
def test_training_equals_that_by_the_tape(name, capsys):
    x, y = np.ones((24, 1), "float32"), np.full((24, 1), 3, "float32")
    found = []
    for run_eagerly in (False, True):
        model = keras.Sequential([keras.Input((1,)), Cut(CASES[name])])
        model.compile(keras.optimizers.SGD(1e-4), "mse", run_eagerly=run_eagerly)
        model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        found.append(model.get_weights()[0])
        if not run_eagerly:
            model.explain_plan()
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    how = {row[0] for row in rows if "GetItem" in row or "Stack" in row or "Split" in row}
    assert how <= {"compiled", "view"}
