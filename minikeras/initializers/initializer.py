"""`Initializer`: how the first values of a weight are chosen."""

from minikeras.limits import FromConfig
from minikeras.signatures import own_constructor


class Initializer(FromConfig):
    """Base class of all initializers; subclass it for your own:

        class Halves(keras.initializers.Initializer):
            def __call__(self, shape, dtype=None):
                return 0.5 * ops.ones(shape, dtype)

    A plain function `(shape, dtype=None)` works too, and so does a tensor of the right shape.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own_constructor(cls)

    def __call__(self, shape, dtype=None):
        """A tensor of the given shape and dtype (`floatx()` if None)."""
        raise NotImplementedError(f"{type(self).__name__} must implement the `__call__()` method, (shape, dtype=None).")

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        return {}

    def clone(self):
        """Another initializer of the same config. One that was given no seed gets a new one."""
        return self.__class__.from_config(self.get_config())
