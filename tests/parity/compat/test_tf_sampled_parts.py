"""Random parts of images and candidate samplers, against the live TensorFlow."""

import sqlite3

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


def test_rows_of_a_database(tmp_path):
    path = str(tmp_path / "a.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("create table t (name text, n integer, x real)")
        database.executemany("insert into t values (?, ?, ?)", [("a", 1, 0.5), ("ä", 2, 1.5), ("c", 2, 2.5)])
    database.close()

    def snippet(tf):
        dtypes = (tf.string, tf.int32, tf.float64)
        data = tf.data.experimental.SqlDataset("sqlite", path, "select name, n, x from t order by n, x", dtypes)
        assert data.element_spec == tuple(tf.TensorSpec((), dtype) for dtype in dtypes)
        reducer = tf.data.experimental.Reducer(
            lambda key: (key, tf.constant(0.0, tf.float64)),
            lambda state, row: (state[0], state[1] + row[2]),
            lambda key, total: (key, total),
        )
        by_number = data.apply(tf.data.experimental.group_by_reducer(lambda *row: tf.cast(row[1], tf.int64), reducer))
        return [part for rows in (data, by_number) for row in rows for part in row]

    check_snippet(snippet, GROUP, SAME_FORMULA)


def test_a_table_with_two_reserved_keys():
    def snippet(tf):
        table = tf.lookup.experimental.DenseHashTable(tf.string, tf.int64, -1, empty_key="", deleted_key="$")
        table.insert(tf.constant(["a", "b", "c"]), tf.constant([0, 1, 2], tf.int64))
        table.remove(tf.constant(["c"]))
        for call in (table.lookup, table.remove):
            with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
                call(tf.constant(["$"]))
        return [table.lookup(tf.constant(["a", "b", "c", "d"])), table.size()]

    check_snippet(snippet, GROUP, SAME_FORMULA)


def test_names_of_devices():
    def names(package):
        made = package.DeviceSpec(job="w", task=1), package.DeviceSpec.from_string("/gpu:*")
        merged = made[0].make_merged_spec(package.DeviceSpec.from_string("/job:p/replica:0/device:TPU:3"))
        found = [*made, merged, merged.replace(device_index=None)]
        return [(spec.to_string(), repr(spec), spec == made[0], spec.device_index) for spec in found]

    from minikeras.compat import tensorflow as shim

    assert names(shim) == names(tf)
    for name in ("/what:1", "/cpu:0/gpu:1"):
        for package in (shim, tf):
            with pytest.raises(ValueError, match=r"ttribute|ultiple|two"):
                package.DeviceSpec.from_string(name)
