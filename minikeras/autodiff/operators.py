"""The operators (+, *, @, <, [] …) that Tensor, Variable and KerasTensor share, each one a call of its op."""

import numpy as np

basic_ops = None  # the package registers basic_ops.py here: its ops need Tensor, and Tensor needs these operators


class Operators:
    """Mixin: Python's operators, spelled as ops."""

    __slots__ = ()
    __array_priority__ = 100
    __hash__ = object.__hash__  # defining __eq__ would take it away

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions on a tensor: `ndarray + tensor` calls the tensor's operator, `numpy.sqrt` gets an array."""
        if ufunc in _OPERATORS and method == "__call__" and not kwargs:
            left, right = inputs
            forward, reflected = _OPERATORS[ufunc]
            return getattr(left, forward)(right) if isinstance(left, Operators) else getattr(right, reflected)(left)
        arrays = [np.asarray(x) if isinstance(x, Operators) else x for x in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __neg__(self):
        return basic_ops.Negative()(self)

    def __pos__(self):
        return self

    def __abs__(self):
        return basic_ops.Absolute()(self)

    def __invert__(self):
        return basic_ops.LogicalNot()(self) if self.dtype == "bool" else basic_ops.BitwiseInvert()(self)

    def __add__(self, other):
        return basic_ops.Add()(self, basic_ops.like(other, self))

    def __radd__(self, other):
        return basic_ops.Add()(basic_ops.like(other, self), self)

    def __sub__(self, other):
        return basic_ops.Subtract()(self, basic_ops.like(other, self))

    def __rsub__(self, other):
        return basic_ops.Subtract()(basic_ops.like(other, self), self)

    def __mul__(self, other):
        return basic_ops.Multiply()(self, basic_ops.like(other, self))

    def __rmul__(self, other):
        return basic_ops.Multiply()(basic_ops.like(other, self), self)

    def __truediv__(self, other):
        return basic_ops.TrueDivide()(self, basic_ops.like(other, self))

    def __rtruediv__(self, other):
        return basic_ops.TrueDivide()(basic_ops.like(other, self), self)

    def __floordiv__(self, other):
        return basic_ops.FloorDivide()(self, basic_ops.like(other, self))

    def __rfloordiv__(self, other):
        return basic_ops.FloorDivide()(basic_ops.like(other, self), self)

    def __mod__(self, other):
        return basic_ops.Mod()(self, basic_ops.like(other, self))

    def __rmod__(self, other):
        return basic_ops.Mod()(basic_ops.like(other, self), self)

    def __divmod__(self, other):
        return self // other, self % other

    def __pow__(self, other):
        return basic_ops.Power()(self, basic_ops.like(other, self))

    def __rpow__(self, other):
        return basic_ops.Power()(basic_ops.like(other, self), self)

    def __matmul__(self, other):
        return basic_ops.Matmul()(self, basic_ops.like(other, self))

    def __rmatmul__(self, other):
        return basic_ops.Matmul()(basic_ops.like(other, self), self)

    def __eq__(self, other):
        return False if other is None else basic_ops.Equal()(self, basic_ops.like(other, self))

    def __ne__(self, other):
        return True if other is None else basic_ops.NotEqual()(self, basic_ops.like(other, self))

    def __lt__(self, other):
        return basic_ops.Less()(self, basic_ops.like(other, self))

    def __le__(self, other):
        return basic_ops.LessEqual()(self, basic_ops.like(other, self))

    def __gt__(self, other):
        return basic_ops.Greater()(self, basic_ops.like(other, self))

    def __ge__(self, other):
        return basic_ops.GreaterEqual()(self, basic_ops.like(other, self))

    def __and__(self, other):
        return basic_ops.bitwise_or_logical("and", self, basic_ops.like(other, self))

    def __rand__(self, other):
        return basic_ops.bitwise_or_logical("and", basic_ops.like(other, self), self)

    def __or__(self, other):
        return basic_ops.bitwise_or_logical("or", self, basic_ops.like(other, self))

    def __ror__(self, other):
        return basic_ops.bitwise_or_logical("or", basic_ops.like(other, self), self)

    def __xor__(self, other):
        return basic_ops.bitwise_or_logical("xor", self, basic_ops.like(other, self))

    def __rxor__(self, other):
        return basic_ops.bitwise_or_logical("xor", basic_ops.like(other, self), self)

    def __getitem__(self, key):
        return basic_ops.get_item(self, key)


class OperatorsOfKeras:
    """Mixin: how the operators of Keras's Variables and symbolic tensors differ from those of tensors: `&`, `|` and `^`
    are logical for numbers too (0 is False), and `round(x)` works."""

    def __and__(self, other):
        return basic_ops.logical("and", self, other)

    def __rand__(self, other):
        return basic_ops.logical("and", other, self)

    def __or__(self, other):
        return basic_ops.logical("or", self, other)

    def __ror__(self, other):
        return basic_ops.logical("or", other, self)

    def __xor__(self, other):
        return basic_ops.logical("xor", self, other)

    def __rxor__(self, other):
        return basic_ops.logical("xor", other, self)

    def __round__(self, ndigits=None):
        return basic_ops.Round(ndigits or 0)(self)


# NumPy's functions behind the operators of two arguments → the methods for a tensor on the left, and on the right.
_OPERATORS = {
    np.add: ("__add__", "__radd__"),
    np.subtract: ("__sub__", "__rsub__"),
    np.multiply: ("__mul__", "__rmul__"),
    np.true_divide: ("__truediv__", "__rtruediv__"),
    np.floor_divide: ("__floordiv__", "__rfloordiv__"),
    np.remainder: ("__mod__", "__rmod__"),
    np.power: ("__pow__", "__rpow__"),
    np.matmul: ("__matmul__", "__rmatmul__"),
    np.bitwise_and: ("__and__", "__rand__"),
    np.bitwise_or: ("__or__", "__ror__"),
    np.bitwise_xor: ("__xor__", "__rxor__"),
    np.equal: ("__eq__", "__eq__"),
    np.not_equal: ("__ne__", "__ne__"),
    np.less: ("__lt__", "__gt__"),
    np.less_equal: ("__le__", "__ge__"),
    np.greater: ("__gt__", "__lt__"),
    np.greater_equal: ("__ge__", "__le__"),
}
