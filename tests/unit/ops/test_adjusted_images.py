"""Colours, dtypes and likeness of images, glimpses and resampling against definitions, pixel by pixel."""

from colorsys import hsv_to_rgb, rgb_to_hsv
from itertools import product
from math import exp, log10, prod, sin

import numpy as np
import pytest

from minikeras import Tensor
from minikeras.compat.tensorflow.image.similarity import (
    image_gradients,
    psnr_of_images,
    ssim_multiscale,
    ssim_of_images,
    total_variation,
)
from minikeras.ops import color_adjustment
from minikeras.ops.image_dtype import convert_image_dtype
from minikeras.ops.image_parts import windows_at
from minikeras.ops.pooling import max_pool_with_argmax
from minikeras.ops.resampling import gaussian, lanczos, mitchell_cubic
from minikeras.ops.standardization import l2_normalize, local_response_normalization

FLOAT32 = 2e-5  # relative and absolute
RNG = np.random.default_rng(5)
IMAGES = RNG.uniform(0, 1, (2, 4, 5, 3)).astype("float32")
BYTES = RNG.integers(0, 256, (2, 4, 5, 3)).astype("uint8")


def close(actual, expected, tolerance=FLOAT32):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def each_pixel(change):
    return np.apply_along_axis(lambda pixel: change(*map(float, pixel)), -1, IMAGES)


def saturated(r, g, b):
    h, s, v = rgb_to_hsv(r, g, b)
    return hsv_to_rgb(h, min(s * 1.5, 1), v)


def turned(r, g, b):
    h, s, v = rgb_to_hsv(r, g, b)
    return hsv_to_rgb((h + 0.8) % 1, s, v)


def standardized(image):
    return (image - image.mean()) / max(image.std(), 1 / image.size**0.5)


ADJUSTED = {
    "adjust_brightness": ((0.3,), lambda: IMAGES + 0.3),
    "adjust_contrast": ((1.7,), lambda: 1.7 * IMAGES - 0.7 * IMAGES.mean((1, 2), keepdims=True)),
    "adjust_gamma": ((0.6, 2.0), lambda: 2 * IMAGES.astype(float) ** 0.6),
    "adjust_saturation": ((1.5,), lambda: each_pixel(saturated)),
    "adjust_hue": ((0.8,), lambda: each_pixel(turned)),
    "per_image_standardization": ((), lambda: np.stack([standardized(x) for x in IMAGES.astype(float)])),
}


@pytest.mark.parametrize("name", ADJUSTED)
def test_adjusted_colours(name):
    arguments, expected = ADJUSTED[name]
    close(getattr(color_adjustment, name)(IMAGES, *arguments), expected())


def test_integer_images_are_adjusted_as_floats():
    floats = BYTES / 255 + 0.3
    expected = np.floor(np.minimum(floats * 255.5, 255)).astype(int)
    result = np.asarray(color_adjustment.adjust_brightness(BYTES, 0.3))
    assert result.dtype == "uint8"
    assert abs(result.astype(int) - expected).max() <= 1  # float32 beside float64, then cut off


def test_dtypes_keep_black_and_white():
    close(convert_image_dtype(BYTES, "float32"), BYTES / 255)
    expected = np.floor(IMAGES.astype("float32") * np.float32(255.5))
    np.testing.assert_array_equal(convert_image_dtype(IMAGES, "uint8"), expected)
    np.testing.assert_array_equal(convert_image_dtype(BYTES, "uint16"), BYTES.astype(int) * 256)
    words = BYTES.astype("uint16") * 250
    np.testing.assert_array_equal(convert_image_dtype(words, "uint8"), words // 256)
    np.testing.assert_array_equal(convert_image_dtype(np.float32([-1, 2]), "uint8", saturate=True), [0, 255])


def test_noise_and_variation():
    other = np.clip(IMAGES + RNG.normal(0, 0.1, IMAGES.shape), 0, 1).astype("float32")
    errors = [float(np.mean((a - b) ** 2.0)) for a, b in zip(IMAGES, other, strict=True)]
    close(psnr_of_images(IMAGES, other, 2.0), [20 * log10(2) - 10 * log10(error) for error in errors])
    expected = [abs(np.diff(x, axis=0)).sum() + abs(np.diff(x, axis=1)).sum() for x in IMAGES]
    close(total_variation(IMAGES), expected)
    down, right = map(np.asarray, image_gradients(IMAGES))
    close(down[:, :-1], np.diff(IMAGES, axis=1))
    close(right[:, :, :-1], np.diff(IMAGES, axis=2))
    assert not down[:, -1].any()
    assert not right[:, :, -1].any()


def similarities(a, b, size, sigma):
    """(luminance, structure) of each window of two images of one channel with numbers up to 1."""
    place = np.arange(size) - (size - 1) / 2
    bell = np.exp(-(place**2) / (2 * sigma**2))
    weights = np.outer(bell, bell) / bell.sum() ** 2
    rows, columns = (n - size + 1 for n in a.shape)
    luminance, structure = np.zeros((2, rows, columns))
    for i, j in product(range(rows), range(columns)):
        x, y = a[i : i + size, j : j + size], b[i : i + size, j : j + size]
        mx, my = (weights * x).sum(), (weights * y).sum()
        vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
        covariance = (weights * (x - mx) * (y - my)).sum()
        luminance[i, j] = (2 * mx * my + 0.01**2) / (mx**2 + my**2 + 0.01**2)
        structure[i, j] = (2 * covariance + 0.03**2) / (vx + vy + 0.03**2)
    return luminance, structure


def test_structural_similarity():
    a = RNG.uniform(0, 1, (8, 10))
    b = np.clip(a + RNG.normal(0, 0.1, a.shape), 0, 1)
    images = [x[None, :, :, None].astype("float32") for x in (a, b)]
    luminance, structure = similarities(a, b, 3, 1.5)
    close(ssim_of_images(*images, 1.0, 3), [(luminance * structure).mean()], 1e-4)
    close(ssim_of_images(*images, 1.0, 3, return_index_map=True), (luminance * structure)[None], 1e-3)
    halves = [x.reshape(4, 2, 5, 2).mean((1, 3)) for x in (a, b)]
    last = similarities(*halves, 3, 1.5)
    expected = structure.mean() ** 0.4 * (last[0] * last[1]).mean() ** 0.6
    close(ssim_multiscale(*images, 1.0, (0.4, 0.6), 3), [expected], 1e-4)


@pytest.mark.parametrize("whole_batch", [False, True])
def test_the_places_of_the_greatest(whole_batch):
    x = RNG.normal(size=(2, 4, 6, 3)).astype("float32")
    values, positions = map(np.asarray, max_pool_with_argmax(x, (2, 3), (2, 3), "valid", whole_batch))
    flat = x.reshape(-1) if whole_batch else x.reshape(2, -1)
    for n, i, j, c in product(range(2), range(2), range(2), range(3)):
        window = x[n, 2 * i : 2 * i + 2, 3 * j : 3 * j + 3, c]
        assert values[n, i, j, c] == window.max()
        assert (flat if whole_batch else flat[n])[positions[n, i, j, c]] == window.max()


GLIMPSES = [  # (place, centred, normalized, row and column of the window's corner)
    ((1, 2), False, False, (1, 2)),
    ((0.5, 0.25), False, True, (2, 1)),
    ((0, 1), True, False, (2, 3)),
    ((0, -0.2), True, True, (1, 1)),
]


@pytest.mark.parametrize("place, centered, normalized, corner", GLIMPSES)
def test_glimpses(place, centered, normalized, corner):
    images = IMAGES[:1]
    found = windows_at(images, (2, 2), np.array([place]), centered, normalized, "zero", None)
    expected = np.zeros((2, 2, 3))
    for i, j in product(range(2), range(2)):
        row, column = corner[0] + i, corner[1] + j
        if 0 <= row < 4 and 0 <= column < 5:
            expected[i, j] = images[0, row, column]
    np.testing.assert_array_equal(found[0], expected.astype("float32"))


def test_a_glimpse_over_the_edge_has_noise_there():
    found = windows_at(IMAGES[:1], (2, 2), np.array([(-1, 4)]), False, False, "uniform", 1)
    np.testing.assert_array_equal(found[0, 1, 0], IMAGES[0, 0, 4])
    assert ((found >= IMAGES[:1].min()) & (found <= IMAGES[:1].max())).all()


def mitchell(x):
    b = c = 1 / 3
    if x < 1:
        return ((12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + 6 - 2 * b) / 6
    cubic = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x + 8 * b + 24 * c
    return cubic / 6 if x < 2 else 0


def windowed_sinc(x):
    return prod(1 if y == 0 else sin(np.pi * y) / (np.pi * y) for y in (x, x / 3))


@pytest.mark.parametrize("x", [0.0, 0.3, 0.99, 1.0, 1.4, 1.6, 2.0, 2.5])
def test_weights_of_distances(x):
    for signed in (x, -x):
        assert gaussian(signed) == pytest.approx(exp(-2 * x * x) if x < 1.5 else 0)
        assert mitchell_cubic(signed) == pytest.approx(mitchell(x), abs=1e-12)
        assert lanczos(3)(signed) == pytest.approx(windowed_sinc(x), abs=1e-12)


def test_normalized_by_neighbours_and_by_norms():
    x = RNG.normal(size=(2, 3, 7)).astype("float32")
    expected = np.zeros(x.shape)
    for c in range(7):
        near = x[..., max(c - 2, 0) : c + 3].astype(float)
        expected[..., c] = x[..., c] / (1.5 + 0.3 * (near**2).sum(-1)) ** 0.7
    close(local_response_normalization(Tensor(x), 2, 1.5, 0.3, 0.7), expected)
    z = (x + 1j * x[::-1]).astype("complex64")
    close(l2_normalize(Tensor(z), -1), z / np.linalg.norm(z, axis=-1, keepdims=True))
