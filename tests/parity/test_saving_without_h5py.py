"""Files that were written without h5py, as in a browser, are read by tf.keras."""

import numpy as np
import pytest
from tensorflow import keras as tf_keras

import minikeras
from minikeras.formats.hdf5 import writing
from tests.parity.saving_cases import X, sequential

pytestmark = pytest.mark.full


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5"])
def test_tf_keras_reads_a_composed_file(name, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "module_if_installed", lambda name: None)
    model = sequential(minikeras)
    model.compile("adam", "mse")
    model.fit(X, np.zeros((16, 2)), verbose=0)
    path = tmp_path / name
    if name.endswith(".keras"):
        model.save(path)
        theirs = tf_keras.models.load_model(path)
        assert int(theirs.optimizer.iterations) == 1
    else:
        model.save_weights(path)
        theirs = sequential(tf_keras)
        theirs.load_weights(path)
    for ours, other in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, other)
