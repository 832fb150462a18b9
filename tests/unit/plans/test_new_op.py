"""A new op, a layer and a metric with it, are defined here: with what they declare they are compiled in plans.

None of it needs a line in `minikeras/plans/`. The contrary is tested as well: what declares nothing, or overrides what
a declaration is about, runs as its author wrote it.
"""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops
from minikeras.autodiff.effects import effect
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula, OpLowering, compiled_by, float32_of_one_shape
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import Sum
from minikeras.kernels.batch_normalization_jobs import scaled_add_jobs
from minikeras.kernels.elementwise_jobs import move_towards_jobs
from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.ops.extrema import Clip
from minikeras.plans.explain import flops
from minikeras.plans.instructions import Compute, Gradient
from minikeras.plans.lower import can_compile
from minikeras.plans.plan import Plan

pytestmark = pytest.mark.skipif(not can_compile(), reason="plans are not compiled here")

ROUNDING = 2e-5  # relative, of weights after a few steps: jobs add sums in another order
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 6)).astype("float32"), RNG.normal(size=(24, 4)).astype("float32")


@formula_kernel
def cube_chunks(x):
    """y = x³."""
    return x * x * x


@formula_kernel
def cube_gradient_chunks(dy, x):
    """dx = 3 · dy · x²."""
    return dy * 3 * x * x


class Cube(Elementwise):
    """y = x³;   dx = 3 · dy · x²."""

    keeps = ("inputs",)
    is_pure = True
    lowering = ByFormula(cube_chunks, cube_gradient_chunks)

    def forward(self, x):
        return x * x * x

    def backward(self, call, dy):
        return (dy * 3.0 * call.inputs[0] * call.inputs[0],)


class ColumnScaleLowering(OpLowering):
    """One pass over x forward. Backward it is what the rule's ops are."""

    def forward(self, op, inputs, outputs):
        x, scale = inputs
        if not float32_of_one_shape([x, *outputs]) or scale.shape != x.shape[-1:]:
            return None

        def jobs(inputs, outputs):
            columns = inputs[1].size
            shift = np.full(columns, op.shift, np.float32)
            return scaled_add_jobs(inputs[0].reshape(-1, columns), inputs[1], shift, outputs[0].reshape(-1, columns))

        return jobs


class ColumnScale(Op):
    """y = x · scale + shift, a scale for each column;   dx = dy · scale, dscale = Σ dy · x over the rows."""

    keeps = ("inputs",)
    is_pure = True
    lowering = ColumnScaleLowering()

    def __init__(self, shift=0.0):
        self.shift = shift

    def forward(self, x, scale):
        return x * scale + np.float32(self.shift)

    def backward(self, call, dy):
        x, scale = call.inputs
        return dy * scale, Sum(axis=0).of(dy * x)

    def output_shape(self, shape, scale_shape):
        return shape

    def batch_inputs(self, shapes, output_shape):
        return [True, False]

    def multiplications(self, shapes, output_shape):
        return output_shape[0] * output_shape[1]


class ShiftedByOne(ColumnScale):
    """Overrides the constructor alone: all declarations hold."""

    def __init__(self):
        super().__init__(1.0)


class Loud(Cube):
    """Overrides what the lowering is about: it holds no more."""

    def forward(self, x):
        return x * x * x * 2


class Cut(Clip):
    """A built-in op by another constructor: it is compiled as that is."""

    is_pure = True

    def __init__(self):
        super().__init__(-0.5, 0.5)


class CubeLayer(layers.Layer):
    """y = (x · kernel)³ · scale."""

    def __init__(self, units, cube, scale):
        super().__init__()
        self.units, self.cube, self.column_scale = units, cube, scale

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")

    def call(self, inputs):
        return self.column_scale(self.cube(inputs @ self.kernel), self.scale)


def cubed_error(y_true, y_pred):
    return ops.mean(ops.abs(Cube()(y_pred - ops.cast(y_true, "float32"))), axis=-1)


class MeanCubedError(keras.metrics.MeanMetricWrapper):
    fn_is_of_ops = True

    def __init__(self):
        super().__init__(cubed_error, name="cubed_error")


@compiled_by(move_towards_jobs, written=1)
def drift(moving, mean, rate):
    """moving ← moving · rate + mean · (1 − rate)."""
    moving.assign(moving.array * rate + mean.array * (1.0 - rate))


class Centered(layers.Layer):
    """y = x − moving mean, which follows the batch in training."""

    def build(self, input_shape):
        self.moving = self.add_weight(shape=input_shape[-1:], initializer="zeros", trainable=False, name="moving")

    def call(self, inputs, training=False):
        if training:
            effect(drift, self.moving, ops.mean(inputs, axis=0), 0.9)
        return inputs - self.moving


def trained(cube=Cube, scale=ColumnScale, **arguments):
    """A model after three epochs, its results, and its plans by kind."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), CubeLayer(4, cube(), scale())])
    model.compile("sgd", "mse", metrics=[MeanCubedError()], **arguments)
    history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0).history
    predictions = model.predict(X, batch_size=4, verbose=0)
    results = [*model.get_weights(), predictions, *map(np.array, history.values())]
    entries = {} if model._planner is None else model._planner.entries
    return results, {key.kind: entry for key, entry in entries.items() if isinstance(entry, Plan)}


def uses(plan, op, kind=Compute):
    """For each use of an op in a plan whether it is compiled."""
    return [p in plan.jobs for p, i in enumerate(plan.instructions) if type(i) is kind and type(i.op) is op]


@pytest.mark.parametrize("scale", [ColumnScale, ShiftedByOne])
def test_they_are_compiled_in_plans_of_fit_and_predict(scale):
    results, plans = trained(scale=scale)
    assert uses(plans["train"], Cube) == [True, True]  # that of the layer, that of the metric
    assert uses(plans["train"], Cube, Gradient) == [True]
    assert uses(plans["train"], scale) == uses(plans["predict"], scale) == uses(plans["predict"], Cube) == [True]
    assert uses(plans["train"], scale, Gradient) == []  # it became the ops that its rule is made of
    assert uses(plans["train"], Sum) == [True]
    titles = {i.title: p in plans["train"].jobs for p, i in enumerate(plans["train"].instructions)}
    assert titles["cubed_error.accumulate"]
    expected, _ = trained(scale=scale, run_eagerly=True)
    for actual, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=ROUNDING, atol=ROUNDING)


def test_a_plan_knows_the_batch_axis_and_the_work_of_a_new_op():
    _, plans = trained()
    (instruction,) = [i for i in plans["predict"].instructions if type(getattr(i, "op", None)) is ColumnScale]
    assert flops(instruction, plans["predict"].buffers) == 2 * 4 * 4
    x = np.zeros((4096, 128), "float32")  # larger than a cache
    inputs = keras.Input((128,))
    model = keras.Model(inputs, ColumnScale()(Cube()(inputs), keras.ops.ones(128)))
    for _ in range(2):
        model.predict(x, batch_size=4096, verbose=0)
    assert "MicroBatches" in {type(entry).__name__ for entry in model._planner.entries.values()}


def test_a_lowering_ends_where_a_subclass_overrides_the_op():
    results, plans = trained(cube=Loud)
    assert uses(plans["train"], Loud) == uses(plans["predict"], Loud) == [False]
    expected, _ = trained(cube=Loud, run_eagerly=True)
    for actual, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=ROUNDING, atol=ROUNDING)


def test_a_subclass_of_a_built_in_op_is_compiled_as_its_base():
    results, plans = trained(cube=Cut)
    assert uses(plans["train"], Cut) == uses(plans["train"], Cut, Gradient) == [True]
    expected, _ = trained(cube=Cut, run_eagerly=True)
    for actual, wanted in zip(results, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=ROUNDING, atol=ROUNDING)


def test_an_op_that_does_not_declare_that_it_is_pure_is_not_replayed(capsys):
    class Undeclared(Cube):
        is_pure = None

    model = keras.Sequential([keras.Input((6,)), CubeLayer(4, Undeclared(), ColumnScale())])
    for _ in range(2):
        model.predict(X, verbose=0)
    model.explain_plan()
    assert "it uses Undeclared, a user-defined op that does not declare `is_pure = True`" in capsys.readouterr().out


def test_a_metric_that_overrides_the_update_runs_as_python():
    class Counting(MeanCubedError):
        calls = 0

        def update_state(self, y_true, y_pred, sample_weight=None):
            type(self).calls += 1
            super().update_state(y_true, y_pred, sample_weight)

    model = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    model.compile("sgd", "mse", metrics=[Counting()])
    model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    assert Counting.calls == 9


def test_state_of_a_new_layer_is_changed_by_compiled_code():
    weights = []
    for eagerly in (False, True):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6,)), Centered(), layers.Dense(4)])
        model.compile("sgd", "mse", run_eagerly=eagerly)
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
        weights.append(model.get_weights())
        if not eagerly:
            (plan,) = [entry for entry in model._planner.entries.values() if isinstance(entry, Plan)]
            (position,) = [p for p, i in enumerate(plan.instructions) if getattr(i, "function", None) is drift]
            assert position in plan.jobs
    assert np.abs(weights[0][0]).max() > 0
    for actual, wanted in zip(*weights, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=ROUNDING, atol=ROUNDING)
