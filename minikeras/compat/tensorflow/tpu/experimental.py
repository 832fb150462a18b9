"""`tf.tpu.experimental`."""


def initialize_tpu_system(cluster_resolver=None):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("There is no TPU: minikeras computes on the CPU. Use tf.distribute.get_strategy().")


def shutdown_tpu_system(cluster_resolver=None):
    """Nothing to shut down."""
