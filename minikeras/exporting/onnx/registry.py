"""The functions that convert ops specifically for ONNX."""

from minikeras.exporting.registry import SHARED, Converters

CONVERTERS = Converters(SHARED)
converts, of_class = CONVERTERS.converts, CONVERTERS.of_class
