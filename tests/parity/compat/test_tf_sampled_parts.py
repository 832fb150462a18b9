"""Random parts of images and candidate samplers, against the live TensorFlow."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import Case, check  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: sampled parts"
RNG = np.random.default_rng(5)
BOXES = np.array([[[0.1, 0.2, 0.6, 0.9], [0.5, 0.5, 0.9, 0.8]]], "float32")
IMAGES = RNG.normal(size=(2, 11, 13, 3)).astype("float32")
X = (RNG.normal(size=(4, 3)) * 5).astype("float32")
TRUE = np.array([[1, 4], [2, 2], [0, 7]])
COUNTS = [5.0, 1.0, 3.0, 8.0, 2.0, 2.0, 0.5, 4.0]

PARTS = [
    {},
    {"min_object_covered": 0.6},
    {"area_range": (0.08, 1.0), "aspect_ratio_range": (3 / 4, 4 / 3), "max_attempts": 10},
    {"area_range": (0.9, 0.95), "aspect_ratio_range": (2.0, 3.0)},
]


@pytest.mark.parametrize("settings", PARTS, ids=str)
@pytest.mark.parametrize("size", [(100, 80, 3), (37, 211, 1), (3, 2, 3)], ids=str)
def test_parts_of_images(size, settings):
    def snippet(tf):
        tf.random.set_seed(3)
        found = [tf.image.sample_distorted_bounding_box(size, BOXES, seed=9, **settings) for _ in range(20)]
        found += [tf.image.stateless_sample_distorted_bounding_box(size, BOXES, [i, -2], **settings) for i in range(20)]
        whole = {**settings, "use_image_if_no_bounding_boxes": True}
        found.append(tf.image.stateless_sample_distorted_bounding_box(size, np.zeros((1, 0, 4)), [5, 6], **whole))
        return [part for parts in found for part in parts]

    check_snippet(snippet, GROUP, SAME_FORMULA)


SAMPLERS = {
    "unigrams": lambda tf: tf.nn.fixed_unigram_candidate_sampler(TRUE, 2, 4, True, 8, unigrams=COUNTS, seed=3),
    "repeated": lambda tf: tf.random.fixed_unigram_candidate_sampler(TRUE, 2, 9, False, 8, unigrams=COUNTS, seed=3),
    "distorted": lambda tf: tf.random.fixed_unigram_candidate_sampler(
        TRUE, 2, 5, True, 8, distortion=0.75, unigrams=COUNTS, seed=1
    ),
    "reserved": lambda tf: tf.random.fixed_unigram_candidate_sampler(
        TRUE, 2, 5, False, 10, num_reserved_ids=2, unigrams=COUNTS, seed=1
    ),
    "a shard": lambda tf: tf.random.fixed_unigram_candidate_sampler(
        TRUE % 3, 2, 5, False, 3, num_shards=3, shard=1, unigrams=COUNTS, seed=1
    ),
    "all": lambda tf: tf.nn.all_candidate_sampler(TRUE, 2, 8, True),
    "hits": lambda tf: tf.nn.compute_accidental_hits(TRUE, np.array([4, 0, 9, 2]), 2),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_candidate_samplers(name):
    def snippet(tf):
        tf.random.set_seed(8)
        return [part for _ in range(3) for part in SAMPLERS[name](tf)]

    check_snippet(snippet, GROUP, SAME_FORMULA)


LOW, HIGH = np.float32(-4), np.float32(6)
ROWS = [
    Case("quantization.fake_quant_with_min_max_args_gradient", X, X * 3, -5, 7, gradients=False),
    Case("quantization.fake_quant_with_min_max_vars_gradient", X, X * 3, LOW, HIGH, gradients=False),
    Case(
        "quantization.fake_quant_with_min_max_vars_per_channel_gradient",
        *(X, X * 3, np.float32([-1, -9, -3]), np.float32([2, 1, 3])),
        gradients=False,
    ),
    Case(
        "nn.depthwise_conv2d_backprop_input",
        *([2, 11, 13, 3], RNG.normal(size=(3, 3, 3, 2)).astype("float32")),
        *(RNG.normal(size=(2, 6, 7, 6)).astype("float32"), [1, 2, 2, 1], "SAME"),
    ),
    Case(
        "nn.depthwise_conv2d_backprop_filter",
        *(IMAGES, [3, 3, 3, 2], RNG.normal(size=(2, 6, 7, 6)).astype("float32"), [1, 2, 2, 1], "SAME"),
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=repr)
def test_like_tensorflow(case):
    check(case, GROUP, SAME_FORMULA)


def test_dropout_by_numbers_of_ones_own():
    def snippet(tf):
        generator = tf.random.Generator.from_seed(7)
        x = tf.reshape(tf.range(12.0), (3, 4))
        return [tf.nn.experimental.general_dropout(x, 0.4, generator.uniform, shape) for shape in (None, (3, 1))]

    check_snippet(snippet, GROUP, SAME_FORMULA)
