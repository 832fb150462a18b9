"""Layers whose `call` computes with lengths that are unknown while the model is drawn."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers, ops


class DepthToSpace(layers.Layer):
    """Pixels of 4 channels become squares of 2 × 2."""

    def call(self, x):
        batch, height, width, depth = ops.shape(x)
        x = ops.reshape(x, (batch, height, width, 2, 2, depth // 4))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (batch, height * 2, width * 2, depth // 4))


def test_lengths_can_be_computed_with():
    x = keras.Input((None, 5, 8))
    y = DepthToSpace()(x)
    assert y.shape == (None, None, 10, 2)
    images = np.arange(2 * 3 * 5 * 8, dtype="float32").reshape(2, 3, 5, 8)
    result = keras.Model(x, y)(images)
    assert result.shape == (2, 6, 10, 2)
    np.testing.assert_array_equal(result[0, :2, :2, 1], images[0, 0, 0, 1::2].reshape(2, 2))


def test_masks_of_joined_inputs():
    """Of an input of unknown batch size, and of several axes."""
    tokens = keras.Input((4,))
    h = layers.Embedding(5, 3, mask_zero=True)(tokens)
    joined = layers.Concatenate()([h, layers.LSTM(2, return_sequences=True)(h), layers.Dense(1)(h)])
    assert joined._keras_mask.shape == (None, 4)
    model = keras.Model(tokens, layers.GlobalAveragePooling1D()(joined))
    x = np.array([[1, 2, 0, 0], [3, 0, 0, 0], [1, 2, 3, 4]])
    by_hand = np.stack([keras.Model(tokens, joined)(x)[i, :n].numpy().mean(axis=0) for i, n in enumerate((2, 1, 4))])
    np.testing.assert_allclose(model(x), by_hand, rtol=1e-5, atol=1e-6)  # sums of at most 4 float32


def test_other_errors_of_call_are_raised_as_they_are():
    class Wrong(layers.Layer):
        def call(self, x):
            raise TypeError("of the user")

    with pytest.raises(TypeError, match="of the user"):
        Wrong()(keras.Input((2,)))


def test_a_length_may_become_an_element():
    """`ops.shape(x)[0]` is None while the model is drawn, and goes into functions all the same."""

    class Counted(layers.Layer):
        def call(self, x):
            count = ops.cast(ops.shape(x)[1], "float32")
            return ops.full((ops.shape(x)[0], 1), count) + x[:, :1]

    x = keras.Input((None,))
    y = Counted()(x)
    assert y.shape == (None, 1)
    np.testing.assert_array_equal(keras.Model(x, y)(np.ones((2, 5))), [[6], [6]])


def test_a_call_that_needs_values_is_tried_on_stand_ins():
    class AboveMean(layers.Layer):
        """The rows whose sum is above the mean: how many is known only with the values."""

        def call(self, x):
            sums = ops.sum(x, axis=1)
            chosen = [i for i, s in enumerate(ops.convert_to_numpy(sums)) if s >= float(ops.mean(sums))]
            return ops.take(x, np.array(chosen, "int32"), axis=0)

    class Selected(layers.Layer):
        def call(self, x):
            positions = ops.nonzero(x.array[:, 0] > 0.5)[0]
            return ops.take(x, positions, axis=0)

    x = keras.Input((3,))
    y = Selected()(x)
    assert y.shape == (None, 3)
    with pytest.raises(ValueError, match="have any actual numerical value"):  # NumPy in a `call` stays an error
        AboveMean()(x)


def test_errors_are_those_of_the_users_call():
    class Wrong(layers.Layer):
        def call(self, x):
            return ops.matmul(x, ops.ones((7, 2)))

    with pytest.raises(ValueError, match=r"None, 3"):
        Wrong()(keras.Input((3,)))
