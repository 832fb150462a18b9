"""`keras.utils` for data: padding, splitting, packing, and names in `keras.backend`."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

import minikeras
from minikeras.data.pipeline import Dataset
from tests.parity.comparing import assert_close, assert_same_nested

import keras as tf_keras  # isort: skip

SEQUENCES = [[1], [2, 3], [4, 5, 6], []]
VECTORS = [np.ones((2, 3)), np.full((4, 3), 2.0)]


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 1, 2, 5])
@pytest.mark.parametrize("sequences", [SEQUENCES, VECTORS], ids=["numbers", "vectors"])
def test_pad_sequences(sequences, maxlen, truncating, padding):
    arguments = {"maxlen": maxlen, "truncating": truncating, "padding": padding, "value": -1.0, "dtype": "float32"}
    ours = minikeras.utils.pad_sequences(sequences, **arguments)
    assert_close("utils: data", ours, tf_keras.utils.pad_sequences(sequences, **arguments), 0.0)


def test_padding_strings():
    words = [["a", "b"], ["c"]]
    ours, theirs = (k.utils.pad_sequences(words, dtype=object, value="-") for k in (minikeras, tf_keras))
    assert ours.tolist() == theirs.tolist() == [["a", "b"], ["-", "c"]]


@pytest.mark.parametrize(
    "sizes",
    [{"left_size": 0.7}, {"right_size": 3}, {"left_size": 0.25, "right_size": 0.5}, {"left_size": 4, "right_size": 2}],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_split_dataset(sizes, shuffle):
    arrays = [np.arange(10), np.arange(20.0).reshape(10, 2)]
    check_split(arrays, arrays, shuffle=shuffle, seed=3, **sizes)


def check_split(our_data, their_data, **options):
    """Both sides give Datasets of the same elements, in values, dtypes and structure."""
    ours = minikeras.utils.split_dataset(our_data, **options)
    theirs = tf_keras.utils.split_dataset(their_data, **options)
    for our_part, their_part in zip(ours, theirs, strict=True):
        elements = list(our_part.as_numpy_iterator()), list(their_part.as_numpy_iterator())
        assert len(our_part) == len(their_part)
        assert tree_of_dtypes(elements[0]) == tree_of_dtypes(elements[1])
        assert_same_nested("utils: data", *elements, 0)


def tree_of_dtypes(nest):
    return minikeras.tree.map_structure(lambda x: (np.asarray(x).dtype.name, np.shape(x)), nest)


@pytest.mark.parametrize(
    "steps",
    [
        lambda dataset: dataset,
        lambda dataset: dataset.batch(3),
        lambda dataset: dataset.map(lambda x, y: {"x": x, "y": y}),
        lambda dataset: dataset.map(lambda x, y: x).batch(4),
    ],
    ids=["samples", "batches", "dicts", "batches of one array"],
)
def test_split_dataset_of_a_dataset(steps):
    arrays = (np.arange(10), np.arange(20, dtype="float32").reshape(10, 2))
    datasets = [module.from_tensor_slices(arrays) for module in (Dataset, tf.data.Dataset)]
    check_split(*map(steps, datasets), left_size=0.6, right_size=3, shuffle=True, seed=1)


def test_split_dataset_of_one_array():
    check_split(np.arange(6.0), np.arange(6.0), left_size=4)
    check_split((np.arange(6), np.ones((6, 2), "uint8")), (np.arange(6), np.ones((6, 2), "uint8")), right_size=0.5)


@pytest.mark.parametrize("data", [iter([1, 2]), "text", None, [np.ones(3), np.ones(2)], 3.0])
def test_what_cannot_be_split(data):
    for keras in (minikeras, tf_keras):
        with pytest.raises((TypeError, ValueError)):
            keras.utils.split_dataset(data, left_size=0.5)


@pytest.mark.parametrize(
    "parts", [(1,), ([1, 2],), ((1, 2),), ({"a": 1},), (1, 2), (1, 2, 3), (1, None, None)], ids=str
)
def test_packing(parts):
    assert minikeras.utils.pack_x_y_sample_weight(*parts) == tf_keras.utils.pack_x_y_sample_weight(*parts)


@pytest.mark.parametrize("data", [1, [1, 2], (1,), (1, 2), (1, 2, 3), {"a": 1}], ids=str)
def test_unpacking(data):
    assert minikeras.utils.unpack_x_y_sample_weight(data) == tf_keras.utils.unpack_x_y_sample_weight(data)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
def test_kinds_of_dtypes(dtype):
    for name in ("is_float_dtype", "is_int_dtype", "standardize_dtype"):
        assert getattr(minikeras.backend, name)(dtype) == getattr(tf_keras.backend, name)(dtype), name
    assert minikeras.backend.result_type(dtype, "int32") == tf_keras.backend.result_type(dtype, "int32")


def test_counters_of_names():
    ours, theirs = ([k.backend.get_uid(word) for word in ("a", "a", "", "b")] for k in (minikeras, tf_keras))
    assert ours == theirs
