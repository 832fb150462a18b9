"""Batch renormalization against its formula in plain NumPy, with gradients by difference quotients."""

import numpy as np
import pytest

import minikeras as keras
from minikeras import GradientTape, Tensor, ops
from tests.oracles import GRADIENTS, VALUES, assert_gradient, assert_near, slopes

EPSILON = 1e-3


def definition(x, weights, frozen, rmin=0.0, rmax=np.inf, dmax=np.inf):
    """The batch's statistics, corrected by a factor and a shift that are made of `frozen`, the batch itself."""
    mean, deviation = x.mean(axis=0), np.sqrt(x.var(axis=0) + EPSILON)
    running = np.maximum(weights["renorm_stddev"], np.sqrt(EPSILON))
    r = np.clip(np.sqrt(frozen.var(axis=0) + EPSILON) / running, rmin, rmax)
    d = np.clip((frozen.mean(axis=0) - weights["renorm_mean"]) / running, -dmax, dmax)
    y = ((x - mean) / deviation * r + d) * weights["gamma"] + weights["beta"]
    moving_stddev = 0.9 * weights["moving_stddev"] + 0.1 * deviation
    return y, {
        "renorm_mean": 0.8 * weights["renorm_mean"] + 0.2 * mean,
        "renorm_stddev": 0.8 * weights["renorm_stddev"] + 0.2 * deviation,
        "moving_mean": 0.9 * weights["moving_mean"] + 0.1 * mean,
        "moving_stddev": moving_stddev,
        "moving_variance": moving_stddev**2 - EPSILON,
    }


@pytest.mark.parametrize("clipping", [{}, {"rmin": 0.8, "rmax": 1.2, "dmax": 0.3}], ids=str)
def test_outputs_gradients_and_statistics(clipping):
    layer = keras.layers.BatchNormalization(
        renorm=True, renorm_clipping=clipping, renorm_momentum=0.8, momentum=0.9, dtype="float64"
    )
    layer.build((None, 4))
    rng = np.random.default_rng(0)
    weights = {weight.name: rng.uniform(0.5, 1.5, 4) for weight in layer.weights}
    layer.set_weights(list(weights.values()))
    x, projection = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    tensor = Tensor(x)
    with GradientTape() as tape:
        tape.watch(tensor)
        y = layer(tensor, training=True)
        total = ops.sum(y * projection)
    dx, dgamma = tape.gradient(total, [tensor, layer.gamma])
    expected, statistics = definition(x, weights, x, **clipping)
    assert_near(y, expected, VALUES["float64"], "outputs")
    for name, value in statistics.items():
        assert_near(getattr(layer, name), value, VALUES["float64"], name)

    def total_of(x_, gamma):
        return float((definition(x_, {**weights, "gamma": gamma}, x, **clipping)[0] * projection).sum())

    assert_gradient(dx, slopes(lambda x_: total_of(x_, weights["gamma"]), x), GRADIENTS["float64"], "dx")
    assert_gradient(dgamma, slopes(lambda gamma: total_of(x, gamma), weights["gamma"]), GRADIENTS["float64"], "dgamma")


def test_a_compiled_training_step_moves_the_statistics_as_the_tape_does():
    x = np.random.default_rng(0).normal(2.0, 3.0, size=(32, 4)).astype("float32")

    def trained(**arguments):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(renorm=True)])
        model.compile(keras.optimizers.SGD(0.1), "mse", **arguments)
        for _ in range(5):
            model.train_on_batch(x, x)
        return model.get_weights()

    for compiled, eager in zip(trained(), trained(run_eagerly=True), strict=True):
        assert_near(compiled, eager, VALUES["float32"], "weights")


@pytest.mark.parametrize("clipping", [{"r_max": 1}, {"rmin": 2.0, "rmax": 1.0}, {"dmax": -1.0}], ids=str)
def test_clipping_that_means_nothing_is_refused(clipping):
    with pytest.raises(ValueError, match="renorm_clipping"):
        keras.layers.BatchNormalization(renorm=True, renorm_clipping=clipping)
