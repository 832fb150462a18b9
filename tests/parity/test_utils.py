"""minikeras.utils: arrays and file names as Keras's functions give them."""

import tarfile

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras import Tensor, utils  # noqa: E402

keras_utils = tf.keras.utils

FLOAT32_ROUNDING = 1e-6  # a few units in the last place: TensorFlow multiplies by the reciprocal square root

LABELS = [
    [0, 1, 2],
    [[0], [1]],
    [[0, 1], [1, 2]],
    3,
    [1.7],
    [-1, 0],
    [[[1]]],
    ["1", "2"],
    [True, False],
    np.zeros((2, 1, 1)),
]


@pytest.mark.parametrize("num_classes", [None, 0, 4])
@pytest.mark.parametrize("x", LABELS, ids=str)
def test_to_categorical(x, num_classes):
    expected = keras_utils.to_categorical(x, num_classes)
    np.testing.assert_array_equal(utils.to_categorical(x, num_classes), expected, strict=True)


@pytest.mark.parametrize("x, num_classes, error", [([3], 3, IndexError), ([-4], 3, IndexError), ([], None, ValueError)])
def test_to_categorical_refuses_what_keras_refuses(x, num_classes, error):
    for to_categorical in (keras_utils.to_categorical, utils.to_categorical):
        with pytest.raises(error):
            to_categorical(x, num_classes)


VECTOR_NORMS, MATRIX_NORMS = [1, 2, 3, np.inf], [1, 2, np.inf]
NORMALIZED = [
    *(((4, 3), axis, order) for axis in (-1, 1) for order in VECTOR_NORMS),
    *(((2, 3, 4), axis, order) for axis in (-1, 1, 2) for order in VECTOR_NORMS),
    *(((5,), -1, order) for order in VECTOR_NORMS),
    *(((3, 3), axis, order) for axis in (None, (0, 1)) for order in MATRIX_NORMS),
]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("shape, axis, order", NORMALIZED)
def test_normalize_arrays(shape, axis, order, dtype):
    x = np.random.default_rng(0).integers(-3, 4, size=shape).astype(dtype)
    expected = keras_utils.normalize(x, axis, order)
    np.testing.assert_array_equal(utils.normalize(x, axis, order), expected, strict=True)


def test_axis_0_is_where_keras_is_wrong_for_arrays_and_right_for_tensors():
    x = np.array([[3.0, 0.0], [4.0, 2.0]], dtype="float32")
    as_tensor = keras_utils.normalize(tf.constant(x), axis=0).numpy()
    assert not np.allclose(keras_utils.normalize(x, axis=0), as_tensor)
    np.testing.assert_allclose(utils.normalize(x, axis=0), as_tensor, rtol=FLOAT32_ROUNDING)


TENSORS = [
    ([[3.0, 4.0], [0.0, 0.0]], -1, 2),
    ([[3.0, 4.0], [1.0, 0.0]], 0, 1),
    ([[1.0, 2.0]], 1, 3),
]


@pytest.mark.parametrize("x, axis, order", TENSORS)
def test_normalize_tensors(x, axis, order):
    expected = keras_utils.normalize(tf.constant(x), axis, order)
    got = utils.normalize(Tensor(np.array(x, "float32")), axis, order)
    np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=FLOAT32_ROUNDING, strict=True)


@pytest.mark.parametrize("x", [[0, 2], [[0], [1]], [[1, 2]], [-1, 5]], ids=str)
def test_to_categorical_of_tensors(x):
    expected = keras_utils.to_categorical(tf.constant(x), 3)
    np.testing.assert_array_equal(utils.to_categorical(Tensor(np.array(x)), 3).numpy(), expected.numpy(), strict=True)


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "member").write_text("hello")
    with tarfile.open(tmp_path / "stuff.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "member", "inner/member")
    return (tmp_path / "stuff.tar.gz").as_uri()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"fname": "a.bin"},
        {"fname": "a.b.c", "extract": True},
        {"fname": "a", "extract": True},
        {"extract": True},
        {"untar": True, "cache_subdir": "deep/er"},
        {"fname": "a", "extract": True, "archive_format": "tar"},
    ],
    ids=str,
)
def test_get_file_makes_the_files_that_keras_makes(arguments, archive, tmp_path):
    found = []
    for name, get_file in (("keras", keras_utils.get_file), ("mini", utils.get_file)):
        cache = tmp_path / name
        cache.mkdir()
        path = get_file(origin=archive, cache_dir=str(cache), **arguments)
        files = {str(p.relative_to(cache)): p.read_bytes() for p in cache.rglob("*") if p.is_file()}
        found.append((path.replace(str(cache), ""), files))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "arguments", [{"fname": "a"}, {"origin": "http://127.0.0.1/"}, {"origin": "http://x/y", "fname": "a/b"}]
)
def test_get_file_refuses_what_keras_refuses(arguments, tmp_path):
    for get_file in (keras_utils.get_file, utils.get_file):
        with pytest.raises(ValueError, match=r"origin|fname|file name"):
            get_file(cache_dir=str(tmp_path), **arguments)
