"""Which function converts which op to ONNX where it is not as in all formats."""

from minikeras.exporting.registry import SHARED, Converters

CONVERTERS = Converters(SHARED)
converts, of_class = CONVERTERS.converts, CONVERTERS.of_class
