"""Random functions inside a layer whose batch length is a symbolic number, as in the sampling layer of every VAE."""

import numpy as np

from minikeras import Input, Model, compat, layers, random
from minikeras.compat import tensorflow as tf


class Sampling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = random.SeedGenerator(1)

    def call(self, mean):
        batch, dim = tf.shape(mean)[0], tf.shape(mean)[1]
        return mean + random.normal(shape=(batch, dim), seed=self.seed_generator)


def test_a_symbolic_length_is_unknown_until_the_model_runs():
    with compat.installed():
        inputs = Input((3,))
        model = Model(inputs, Sampling()(inputs))
        assert model.output_shape == (None, 3)
        sampled = np.asarray(model(np.zeros((5, 3), "float32")))
    expected = np.asarray(random.normal((5, 3), seed=random.SeedGenerator(1)))
    np.testing.assert_array_equal(sampled, expected)
