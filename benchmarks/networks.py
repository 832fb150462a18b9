"""The networks that are trained side by side: those of `python -m minikeras bench`."""

from minikeras.cli.bench.networks import cnn, mlp
from minikeras.cli.bench.training import data

__all__ = ["NETWORKS", "cnn", "data", "mlp", "trained"]

NETWORKS = {"MLP": (mlp, (784,)), "CNN": (cnn, (28, 28, 1))}


def trained(keras, make, start=None):
    """A compiled model; with `start`, from those weights."""
    keras.utils.set_random_seed(0)
    model = make(keras)
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
