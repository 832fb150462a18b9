"""Formulas on 16 elements at a time: how exact they are, what NumPy makes of them, and where arrays end."""

import platform

import numpy as np
import pytest

from minikeras.kernels import exponential, logarithm, processor
from minikeras.kernels.elementwise_jobs import log_chunks
from minikeras.kernels.formula_kernels import formula_kernel
from minikeras.kernels.formulas import where
from minikeras.kernels.job_lists import run
from minikeras.kernels.registry import jit_disabled
from minikeras.kernels.tasks import CHUNK


@formula_kernel
def exp_of_all(x):
    """exp(x)."""
    return exponential.exp(x)


@formula_kernel
def expm1_of_all(x):
    """exp(x) − 1."""
    return exponential.expm1_below_0(x)


@formula_kernel
def sigmoid_of_all(x):
    """The sigmoid."""
    return exponential.sigmoid(x)


@formula_kernel
def tanh_of_all(x):
    """The hyperbolic tangent."""
    return exponential.tanh(x)


@formula_kernel
def log1p_of_all(x):
    """ln(1 + x)."""
    return logarithm.log1p_of_fraction(x)


def spread(low, high, near):
    """Numbers between two bounds, and 50,000 next to 0 on the side of `near`."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.uniform(low, high, 200_000), near * np.exp(rng.uniform(-60, 0, 50_000))]).astype("f")


UNFUSED = 1  # units more where a product is rounded before something is added: in NumPy, and without such instructions
FUSES = not jit_disabled() and ("fma" in processor.features() or platform.machine().lower() in ("arm64", "aarch64"))

# name → (kernel, NumPy's function, where, and by how many units in the last place it may be wrong, as documented)
FUNCTIONS = {
    "exp": (exp_of_all, np.exp, spread(-86.8, 88.7, 1), 1),
    "expm1": (expm1_of_all, np.expm1, spread(-86.8, 0, -1), 2),
    "sigmoid": (sigmoid_of_all, lambda x: 1 / (1 + np.exp(-x)), spread(-86.8, 86.8, -1), 3),
    "tanh": (tanh_of_all, np.tanh, spread(-20, 20, 1), 3),
    "log": (log_chunks, np.log, np.abs(np.concatenate([spread(0.6, 1.6, 1), np.exp(spread(-87, 88, 1))])), 1),
    "log1p": (log1p_of_all, np.log1p, spread(0, 1, 1), 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_as_exact_as_they_say(name):
    kernel, exact, x, units = FUNCTIONS[name]
    expected = exact(x.astype(float))
    in_numpy = np.empty_like(x)
    kernel.job(x, in_numpy).run_in_python()
    spacing = np.spacing(np.abs(expected).astype("f"))
    assert (np.abs(kernel(x) - expected) <= (units if FUSES else units + UNFUSED) * spacing).all()
    assert (np.abs(in_numpy - expected) <= (units + UNFUSED) * spacing).all()


def test_functions_of_infinities_and_nan():
    x = np.array([np.inf, -np.inf, 89, -90, 0], np.float32)
    np.testing.assert_array_equal(exp_of_all(x), [np.inf, 0, np.inf, 0, 1])
    np.testing.assert_array_equal(sigmoid_of_all(x), [1, 0, 1, 0, 0.5])
    np.testing.assert_array_equal(tanh_of_all(x), [1, -1, 1, -1, 0])
    np.testing.assert_array_equal(expm1_of_all(x[[1, 3, 4]]), [-1, -1, 0])
    np.testing.assert_array_equal(log_chunks(np.array([np.inf, 1, 0, -0.0, -1, -np.inf], np.float32)),
                                  [np.inf, 0, -np.inf, -np.inf, np.nan, np.nan])  # fmt: skip
    assert np.signbit(tanh_of_all(np.array([-0.0], np.float32))).all()
    several = np.array([0x7FC00000, 0x7FC12345, -0x1], np.int32).view(np.float32)  # NaN with bits of its own
    for kernel, *_ in FUNCTIONS.values():
        assert np.isnan(kernel(several)).all()


@formula_kernel
def blend(x, y, factor: float, limit: float):
    """max(x + factor · y, limit)."""
    total = x + factor * y
    return where(total < limit, limit, total)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 47, 64, CHUNK - 1, 2 * CHUNK + 33])
def test_a_pass_writes_all_numbers_and_no_others(size):
    rng = np.random.default_rng(size)
    x, y = rng.standard_normal((2, size + 3), np.float32)
    expected = np.maximum(x + np.float32(0.3) * y, np.float32(-0.1))[1 : size + 1]
    result = np.full(size + 40, 7, np.float32)
    run([blend.job(x[1 : size + 1], y[1 : size + 1], result[5 : size + 5], 0.3, -0.1)])
    np.testing.assert_array_equal(result[5 : size + 5], expected)
    assert (result[:5] == 7).all()
    assert (result[size + 5 :] == 7).all()
    np.testing.assert_array_equal(blend(x[1 : size + 1], y[1 : size + 1], 0.3, -0.1), expected)


def test_which_arrays_fit():
    x = np.ones((4, 3), np.float32)
    assert blend.fits(x, x) == blend.fits(x.T, x.T)
    assert not blend.fits(x, x[0])
    assert not blend.fits(x, x.astype(float))
    assert not blend.fits(x, x.astype(x.dtype.newbyteorder()))  # bytes in the other order
    assert not blend.fits(x, 1.0)
    np.testing.assert_array_equal(blend(x.T, x.T, 2.0, 0.0), np.full((3, 4), 3))
    assert blend(x[0, :1].reshape(()), x[0, :1].reshape(()), 2.0, 0.0).shape == ()
