"""`tf.tpu.experimental`."""

from enum import Enum

from minikeras.compat.tensorflow.tpu.experimental import embedding

__all__ = ["HardwareFeature", "embedding", "initialize_tpu_system", "shutdown_tpu_system"]


def initialize_tpu_system(cluster_resolver=None):
    """Not available.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("There is no TPU: minikeras computes on the CPU. Use tf.distribute.get_strategy().")


def shutdown_tpu_system(cluster_resolver=None):
    """Nothing to shut down."""


class HardwareFeature:
    """The capabilities of a TPU; there is none here."""

    class EmbeddingFeature(Enum):
        """The kinds of embeddings that TPUs have."""

        UNSUPPORTED = "UNSUPPORTED"
        V1 = "V1"
        V2 = "V2"

    def __init__(self, tpu_hardware_feature_proto=None):
        if tpu_hardware_feature_proto is not None:
            raise NotImplementedError("There is no TPU whose features could be described.")

    @property
    def embedding_feature(self):
        """UNSUPPORTED."""
        return self.EmbeddingFeature.UNSUPPORTED
