"""Colours as jobs, against their reference."""

import numpy as np
import pytest

from minikeras.kernels import color

LEVELS = np.float32([0, 0.2, 0.7, 1])
GRID = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(1, -1, 1, 3)  # ties, black, white, greys
MANY = np.random.default_rng(0).uniform(0, 1, (2, 50, 60, 3)).astype("float32")


@pytest.mark.parametrize("x", [GRID, MANY], ids=["grid", "many"])
def test_there_and_back(x):
    hsv = color.to_hsv(x)
    np.testing.assert_allclose(hsv, color.to_hsv_reference(x), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(color.from_hsv(hsv), color.from_hsv_reference(hsv), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(color.from_hsv(hsv), x, rtol=1e-5, atol=1e-6)
