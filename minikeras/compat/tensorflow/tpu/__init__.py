"""`tf.tpu`: there are no TPUs here."""

from minikeras.compat.tensorflow.tpu import experimental

__all__ = ["experimental"]
