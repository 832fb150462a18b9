"""Numbers of few bits against their definitions, one number at a time."""

import numpy as np
import pytest

from minikeras import GradientTape, Tensor, ops, quantizers
from minikeras.quantizers.uniform_levels import Levels, restored

FLOAT32 = 1e-6
RNG = np.random.default_rng(2)
X = RNG.uniform(-3, 3, (4, 5)).astype("float32")


def halves_up(x):
    return int(np.floor(x + 0.5))


def cut(x, low, high):
    return min(max(x, low), high)


@pytest.mark.parametrize("low, high", [(-1.0, 2.0), (0.3, 2.0), (-2.0, -0.4)])
@pytest.mark.parametrize("narrow", [False, True])
def test_fake_quantization(low, high, narrow):
    """The bounds move so that 0 is a multiple of the step; gradients of what was cut belong to the bounds."""
    step = (high - low) / (15 - narrow)
    zero = cut(halves_up(narrow - low / step), narrow, 15)
    bounds = (narrow - zero) * step, (15 - zero) * step
    expected = [[halves_up((cut(x, *bounds) - bounds[0]) / step) * step + bounds[0] for x in row] for row in X.tolist()]
    inputs = [Tensor(X), Tensor(np.float32(low)), Tensor(np.float32(high))]
    weights = RNG.normal(size=X.shape).astype("float32")
    with GradientTape() as tape:
        tape.watch(inputs)
        y = quantizers.fake_quant_with_min_max_vars(*inputs, num_bits=4, narrow_range=narrow)
        total = ops.sum(y * weights)
    np.testing.assert_allclose(y, expected, atol=FLOAT32)
    dx, dlow, dhigh = tape.gradient(total, inputs)
    inside = (bounds[0] <= X) & (bounds[1] >= X)
    np.testing.assert_allclose(dx, weights * inside)
    np.testing.assert_allclose(dlow, weights[bounds[0] > X].sum(), atol=1e-5)
    np.testing.assert_allclose(dhigh, weights[bounds[1] < X].sum(), atol=1e-5)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("group_size", [-1, 2])
@pytest.mark.parametrize("per_channel", [True, False])
def test_levels_of_groups(symmetric, group_size, per_channel):
    w = RNG.normal(size=(3, 4)).astype("float32")
    levels = Levels(4, group_size, symmetric, per_channel)
    scale, zero = levels.of_groups(w)
    for start in range(0, 4, 4 if group_size == -1 else 2):
        part = w[:, start : start + (4 if group_size == -1 else 2)]
        for i in range(3):
            row = part[i] if per_channel else part
            low, high = float(row.min()), float(row.max())
            if symmetric:
                high = max(abs(low), high)
                low = -high if low < 0 else low
            group = start // 2 if group_size == 2 else 0
            step = (high - low) / 15
            assert scale[i, group] == pytest.approx(step, rel=1e-5)
            assert zero[i, group] == (8 if symmetric else cut(np.rint(-low / step), 0, 255))
    if group_size == -1:
        q = levels.rounded(w, scale, zero)
        expected = [[cut(np.rint(w[i, j] / scale[i, 0] + zero[i, 0]), 0, 15) for j in range(4)] for i in range(3)]
        np.testing.assert_array_equal(q, expected)
        np.testing.assert_allclose(restored(q, scale, zero), (q - zero) * scale)


def test_scales_of_eight_bit_floats():
    assert float(quantizers.compute_float8_scale(Tensor(np.float32(6)), Tensor(np.float32(9)), 448.0, 2)) == (
        pytest.approx(6 / 448 * 4)
    )
    for unknown in (0, np.inf, np.nan):  # the scale stays
        scale = quantizers.compute_float8_scale(Tensor(np.float32(unknown)), Tensor(np.float32(9)), 448.0)
        assert float(scale) == pytest.approx(9)
    history = quantizers.compute_float8_amax_history(X, Tensor(np.float32([1, 2, 3])))
    np.testing.assert_array_equal(history, [abs(X).max(), 3, 1])
