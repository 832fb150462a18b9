"""Functions of `tf` that few scripts use, against the live one: rare algebra, files of examples."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.shim_cases import Case, check  # noqa: E402

GROUP = "compat: rare functions"
RNG = np.random.default_rng(7)
SOLVING = 2e-4  # an iteration that ends at this residual, and eigenvectors

X = RNG.normal(size=(3, 7)).astype("float32")
VOLUME = RNG.normal(size=(1, 4, 5, 4, 2)).astype("float32")
MATRIX = (X[:, :3] @ X[:, :3].T + 2 * np.eye(3)).astype("float32")

ROWS = [
    Case("math.approx_max_k", X, 3),
    Case("extract_volume_patches", VOLUME, [1, 2, 3, 2, 1], [1, 2, 1, 2, 1], "SAME"),
    Case("extract_volume_patches", VOLUME, [1, 2, 2, 2, 1], [1, 1, 2, 1, 1], "VALID"),
    Case("matrix_square_root", MATRIX, gradients=False, tolerance=SOLVING),
    Case("linalg.eigh_tridiagonal", X[0, :4], X[1, :3], gradients=False, tolerance=SOLVING),
    Case("linalg.eigh_tridiagonal", X[0, :4], X[1, :3], select="i", select_range=(1, 2), gradients=False,
         tolerance=SOLVING),
]  # fmt: skip


@pytest.mark.one_in(12)
@pytest.mark.parametrize("case", ROWS, ids=repr)
def test_like_tensorflow(case):
    check(case, GROUP, SAME_FORMULA)


@pytest.mark.full
def test_batches_of_examples_in_files(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as writer:
        for i in range(5):
            values = {"x": tf.train.Feature(float_list=tf.train.FloatList(value=[i, i + 0.5])),
                      "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[i % 2]))}  # fmt: skip
            writer.write(tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString())

    def batches(package):
        features = {"x": package.io.FixedLenFeature([2], package.float32),
                    "y": package.io.FixedLenFeature([], package.int64)}  # fmt: skip
        made = package.data.experimental.make_batched_features_dataset(
            str(tmp_path / "*.tfrecord"), 2, features, label_key="y", num_epochs=1, shuffle=False
        )
        return [(np.asarray(x["x"]), np.asarray(y)) for x, y in made]

    for (x, y), (expected_x, expected_y) in zip(batches(shim), batches(tf), strict=True):
        np.testing.assert_array_equal(x, expected_x)
        np.testing.assert_array_equal(y, expected_y)
