"""The functions of `tf.dtypes`, which `tf` has too; `dtypes.py` has the dtypes."""

__replay__ = "computes"

from minikeras.compat import tensorflow
from minikeras.compat.tensorflow import cast, complex, saturate_cast

__all__ = ["cast", "complex", "saturate_cast"]

__offers__ = tensorflow.__offers__
