"""`Constraint`: where weights are put back to after every optimizer step."""

from minikeras.limits import FromConfig


class Constraint(FromConfig):
    """Base class of all constraints; subclass it for your own:

        class Binary(keras.constraints.Constraint):
            def __call__(self, w):
                return ops.sign(w)

    A plain function from a tensor to a tensor works too. Layers take them as `kernel_constraint` and
    `bias_constraint`; the optimizer applies them.
    """

    def __call__(self, w):
        """The nearest allowed value of the weights: here w itself."""
        return w

    def jobs(self, array):
        """The jobs (`kernels/tasks.py`) that apply it in place to a contiguous array of float32; None if it has none.

        They count for the class that defines them, and for subclasses that override nothing but their constructor.
        """
        return

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {}
