"""`Initializer`: the base of classes that choose initial weights; `RandomInitializer`: those that draw them."""

from minikeras.base.limits import FromConfig
from minikeras.base.signatures import own_constructor
from minikeras.random.seed_generator import SeedGenerator, make_default_seed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


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
        """Another initializer with the same config. If this one was given no seed, the clone draws a new one."""
        return self.__class__.from_config(self.get_config())


class RandomInitializer(Initializer):
    """Base class of initializers that draw random numbers.

    Args:
        seed: an integer, or None to draw one from Python's `random` now: **every call then gives the same values**.
            With a SeedGenerator (or its config), every call gives other values.

    Raises:
        ValueError: any other seed.
    """

    def __init__(self, seed=None):
        self._init_seed = seed
        if seed is None:
            seed = make_default_seed()
        elif isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        if not isinstance(seed, (int, SeedGenerator)):
            raise ValueError(
                f"`seed` of {type(self).__name__} should be an integer or an instance of "
                "`keras.random.SeedGenerator()`. "
                f"Received: seed={seed!r}"
            )
        self.seed = seed

    def get_config(self):
        """`seed` as it was given: None stays None."""
        return {"seed": serialize_keras_object(self._init_seed)}
