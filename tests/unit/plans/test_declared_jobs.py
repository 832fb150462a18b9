"""Arithmetic, extrema, comparisons and selects run compiled in plans: for arrays that broadcast, and for numbers."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff import arithmetic, comparison
from minikeras.ops import extrema, powers
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan

pytestmark = pytest.mark.skipif(not can_compile(), reason="plans are not compiled here")

ROUNDING = 2e-5  # relative, of weights after a few steps: jobs add sums in another order
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 6)).astype("float32"), RNG.normal(size=(24, 4)).astype("float32")

PAIRS = (
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: a / (ops.abs(b) + 1.0),
    ops.maximum,
    ops.minimum,
    lambda a, b: ops.where(a > 0.25, a, b),
    lambda a, b: ops.where(a < -0.25, a, b),
    lambda a, b: ops.where(a >= 0.5, a, b),
    lambda a, b: ops.where(a <= -0.5, a, b),
    lambda a, b: ops.square(a),
    lambda a, b: ops.log(ops.exp(b)),
    lambda a, b: ops.clip(b, -0.5, 0.75),
    lambda a, b: ops.where(ops.logical_not((a > b) ^ (b > 0)) | (a >= 0.5), -a, b),
    lambda a, b: ops.where(ops.not_equal(a, b) & ops.less_equal(0.1, b), 0.5, b),
)
BROADCAST = (
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: a / (b + 20.0),
    lambda a, b: ops.maximum(a, b),
    lambda a, b: ops.minimum(b, a),
    lambda a, b: ops.where(b > 0.25, a, 2.0 * a),
    lambda a, b: ops.where(b > 0.25, a, 0.0),
    lambda a, b: ops.where(a <= b, a, 1.0),
)
NUMBERS = (
    lambda a: a * 3.0,
    lambda a: 3.0 * a,
    lambda a: a - 2.0,
    lambda a: 2.0 - a,
    lambda a: a / 1.7,
    lambda a: a + 0.3,
    lambda a: ops.maximum(a, 0.1),
    lambda a: ops.minimum(0.1, a),
    lambda a: 0.1 + 1.0 / (20.0 + a),
    lambda a: ops.where(ops.equal(ops.cast(4.0 * a, "int32"), 1), a, 2.0 * a),
)


class Terms(layers.Layer):
    """The sum of functions' values for products of x, or for a product and a column of x."""

    def __init__(self, functions, products, columns=0):
        super().__init__()
        self.functions, self.products, self.columns = functions, products, columns

    def build(self, input_shape):
        self.kernels = [self.add_weight(shape=(input_shape[-1], 4)) for _ in range(self.products)]

    def call(self, inputs):
        arrays = [inputs @ kernel for kernel in self.kernels]
        arrays += [inputs[:, :1]] * self.columns
        terms = [function(*arrays) for function in self.functions]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total


def trained(functions, operands, **arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), Terms(functions, *operands)])
    model.compile(keras.optimizers.SGD(0.001), "mse", **arguments)
    model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    entries = {} if model._planner is None else model._planner.entries
    return model.get_weights(), [entry for entry in entries.values() if isinstance(entry, Plan)]


def plan_that_trains_as_the_tape(functions, operands):
    weights, (plan,) = trained(functions, operands)
    expected, _ = trained(functions, operands, run_eagerly=True)
    for actual, wanted in zip(weights, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=ROUNDING, atol=ROUNDING)
    return plan


@pytest.mark.parametrize(
    "functions, operands",
    [(PAIRS, (2,)), (BROADCAST, (1, 1)), (NUMBERS, (1,))],
    ids=["arrays", "arrays that broadcast", "numbers"],
)
def test_they_are_compiled_in_both_directions(functions, operands):
    plan = plan_that_trains_as_the_tape(functions, operands)
    modules = {module.__name__ for module in (arithmetic, comparison, extrema, powers)}
    own = [(p, i) for p, i in enumerate(plan.instructions) if type(i) in (Compute, Gradient)]
    own = [(p, i) for p, i in own if type(i.op).__module__ in modules]
    assert len(own) > len(functions)
    assert [i.title for p, i in own if p not in plan.jobs] == []


@pytest.mark.parametrize("limit", [1.5, -0.5, 3e9])
def test_integers_are_compared_with_numbers_of_no_integer(limit):
    plan_that_trains_as_the_tape([lambda a: ops.where(ops.cast(4.0 * a, "int32") < limit, a, 2.0 * a)], (1,))
