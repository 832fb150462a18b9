"""The functions that convert ops specifically for TensorFlow."""

from minikeras.exporting.registry import SHARED, Converters

CONVERTERS = Converters(SHARED)
converts = CONVERTERS.converts
of_class = CONVERTERS.of_class
