"""Which function converts which op to nodes of TensorFlow where it is not as in all formats."""

from minikeras.exporting.registry import SHARED, Converters

CONVERTERS = Converters(SHARED)
converts = CONVERTERS.converts
of_class = CONVERTERS.of_class
