"""Diagnoses of the network. Each returns one sentence with the fix, or None."""

import numpy as np

from minikeras.layers import BatchNormalization
from minikeras.tools.diagnosis.evidence import is_relu

ENOUGH = 64  # samples from which a unit that never fires is called dead
DEAD = 0.9  # share of the units of a layer
VANISHING = 1e-6  # root mean square gradient of one kernel, relative to that of another
SMALL = 1e-3
DEEP = 4  # kernels
GROWTH = 1e3  # of the values, from the inputs to the predictions
LARGE = 1e3  # a gradient
CONSTANT = 1e-5  # spread of the predictions, relative to their size


def dead_relus(e):
    """Layers whose units are 0 for every sample."""
    if e.run is None or e.x is None:
        return None
    for layer, _, y in e.run.layers:
        if not is_relu(layer) or y is None or y.ndim < 2 or len(y) < ENOUGH:
            continue
        dead = float((y <= 0).all(axis=tuple(range(y.ndim - 1))).mean())
        if dead >= DEAD:
            return (
                f"{dead:.0%} of the units of '{layer.name}' are 0 for every sample: dead ReLUs, without a gradient. "
                'Lower the learning rate, check the bias, or use activation="leaky_relu".'
            )
    return None


def vanishing_gradients(e):
    """The first layers get gradients a million times smaller than others."""
    sizes = _gradient_sizes(e)
    if not sizes:
        return None
    path, least = next(iter(sizes.items()))
    most = max(sizes.values())
    small = sum(size < SMALL * most for size in sizes.values())
    if 0 < least < VANISHING * most and small >= DEEP:  # a single small one is a weight that hardly matters
        return (
            f"The gradient of '{path}' is {least / most:.0e} of the largest one: it vanishes on the way back, and the "
            "layer does not learn. Use relu, fewer layers, BatchNormalization or residual connections."
        )
    return None


def exploding_gradients(e):
    """Values and gradients grow from layer to layer."""
    sizes = _gradient_sizes(e)
    if len(sizes) < DEEP or e.predictions is None or e.predictions.dtype.kind != "f":
        return None
    x = next((x for _, x, _ in e.run.layers if x is not None and x.dtype.kind == "f"), None)
    largest = max(sizes.values())
    if x is not None and largest > LARGE and _size(e.predictions) > GROWTH * max(_size(x), 1.0):
        return (
            f"Gradients explode: values grow from {_size(x):.1e} to {_size(e.predictions):.1e} through the network, "
            f"and gradients reach {largest:.1e}. Make the initial weights smaller, normalize between the layers, or "
            "set `clipnorm=1.0`."
        )
    return None


def everything_frozen(e):
    """No weight can learn."""
    if e.model.built and e.model.weights and not e.model.trainable_variables:
        return (
            "No weight of the model is trainable, so training changes nothing. Set `trainable = True` on the layers "
            "that are to learn, and compile again."
        )
    return None


def normalization_of_one_sample(e):
    """BatchNormalization of batches of one sample."""
    if e.batch_size != 1 or e.run is None:
        return None
    for layer, x, _ in e.run.layers:
        if isinstance(layer, BatchNormalization) and layer.trainable and x is not None and x.ndim == 2:
            return (
                f"'{layer.name}' normalizes over the batch, and batches have one sample: its output is constant while "
                "training. Use a batch_size of 8 or more, or LayerNormalization."
            )
    return None


def constant_predictions(e):
    """A trained model that predicts the same for every sample."""
    p = e.predictions
    if not e.trained or p is None or len(p) < 8 or e.single_x is None or p.dtype.kind != "f" or _all_equal(e.single_x):
        return None
    if p.shape[-1] == 1 and e.last_activation == "softmax":
        return None  # see `softmax_of_one_unit`
    spread = p.std(axis=0).max()
    if spread <= CONSTANT * max(float(np.abs(p).max()), CONSTANT):
        return (
            "The model predicts the same for every sample: it uses nothing of its inputs. Look for dead ReLUs, a "
            "learning rate that is too high, or inputs that are not scaled."
        )
    return None


def _all_equal(x):
    return x.dtype.kind not in "fiu" or bool((x == x[:1]).all())


def _gradient_sizes(e):
    """{path: root mean square gradient} of kernels whose gradient is finite."""
    found = e.gradients or {}
    return {
        path: _size(gradient) for path, (_, gradient) in found.items() if gradient.size and np.isfinite(gradient).all()
    }


def _size(array):
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))


ALL = [
    dead_relus,
    vanishing_gradients,
    exploding_gradients,
    everything_frozen,
    normalization_of_one_sample,
    constant_predictions,
]
