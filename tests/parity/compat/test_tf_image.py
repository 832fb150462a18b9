"""`tf.image` of the shim against the live `tf.image`: names, signatures, values, dtypes, gradients."""

import inspect
import io
import sys

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras import GradientTape, ops  # noqa: E402
from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow import errors  # noqa: E402
from minikeras.compat.tensorflow import image as ours  # noqa: E402
from minikeras.compat.tensorflow import random as our_random  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow

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


@pytest.mark.parametrize("name, arguments, keywords", CALLS, ids=case_name)
def test_values_and_dtypes(name, arguments, keywords):
    first, *others = arguments
    tensors = [tf.constant(x) if isinstance(x, np.ndarray) else x for x in arguments]
    expected = getattr(theirs, name)(*tensors, **keywords)
    received = getattr(ours, name)(ops.convert_to_tensor(first), *others, **keywords)
    assert received.dtype == expected.dtype.name
    if expected.dtype.is_floating:
        assert_close(GROUP, received, expected, 2e-3 if expected.dtype == tf.float16 else LAYER, f"{name} {keywords}")
    else:
        assert_close(GROUP, received, expected, 0, f"{name} {keywords}")


@pytest.mark.parametrize(
    "settings", [{}, {"soft_nms_sigma": 0.5}, {"soft_nms_sigma": 0.1, "score_threshold": 0.3}], ids=str
)
def test_non_max_suppression_with_scores(settings):
    expected = theirs.non_max_suppression_with_scores(CANDIDATES, SCORES, 12, 0.4, **settings)
    received = ours.non_max_suppression_with_scores(CANDIDATES, SCORES, 12, 0.4, **settings)
    for a, b in zip(received, expected, strict=True):
        assert_close(GROUP, a, b, SAME_FORMULA)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="TensorFlow 2.21 cannot transform its own function there")
@pytest.mark.parametrize("pad", [True, False])
def test_non_max_suppression_padded(pad):
    boxes, scores = tf.constant(OTHERS), tf.constant(SCORES)
    expected = theirs.non_max_suppression_padded(boxes, scores, 25, 0.2, pad_to_max_output_size=pad)
    received = ours.non_max_suppression_padded(OTHERS, SCORES, 25, 0.2, pad_to_max_output_size=pad)
    for a, b in zip(received, expected, strict=True):
        assert_close(GROUP, a, b, 0)


COMBINED = [{}, {"pad_per_class": True}, {"clip_boxes": False, "score_threshold": 0.5}]


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    "settings", [{}, {"pad_per_class": True}, {"clip_boxes": False, "score_threshold": 0.5}], ids=str
)
def test_combined_non_max_suppression(shared, settings):
    boxes = CANDIDATES.reshape(2, 15, 1, 4) if shared else np.stack([CANDIDATES.reshape(2, 15, 4)] * 2, axis=2)
    scores = RNG.random((2, 15, 2)).astype("float32")
    expected = theirs.combined_non_max_suppression(boxes, scores, 3, 20, **settings)
    received = ours.combined_non_max_suppression(boxes, scores, 3, 20, **settings)
    for name in ("nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"):
        assert_close(GROUP, getattr(received, name), getattr(expected, name), SAME_FORMULA, name)


def test_image_gradients():
    for a, b in zip(ours.image_gradients(BATCH), theirs.image_gradients(tf.constant(BATCH)), strict=True):
        assert_close(GROUP, a, b, SAME_FORMULA)


RANDOM = [
    ("random_flip_left_right", (BATCH,)),
    ("random_flip_left_right", (IMAGE,)),
    ("random_flip_up_down", (BATCH,)),
    ("random_flip_up_down", (IMAGE,)),
    ("random_brightness", (IMAGE, 0.4)),
    ("random_contrast", (IMAGE, 0.2, 1.8)),
    ("random_saturation", (IMAGE, 0.2, 1.8)),
    ("random_hue", (IMAGE, 0.3)),
    ("random_crop", (IMAGE, (3, 4, 3))),
    ("random_crop", (BATCH, (2, 3, 4, 1))),
]


@pytest.mark.parametrize("name, arguments", RANDOM, ids=case_name)
@pytest.mark.parametrize("seed", [None, 3])
def test_random_with_a_global_seed(name, arguments, seed):
    results = []
    for module, random in ((theirs, tf.random), (ours, our_random)):
        random.set_seed(8)
        results.append([np.asarray(getattr(module, name)(*arguments, seed=seed)) for _ in range(4)])
    for a, b in zip(*results, strict=True):
        assert_close(GROUP, a, b, LAYER, name)


@pytest.mark.parametrize("name, arguments", RANDOM, ids=case_name)
@pytest.mark.parametrize("seed", [(1, 2), (7, 0)])
def test_stateless_random(name, arguments, seed):
    expected = getattr(theirs, f"stateless_{name}")(*arguments, seed=seed)
    assert_close(GROUP, getattr(ours, f"stateless_{name}")(*arguments, seed=seed), expected, LAYER, name)


DIFFERENTIATED = [
    (name, arguments, keywords)
    for name, arguments, keywords in CALLS
    if arguments[0].dtype == "float32"
    and arguments[0] is not SCORES
    and "non_max" not in name
    and not name.startswith(
        ("draw", "adjust_hue", "adjust_saturation", "adjust_contrast", "convert", "hsv")
    )  # none in TensorFlow
    and keywords.get("method") != "area"
    and not (name == "resize" and arguments[0] is IMAGE)
]


@pytest.mark.parametrize("name, arguments, keywords", DIFFERENTIATED, ids=case_name)
def test_gradients(name, arguments, keywords):
    first, *others = arguments
    gradients = []
    for module, tape_class, x, total in (
        (theirs, tf.GradientTape, tf.constant(first), tf.reduce_sum),
        (ours, GradientTape, ops.convert_to_tensor(first), ops.sum),
    ):
        with tape_class() as tape:
            tape.watch(x)
            y = getattr(module, name)(x, *others, **keywords)
            loss = total(y * np.random.default_rng(99).normal(size=tuple(y.shape)).astype("float32"))
        gradients.append(tape.gradient(loss, x))
    expected, received = gradients
    assert_close(GROUP, received, expected, 10 * LAYER, f"{name} {keywords}")


PIXEL = 1 / 255
JPEG_TOLERANCE = 6  # steps of 255: the two libraries round the cosine transform differently
SMOOTH = (255 * np.mgrid[0:1:24j, 0:1:33j][[0, 1, 0]].transpose(1, 2, 0)).astype("uint8")


@pytest.mark.parametrize("channels", [0, 1, 3, 4])
@pytest.mark.parametrize("image", [BYTES[0], GREY, BYTES[0][..., [0, 1, 2, 0]]], ids=["rgb", "grey", "rgba"])
def test_png(image, channels):
    written = theirs.encode_png(image).numpy()
    assert_close(GROUP, ours.decode_png(ours.encode_png(image)), image, 0)
    expected = theirs.decode_png(written, channels=channels).numpy().astype(int)
    received = np.asarray(ours.decode_png(written, channels=channels)).astype(int)
    assert received.shape == expected.shape
    grey_from_colours = channels == 1 and image is not GREY
    assert np.abs(received - expected).max() <= (1 if grey_from_colours else 0)


def test_png_of_16_bits():
    image = GREY.astype("uint16") * 200
    written = ours.encode_png(image)
    assert_close(GROUP, theirs.decode_png(written.numpy(), dtype=tf.uint16), image, 0)
    assert_close(GROUP, ours.decode_png(written, dtype="uint16"), image, 0)
    expected = theirs.decode_png(written.numpy())
    assert_close(GROUP, ours.decode_png(written), expected, 0)
    expected = theirs.decode_png(theirs.encode_png(GREY), dtype=tf.uint16)
    assert_close(GROUP, ours.decode_png(ours.encode_png(GREY), dtype="uint16"), expected, 0)


@pytest.mark.parametrize(
    "settings", [{}, {"quality": 40}, {"chroma_downsampling": False}, {"progressive": True}], ids=str
)
@pytest.mark.parametrize("channels", [0, 1, 3])
def test_jpeg(settings, channels):
    for module in (theirs, ours):
        written = module.encode_jpeg(SMOOTH, **settings).numpy()
        expected = theirs.decode_jpeg(written, channels=channels).numpy().astype(int)
        received = np.asarray(ours.decode_jpeg(written, channels=channels)).astype(int)
        assert received.shape == expected.shape
        assert np.abs(received - expected).max() <= JPEG_TOLERANCE
        assert np.asarray(ours.extract_jpeg_shape(written)).tolist() == [24, 33, 3]
        assert bool(ours.is_jpeg(written))


def test_two_writers_of_jpeg_make_nearly_the_same():
    one = np.asarray(ours.decode_jpeg(ours.encode_jpeg(SMOOTH))).astype(int)
    other = np.asarray(ours.decode_jpeg(theirs.encode_jpeg(SMOOTH).numpy())).astype(int)
    assert np.abs(one - other).max() <= JPEG_TOLERANCE


def test_jpeg_parts_and_ratio():
    written = theirs.encode_jpeg(SMOOTH).numpy()
    expected = theirs.decode_and_crop_jpeg(written, [2, 3, 10, 12]).numpy().astype(int)
    received = np.asarray(ours.decode_and_crop_jpeg(written, [2, 3, 10, 12])).astype(int)
    assert np.abs(received - expected).max() <= JPEG_TOLERANCE
    expected = theirs.decode_jpeg(written, ratio=2).numpy().astype(int)
    received = np.asarray(ours.decode_jpeg(written, ratio=2)).astype(int)
    assert received.shape == expected.shape
    assert np.abs(received - expected).max() <= JPEG_TOLERANCE


def test_adjust_jpeg_quality():
    image = SMOOTH.astype("float32") * np.float32(PIXEL)
    expected, received = theirs.adjust_jpeg_quality(image, 30), ours.adjust_jpeg_quality(image, 30)
    assert received.dtype == "float32"
    assert np.abs(np.asarray(received) - expected.numpy()).max() <= JPEG_TOLERANCE * PIXEL


@pytest.mark.parametrize("format", ["GIF", "BMP", "PNG"])
def test_decode_image(format):
    pillow = pytest.importorskip("PIL.Image")
    file = io.BytesIO()
    frames = [pillow.fromarray(image) for image in BYTES]
    more = {"save_all": True, "append_images": frames[1:]} if format == "GIF" else {}
    frames[0].save(file, format, **more)
    written = file.getvalue()
    for settings in ({}, {"expand_animations": False}, {"dtype": "float32"}, {"channels": 3}):
        expected = theirs.decode_image(written, **settings)
        assert_close(GROUP, ours.decode_image(written, **settings), expected, SAME_FORMULA, f"{format} {settings}")
    if format == "GIF":
        assert_close(GROUP, ours.decode_gif(written), theirs.decode_gif(written), 0)
    if format == "BMP":
        assert_close(GROUP, ours.decode_bmp(written), theirs.decode_bmp(written), 0)


NOT_THERE = {  # TensorFlow's names that are missing, with the reason
    "decode_jxl": "Pillow does not read JPEG XL",
    "extract_glimpse": "rare",
    "generate_bounding_box_proposals": "rare",
    "sample_distorted_bounding_box": "rare",
    "stateless_sample_distorted_bounding_box": "rare",
}


def parameters(function):
    values = inspect.signature(function).parameters.values()
    return [(p.name, str(getattr(p.default, "name", p.default))) for p in values]


def test_every_function_is_there_with_its_signature():
    names = [name for name in dir(theirs) if not name.startswith("_") and name not in NOT_THERE]
    assert not [name for name in names if name not in ours.__all__]
    assert not [name for name in names if parameters(getattr(ours, name)) != parameters(getattr(theirs, name))]


REFUSED = [
    lambda image, batch, single: image.resize(batch, (3,)),
    lambda image, batch, single: image.resize(batch, (3, 3), "cubic"),
    lambda image, batch, single: image.central_crop(batch, 0.0),
    lambda image, batch, single: image.adjust_gamma(batch, -1.0),
    lambda image, batch, single: image.random_contrast(batch, 0.5, 0.2),
    lambda image, batch, single: image.random_brightness(batch, -1.0),
    lambda image, batch, single: image.random_hue(batch, 0.7),
    lambda image, batch, single: image.random_saturation(batch, -1.0, 1.0),
    lambda image, batch, single: image.adjust_hue(batch, 2.0),
    lambda image, batch, single: image.crop_to_bounding_box(batch, 0, 0, 50, 50),
    lambda image, batch, single: image.pad_to_bounding_box(batch, 0, 0, 5, 5),
    lambda image, batch, single: image.grayscale_to_rgb(batch),
    lambda image, batch, single: image.random_jpeg_quality(single, -1, 2),
    lambda image, batch, single: image.flip_left_right(batch[0, 0]),
    lambda image, batch, single: image.image_gradients(single),
]


@pytest.mark.parametrize("call", REFUSED)
def test_both_refuse(call):
    for module, convert in ((theirs, tf.constant), (ours, ops.convert_to_tensor)):
        with pytest.raises(ValueError):  # noqa: PT011 — the texts differ, ours have the values received
            call(module, convert(BATCH), convert(IMAGE))


@pytest.mark.parametrize("decode", ["decode_png", "decode_jpeg", "decode_image", "decode_gif", "decode_bmp"])
def test_both_refuse_what_is_no_image(decode):
    with pytest.raises(tf.errors.InvalidArgumentError):
        getattr(theirs, decode)(b"no image at all")
    with pytest.raises(errors.InvalidArgumentError):
        getattr(ours, decode)(b"no image at all")


@pytest.mark.parametrize("batched", [False, True])
def test_a_seeded_pipeline_changes_images_alike(batched):
    """Every random function takes its own place in the sequence of seeds, element by element, in two epochs."""

    def augmented(tf):
        def augment(x):
            x = tf.image.random_flip_left_right(x)
            x = tf.image.random_brightness(x, 0.3)
            x = tf.image.random_crop(x, (5, 5, 3))
            x = tf.image.random_contrast(x, 0.5, 1.5)
            x = tf.image.random_saturation(x, 0.5, 1.5)
            x = tf.image.random_hue(x, 0.2)
            return tf.image.random_flip_up_down(x)

        tf.random.set_seed(5)
        images = tf.data.Dataset.from_tensor_slices(BATCH).map(augment)
        return [np.asarray(x) for x in (images.batch(2) if batched else images).repeat(2)]

    for a, b in zip(augmented(shim), augmented(tf), strict=True):
        assert_close(GROUP, a, b, LAYER)
