"""One row of the table of layers: constructor arguments, input shapes, and the definition to compare with."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature

import numpy as np

from minikeras import layers

# Arguments that a definition need not know: they decide the shape or the first values of the weights, and it is given
# the weights.
ONLY_OF_WEIGHTS = {"units", "filters", "kernel_size", "use_bias", "center", "scale", "input_dim", "output_dim"}

AUTOMATIC_NAME = re.compile(r"variable(_\d+)?")


@dataclass(frozen=True, eq=False)
class Case:
    """A layer with its arguments, and the function that defines what it computes.

    Attributes:
        layer: the class's name in `keras.layers`.
        arguments: of its constructor.
        inputs: a shape for each input, batch first (drawn from a normal distribution), or an array.
        definition: `definition(*inputs, **weights, **arguments, **call)` returns the output for float64 arrays, or
            (output, {name of a weight: its value afterwards}). Where it has parameters `dtype` and `draws`, it is also
            given the layer's dtype and how often the layer has drawn random numbers before.
        call: keyword arguments of the call, such as training=True.
        inner: {argument of the constructor: function of a dtype that makes the layer to be passed}.
        call_by: `call_by(layer, *inputs)` returns the output, where that is not `layer(inputs)`.
    """

    layer: str
    arguments: dict
    inputs: tuple
    definition: Callable
    call: dict = field(default_factory=dict)
    inner: dict = field(default_factory=dict)
    call_by: Callable | None = None

    def __str__(self):
        given = {**self.arguments, **self.inner, **self.call}
        given |= {"by": self.call_by} if self.call_by else {}
        values = {key: getattr(value, "__name__", value) for key, value in given.items()}
        return "-".join([self.layer, *[f"{key}={value}" for key, value in values.items()]])

    def make(self, dtype):
        """The layer, built, with random weights."""
        inner = {name: make(dtype) for name, make in self.inner.items()}
        layer = getattr(layers, self.layer)(**self.arguments, **inner, dtype=dtype)
        shapes = [x.shape for x in self.draw_inputs()]
        if sum(p.default is p.empty for p in signature(layer.build).parameters.values()) > 1:
            layer.build(*shapes)
        else:
            layer.build(shapes[0] if len(shapes) == 1 or self.call_by else shapes)
        for variable, value in zip(layer.weights, self.draw_weights(layer).values(), strict=True):
            variable.assign(value)
        return layer

    def called(self, layer, tensors, **arguments):
        """The layer's output for the inputs."""
        if self.call_by is not None:
            return self.call_by(layer, *tensors, **arguments)
        return layer(tensors[0] if len(tensors) == 1 else tensors, **arguments)

    def draw_inputs(self):
        """The inputs, the same at every call."""
        rng = self._generator(0)
        return [rng.normal(size=x) if isinstance(x, tuple) else np.asarray(x) for x in self.inputs]

    def draw_weights(self, layer):
        """{name: value} of a built layer's weights."""
        rng = self._generator(1)
        return {
            name: rng.uniform(0.5, 2.0, weight.shape) if "variance" in name else rng.normal(size=weight.shape)
            for name, weight in named(layer.weights).items()
        }

    def projection(self, shape):
        """Random factors by which an output becomes one number that depends on each of its elements."""
        return self._generator(2).normal(size=shape)

    def expected(self, inputs, weights, dtype, draws=0):
        """(output, {name of a weight: its value after the call})."""
        parameters = signature(self.definition).parameters
        arguments = {key: value for key, value in self.arguments.items() if key not in ONLY_OF_WEIGHTS - {*parameters}}
        context = {key: value for key, value in {"dtype": dtype, "draws": draws}.items() if key in parameters}
        result = self.definition(*inputs, **weights, **arguments, **self.call, **context)
        output, changed = result if isinstance(result, tuple) else (result, {})
        return output, {**weights, **changed}

    def _generator(self, purpose):
        return np.random.default_rng([zlib.crc32(str(self).encode()), purpose])


def named(weights):
    """{name: weight}; the second one of a name is "kernel_1", one without a name "variable"."""
    found = {}
    for weight in weights:
        name = "variable" if AUTOMATIC_NAME.fullmatch(weight.name) else weight.name
        count = sum(key == name or key.startswith(f"{name}_") for key in found)
        found[f"{name}_{count}" if name in found else name] = weight
    return found
