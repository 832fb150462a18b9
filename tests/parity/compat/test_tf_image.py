"""`tf.image` of the shim against the live `tf.image`: names, signatures, values, dtypes, gradients."""

import inspect
import sys

import numpy as np
import pytest

from tests.parity.compat.image_calls import (
    BATCH,
    CALLS,
    CANDIDATES,
    GROUP,
    IMAGE,
    OTHERS,
    RNG,
    SCORES,
    case_name,
    theirs,
)

tf = pytest.importorskip("tensorflow")

from minikeras import GradientTape, ops  # noqa: E402
from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.compat.tensorflow import errors  # noqa: E402
from minikeras.compat.tensorflow import image as ours  # noqa: E402
from minikeras.compat.tensorflow import random as our_random  # noqa: E402
from tests.parity.comparing import LAYER, SAME_FORMULA, assert_close  # noqa: E402

pytestmark = pytest.mark.one_in(2)  # of the tables that follow


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


NOT_THERE = {  # TensorFlow's names that are missing, with the reason
    "decode_jxl": "Pillow does not read JPEG XL",
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
