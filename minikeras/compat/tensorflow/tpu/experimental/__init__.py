"""`tf.tpu.experimental`."""

from minikeras.compat.tensorflow.tpu.experimental import embedding

__all__ = [
    "embedding",
    "initialize_tpu_system",
]


def initialize_tpu_system(cluster_resolver=None):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("There is no TPU: minikeras computes on the CPU. Use tf.distribute.get_strategy().")
