"""Layers other than recurrent ones: networks through `fit`, the time to their third step, and each layer alone."""

import tempfile

import numpy as np
import pytest

import minikeras
from benchmarks import layer_networks
from benchmarks.goals import Goal
from benchmarks.networks import same_losses, same_losses_and_pytorch
from benchmarks.processes import output_of
from benchmarks.torch_layer_networks import trainer

BATCH = 32
RNG = np.random.default_rng(0)
NETWORKS = {  # name: (inputs, targets, loss)
    "encoder": (RNG.normal(size=(640, 64, 64)).astype("float32"), RNG.integers(0, 10, 640)),
    "decoder": (RNG.integers(0, 256, (320, 64)).astype("int32"), RNG.integers(0, 256, (320, 64)).astype("int32")),
    "temporal_convolution": (RNG.normal(size=(640, 128, 16)).astype("float32"), RNG.integers(0, 10, 640)),
    "u_net": (RNG.normal(size=(320, 32, 32, 3)).astype("float32"), RNG.random((320, 32, 32, 1)).astype("float32")),
}
SAME_LOSS = 1e-4
SINGLE = Goal("any single layer, forward and backward", 1.2)
SCRIPT = """
import numpy as np
from benchmarks import layer_networks
rng = np.random.default_rng(0)
keras.utils.set_random_seed(0)
model = layer_networks.{name}(keras)
x = rng.{inputs}
y = rng.{targets}
model.compile("adam", "{loss}")
print(model.fit(x, y, batch_size=32, verbose=0).history["loss"][-1])
"""
DATA = {  # of three steps
    "u_net": {
        "inputs": "normal(size=(96, 32, 32, 3)).astype('float32')",
        "targets": "random((96, 32, 32, 1)).astype('float32')",
        "loss": "binary_crossentropy",
    },
    "decoder": {
        "inputs": "integers(0, 256, (96, 64)).astype('int32')",
        "targets": "integers(0, 256, (96, 64))",
        "loss": "sparse_categorical_crossentropy",
    },
}


def compiled(keras, name, start=None):
    """A network with Adam; with `start`, from those weights."""
    keras.utils.set_random_seed(0)
    model = getattr(layer_networks, name)(keras)
    if start is not None:
        model.set_weights(start)
    model.compile("adam", "binary_crossentropy" if name == "u_net" else "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("name", NETWORKS)
def test_fit(side_by_side, tf, torch, name):
    x, y = NETWORKS[name]
    ours = compiled(minikeras, name)
    theirs = tf and compiled(tf.keras, name, ours.get_weights())
    pytorch = trainer(torch, ours, name)

    def epoch(model):
        return lambda: model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0).history["loss"][-1]

    side_by_side(
        f"{name}: fit, batch {BATCH}",
        goals=(Goal(f"{getattr(layer_networks, name).__doc__.rstrip('.')}, `fit`, batch {BATCH}", 3),),
        calls=len(x) // BATCH,
        unit="step",
        check=same_losses_and_pytorch if pytorch else same_losses,
        seconds=2.0,
        rounds=5,
        minikeras=epoch(ours),
        tensorflow=theirs and epoch(theirs),
        pytorch=pytorch and (lambda: pytorch.fit(x, y, BATCH)),
    )


@pytest.mark.parametrize("name", DATA)
def test_start_to_the_third_step(side_by_side, tf, name):
    """From the start of Python. "cold" is a machine that has no compiled kernels yet."""
    script = SCRIPT.format(name=name, **DATA[name])
    with tempfile.TemporaryDirectory(prefix="minikeras_kernels_") as kept:

        def cold():
            with tempfile.TemporaryDirectory(prefix="minikeras_cold_") as empty:
                return output_of("minikeras", script, NUMBA_CACHE_DIR=empty)

        output_of("minikeras", script, NUMBA_CACHE_DIR=kept)
        side_by_side(
            f"{name}: start to the third step of fit",
            goals=(Goal("start to the third step of `fit`, kernels cached", 5),),
            check=lambda *losses: None,  # the random initial weights are compared by other tests
            rounds=2,
            seconds=0,
            minikeras=lambda: output_of("minikeras", script, NUMBA_CACHE_DIR=kept),
            cold=cold,
            tensorflow=tf and (lambda: output_of("tensorflow", script)),
        )


@pytest.mark.parametrize("name", layer_networks.SINGLE)
def test_single_layer(side_by_side, tf, name):
    """A training step of the layer after a weight of the input's shape, so that the input's gradient is taken."""
    ours = layer_networks.single(minikeras, name)
    theirs = tf and layer_networks.single(tf.keras, name, ours.get_weights())
    inputs, target = layer_networks.data_of(ours, name, BATCH)

    def step(model):
        return lambda: float(model.train_on_batch(inputs, target))

    side_by_side(
        f"{name}: train_on_batch, batch {BATCH}",
        goals=(SINGLE,),
        check=same_losses if name not in layer_networks.RANDOM else (lambda *losses: None),
        rounds=7,
        minikeras=step(ours),
        tensorflow=theirs and step(theirs),
    )
