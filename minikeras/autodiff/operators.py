"""The operators (+, *, @, <, [] …) that Tensor, Variable and KerasTensor share.

Each is one line over the op of the same meaning in `arithmetic.py`.
"""

arithmetic = None  # the module arithmetic.py sets this when it loads: it needs Tensor, and Tensor needs its ops


class Operators:
    """Mixin: Python's operators, spelled as ops."""

    __slots__ = ()
    __array_priority__ = 100
    __array_ufunc__ = None  # so that `ndarray + tensor` asks the tensor
    __hash__ = object.__hash__  # defining __eq__ would take it away

    def __neg__(self):
        return arithmetic.Negative()(self)

    def __pos__(self):
        return self

    def __abs__(self):
        return arithmetic.Absolute()(self)

    def __invert__(self):
        return arithmetic.LogicalNot()(self) if self.dtype == "bool" else arithmetic.BitwiseInvert()(self)

    def __add__(self, other):
        return arithmetic.Add()(self, arithmetic.like(other, self))

    def __radd__(self, other):
        return arithmetic.Add()(arithmetic.like(other, self), self)

    def __sub__(self, other):
        return arithmetic.Subtract()(self, arithmetic.like(other, self))

    def __rsub__(self, other):
        return arithmetic.Subtract()(arithmetic.like(other, self), self)

    def __mul__(self, other):
        return arithmetic.Multiply()(self, arithmetic.like(other, self))

    def __rmul__(self, other):
        return arithmetic.Multiply()(arithmetic.like(other, self), self)

    def __truediv__(self, other):
        return arithmetic.TrueDivide()(self, arithmetic.like(other, self))

    def __rtruediv__(self, other):
        return arithmetic.TrueDivide()(arithmetic.like(other, self), self)

    def __floordiv__(self, other):
        return arithmetic.FloorDivide()(self, arithmetic.like(other, self))

    def __rfloordiv__(self, other):
        return arithmetic.FloorDivide()(arithmetic.like(other, self), self)

    def __mod__(self, other):
        return arithmetic.Mod()(self, arithmetic.like(other, self))

    def __rmod__(self, other):
        return arithmetic.Mod()(arithmetic.like(other, self), self)

    def __divmod__(self, other):
        return self // other, self % other

    def __pow__(self, other):
        return arithmetic.Power()(self, arithmetic.like(other, self))

    def __rpow__(self, other):
        return arithmetic.Power()(arithmetic.like(other, self), self)

    def __matmul__(self, other):
        return arithmetic.Matmul()(self, arithmetic.like(other, self))

    def __rmatmul__(self, other):
        return arithmetic.Matmul()(arithmetic.like(other, self), self)

    def __eq__(self, other):
        return False if other is None else arithmetic.Equal()(self, arithmetic.like(other, self))

    def __ne__(self, other):
        return True if other is None else arithmetic.NotEqual()(self, arithmetic.like(other, self))

    def __lt__(self, other):
        return arithmetic.Less()(self, arithmetic.like(other, self))

    def __le__(self, other):
        return arithmetic.LessEqual()(self, arithmetic.like(other, self))

    def __gt__(self, other):
        return arithmetic.Greater()(self, arithmetic.like(other, self))

    def __ge__(self, other):
        return arithmetic.GreaterEqual()(self, arithmetic.like(other, self))

    def __and__(self, other):
        return arithmetic.bitwise_or_logical("and", self, arithmetic.like(other, self))

    def __rand__(self, other):
        return arithmetic.bitwise_or_logical("and", arithmetic.like(other, self), self)

    def __or__(self, other):
        return arithmetic.bitwise_or_logical("or", self, arithmetic.like(other, self))

    def __ror__(self, other):
        return arithmetic.bitwise_or_logical("or", arithmetic.like(other, self), self)

    def __xor__(self, other):
        return arithmetic.bitwise_or_logical("xor", self, arithmetic.like(other, self))

    def __rxor__(self, other):
        return arithmetic.bitwise_or_logical("xor", arithmetic.like(other, self), self)

    def __getitem__(self, key):
        return arithmetic.get_item(self, key)
