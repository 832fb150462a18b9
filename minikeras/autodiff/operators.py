"""The operators (+, *, @, <, [] …) that Tensor, Variable and KerasTensor share.

Each is one line over the op of the same meaning in `basic_ops.py`.
"""

basic_ops = None  # the module basic_ops.py sets this when it loads: it needs Tensor, and Tensor needs its ops


class Operators:
    """Mixin: Python's operators, spelled as ops."""

    __slots__ = ()
    __array_priority__ = 100
    __array_ufunc__ = None  # so that `ndarray + tensor` asks the tensor
    __hash__ = object.__hash__  # defining __eq__ would take it away

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
