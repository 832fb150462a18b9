"""`tf.random.set_seed`. (How operations find their seeds: `minikeras/random/operation_seeds.py`.)"""

__replay__ = "computes"

from minikeras.random.global_seed import set_global_seed


def set_seed(seed):
    """Set the global seed. Python's and NumPy's generators, and so Keras's initial weights, do not depend on it.

    (Keras draws the seeds of initializers from Python's `random`; `tf.keras.utils.set_random_seed` seeds that too.)

    Args:
        seed: integer, or None for values that differ from run to run.
    """
    set_global_seed(None if seed is None else int(seed))
