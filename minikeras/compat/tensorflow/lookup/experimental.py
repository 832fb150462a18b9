"""`tf.lookup.experimental`."""

from minikeras.compat.tensorflow.lookup.tables import MutableHashTable

__all__ = ["MutableHashTable"]
