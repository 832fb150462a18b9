"""`RandomInitializer`: what initializers that draw have in common, their seed."""

from minikeras.initializers.initializer import Initializer
from minikeras.random.seed_generator import SeedGenerator, make_default_seed
from minikeras.serialization import deserialize_keras_object, serialize_keras_object


class RandomInitializer(Initializer):
    """Base class of initializers that draw random numbers.

    Args:
        seed: an integer, or None to draw one from Python's `random` now: **every call then gives the same values**.
            A SeedGenerator gives other values at every call. Its config is accepted too.

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
