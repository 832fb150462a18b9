"""Operators on ragged tensors: on the values, where both sides have the same rows."""

import operator

import numpy as np


class RaggedOperators:
    """Mixin of `RaggedTensor`: arithmetic and comparison with numbers and with ragged tensors of the same rows."""

    __array_priority__ = 100
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def map_flat(self, function, *others):
        """`function` of the innermost values, in the same rows.

        Raises:
            ValueError: another ragged tensor has other rows.
        """
        return self.with_flat_values(function(self.flat_values, *[self._flat(other) for other in others]))

    def _flat(self, other):
        if not isinstance(other, RaggedOperators):
            if np.ndim(other) and not isinstance(other, (str, bytes)):
                raise ValueError("A ragged tensor meets numbers, or ragged tensors with the same rows. "
                                 f"Received: a tensor of shape {tuple(np.shape(other))}")  # fmt: skip
            return other
        ours, theirs = self.nested_row_splits, other.nested_row_splits
        if len(ours) != len(theirs) or any(
            not np.array_equal(a.array, b.array) for a, b in zip(ours, theirs, strict=True)
        ):
            raise ValueError("The ragged tensors have rows of different lengths.")
        return other.flat_values


def _unary(function):
    def method(self):
        return self.map_flat(function)

    return method


def _binary(function):
    def method(self, other):
        return self.map_flat(function, other)

    return method


def _reversed(function):
    def method(self, other):
        return self.map_flat(lambda x, y: function(y, x), other)

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"):
    _function, _plain = getattr(operator, _name), _name.rstrip("_")
    setattr(RaggedOperators, f"__{_plain}__", _binary(_function))
    setattr(RaggedOperators, f"__r{_plain}__", _reversed(_function))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(RaggedOperators, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "abs", "invert"):
    setattr(RaggedOperators, f"__{_name}__", _unary(getattr(operator, _name)))
