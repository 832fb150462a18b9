"""`keras.metrics` as `tf.keras` has it: minikeras's, with the short names of Keras 2."""

from minikeras import metrics
from minikeras.compat.keras import short_names
from minikeras.compat.keras.additions import falls_back_to
from minikeras.compat.keras.short_names import *  # noqa: F403

__all__ = list(short_names.__all__)

__getattr__, __dir__ = falls_back_to(metrics, __all__)
