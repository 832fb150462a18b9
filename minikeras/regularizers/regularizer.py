"""`Regularizer`: a penalty on weights or activations, added to the loss."""

from minikeras.limits import FromConfig


class Regularizer(FromConfig):
    """Base class of all regularizers; subclass it for your own:

        class Flat(keras.regularizers.Regularizer):
            def __call__(self, x):
                return 0.1 * ops.sum(ops.square(x - ops.mean(x)))

    A plain function from a tensor to a scalar works too. Layers take them as `kernel_regularizer`,
    `bias_regularizer` and `activity_regularizer`. The penalties of a called layer are in `layer.losses`.
    """

    def __call__(self, x):
        """The penalty, a scalar tensor of x's dtype."""
        return 0.0

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        raise NotImplementedError(f"{type(self).__name__} does not implement get_config().")


def checked_factor(value, name):
    """A penalty's factor as a float.

    Raises:
        ValueError: it is not a finite number, at least 0.
    """
    if not isinstance(value, (float, int)) or not 0 <= value < float("inf"):
        raise ValueError(
            f"Invalid value for argument `{name}`: expected a non-negative, finite float. Received: {name}={value!r}"
        )
    return float(value)
