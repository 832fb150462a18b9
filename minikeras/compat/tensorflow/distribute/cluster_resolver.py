"""`tf.distribute.cluster_resolver`: discovery of other machines. There are none, so it raises the expected error."""


class TPUClusterResolver:
    """Scripts try to find a TPU and continue without one after a ValueError.

    Raises:
        ValueError: always: there is no TPU.
    """

    def __init__(self, tpu=None, zone=None, project=None, **kwargs):
        raise ValueError(
            "Please provide a TPU Name to connect to. (minikeras computes on the CPU of this machine only.)"
        )

    @staticmethod
    def connect(tpu=None, zone=None, project=None):
        """The same error."""
        return TPUClusterResolver(tpu, zone, project)
