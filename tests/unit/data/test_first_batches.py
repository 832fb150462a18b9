"""A `PyDataset` is asked for its first batches before the first epoch, as Keras asks."""

import numpy as np
import pytest

import minikeras as keras


class Numbered(keras.utils.PyDataset):
    """Notes which batches are asked for, and when an epoch ends."""

    def __init__(self, length):
        super().__init__()
        self.length, self.asked = length, []

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.asked.append(index)
        return np.full((2, 1), index, "float32"), np.zeros((2, 1))

    def on_epoch_end(self):
        self.asked.append("end")


@pytest.mark.parametrize("length, looked_at", [(1, [0]), (2, [0, 1]), (4, [0, 1])])
def test_at_most_two_batches_are_looked_at(length, looked_at):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    dataset = Numbered(length)
    model.fit(dataset, epochs=2, shuffle=False, verbose=0)
    epoch = [*range(length), "end"]
    assert dataset.asked == looked_at + ["end"] + epoch + epoch


def test_numbers_drawn_while_looking_are_drawn():
    """So the first batch of training is the third that the dataset makes."""

    class Drawn(Numbered):
        def __getitem__(self, index):
            super().__getitem__(index)
            return np.random.normal(size=(2, 1)), np.zeros((2, 1))

    np.random.seed(0)
    expected = [np.random.normal(size=(2, 1)) for _ in range(5)][2:]
    seen = []

    class Watching(keras.layers.Layer):
        def call(self, x):
            if isinstance(x, keras.Tensor):
                seen.append(x.numpy())
            return x

    model = keras.Sequential([Watching(), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.build((None, 1))
    np.random.seed(0)
    model.fit(Drawn(3), shuffle=False, verbose=0)
    np.testing.assert_allclose(seen[-3:], np.array(expected, "float32"))
