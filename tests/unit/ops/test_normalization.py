"""Normalization ops: mean 0 and variance 1 over the right axes, in any layout, and kernels like formulas."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, KerasTensor, Tensor
from minikeras.ops.normalization import standardize_batch

X = np.random.default_rng(0).normal(3, 2, size=(4, 5, 6)).astype("float32")
ROUNDING = 1e-5  # float32 sums of some dozen terms


def test_moments_are_numpys():
    mean, variance = ops.moments(X, (0, 2))
    np.testing.assert_allclose(mean, X.mean(axis=(0, 2)), rtol=ROUNDING)
    np.testing.assert_allclose(variance, X.var(axis=(0, 2)), rtol=ROUNDING)
    assert ops.moments(X, 1, keepdims=True)[0].shape == (4, 1, 6)


def test_moments_of_float16_do_not_overflow():
    mean, variance = ops.moments(np.full((1000,), 300, "float16"), 0)
    assert (float(mean), float(variance)) == (300, 0)
    assert mean.dtype == variance.dtype == "float16"
    assert float(ops.moments(np.array([-60000, 60000], "float16"), 0)[1]) == np.finfo("float16").max


@pytest.mark.parametrize("axes", [(0, 1), (0, 2), (1, 2), (2,)])
def test_standardize_batch(axes):
    y, mean, variance = standardize_batch(X, axes, epsilon=0.0)
    np.testing.assert_allclose(y.numpy().mean(axis=axes), np.zeros(mean.shape), atol=ROUNDING)
    np.testing.assert_allclose(y.numpy().var(axis=axes), np.ones(mean.shape), rtol=ROUNDING)
    np.testing.assert_allclose(variance, X.var(axis=axes), rtol=ROUNDING)


def test_the_mean_and_variance_that_batch_normalization_returns_have_gradients_too():
    x, scale = Tensor(X.astype("float64")), Tensor(np.ones(6))
    with GradientTape(persistent=True) as tape:
        tape.watch([x, scale])
        _, mean, variance = standardize_batch(x, (0, 1), scale=scale)
        total = ops.sum(mean) + ops.sum(variance)
    expected = (1 + 2 * (x.array - x.array.mean(axis=(0, 1)))) / 20
    np.testing.assert_allclose(tape.gradient(total, x), expected, rtol=1e-9)
    assert tape.gradient(total, scale) is None


def test_batch_normalization_takes_its_numbers_from_outside():
    mean, variance, offset, scale = (np.arange(1.0, 6.0, dtype="float32") * n for n in (1, 2, 3, 4))
    y = ops.batch_normalization(X, mean, variance, 1, offset, scale, epsilon=0.5)
    column = (slice(None), None)
    expected = (X - mean[column]) / np.sqrt(variance + 0.5)[column] * scale[column] + offset[column]
    np.testing.assert_allclose(y, expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
def test_layer_normalization(axis):
    y = ops.layer_normalization(X, axis=axis).numpy()
    np.testing.assert_allclose(y.mean(axis=axis), np.zeros(y.mean(axis=axis).shape), atol=ROUNDING)
    np.testing.assert_allclose(y.std(axis=axis), np.ones(y.mean(axis=axis).shape), rtol=ROUNDING)


def test_layer_normalization_with_scale_alone_or_offset_alone():
    plain, ones = ops.layer_normalization(X).numpy(), np.ones(6, "float32")
    np.testing.assert_allclose(ops.layer_normalization(X, 2 * ones), 2 * plain, rtol=ROUNDING)
    np.testing.assert_allclose(ops.layer_normalization(X, None, 2 * ones), 2 + plain, rtol=ROUNDING)


def test_rms_scaling_warns():
    with pytest.warns(UserWarning, match="rms_normalization"):
        ops.layer_normalization(X, rms_scaling=True)


def test_rms_normalization_keeps_the_mean():
    y = ops.rms_normalization(X, epsilon=0.0).numpy()
    np.testing.assert_allclose(np.sqrt((y**2).mean(axis=-1)), np.ones((4, 5)), rtol=ROUNDING)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalize(order):
    y = ops.normalize(X, axis=1, order=order).numpy()
    np.testing.assert_allclose((np.abs(y) ** order).sum(axis=1), np.ones((4, 6)), rtol=ROUNDING)


def test_normalize_divides_by_no_less_than_epsilon():
    np.testing.assert_array_equal(ops.normalize([[0.0, 0.0]]), [[0, 0]])
    np.testing.assert_allclose(ops.normalize([[0.3, 0.4]], epsilon=5.0), [[0.06, 0.08]], rtol=ROUNDING)
    with pytest.raises(ValueError, match="order=0"):
        ops.normalize(X, order=0)


@pytest.mark.parametrize("name", ["layer_normalization", "rms_normalization", "normalize"])
def test_symbols_and_empty_batches(name):
    assert getattr(ops, name)(KerasTensor((None, None, 6))).shape == (None, None, 6)
    assert getattr(ops, name)(np.zeros((0, 6), "float32")).shape == (0, 6)
