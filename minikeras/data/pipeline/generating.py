"""`Generator`: elements that a Python function yields, checked against their declared spec."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.data.pipeline.specs import ArraySpec, is_compatible
from minikeras.data.pipeline.stage import UNKNOWN, Stage
from minikeras.data.pipeline.structure import as_tensor
from minikeras.tree.nodes import node_kind


class Generator(Stage):
    """The elements that `function(*arguments)` yields; each epoch calls it again.

    Args:
        function: returns an iterable.
        signature: spec of the elements: dtypes are converted to it, structure and shapes must fit
            (InvalidArgumentError if not).
        arguments: of the function, arrays.
    """

    def __init__(self, function, signature, arguments=()):
        if not callable(function):
            raise TypeError("`generator` must be a Python callable. Received: " + repr(function))
        self.function, self.signature, self.arguments = function, signature, arguments

    def __iter__(self):
        return self.generate()

    def generate(self):
        """The elements. (The user's function is called when the first is asked for.)"""
        for element in iter(self.function(*self.arguments)):
            try:
                element = fitted(element, self.signature)
            except TypeError as error:
                raise InvalidArgumentError(None, None, f"TypeError: {error}") from error
            yield element

    @property
    def element_spec(self):
        return self.signature

    def cardinality(self):
        return UNKNOWN


def fitted(value, spec):
    """Convert a yielded value to an element with that spec.

    Raises:
        TypeError: the structure or the shape is another, or it cannot become the dtype.
    """
    kind = node_kind(spec)
    if kind is None:
        return _fitted_leaf(value, spec)
    children = _children(value, spec, kind)
    if children is None:
        raise TypeError(
            f"What `generator` yields must be nested like "
            f"{tree.map_structure(lambda leaf: getattr(leaf, 'dtype', leaf), spec)}. Received: {value!r:.200}"
        )
    return kind.rebuild(spec, [fitted(*pair) for pair in zip(children, kind.children(spec), strict=True)])


def _children(value, spec, kind):
    """The parts of `value` in the order of those of `spec`; None if they differ. Lists count as tuples."""
    if kind.family == "dict":
        if not isinstance(value, dict) or value.keys() != spec.keys():
            return None
        return [value[key] for key in kind.keys(spec)]
    if not isinstance(value, (tuple, list)) or len(value) != len(spec):
        return None
    return list(value)


def _fitted_leaf(value, spec):
    if not isinstance(spec, ArraySpec):
        return as_tensor(value)
    tensor = _converted(value, spec.dtype)
    if not is_compatible(spec.shape, tensor.array.shape):
        raise TypeError(
            f"`generator` yielded an element of shape {tensor.array.shape} where an element of shape "
            f"{spec.shape} was expected."
        )
    return tensor


def _converted(value, dtype):
    try:
        if dtype == "string":
            return string_tensor(value)
        if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
            value = np.stack([np.asarray(item) for item in value])
        return Tensor(np.asarray(value.array if isinstance(value, Tensor) else value).astype(dtype))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"What `generator` yields must become tensors of dtype {dtype}. Received: {value!r:.200}"
        ) from error
