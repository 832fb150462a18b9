"""Which function converts which op to ONNX."""

from minikeras.exporting.registry import Converters

CONVERTERS = Converters()
converts, of_class = CONVERTERS.converts, CONVERTERS.of_class
