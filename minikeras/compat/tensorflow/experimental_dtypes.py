"""`tf.dtypes.experimental`: formats to store numbers in. `tf.cast` converts to them and back; little else can."""

__replay__ = "computes"

from minikeras.compat.tensorflow.dtypes import DType

__all__ = ["float8_e4m3fn", "float8_e5m2", "int4", "uint4"]

float8_e4m3fn, float8_e5m2, int4, uint4 = map(DType, __all__)
