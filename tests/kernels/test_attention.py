"""Attention as jobs against its reference in NumPy."""

import numpy as np
import pytest

from minikeras.kernels import attention as kernels

ROUNDING = 2e-6  # of the largest value, for float32 sums of up to some hundred terms


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "targets, sources, heads, size, width",
    [(5, 7, 3, 4, 6), (64, 64, 2, 16, 16), (1, 33, 1, 1, 17), (20, 3, 2, 8, 5), (70, 50, 1, 8, 20), (40, 45, 1, 4, 4)],
)
def test_jobs_and_reference_agree(targets, sources, heads, size, width, causal):
    rng = np.random.default_rng(0)
    shapes = [(3, targets, heads, size), (3, sources, heads, size), (3, sources, heads, width)]
    q, k, v, dy = (rng.normal(size=s).astype("float32") for s in (*shapes, (3, targets, heads, width)))
    y = kernels.attention(q, k, v, 0.5, causal)
    gradients = kernels.attention_gradient(dy, q, k, v, 0.5, causal)
    doubles = [x.astype("float64") for x in (dy, q, k, v)]
    expected = kernels.attention_reference(*doubles[1:], 0.5, causal)
    expected_gradients = kernels.attention_gradient_reference(*doubles, 0.5, causal)
    for ours, reference in zip((y, *gradients), (expected, *expected_gradients), strict=True):
        np.testing.assert_allclose(ours, reference, rtol=0, atol=ROUNDING * max(1, np.abs(reference).max()) * 4)


@pytest.mark.parametrize("shape", [(3, 2, 6, 7), (1, 1, 6, 7), (3, 1, 1, 7), (3, 1, 6, 1), (6, 7)])
def test_masks_of_any_shape_that_broadcasts(shape):
    rng = np.random.default_rng(1)
    q, k, v, dy = (rng.normal(size=(3, n, 2, 4)).astype("float32") for n in (6, 7, 7, 6))
    mask = rng.random(shape) < 0.6
    doubles = [x.astype("float64") for x in (dy, q, k, v)]
    for causal in (False, True):
        results = (
            kernels.attention(q, k, v, 0.5, causal, mask),
            *kernels.attention_gradient(dy, q, k, v, 0.5, causal, mask),
        )
        expected = kernels.attention_reference(*doubles[1:], 0.5, causal, mask)
        expected = expected, *kernels.attention_gradient_reference(*doubles, 0.5, causal, mask)
        for ours, reference in zip(results, expected, strict=True):
            np.testing.assert_allclose(ours, reference, rtol=0, atol=ROUNDING * 10)


def test_a_mask_hides_sources_and_a_target_that_sees_nothing_takes_the_mean():
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(2, 3, 1, 4)) for _ in range(3))
    mask = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0]], bool)
    y = kernels.attention(q, k, v, 1.0, False, mask)
    np.testing.assert_allclose(y[:, 0], v[:, 0])
    np.testing.assert_allclose(y[:, 2], v.mean(axis=1))


def test_no_gradient_flows_to_where_nothing_is_seen():
    rng = np.random.default_rng(0)
    q, k, v, dy = (rng.normal(size=(2, 3, 1, 4)) for _ in range(4))
    mask = np.array([[1, 1, 1], [0, 1, 1], [0, 0, 0]], bool)
    dq, _, dv = kernels.attention_gradient(dy, q, k, v, 1.0, False, mask)
    np.testing.assert_array_equal(dq[:, 2], 0)
    assert np.abs(dv).min() > 0
