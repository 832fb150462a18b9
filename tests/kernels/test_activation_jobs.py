"""Activation functions and others of one array as jobs against the ops' formulas in float64."""

import numpy as np
import pytest

import minikeras as keras
from minikeras.autodiff.elementwise import Elementwise
from minikeras.autodiff.lowering import ByFormula
from minikeras.kernels.elementwise_jobs import CHUNK
from minikeras.kernels.job_lists import run
from minikeras.ops.activation import LeakyRelu
from minikeras.ops.extrema import Clip
from minikeras.ops.smooth_activation import Elu, TanhGelu

# A few roundings in float32, of results about 1; gelu and softplus come next to 0 far from x = 0.
RTOL, ATOL = 1e-6, 3e-7
CANCELLED = 5e-6  # 1 + tanh(u) for u near −3, times x
TINY = 20 * float(np.finfo(np.float32).tiny)  # a number that counts as 0 within the formula, times x

CLASSES = [cls for base in Elementwise.__subclasses__() for cls in (base, *base.__subclasses__())]
OWN = [cls for cls in CLASSES if cls.__module__.startswith("minikeras.")]  # other tests define ops as well
ROUNDING = {"RoundedToBfloat16", "RoundedToFloat16"}  # have no gradient: test_rounding_formulas.py
ACTIVATIONS = [cls for cls in OWN if type(cls.lowering) is ByFormula and cls.__name__ not in ROUNDING]
SETTINGS = {Clip: (-0.5, 2.0), Elu: (0.7,), LeakyRelu: (0.1,)}


@pytest.mark.parametrize("op", ACTIVATIONS, ids=lambda op: op.__name__)
def test_activations_and_their_gradients(op):
    function = op(*SETTINGS.get(op, ()))
    rng = np.random.default_rng(0)
    x = np.concatenate([
        4 * rng.standard_normal(CHUNK + 5), 1e-4 * rng.standard_normal(50), [0, -0.35, 0.35, 6, 20, -20]
    ]).astype(np.float32)  # fmt: skip
    dy = rng.standard_normal(len(x), dtype=np.float32)
    wide = keras.Variable(x, dtype="float64")
    with keras.GradientTape() as tape:
        expected = function(wide)
    gradient = tape.gradient(expected, wide, output_gradients=keras.ops.convert_to_tensor(dy.astype("float64")))
    forward, backward, numbers = op.lowering.formula, op.lowering.gradient_formula, op.lowering.numbers
    y, dx = np.full_like(x, 7), np.full_like(x, 7)
    run(forward.jobs(x, y, *numbers(function)))
    np.testing.assert_allclose(y, expected, rtol=RTOL, atol=ATOL)
    arrays = [dy, *([x] if "inputs" in function.keeps else [y] if function.keeps else [])]
    run(backward.jobs(*arrays, dx, *numbers(function)))
    np.testing.assert_allclose(dx, gradient, rtol=4 * RTOL, atol=CANCELLED if op is TanhGelu else 4 * ATOL)
    # The way of small arrays gives the same bits, but for numbers below 1.2e-38, which the pool's threads take for 0.
    np.testing.assert_allclose(forward(x, *numbers(function)), y, rtol=0, atol=TINY)
    np.testing.assert_allclose(backward(*arrays, *numbers(function)), dx, rtol=0, atol=TINY)


def test_activations_let_nan_through():
    x, y = np.full(3, np.nan, np.float32), np.zeros(3, np.float32)
    for op in ACTIVATIONS:
        run(op.lowering.formula.jobs(x, y, *op.lowering.numbers(op(*SETTINGS.get(op, ())))))
        assert np.isnan(y).all(), op


def test_all_are_there():
    assert {op.__name__ for op in ACTIVATIONS} >= {"Relu", "Tanh", "Sigmoid", "Erf", "Exp", "Absolute", "TanhGelu"}
    assert len(ACTIVATIONS) >= 16
