"""Functions of `tf` that few scripts use, and where functions of data sets draw their random numbers from."""

import numpy as np
import pytest

from minikeras.compat.namespaces import namespace_shim
from minikeras.compat.tensorflow.tensor_attributes import tensor_attributes_installed
from minikeras.ops.gamma_functions import gamma_sample_derivative, incomplete_gamma

tf = namespace_shim("tensorflow")
DIFFERENCES = 1e-5  # of the second order, with steps of 1e-5


@pytest.mark.parametrize("a", [0.1, 0.7, 1.0, 3.5, 40.0])
def test_gamma_values_move_with_their_concentration(a):
    x, h = np.array([0.2, 0.9, 1.7]) * a, 1e-5
    of_a = (incomplete_gamma(a + h, x)[0] - incomplete_gamma(a - h, x)[0]) / (2 * h)
    of_x = (incomplete_gamma(a, x + h * x)[0] - incomplete_gamma(a, x - h * x)[0]) / (2 * h * x)
    np.testing.assert_allclose(gamma_sample_derivative(a, x), -of_a / of_x, DIFFERENCES)


def test_a_glimpse_has_noise_outside_of_the_image():
    image = np.arange(9, dtype="float32").reshape(1, 3, 3, 1)
    inside = tf.image.extract_glimpse(image, (2, 2), [[1.0, 1.0]], centered=False, normalized=False)
    assert inside.numpy().ravel().tolist() == [4, 5, 7, 8]
    for noise in ("uniform", "gaussian", "zero"):
        around = tf.image.extract_glimpse(image, (30, 30), [[0.0, 0.0]], noise=noise).numpy()
        assert around.shape == (1, 30, 30, 1)
        assert (around.std() > 1) == (noise != "zero")


def test_functions_in_a_stage_begin_their_sequences_with_it():
    with tensor_attributes_installed():
        tf.random.set_seed(1)
        draw = tf.function(lambda i: tf.random.uniform([]))
        data = tf.data.Dataset.range(4).map(draw)
        first = [float(x) for x in data]
        assert len({float(draw(0)) for _ in range(6)}) == 6
        assert [float(x) for x in data] == first


def test_programs_can_ask_where_graphs_would_be_made():
    with tensor_attributes_installed():
        inside = []
        tf.function(lambda: inside.append(tf.executing_eagerly()))()
        assert inside == [False]
        assert tf.executing_eagerly()
        assert not tf.inside_function()
