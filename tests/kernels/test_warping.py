"""Warps as jobs against their reference: the same pixels for every fill mode, and the gradient as its transpose."""

import numpy as np
import pytest

from minikeras.kernels import warping
from minikeras.kernels.warping_jobs import MODES

NEAR = {"rtol": 1e-5, "atol": 1e-4}  # sums of up to 60 float32 products, added in another order


def random_warp(shape):
    """Images, and transforms that leave some positions inside, some near the edges and some far outside."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype("float32")
    affine = np.array([1, 0, 0, 0, 1, 0]) + rng.normal(size=(shape[0], 6)) * [0.5, 0.5, 20, 0.5, 0.5, 20]
    return x, np.concatenate([affine, rng.normal(size=(shape[0], 2)) * 0.01], axis=1).astype("float32")


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(3, 8, 7, 3), (2, 1, 5, 2), (2, 90, 60, 1)])
def test_a_warp_and_its_gradient(shape, mode, interpolation):
    x, transforms = random_warp(shape)
    for rows in (transforms, transforms[:1]):
        y = warping.warp(x, rows, interpolation, mode, 0.5)
        np.testing.assert_allclose(y, warping.warp_reference(x, rows, interpolation, mode, 0.5), **NEAR)
        dx = warping.warp_gradient(x, rows, interpolation, mode)
        np.testing.assert_allclose(dx, warping.warp_gradient_reference(x, rows, interpolation, mode), **NEAR)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("mode", MODES)
def test_places_far_away_infinite_or_undefined(mode, interpolation):
    x = np.random.default_rng(0).normal(size=(5, 4, 4, 1)).astype("float32")
    far = np.float32([[c, 0, c, 0, 1, 0, g, 0] for c, g in ((1e38, 0), (1e8, 0), (np.inf, 0), (np.nan, 0), (1, -1))])
    y = warping.warp(x, far, interpolation, mode, 7.0)
    with np.errstate(invalid="ignore", over="ignore"):
        expected = warping.warp_reference(x, far, interpolation, mode, 7.0)
    np.testing.assert_allclose(y, expected, **NEAR)
