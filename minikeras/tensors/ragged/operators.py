"""Operators on ragged tensors, which act on values broadcast to the same rows."""

import operator

from minikeras.tensors.ragged.broadcasting import elementwise


class RaggedOperators:
    """Mixin of `RaggedTensor`: arithmetic and comparison with numbers, tensors and ragged tensors."""

    __array_priority__ = 100
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __bool__(self):
        """Refuses: like any tensor of several elements, it is neither true nor false.

        Raises:
            TypeError: always.
        """
        raise TypeError("A RaggedTensor is neither true nor false. Use `tf.reduce_any` or `tf.reduce_all` of it.")


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


def _equality(function, beside_none):
    def method(self, other):
        return beside_none if other is None else elementwise(function, self, other)

    return method


RaggedOperators.__eq__ = _equality(operator.eq, beside_none=False)
RaggedOperators.__ne__ = _equality(operator.ne, beside_none=True)
for _name in ("lt", "le", "gt", "ge"):
    setattr(RaggedOperators, f"__{_name}__", _binary(getattr(operator, _name)))
for _name in ("neg", "abs", "invert"):
    setattr(RaggedOperators, f"__{_name}__", _unary(getattr(operator, _name)))
