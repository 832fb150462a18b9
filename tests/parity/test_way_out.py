"""What two ranks trained and saved here goes on in tf.keras at the same step, with the losses of this package."""

import json
import sys

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import keras

import minikeras
from tests.unit.ranks import job

# Three steps of Adam after the file's: each has the rounding of float32 in another order.
TOLERANCE = 1e-5
X = np.random.default_rng(1).normal(size=(48, 5)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.mark.full
def test_tf_keras_goes_on_at_the_same_step(tmp_path):
    path = tmp_path / "model.keras"
    iterations, loss = json.loads(job.run(2, "way_out.py", path)[0].strip().splitlines()[-1])
    losses = []
    for backend in (keras, minikeras):
        model = backend.models.load_model(path)
        assert int(model.optimizer.iterations) == iterations
        fit = {"batch_size": 16, "initial_epoch": 2, "epochs": 4, "verbose": 0, "shuffle": False}
        losses.append(model.fit(X, Y, **fit).history["loss"])
        assert len(model.history.epoch) == 2
    np.testing.assert_allclose(*losses, rtol=TOLERANCE)
    assert losses[0][0] < loss


def test_scripts_of_both_backends_name_the_same_strategies():
    """The script that goes on under TensorFlow's strategy runs here, on one replica, too."""
    import minikeras.compat.tensorflow as tf  # here: the namespace takes time to import

    with tf.distribute.MirroredStrategy().scope():
        assert tf.distribute.get_strategy().num_replicas_in_sync == 1
    assert "mpi4py" not in sys.modules
