"""Gradient clipping."""

import numpy as np
import pytest

from minikeras.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value

G = np.array([3.0, -4.0], "float32")  # norm 5


def test_values_are_moved_into_the_interval():
    np.testing.assert_array_equal(clip_by_value(G, 3.5), [3.0, -3.5])


@pytest.mark.parametrize("limit, expected", [(10.0, [3.0, -4.0]), (1.0, [0.6, -0.8])])
def test_long_gradients_are_shortened(limit, expected):
    np.testing.assert_allclose(clip_by_norm(G, limit), expected, rtol=1e-6)


def test_all_gradients_are_shortened_by_one_factor():
    clipped = clip_by_global_norm([G, np.array([12.0], "float32")], 6.5)  # norm of all: 13
    np.testing.assert_allclose(np.concatenate(clipped), [1.5, -2.0, 6.0], rtol=1e-6)


def test_short_gradients_stay():
    np.testing.assert_array_equal(clip_by_global_norm([G], 100.0)[0], G)


@pytest.mark.parametrize("clip", [clip_by_norm, lambda g, limit: clip_by_global_norm([g], limit)[0]])
def test_zeros_stay_zeros(clip):
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(clip(np.zeros(3, "float32"), 1.0), np.zeros(3))


def test_an_infinite_gradient_makes_all_of_them_nan():
    with np.errstate(all="ignore"):
        clipped = clip_by_global_norm([G, np.array([np.inf], "float32")], 1.0)
    assert np.isnan(np.concatenate(clipped)).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_stays(dtype):
    g = G.astype(dtype)
    assert {clip_by_value(g, 1.0).dtype, clip_by_norm(g, 1.0).dtype, clip_by_global_norm([g], 1.0)[0].dtype} == {
        np.dtype(dtype)
    }
