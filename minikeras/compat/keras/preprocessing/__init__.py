"""`keras.preprocessing`: the data preparation of Keras 2 that `tf.keras` still has."""

from minikeras.compat.keras.preprocessing import sequence, text

__all__ = ["sequence", "text"]
