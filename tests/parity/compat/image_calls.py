"""Images and calls of functions of `tf.image`, in tables."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")


theirs = tf.image
GROUP = "compat: tf.image"
RNG = np.random.default_rng(5)

BATCH = RNG.random((2, 7, 9, 3)).astype("float32")
IMAGE = RNG.random((6, 8, 3)).astype("float32")
BYTES = RNG.integers(0, 256, (2, 7, 9, 3)).astype("uint8")
GREY = RNG.integers(0, 256, (6, 8, 1)).astype("uint8")
SIGNED = RNG.integers(-30000, 30000, (5, 4, 3)).astype("int16")
HSV = RNG.random((4, 5, 3)).astype("float32")
BOXES = np.array([[0.1, 0.2, 0.8, 0.9], [0.9, 0.7, 0.1, 0.3], [-0.2, 0.4, 1.3, 0.6]], "float32")
BOX_INDICES = np.array([0, 1, 1], "int32")
NOISY = np.clip(BATCH + RNG.normal(0, 0.1, BATCH.shape), 0, 1).astype("float32")
LARGE = RNG.random((2, 50, 61, 3)).astype("float32")
LARGE_NOISY = np.clip(LARGE + RNG.normal(0, 0.1, LARGE.shape), 0, 1).astype("float32")
DRAWN = RNG.random((2, 3, 2)).astype("float32")
DRAWN = np.concatenate([DRAWN - 0.3, DRAWN + 0.2], axis=-1)
CANDIDATES = RNG.random((30, 2)).astype("float32")
CANDIDATES = np.concatenate([CANDIDATES, CANDIDATES + RNG.random((30, 2)).astype("float32") / 2], axis=1)
OTHERS = CANDIDATES.copy()  # TensorFlow's padded form takes the corners in one order only
CANDIDATES[::3] = CANDIDATES[::3][:, [2, 1, 0, 3]]  # any two opposite corners
SCORES = RNG.random(30).astype("float32")
OVERLAPS = RNG.random((30, 30)).astype("float32")

METHODS = ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]
RESIZING = [
    ("resize", (images, size), {"method": method, "antialias": antialias})
    for method in METHODS
    for images, size in ((BATCH, (14, 5)), (BATCH, (3, 20)), (IMAGE, (4, 4)), (BYTES, (10, 4)))
    for antialias in (False, True)
] + [
    ("resize", (BATCH, (7, 9)), {}),
    ("resize", (BYTES, (7, 9)), {}),
    ("resize", (BYTES, (7, 9)), {"method": "nearest"}),
    ("resize", (BATCH.astype("float64"), (5, 5)), {}),
    ("resize", (BATCH.astype("float64"), (5, 5)), {"method": "nearest"}),
    ("resize", (BATCH.astype("float16"), (5, 5)), {}),
    ("resize", (SIGNED, (7, 9)), {"method": "bicubic"}),
    ("resize", (BATCH, [20, 10]), {"preserve_aspect_ratio": True}),
    ("resize", (BATCH, [3, 10]), {"preserve_aspect_ratio": True}),
    ("resize", (RNG.random((101, 57, 1)).astype("float32"), [33, 40]), {"preserve_aspect_ratio": True}),
    ("resize_with_pad", (BATCH, 10, 10), {}),
    ("resize_with_pad", (IMAGE, 13, 9), {"method": "nearest"}),
    ("resize_with_pad", (IMAGE, 5, 12), {"antialias": True}),
    ("resize_with_pad", (BYTES, 3, 3), {"method": "bicubic"}),
]
ARRANGING = [
    ("resize_with_crop_or_pad", (BATCH, 4, 12), {}),
    ("resize_with_crop_or_pad", (BATCH, 10, 4), {}),
    ("resize_with_crop_or_pad", (BYTES, 6, 5), {}),
    ("central_crop", (BATCH, 0.5), {}),
    ("central_crop", (IMAGE, 0.87), {}),
    ("central_crop", (IMAGE, 1.0), {}),
    ("crop_to_bounding_box", (BATCH, 1, 2, 3, 4), {}),
    ("pad_to_bounding_box", (IMAGE, 1, 2, 9, 12), {}),
    ("crop_and_resize", (BATCH, BOXES, BOX_INDICES, (4, 5)), {}),
    ("crop_and_resize", (BATCH, BOXES, BOX_INDICES, (1, 3)), {"extrapolation_value": 7.0}),
    ("crop_and_resize", (BYTES, BOXES, BOX_INDICES, (4, 5)), {"method": "nearest"}),
    ("flip_left_right", (BATCH,), {}),
    ("flip_left_right", (IMAGE,), {}),
    ("flip_up_down", (BYTES,), {}),
    ("transpose", (IMAGE,), {}),
    ("transpose", (BATCH,), {}),
    ("rot90", (BATCH,), {}),
    ("rot90", (IMAGE, 3), {}),
    ("rot90", (IMAGE,), {"k": -1}),
    ("rot90", (IMAGE,), {"k": 2}),
]
COLOURS = [
    ("adjust_brightness", (BATCH, 0.3), {}),
    ("adjust_brightness", (BYTES, 0.3), {}),
    ("adjust_brightness", (BYTES, -0.4), {}),
    ("adjust_contrast", (BATCH, 1.7), {}),
    ("adjust_contrast", (BYTES, 2.5), {}),
    ("adjust_contrast", (BYTES, 0.3), {}),
    ("adjust_gamma", (BATCH, 2.2), {}),
    ("adjust_gamma", (BYTES, 0.5, 0.9), {}),
    ("adjust_saturation", (BATCH, 0.4), {}),
    ("adjust_saturation", (BATCH, 3.0), {}),
    ("adjust_saturation", (BYTES, 1.5), {}),
    ("adjust_hue", (BATCH, 0.2), {}),
    ("adjust_hue", (BATCH, -0.7), {}),
    ("adjust_hue", (BYTES, 0.4), {}),
    ("adjust_saturation", (GREY.repeat(3, -1), 2.0), {}),
    ("per_image_standardization", (BATCH,), {}),
    ("per_image_standardization", (BYTES,), {}),
    ("per_image_standardization", (np.ones((4, 4, 3), "float32"),), {}),
    ("rgb_to_grayscale", (BATCH,), {}),
    ("rgb_to_grayscale", (BYTES,), {}),
    ("grayscale_to_rgb", (GREY,), {}),
    ("rgb_to_hsv", (BATCH,), {}),
    ("rgb_to_hsv", (IMAGE,), {}),
    ("hsv_to_rgb", (HSV,), {}),
    ("rgb_to_yuv", (IMAGE,), {}),
    ("yuv_to_rgb", (IMAGE,), {}),
    ("rgb_to_yiq", (IMAGE,), {}),
    ("yiq_to_rgb", (IMAGE,), {}),
] + [
    ("convert_image_dtype", (images, dtype), {"saturate": saturate})
    for images in (BATCH, BYTES, SIGNED, BATCH.astype("float64"), BYTES.astype("int32") * 50)
    for dtype in ("uint8", "int16", "float32", "float16", "uint16", "int32")
    for saturate in (False, True)
]
MEASURES = [
    ("psnr", (BATCH, NOISY, 1.0), {}),
    ("psnr", (BYTES, BYTES[::-1].copy(), 255), {}),
    ("ssim", (LARGE, LARGE_NOISY, 1.0), {}),
    ("ssim", (LARGE[0], LARGE_NOISY[0], 1.0), {}),
    ("ssim", (LARGE, LARGE_NOISY, 1.0), {"filter_size": 7, "filter_sigma": 2.0, "k1": 0.1}),
    ("ssim", (LARGE, LARGE_NOISY, 1.0), {"return_index_map": True}),
    ("ssim", ((LARGE * 255).astype("uint8"), (LARGE_NOISY * 255).astype("uint8"), 255), {}),
    ("ssim_multiscale", (LARGE, LARGE_NOISY, 1.0), {"filter_size": 3}),
    ("ssim_multiscale", (LARGE, LARGE_NOISY, 1.0), {"power_factors": (0.5, 0.5), "filter_size": 5}),
    ("total_variation", (BATCH,), {}),
    ("total_variation", (IMAGE,), {}),
    ("sobel_edges", (BATCH,), {}),
    ("extract_patches", (BATCH, [1, 3, 2, 1], [1, 2, 1, 1], [1, 1, 1, 1], "VALID"), {}),
    ("extract_patches", (BATCH, [1, 3, 3, 1], [1, 2, 3, 1], [1, 2, 1, 1], "SAME"), {}),
    ("draw_bounding_boxes", (BATCH, DRAWN, None), {}),
    ("draw_bounding_boxes", (BATCH, DRAWN, np.array([[1, 0, 0.5], [0, 1, 0]], "float32")), {}),
    ("draw_bounding_boxes", (BATCH[..., :1].copy(), DRAWN, None), {}),
    ("non_max_suppression", (CANDIDATES, SCORES, 6), {}),
    ("non_max_suppression", (CANDIDATES, SCORES, 30, 0.3), {"score_threshold": 0.4}),
    ("non_max_suppression", (CANDIDATES, SCORES, 30, 0.0), {}),
    ("non_max_suppression_overlaps", (OVERLAPS, SCORES, 9), {"overlap_threshold": 0.7}),
]
CALLS = RESIZING + ARRANGING + COLOURS + MEASURES


def case_name(value):
    return value if isinstance(value, str) else ""
