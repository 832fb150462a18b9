"""The networks that are trained side by side: those of `python -m minikeras bench`, and the settings they run with."""

import numpy as np

import minikeras
from minikeras.tools.cli.bench.networks import NETWORKS, forward_operations
from minikeras.tools.cli.bench.training import BACKWARD, data

__all__ = [
    "NETWORKS",
    "data",
    "forward_operations",
    "pair",
    "same_losses",
    "same_losses_and_pytorch",
    "trained",
    "training_operations",
]

# Of the losses after the epochs that are compared: the roundings of up to some hundred steps have added up.
SAME_LOSS = 2e-2
# PyTorch draws other dropout masks, and its Adam adds ε to another term.
NEAR_LOSS = 5e-2


def trained(keras, name, start=None, **settings):
    """The network, compiled with Adam and accuracy; with `start`, from those weights.

    Args:
        keras: minikeras or tf.keras.
        name: key of `NETWORKS`.
        start: what `get_weights` of another gave.
        **settings: further arguments of `compile`.
    """
    keras.utils.set_random_seed(0)
    model = NETWORKS[name][0](keras)
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **settings)
    return model


def pair(name, tf):
    """(ours, TensorFlow's or None, shape of a sample): two models with the same weights."""
    ours = trained(minikeras, name)
    return ours, tf and trained(tf.keras, name, ours.get_weights()), NETWORKS[name][1]


def training_operations(model):
    """Floating-point operations of the products in one training step, for each sample."""
    return (1 + BACKWARD) * forward_operations(model)


def same_losses(*losses):
    """Raises unless all losses agree to `SAME_LOSS`."""
    np.testing.assert_allclose(losses, losses[0], rtol=SAME_LOSS)


def same_losses_and_pytorch(*losses):
    """The same where the last is PyTorch's, which need only be near."""
    same_losses(*losses[:-1])
    np.testing.assert_allclose(losses[-1], losses[0], rtol=NEAR_LOSS)
