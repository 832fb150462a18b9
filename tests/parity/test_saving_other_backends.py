"""A `.keras` file of ours goes on under the real Keras on JAX and on PyTorch, from the same step with optimizer state.

On TensorFlow `test_saving_models.py` shows it. Keras has one backend for a process, so each runs in another.
"""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import minikeras as keras

pytestmark = pytest.mark.full

STEPS = 1e-4  # of losses, relative: twelve steps of Adam in float32
GOES_ON = """
import json, sys
import numpy as np
import keras
x, y = np.load(sys.argv[2]), np.load(sys.argv[3])
model = keras.models.load_model(sys.argv[1])
iterations = int(np.asarray(keras.ops.convert_to_numpy(model.optimizer.iterations)))
losses = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
print(json.dumps([keras.backend.backend(), iterations, losses]))
"""


def trained():
    """A network after eight steps of Adam, and its data."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 8, 8, 2)).astype("float32"), rng.integers(0, 3, 32)
    model = keras.Sequential([
        keras.Input((8, 8, 2)),
        keras.layers.Conv2D(4, 3, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("hard_swish"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), loss)
    model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model, x, y


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_training_goes_on_under_keras(backend, tmp_path):
    if importlib.util.find_spec(backend) is None or importlib.util.find_spec("keras") is None:
        pytest.skip(f"{backend} or Keras is not installed")
    model, x, y = trained()
    files = [str(tmp_path / name) for name in ("model.keras", "x.npy", "y.npy")]
    model.save(files[0])
    np.save(files[1], x)
    np.save(files[2], y)
    expected = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, "-c", GOES_ON, *files], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    used, iterations, losses = json.loads(done.stdout.splitlines()[-1])
    assert (used, iterations) == (backend, 8)
    np.testing.assert_allclose(losses, expected, rtol=STEPS)
