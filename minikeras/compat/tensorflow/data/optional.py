"""`tf.experimental.Optional`: an element, or nothing."""

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.data.specs import tensorflow_spec
from minikeras.data.pipeline.structure import as_element, spec_of

NOTHING = object()


class Optional:
    """The result of `iterator.get_next_as_optional()`. Created by `from_value` or `empty`."""

    def __init__(self, value, element_spec):
        self._value = value
        self.element_spec = element_spec

    @staticmethod
    def from_value(value):
        """An `Optional` that has the given value."""
        element = as_element(value)
        return Optional(element, tensorflow_spec(spec_of(element)))

    @staticmethod
    def empty(element_spec):
        """An `Optional` without a value."""
        return Optional(NOTHING, element_spec)

    def has_value(self, name=None):
        """Whether it has a value, a boolean tensor."""
        return Tensor(np.asarray(self._value is not NOTHING))

    def get_value(self, name=None):
        """The value.

        Raises:
            InvalidArgumentError: there is none.
        """
        if self._value is NOTHING:
            raise InvalidArgumentError(None, None, "This Optional is empty: ask `has_value()` before `get_value()`.")
        return self._value
