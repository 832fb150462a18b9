"""What two ranks trained and saved here goes on in tf.keras, on two replicas, at the same step and with our losses."""

import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import minikeras
from tests.unit.ranks import job

# Three steps of Adam after the file's: each has the rounding of float32 in another order.
TOLERANCE = 1e-5
SCRIPT = job.FOLDER / "scripts" / "way_out_on_replicas.py"
X = np.random.default_rng(1).normal(size=(48, 5)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.mark.full
def test_tf_keras_goes_on_at_the_same_step_on_two_replicas(tmp_path):
    path = tmp_path / "model.keras"
    iterations, loss = json.loads(job.run(2, "way_out.py", path)[0].strip().splitlines()[-1])
    command = [sys.executable, str(SCRIPT), str(path)]
    done = subprocess.run(command, env=job.environment(TF_CPP_MIN_LOG_LEVEL="3"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    losses, replicas, begun_at = json.loads(done.stdout.strip().splitlines()[-1])
    assert (replicas, begun_at) == (2, iterations)
    model = minikeras.models.load_model(path)
    assert int(model.optimizer.iterations) == iterations
    own = model.fit(X, Y, batch_size=16, initial_epoch=2, epochs=4, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(losses, own, rtol=TOLERANCE)
    assert losses[0] < loss


def test_scripts_of_both_backends_name_the_same_strategies():
    """The script that goes on under TensorFlow's strategy runs here, on one replica, too."""
    before = "mpi4py" in sys.modules
    import minikeras.compat.tensorflow as tf  # here: the namespace takes time to import

    with tf.distribute.MirroredStrategy().scope():
        assert tf.distribute.get_strategy().num_replicas_in_sync == 1
    assert ("mpi4py" in sys.modules) == before
