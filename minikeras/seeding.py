"""The global seed, from which `fit` shuffles (see `utils.set_random_seed`)."""

_global_seed = None


def global_seed():
    """The seed that `set_random_seed` was given, None before."""
    return _global_seed


def set_global_seed(seed):
    """Set the global seed. Python's and NumPy's generators are left alone: `utils.set_random_seed` sets all."""
    global _global_seed  # noqa: PLW0603
    _global_seed = seed
