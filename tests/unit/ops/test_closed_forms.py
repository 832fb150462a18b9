"""Transforms, functions of matrices, losses and parts of images beside sums, loops and inverses written out."""

import math
from itertools import product

import numpy as np
import pytest

from minikeras import Tensor, ops
from minikeras.compat.keras import thresholded
from minikeras.compat.keras.backend import probability_crossentropy
from minikeras.compat.tensorflow.linalg.matrix_functions import expm, logm, sqrtm
from minikeras.compat.tensorflow.linalg.tridiagonal import banded_triangular_matrix
from minikeras.compat.tensorflow.nn.sampled_logits import nce_loss, sampled_softmax_loss
from minikeras.compat.tensorflow.signal import cosine_transform
from minikeras.ops.binary_functions import complex_number, squared_difference
from minikeras.ops.gamma_functions import gamma_sample_derivative
from minikeras.ops.image_parts import (
    central_crop,
    crop_and_resize,
    crop_to_bounding_box,
    pad_to_bounding_box,
    resize_with_crop_or_pad,
)
from minikeras.ops.image_resizing import resize, resize_with_pad
from minikeras.ops.sorting import FEW_BINS
from minikeras.ops.special import erfcinv, ndtri

FLOAT32, FLOAT64 = 2e-5, 1e-9  # relative and absolute
RNG = np.random.default_rng(11)


def close(actual, expected, tolerance=FLOAT64):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


# --- transforms -------------------------------------------------------------------------------------------------------


def cosine(x, kind, k):
    """The k-th number of the transform, by its sum."""
    n, count = np.arange(len(x)), len(x)
    if kind == 1:
        inner = 2 * (x[1:-1] * np.cos(np.pi * k * n[1:-1] / (count - 1))).sum()
        return x[0] + (-1) ** k * x[-1] + inner
    if kind == 2:
        return 2 * (x * np.cos(np.pi * k * (2 * n + 1) / (2 * count))).sum()
    if kind == 3:
        return x[0] + 2 * (x[1:] * np.cos(np.pi * (2 * k + 1) * n[1:] / (2 * count))).sum()
    return 2 * (x * np.cos(np.pi * (2 * k + 1) * (2 * n + 1) / (4 * count))).sum()


@pytest.mark.parametrize("length", [5, 256, 301])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_cosine_transforms(kind, length):
    x = RNG.normal(size=(2, length))
    expected = [[cosine(row, kind, k) for k in range(length)] for row in x]
    close(cosine_transform.dct(Tensor(x), kind), expected)


@pytest.mark.parametrize("length", [6, 256])
@pytest.mark.parametrize("kind", [2, 3, 4])
def test_orthogonal_cosine_transforms(kind, length):
    matrix = np.asarray(cosine_transform.dct(Tensor(np.eye(length)), kind, "ortho"))
    close(matrix @ matrix.T, np.eye(length))
    plain = np.asarray(cosine_transform.dct(Tensor(np.eye(length)), kind))
    close((matrix / plain)[1:, 1:], np.full((length - 1,) * 2, 1 / math.sqrt(2 * length)), 1e-6)


def test_the_modified_transform_folds_quarters():
    n, frame = 4, RNG.normal(size=8)
    angles = [[math.pi / n * (i + 0.5 + n / 2) * (k + 0.5) for i in range(2 * n)] for k in range(n)]
    expected = [2 * sum(x * math.cos(angle) for x, angle in zip(frame, row, strict=True)) for row in angles]
    close(cosine_transform.mdct(Tensor(frame)), expected)


@pytest.mark.parametrize("norm", [None, "ortho"])
def test_overlapping_frames_are_restored(norm):
    n, x = 6, RNG.normal(size=30)
    window = np.sin(np.pi * (np.arange(2 * n) + 0.5) / (2 * n))
    total = np.zeros(30)
    for start in range(0, 30 - n, n):
        coefficients = cosine_transform.mdct(Tensor(x[start : start + 2 * n] * window), norm)
        total[start : start + 2 * n] += window * np.asarray(cosine_transform.inverse_mdct(coefficients, norm))
    close(total[n:-n], x[n:-n])


# --- matrices ---------------------------------------------------------------------------------------------------------

VECTORS, VALUES = RNG.normal(size=(3, 4, 4)), RNG.uniform(0.2, 3, (3, 4))
MATRICES = (VECTORS * VALUES[:, None]) @ np.linalg.inv(VECTORS)
MATRIX_FUNCTIONS = {"expm": (expm, np.exp), "sqrtm": (sqrtm, np.sqrt)}


@pytest.mark.parametrize("name", MATRIX_FUNCTIONS)
def test_functions_of_matrices_are_those_of_eigenvalues(name):
    function, of_numbers = MATRIX_FUNCTIONS[name]
    close(function(Tensor(MATRICES)), (VECTORS * of_numbers(VALUES)[:, None]) @ np.linalg.inv(VECTORS), 1e-8)


def test_the_logarithm_of_a_matrix():
    values = VALUES * np.exp(1j * RNG.uniform(-3, 3, VALUES.shape))
    x = (VECTORS * values[:, None]) @ np.linalg.inv(VECTORS)
    close(logm(Tensor(x)), (VECTORS * np.log(values)[:, None]) @ np.linalg.inv(VECTORS), 1e-8)


@pytest.mark.parametrize("lower", [True, False])
def test_bands_of_triangular_matrices(lower):
    bands = RNG.normal(size=(2, 3, 5))
    expected = np.zeros((2, 5, 5))
    for i, j in product(range(5), range(5)):
        if lower and 0 <= i - j < 3:
            expected[:, i, j] = bands[:, i - j, i]
        if not lower and 0 <= j - i < 3:
            expected[:, i, j] = bands[:, 2 - (j - i), i]
    np.testing.assert_array_equal(banded_triangular_matrix(Tensor(bands), lower), expected)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_quantiles_undo_the_normal_distribution():
    x = np.linspace(-3, 3, 13)
    close(ndtri(Tensor(np.array([0.5 * math.erfc(-y / math.sqrt(2)) for y in x]))), x, 1e-6)
    close(erfcinv(Tensor(np.array([math.erfc(y) for y in x]))), x, 1e-5)


def test_complex_numbers():
    size, angle = RNG.uniform(0.5, 2, 5).astype("float32"), RNG.uniform(-3, 3, 5).astype("float32")
    close(ops.polar(size, angle), size * np.exp(1j * angle), FLOAT32)
    for dtype, expected in (("float32", "complex64"), ("float64", "complex128")):
        z = complex_number(Tensor(size.astype(dtype)), Tensor(angle.astype(dtype)))
        assert z.dtype == expected
        close(z, size + 1j * angle, FLOAT32)
    z = size + 1j * angle
    close(squared_difference(Tensor(z), Tensor(z[::-1].copy())), abs(z - z[::-1]) ** 2, FLOAT32)


@pytest.mark.parametrize("bins", [4, FEW_BINS + 1])
@pytest.mark.parametrize("count", [7, 100_000])
def test_values_among_edges(bins, count):
    x, edges = RNG.normal(size=count).astype("float32"), np.sort(RNG.normal(size=bins)).astype("float32")
    x[:3] = edges[:3]
    np.testing.assert_array_equal(ops.digitize(x, edges), sum((x >= edge).astype(int) for edge in edges))


@pytest.mark.parametrize("a", [0.3, 2.5, 30.0])
def test_gamma_draws_move_with_their_concentration(a):
    """By the distribution function P: where P stays, ∂P/∂a + ∂P/∂x · dx/da is 0."""

    def p(a, x):
        """Σ x^(a + n) e⁻ˣ / Γ(a + n + 1)."""
        return sum(math.exp((a + n) * math.log(x) - x - math.lgamma(a + n + 1)) for n in range(400))

    step = 1e-5
    for x in (0.3 * a, a, 1.5 * a):
        of_a = (p(a + step, x) - p(a - step, x)) / (2 * step)
        of_x = math.exp((a - 1) * math.log(x) - x - math.lgamma(a))
        close(gamma_sample_derivative(np.array([a]), np.array([x])), [-of_a / of_x], 1e-5)


@pytest.mark.parametrize("x", [-2.0, -0.3, 0.4, 0.6, 5.0])
def test_piecewise_linear_activations(x):
    given = Tensor(np.float64([x]))
    expected = min(x, 3) if x > 0.5 else 0.1 * (x - 0.5)
    close(thresholded.thresholded_relu(given, 0.1, 3.0, 0.5), [expected])
    close(thresholded.steep_hard_sigmoid(given), [min(max(0.2 * x + 0.5, 0), 1)])
    close(thresholded.scaled_silu(given, 1.5), [x / (1 + math.exp(-1.5 * x))])
    close(thresholded.concatenated_relu(given), [max(x, 0), max(-x, 0)])


# --- losses -----------------------------------------------------------------------------------------------------------

P = RNG.uniform(0.1, 0.9, (4, 3))
YES = RNG.integers(0, 2, (4, 3)).astype(float)
LOGITS = np.log(P / (1 - P))
EPSILON = 1e-6  # what 1e-7, added here and there, can change


def test_crossentropies_of_probabilities():
    both = -np.where(YES == 1, np.log(P), np.log(1 - P))
    true = np.where(YES == 1, P, 1 - P)
    for given, from_logits in ((P, False), (LOGITS, True)):
        arguments = {"from_logits": from_logits}
        close(probability_crossentropy.binary_crossentropy(YES, given, **arguments), both, EPSILON)
        focal = probability_crossentropy.binary_focal_crossentropy(YES, given, gamma=1.5, **arguments)
        close(focal, (1 - true) ** 1.5 * both, EPSILON)
    weights = np.where(YES == 1, 0.3, 0.7)
    balanced = probability_crossentropy.binary_focal_crossentropy(YES, P, True, 0.3)
    close(balanced, weights * (1 - true) ** 2 * both, EPSILON)


def test_crossentropies_of_classes():
    shares, classes = P / P.sum(1, keepdims=True), np.array([0, 2, 1, 2])
    one_hot, of_class = np.eye(3)[classes], shares[np.arange(4), classes]
    for given, from_logits in ((P, False), (np.log(P), True)):
        arguments = {"from_logits": from_logits}
        close(
            probability_crossentropy.categorical_crossentropy(one_hot, given, **arguments), -np.log(of_class), EPSILON
        )
        focal = probability_crossentropy.categorical_focal_crossentropy(one_hot, given, 0.4, 1.5, **arguments)
        close(focal, -0.4 * (1 - of_class) ** 1.5 * np.log(of_class), EPSILON)
        sparse = probability_crossentropy.sparse_categorical_crossentropy(classes, given, **arguments)
        close(sparse, -np.log(of_class), EPSILON)
    ignoring = probability_crossentropy.sparse_categorical_crossentropy(classes, P, ignore_class=2)
    close(ignoring, np.where(classes == 2, 0, -np.log(of_class)), EPSILON)


@pytest.mark.parametrize("without_hits", [False, True])
def test_losses_of_sampled_classes(without_hits):
    weights, biases, x = RNG.normal(size=(9, 4)), RNG.normal(size=9), RNG.normal(size=(3, 4))
    labels, sampled = np.array([[1, 5], [2, 0], [7, 8]]), np.array([0, 3, 5])
    true_counts, counts = RNG.uniform(0.1, 2, 6), RNG.uniform(0.1, 2, 3)
    arguments = *map(Tensor, (weights, biases)), Tensor(labels), Tensor(x), (sampled, true_counts, counts), without_hits
    softmax, binary = [], []
    for i in range(3):
        true = [x[i] @ weights[c] + biases[c] - math.log(true_counts[2 * i + j]) for j, c in enumerate(labels[i])]
        others = [
            x[i] @ weights[c] + biases[c] - math.log(counts[j])
            for j, c in enumerate(sampled)
            if not (without_hits and c in labels[i])
        ]
        total = math.log(sum(map(math.exp, true + others)))
        softmax.append(sum(total - logit for logit in true) / 2)
        # a class counts with the share of the labels that it has, 1/2 of two
        parts = [math.log1p(math.exp(z)) - z / 2 for z in true] + [math.log1p(math.exp(z)) for z in others]
        binary.append(sum(parts))
    close(sampled_softmax_loss(*arguments), softmax)
    close(nce_loss(*arguments), binary)


# --- parts of images --------------------------------------------------------------------------------------------------

IMAGE = RNG.normal(size=(2, 6, 7, 2)).astype("float32")


def test_rectangles_and_borders():
    np.testing.assert_array_equal(crop_to_bounding_box(IMAGE, 1, 2, 3, 4), IMAGE[:, 1:4, 2:6])
    bordered = np.zeros((2, 9, 10, 2), "float32")
    bordered[:, 2:8, 1:8] = IMAGE
    np.testing.assert_array_equal(pad_to_bounding_box(IMAGE, 2, 1, 9, 10), bordered)
    expected = np.zeros((2, 3, 12, 2), "float32")
    expected[:, :, 2:9] = IMAGE[:, 1:4]
    np.testing.assert_array_equal(resize_with_crop_or_pad(IMAGE, 3, 12), expected)
    np.testing.assert_array_equal(central_crop(IMAGE, 0.5), IMAGE[:, 1:5, 1:6])


def test_resized_with_a_border():
    expected = np.zeros((2, 12, 20, 2), "float32")
    expected[:, :, 3:17] = np.asarray(resize(IMAGE, (12, 14)))
    close(resize_with_pad(IMAGE, 12, 20), expected, FLOAT32)


@pytest.mark.parametrize("size, expected", [((12, 28), (12, 14)), ((20, 10), (9, 10)), ((1, 70), (1, 1))])
def test_resized_within_a_size(size, expected):
    """Proportions 6 : 7 are kept, up to rounding."""
    found = resize(IMAGE, size, preserve_aspect_ratio=True)
    assert tuple(found.shape[1:3]) == expected
    np.testing.assert_array_equal(found, resize(IMAGE, expected))


@pytest.mark.parametrize("size", [(3, 4), (1, 2)])
def test_resized_rectangles(size):
    boxes, which = np.float32([[0.1, 0.2, 0.8, 0.9], [0.9, 0, 0.2, 1.3]]), [1, 0]
    expected = np.zeros((2, *size, 2))
    for n, i, j in product(range(2), range(size[0]), range(size[1])):
        place = []
        for index, count, start, end, length in (
            (i, size[0], boxes[n, 0], boxes[n, 2], 6),
            (j, size[1], boxes[n, 1], boxes[n, 3], 7),
        ):
            share = index / (count - 1) if count > 1 else 0.5
            place.append((start + (end - start) * share) * (length - 1))
        (y, x), inside = place, all(0 <= p <= n - 1 for p, n in zip(place, (6, 7), strict=True))
        top, left = min(int(y), 4), min(int(x), 5)
        if inside:
            fy, fx = y - top, x - left
            corner = IMAGE[which[n], top : top + 2, left : left + 2]
            expected[n, i, j] = np.einsum("i,j,ijc->c", [1 - fy, fy], [1 - fx, fx], corner)
        else:
            expected[n, i, j] = 9
    close(crop_and_resize(IMAGE, boxes, which, size, extrapolation_value=9.0), expected, FLOAT32)
