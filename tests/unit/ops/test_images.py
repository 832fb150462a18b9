"""Image ops: what a student can check by hand."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.base.errors import InvalidArgumentError
from minikeras.ops.resampling import INTERPOLATIONS, weights_of

ROW = np.array([[0, 4, 8]], "float32")[..., None]  # one row of three pixels


def flat(x):
    return np.asarray(x).reshape(-1).tolist()


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("method", INTERPOLATIONS)
@pytest.mark.parametrize("length, outputs", [(5, 5), (5, 12), (12, 5), (7, 1), (1, 3)])
def test_weights_of_each_output_sum_to_one(method, antialias, length, outputs):
    indices, weights = weights_of(method, antialias)(length, outputs)
    np.testing.assert_allclose(weights.sum(axis=1), np.ones(outputs), rtol=1e-5)
    assert indices.min() >= 0
    assert indices.max() < length


@pytest.mark.parametrize("method", INTERPOLATIONS)
def test_resize_to_the_same_size_changes_nothing(method):
    np.testing.assert_allclose(ops.image.resize(ROW, (1, 3), method), ROW, atol=1e-6)


def test_resize_by_hand():
    assert flat(ops.image.resize(ROW, (1, 6))) == [0, 1, 3, 5, 7, 8]
    assert flat(ops.image.resize(ROW, (1, 6), "nearest")) == [0, 0, 4, 4, 8, 8]
    assert flat(ops.image.resize(ROW, (1, 1), "area")) == [4]
    assert flat(ops.image.resize(ROW, (1, 1))) == [4]


def cubic(x):
    """Keys's kernel with a = −1/2."""
    return 1.5 * x**3 - 2.5 * x**2 + 1 if x < 1 else -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0


@pytest.mark.parametrize("method, kernel", [("linear", lambda x: max(1 - x, 0)), ("cubic", cubic)])
@pytest.mark.parametrize("scale, shift, antialias", [(2.0, 0.7, True), (0.4, 0.3, True), (0.4, 0.3, False)])
def test_scale_and_translate_is_a_weighted_mean(method, kernel, scale, shift, antialias):
    x = np.random.default_rng(1).normal(size=(7, 2)).astype("float32")
    expected, width = np.zeros((9, 2)), max(1 / scale, 1) if antialias else 1
    for i in range(9):
        place = (i + 0.5 - shift) / scale - 0.5
        weights = [kernel(abs(place - j) / width) for j in range(7)]
        if -0.5 <= place <= 6.5:
            expected[i] = np.array(weights) @ x / sum(weights)
    y = ops.image.scale_and_translate(x, (9, 2), np.float32([scale]), np.float32([shift]), (0,), method, antialias)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_resize_rounds_integers_and_cuts_what_overshoots():
    x = np.array([[0, 0, 255, 255]], "uint8")[..., None]
    y = ops.image.resize(x, (1, 8), "bicubic")
    assert y.dtype == "uint8"
    assert (min(flat(y)), max(flat(y))) == (0, 255)


def test_identity_and_shift():
    x = np.arange(6.0, dtype="float32").reshape(2, 3, 1)
    assert flat(ops.image.affine_transform(x, np.array([1, 0, 0, 0, 1, 0, 0, 0]))) == flat(x)
    shifted = ops.image.affine_transform(x, np.array([1, 0, 1, 0, 1, 0, 0, 0]), fill_value=9)
    assert flat(shifted) == [1, 2, 9, 4, 5, 9]


@pytest.mark.parametrize(
    "mode, expected", [("constant", [9, 9, 0, 1, 2]), ("nearest", [0, 0, 0, 1, 2]), ("reflect", [1, 0, 0, 1, 2])]
)
def test_what_lies_outside(mode, expected):
    x = np.arange(5.0, dtype="float32").reshape(1, 5, 1)
    y = ops.image.affine_transform(x, np.array([1, 0, -2, 0, 1, 0, 0, 0]), "nearest", mode, 9)
    assert flat(y) == expected


def test_perspective_transform_moves_corners():
    x = np.zeros((5, 5, 1), "float32")
    x[0, 0] = 1
    corners = np.array([[0, 0], [4, 0], [0, 4], [4, 4]], "float32")
    y = ops.image.perspective_transform(x, corners, corners + [[1, 1], [0, 0], [0, 0], [0, 0]]).numpy()
    assert y[1, 1, 0] == pytest.approx(1, abs=1e-4)  # float32 solution of eight equations


@pytest.mark.parametrize(
    "mode, expected",
    [("constant", 9), ("nearest", 0), ("wrap", 3), ("mirror", 1), ("reflect", 1)],
)
def test_map_coordinates_outside(mode, expected):
    assert flat(ops.image.map_coordinates(np.arange(4.0), [[-1.0, 0.0, 3.0]], 0, mode, 9)) == [expected, 0, 3]


def test_mirror_at_the_high_end():
    assert flat(ops.image.map_coordinates(np.arange(4.0), [[3.0, 4.0, 5.0]], 0, "mirror")) == [3, 2, 1]


def test_map_coordinates_outside_may_have_a_value_for_each_place():
    filled = ops.image.map_coordinates(np.arange(4.0), [[-1.0, 0.0, 9.0]], 0, "constant", [5, 6, 7])
    assert flat(filled) == [5, 0, 7]
    with pytest.raises(InvalidArgumentError, match=r"fit the result's shape \(3,\)"):
        ops.image.map_coordinates(np.arange(4.0), [[-1.0, 0.0, 9.0]], 0, "constant", [5, 6])


@pytest.mark.parametrize(
    "sizes, error",
    [(3, InvalidArgumentError), ((3,), InvalidArgumentError), ((0, 3), InvalidArgumentError), (None, ValueError)],
)
def test_a_blur_has_two_lengths(sizes, error):
    with pytest.raises(error, match="`kernel_size` must be two"):
        ops.image.gaussian_blur(np.ones((5, 5, 2), "float32"), sizes)


def test_map_coordinates_between():
    x = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert flat(ops.image.map_coordinates(x, [[0.5], [0.25]], 1)) == [1.25]


def test_the_colours_of_the_wheel():
    hues = np.array([[[0, 1, 1], [1 / 3, 1, 1], [2 / 3, 1, 1], [0, 0, 0.5]]], "float64")
    rgb = ops.image.hsv_to_rgb(hues)
    np.testing.assert_allclose(rgb, [[[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]]], atol=1e-12)
    np.testing.assert_allclose(ops.image.rgb_to_hsv(rgb), hues, atol=1e-12)


def test_equal_images_are_alike():
    x = np.random.default_rng(0).uniform(size=(2, 12, 12, 3))
    np.testing.assert_allclose(ops.image.ssim(x, x), [1, 1])
    assert float(ops.psnr(x, x + 0.1, 1.0)) == pytest.approx(20)


def test_sobel_sees_a_step():
    x = np.zeros((1, 3, 4, 1), "float32")
    x[:, :, 2:] = 1
    edges = ops.image.sobel_edges(x).numpy()
    assert edges[0, 1, :, 0, 0].tolist() == [0, 0, 0, 0]
    assert edges[0, 1, :, 0, 1].tolist() == [0, 4, 4, 0]


def test_blur_of_a_constant_is_that_constant_inside():
    blurred = ops.image.gaussian_blur(np.ones((5, 5, 2), "float32")).numpy()
    np.testing.assert_allclose(blurred[1:-1, 1:-1], np.ones((3, 3, 2)), rtol=1e-6)
    assert blurred[0, 0, 0] < 1


def test_pad_and_crop_are_inverse():
    x = np.arange(24.0).reshape(2, 4, 3, 1)
    padded = ops.image.pad_images(x, 1, 2, target_height=9, target_width=9)
    assert padded.shape == (2, 9, 9, 1)
    cropped = ops.image.crop_images(padded, 1, 2, target_height=4, target_width=3)
    np.testing.assert_array_equal(cropped, x)
    with pytest.raises(ValueError, match="exactly two"):
        ops.image.pad_images(x, 1, 2)


def test_patches_and_back():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    patches = ops.image.extract_patches(x, 2)
    assert flat(patches[0, 0, 1]) == [2, 3, 6, 7]
    first = x.transpose(0, 3, 1, 2)
    columns = ops.unfold(first, 2, stride=2)
    np.testing.assert_array_equal(ops.fold(columns, 4, 2, stride=2), first)
    counts = ops.fold(ops.unfold(np.ones_like(first), 2), 4, 2)
    assert flat(counts[0, 0, :2]) == [1, 2, 2, 1, 2, 4, 4, 2]


def test_depth_to_space_and_back():
    x = np.arange(32.0).reshape(1, 2, 2, 8)
    assert flat(ops.depth_to_space(x, 2)[0, :2, :2, 0]) == [0, 2, 4, 6]
    np.testing.assert_array_equal(ops.space_to_depth(ops.depth_to_space(x, 2), 2), x)
    with pytest.raises(ValueError, match="divisible by block_size"):
        ops.depth_to_space(x[..., :6], 2)


def test_adaptive_windows_cover_the_input():
    x = np.arange(5.0).reshape(1, 5, 1)
    assert flat(ops.adaptive_max_pool(x, 3)) == [1, 3, 4]
    assert flat(ops.adaptive_average_pool(x, 3)) == pytest.approx([0.5, 2, 3.5])


@pytest.mark.parametrize("rank", [2, 5])
def test_the_number_of_axes_is_checked(rank):
    with pytest.raises(ValueError, match="one image"):
        ops.image.resize(np.zeros((3,) * rank), (2, 2))
