"""What examples of TensorFlow's docstrings do: tensors as NumPy's arrays, ragged gradients, specs of data sets."""

import numpy as np
import pytest

from minikeras.compat import tensorflow as tf
from minikeras.compat.tensorflow.experimental.numpy_behavior import experimental_enable_numpy_behavior
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed


def test_tensors_behave_as_arrays_until_the_end():
    with tensor_attributes_installed():
        experimental_enable_numpy_behavior()
        x = tf.constant([[1, 2, 3], [4, 5, 6]])
        assert (x + 1.5).dtype == "float64"
        assert (1.5 - x).numpy().tolist() == [[0.5, -0.5, -1.5], [-2.5, -3.5, -4.5]]
        assert (x * tf.constant([1.0, 2.0, 3.0])).dtype == "float64"
        assert (x.T.shape, x.ndim, x.size, x.tolist()[0]) == ((3, 2), 2, 6, [1, 2, 3])
        assert x.reshape(3, -1).shape == x.reshape((3, 2)).shape == (3, 2)
        assert x.flatten("F").numpy().tolist() == [1, 4, 2, 5, 3, 6]
        assert x[[0, 1], [1, 2]].numpy().tolist() == [2, 6]
        assert x[:, np.array([True, False, True])].shape == (2, 2)
        assert (float(x.mean()), int(x.max()), x.astype(tf.float32).dtype) == (3.5, 6, "float32")
        experimental_enable_numpy_behavior(prefer_float32=True)
        assert (x + 1.5).dtype == "float64"  # a float32 beside int32, by NumPy's table
        with pytest.raises(ValueError, match="dtype_conversion_mode"):
            experimental_enable_numpy_behavior(dtype_conversion_mode="safe")
    with tensor_attributes_installed():
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.constant(1) + 1.5
        assert not hasattr(tf.constant(1), "T")


def test_gradients_of_ragged_tensors():
    x = tf.ragged.constant([[1.0, 2.0], [3.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert tape.gradient(y, x).to_list() == [[2.0, 4.0], [6.0]]


def test_rows_cut_to_lengths_of_two_axes():
    x = np.arange(12).reshape(3, 2, 2)
    rows = tf.RaggedTensor.from_tensor(x, lengths=([2, 0, 1], [1, 2, 0]))
    assert rows.to_list() == [[[0], [2, 3]], [], [[]]]


def test_lists_of_a_mapped_function_are_tensors_in_its_spec():
    rows = tf.data.Dataset.range(2).map(lambda x: (x, ["a", "b"], [x, x]))
    assert [spec.shape for spec in rows.element_spec] == [(), (2,), (2,)]
    assert [part.shape for part in next(iter(rows))] == [(), (2,), (2,)]


def test_rows_of_unknown_shape_are_padded():
    rows = tf.data.Dataset.from_generator(lambda: iter([[1], [2, 3]]), "int32").padded_batch(2, [None], 9)
    assert next(iter(rows)).numpy().tolist() == [[1, 9], [2, 3]]
