"""Operators on ragged tensors: on the values, brought to the same rows."""

import operator

from minikeras.ragged.broadcasting import elementwise


class RaggedOperators:
    """Mixin of `RaggedTensor`: arithmetic and comparison with numbers, tensors and ragged tensors."""

    __array_priority__ = 100
    __array_ufunc__ = None
    __hash__ = object.__hash__


def _unary(function):
    def method(self):
        return elementwise(function, self)

    return method


def _binary(function):
    def method(self, other):
        return elementwise(function, self, other)

    return method


def _reversed(function):
    def method(self, other):
        return elementwise(function, other, self)

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"):
    _function, _plain = getattr(operator, _name), _name.rstrip("_")
    setattr(RaggedOperators, f"__{_plain}__", _binary(_function))
    setattr(RaggedOperators, f"__r{_plain}__", _reversed(_function))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(RaggedOperators, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "abs", "invert"):
    setattr(RaggedOperators, f"__{_name}__", _unary(getattr(operator, _name)))
