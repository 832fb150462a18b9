"""`tf.signal`: each function is defined in the file of its family."""

__replay__ = "computes"

from minikeras.compat.tensorflow.signal import fourier, spectrograms, windows
from minikeras.compat.tensorflow.signal.fourier import *  # noqa: F403
from minikeras.compat.tensorflow.signal.spectrograms import *  # noqa: F403
from minikeras.compat.tensorflow.signal.windows import *  # noqa: F403

_FAMILIES = (fourier, spectrograms, windows)
__all__ = [name for family in _FAMILIES for name in family.__all__]
