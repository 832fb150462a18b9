"""Predictions of a wide network in bytes, next to the same network in float32."""

import numpy as np
import pytest

import minikeras
from benchmarks.goals import Goal
from benchmarks.networks import forward_operations

# tf.keras's own variables do not know NumPy 2's `copy` argument.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WIDTH, DEPTH = 2048, 4
NEAR = 0.05  # what rounding to bytes may change, relative to the largest output


def near(*outputs):
    """Raises unless all outputs are near the last."""
    for y in outputs:
        np.testing.assert_allclose(y, outputs[-1], atol=NEAR * np.abs(outputs[-1]).max())


def network(keras):
    """Four wide Dense layers."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(WIDTH, activation="relu") for _ in range(DEPTH)]
    return keras.Sequential([keras.Input((WIDTH,)), *layers])


@pytest.mark.parametrize("batch", [1, 32, 256])
def test_predict(side_by_side, tf, batch):
    x = np.random.default_rng(0).normal(size=(batch, WIDTH)).astype("float32")
    floats = network(minikeras)
    models = {"minikeras": network(minikeras), "float32": floats}
    if tf is not None:
        models["tensorflow"] = network(tf.keras)
    for model in models.values():
        model.set_weights(floats.get_weights())
        if model is not floats:
            model.quantize("int8", filters="dense")
    side_by_side(
        f"wide network in int8: predict_on_batch, {batch} sample(s)",
        goals=(Goal(f"4×2048 in int8, batch {batch}, float32's time / int8's", 1.5, theirs="float32"),),
        work=(forward_operations(floats) * batch, 0),
        check=near,
        seconds=1.0,
        **{name: lambda model=model: model.predict_on_batch(x) for name, model in models.items()},
    )
