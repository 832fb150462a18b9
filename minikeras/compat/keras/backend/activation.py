"""`K.relu`, `K.softmax`, `K.l2_normalize`, …: activations, with Keras 2's arguments."""

from minikeras import ops
from minikeras.autodiff.dtypes import is_float
from minikeras.compat.keras import thresholded
from minikeras.config import floatx
from minikeras.ops import elu, sigmoid, softplus, softsign, standardization, tanh

__all__ = [
    "elu",
    "hard_sigmoid",
    "l2_normalize",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """x where x > threshold, but at most `max_value`; below, alpha · (x − threshold)."""
    x = ops.convert_to_tensor(x)
    if not is_float(x.dtype):
        x = ops.cast(x, floatx())
    return thresholded.thresholded_relu(x, alpha, max_value, threshold)


def hard_sigmoid(x):
    """0.2 x + 0.5 clipped to [0, 1], as in Keras 2. (`keras.activations.hard_sigmoid` has the slope 1/6.)"""
    return thresholded.steep_hard_sigmoid(ops.convert_to_tensor(x))


def softmax(x, axis=-1):
    """eˣ / Σ eˣ along `axis`.

    Raises:
        ValueError: x has a single axis.
    """
    if len(x.shape) < 2:
        raise ValueError(
            f"`backend.softmax` takes two axes or more. Received: x.shape={tuple(x.shape)}. Add a batch axis."
        )
    return ops.softmax(x, axis)


def l2_normalize(x, axis=None):
    """x / √max(Σ x², 10⁻¹²), the sum along `axis` (over everything if None)."""
    return standardization.l2_normalize(ops.convert_to_tensor(x), axis)
