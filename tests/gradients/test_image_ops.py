"""Gradients of image ops, attention, CTC, patches and adaptive pooling."""

import numpy as np
import pytest

from minikeras import ops
from minikeras.autodiff import GradientTape, Tensor
from minikeras.ops.warping import WarpParts
from tests.gradients.harness import Row, between, check_first_order, check_second_order, distinct

IMAGE = (2, 5, 4, 3)
TURN = np.array([0.9, -0.4, 0.7, 0.4, 0.9, -0.3, 0.01, 0.02])
ZOOM = np.array([[0.7, 0, c, 0, 1.3, c, 0, 0] for c in (-0.5, 0.2, 1.6)])  # some positions are outside
MASK = np.array([[True, False, True, True], [True, True, False, True], [False, True, True, True]])
LABELS = np.array([[1, 2, 0], [2, 2, 1]])


def coordinates(rng):
    """Positions inside a (4, 5) array, none near an element, where the interpolation has a kink."""
    return rng.integers(0, 3, (2, 6)) + rng.uniform(0.2, 0.6, (2, 6))


ROWS = [
    *[
        Row(
            f"resize {method} antialias={antialias}",
            lambda x, m=method, a=antialias: ops.image.resize(x, (3, 7), m, a),
            (IMAGE,),
        )
        for method in ("nearest", "bilinear", "bicubic", "lanczos3", "area")
        for antialias in (False, True)
    ],
    Row("resize crop", lambda x: ops.image.resize(x, (3, 7), crop_to_aspect_ratio=True), (IMAGE,)),
    Row("resize pad", lambda x: ops.image.resize(x, (3, 7), pad_to_aspect_ratio=True), (IMAGE,)),
    Row(
        "scale_and_translate",
        lambda x: ops.image.scale_and_translate(
            x, (6, 3, 3), np.array([1.3, 0.6]), np.array([0.4, -0.2]), (0, 1), "cubic"
        ),
        ((5, 4, 3),),
    ),
    *[
        Row(f"affine_transform {mode}", lambda x, m=mode: ops.image.affine_transform(x, TURN, fill_mode=m), (IMAGE,))
        for mode in ("constant", "nearest", "reflect", "wrap")
    ],
    Row("affine_transform nearest pixel", lambda x: ops.image.affine_transform(x, TURN, "nearest"), (IMAGE,)),
    Row(
        "perspective_transform",
        lambda x: ops.image.perspective_transform(
            x, [[0, 0], [3, 0], [0, 4], [3, 4]], [[0, 1], [3, 0], [1, 4], [3, 3]]
        ),
        (IMAGE,),
    ),
    Row("parts of images", lambda x: WarpParts(ZOOM, np.array([1, 0, 1]), (3, 2), "bilinear", 0.5)(x), (IMAGE,)),
    Row("map_coordinates", lambda x, c: ops.image.map_coordinates(x, 0.8 * c, 1), ((4, 5), coordinates)),
    Row("elastic_transform", lambda x: ops.image.elastic_transform(x, sigma=1.0, seed=1), (IMAGE,)),
    Row("rgb_to_grayscale", ops.image.rgb_to_grayscale, (IMAGE,)),
    Row("rgb_to_hsv", ops.image.rgb_to_hsv, (distinct((2, 2, 2, 3)),)),
    Row("hsv_to_rgb", ops.image.hsv_to_rgb, (between(0.05, 0.3, IMAGE),)),
    Row("gaussian_blur", ops.image.gaussian_blur, (IMAGE,)),
    Row("sobel_edges", ops.image.sobel_edges, (IMAGE,)),
    Row("ssim", lambda a, b: ops.image.ssim(a, b, filter_size=3), (IMAGE, IMAGE)),
    Row("psnr", lambda a, b: ops.psnr(a, b, 2.0), (IMAGE, IMAGE)),
    Row("pad_images", lambda x: ops.image.pad_images(x, 1, 2, 3, 0), (IMAGE,)),
    Row("crop_images", lambda x: ops.image.crop_images(x, 1, 2, 1, 0), (IMAGE,)),
    Row("extract_patches", lambda x: ops.image.extract_patches(x, 2, 1, padding="same"), (IMAGE,)),
    Row("extract_patches_3d", lambda x: ops.image.extract_patches_3d(x, 2), ((1, 4, 3, 4, 2),)),
    Row("unfold", lambda x: ops.unfold(x, 2, padding=1, stride=2), ((2, 3, 4, 5),)),
    Row("fold", lambda x: ops.fold(x, (4, 5), 2), ((2, 8, 12),)),
    Row("depth_to_space", lambda x: ops.depth_to_space(x, 2), ((2, 3, 2, 8),)),
    Row("space_to_depth", lambda x: ops.space_to_depth(x, 2, "channels_first"), ((2, 3, 2, 4),)),
    Row("adaptive_average_pool", lambda x: ops.adaptive_average_pool(x, (3, 2)), (IMAGE,)),
    Row("adaptive_max_pool", lambda x: ops.adaptive_max_pool(x, (3, 2)), (distinct((1, 5, 4, 2)),)),
    Row("adaptive_max_pool of one axis", lambda x: ops.adaptive_max_pool(x, 3), (distinct((2, 5, 2)),)),
    Row(
        "dot_product_attention",
        lambda q, k, v, b: ops.dot_product_attention(q, k, v, bias=b, mask=MASK),
        ((2, 3, 2, 4), (2, 4, 2, 4), (2, 4, 2, 4), (2, 2, 3, 4)),
    ),
    Row(
        "dot_product_attention, masked and causal",
        lambda q, k, v: ops.dot_product_attention(q, k, v, mask=MASK, is_causal=True),
        ((2, 3, 2, 4), (2, 4, 2, 4), (2, 4, 2, 5)),
    ),
    Row(
        "dot_product_attention of shared heads, causal",
        lambda q, k: ops.dot_product_attention(q, k, k, is_causal=True),
        ((2, 3, 4, 3), (2, 3, 2, 3)),
    ),
    Row("ctc_loss", lambda x: ops.ctc_loss(LABELS, x, [2, 3], [4, 5]), ((2, 5, 3),), order=1),
    Row(
        "ctc_loss of the last class as blank",
        lambda x: ops.ctc_loss(LABELS[:, :1], x, [1, 1], [4, 5], 3),
        ((2, 5, 4),),
        order=1,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_first_order(row):
    check_first_order(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.order > 1], ids=str)
def test_second_order(row):
    check_second_order(row)


def test_the_second_derivative_of_ctc_loss_says_that_it_is_missing():
    x = Tensor(np.zeros((2, 5, 3)))
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            loss = ops.ctc_loss(LABELS, x, [2, 3], [4, 5])
        gradient = inner.gradient(loss, x)
    with pytest.raises(NotImplementedError, match="second derivative"):
        outer.gradient(gradient, x)
