"""The ops behind +, −, ·, /, ^ and similar operators.

    y = x1 + x2                 dx1 = dy                    dx2 = dy
    y = x1 · x2                 dx1 = dy · x2               dx2 = dy · x1
    y = x1 / x2                 dx1 = dy / x2               dx2 = −dy · y / x2
    y = x1 ^ x2                 dx1 = dy · x2 · x1^(x2−1)   dx2 = dy · y · ln x1

Where an input was broadcast, its gradient is summed back to its own shape.
"""

import numpy as np

from minikeras.autodiff.arithmetic_lowering import DIFFERENCE, PRODUCT, QUOTIENT, SUM
from minikeras.autodiff.array_dtypes import UnsupportedDtypeError, is_text
from minikeras.autodiff.comparison import Greater
from minikeras.autodiff.dtypes import as_float, dtype_name, promote, standardize_dtype
from minikeras.autodiff.elementwise import QUIET, Binary, Elementwise
from minikeras.autodiff.indexed_slices import IndexedSlices
from minikeras.autodiff.lowering import ByFormula
from minikeras.autodiff.selection_lowering import OfSelect
from minikeras.autodiff.shapes import unbroadcast
from minikeras.autodiff.state import thread
from minikeras.base.errors import InvalidArgumentError
from minikeras.base.extension_dtypes import FLOAT8_DTYPES
from minikeras.kernels.activation_jobs import absolute_chunks, absolute_gradient_chunks
from minikeras.kernels.casts import from_float16, to_float16
from minikeras.kernels.elementwise import add, select
from minikeras.kernels.elementwise_jobs import divide_chunks, log_chunks, negative_chunks
from minikeras.kernels.tasks import LARGE


class Add(Binary):
    """y = x1 + x2;   dx1 = dx2 = dy."""

    keeps = ()
    lowering = SUM

    def forward(self, x1, x2):
        return add(*promote(x1, x2))

    def gradients(self, call, dy):
        return dy, dy


class Subtract(Binary):
    """y = x1 − x2;   dx1 = dy, dx2 = −dy."""

    ufunc = np.subtract
    keeps = ()
    lowering = DIFFERENCE

    def gradients(self, call, dy):
        return dy, -dy if call.needs_gradient[1] else None


class Multiply(Binary):
    """y = x1 · x2;   dx1 = dy · x2, dx2 = dy · x1."""

    ufunc = np.multiply
    lowering = PRODUCT

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return dy * x2 if call.needs_gradient[0] else None, dy * x1 if call.needs_gradient[1] else None


class Divide(Binary):
    """y = x1 / x2, always a float;   dx1 = dy / x2, dx2 = −dy · x1 / x2²."""

    lowering = QUOTIENT

    @QUIET
    def forward(self, x1, x2):
        if int in (type(x1), type(x2)):  # 300 is not an uint8, but a float
            x1, x2 = [as_float(x) if isinstance(x, np.ndarray) else x for x in (x1, x2)]
        x1, x2 = promote(x1, x2)
        return np.true_divide(as_float(x1), as_float(x2))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        dx1 = dy / x2 if call.needs_gradient[0] else None
        dx2 = dy * (-x1 / x2 / x2) if call.needs_gradient[1] else None  # x2² would underflow
        return dx1, dx2


class TrueDivide(Divide):
    """`Divide` under the name that the operator `/` has in Keras's files."""


class Power(Binary):
    """y = x1 ^ x2;   dx1 = dy · x2 · x1^(x2−1), dx2 = dy · y · ln x1 (0 where x1 = 0)."""

    keeps = ("inputs", "output")

    @QUIET
    def forward(self, x1, x2):
        if type(x2) in (int, float) and isinstance(x1, np.ndarray) and x1.dtype.kind == "f":
            return x1**x2  # NumPy's operator squares and takes roots faster than `np.power`
        return np.power(*promote(x1, x2))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        dx1 = dx2 = None
        if call.needs_gradient[0]:
            dx1 = dy * x2 * x1 if type(x2) in (int, float) and x2 == 2 else dy * x2 * Power().of(x1, x2 - 1)
        if call.needs_gradient[1]:
            x1 = x1 if hasattr(x1, "shape") else np.asarray(x1, dy.dtype)
            positive = x1 > 0 if isinstance(x1, np.ndarray) else Greater().of(x1, 0.0)
            safe = Where().of(positive, x1, 1.0)
            dx2 = dy * call.output * Log().of(safe)
        return dx1, dx2


def without_zero_divisors(x1, x2):
    """Bring both arrays to one dtype; refuse to divide integers by 0, which has no integer result.

    Raises:
        InvalidArgumentError: an integer would be divided by 0.
    """
    if x2.dtype.kind in "iub" and x1.size and not x2.all() and not thread.has_examples:
        raise InvalidArgumentError(None, None, "Integer division by zero. Floats would give infinity, or NaN.")
    return x1, x2


class FloorDivide(Binary):
    """y = ⌊x1 / x2⌋. No gradient: it is flat between its steps."""

    differentiable = False

    @QUIET
    def forward(self, x1, x2):
        return np.floor_divide(*without_zero_divisors(*promote(x1, x2)))


class Mod(Binary):
    """y = x1 − x2 · ⌊x1 / x2⌋, with the sign of x2;   dx1 = dy, dx2 = −dy · ⌊x1 / x2⌋."""

    @QUIET
    def forward(self, x1, x2):
        x1, x2 = promote(x1, x2)
        if x1.dtype == bool:
            x1, x2 = x1.astype("int32"), x2.astype("int32")
        return np.mod(*without_zero_divisors(x1, x2))

    def gradients(self, call, dy):
        x1, x2 = call.inputs
        return dy, -dy * FloorDivide().of(x1, x2) if call.needs_gradient[1] else None


class Negative(Elementwise):
    """y = −x;   dx = −dy."""

    chooses_elements = True
    keeps = ()
    lowering = ByFormula(negative_chunks, negative_chunks)

    def forward(self, x):
        return np.negative(x)

    def backward(self, call, dy):
        return (-dy,)


class Conjugate(Elementwise):
    """y = x with the sign of its imaginary part changed;   dx = dy conjugated."""

    keeps = ()
    holomorphic = False

    def forward(self, x):
        return np.conjugate(x) if np.asarray(x).dtype.kind == "c" else x

    def backward(self, call, dy):
        return (self.of(dy),)


class Sign(Elementwise):
    """y = −1, 0 or 1 by the sign of x;   dx = 0, since it is flat."""

    keeps = ()

    def forward(self, x):
        return np.sign(x)

    def backward(self, call, dy):
        return (np.zeros(call.input_shapes[0], dy.dtype),)


class Absolute(Elementwise):
    """y = |x|;   dx = dy · sign x. (The sign of a complex x is x / |x|.)"""

    chooses_elements = True
    keeps = ("inputs",)
    lowering = ByFormula(absolute_chunks, absolute_gradient_chunks)

    def forward(self, x):
        return np.abs(x)

    def backward(self, call, dy):
        x = call.inputs[0]
        if "complex" in str(x.dtype):
            y = self.of(x)
            return (x * (dy / Where().of(y == 0, 1.0, y)),)
        return (dy * Sign().of(x),)


class Log(Elementwise):
    """y = ln x;   dx = dy / x."""

    keeps = ("inputs",)
    lowering = ByFormula(log_chunks, divide_chunks)

    @QUIET
    def forward(self, x):
        return np.log(as_float(x))

    def backward(self, call, dy):
        return (dy / call.inputs[0],)


class Cast(Elementwise):
    """The same values in another dtype;   dx = dy in x's dtype (none through float8, as in TensorFlow)."""

    keeps = ()
    moves_elements = True

    def __init__(self, dtype):
        self.dtype = standardize_dtype(dtype)

    @property
    def casts_to(self):
        """Name of the dtype."""
        return self.dtype

    @QUIET
    def forward(self, x):
        x = np.asarray(x)
        if x.dtype.kind == "c" and "complex" not in self.dtype:
            x = x.real
        elif is_text(x.dtype) and self.dtype != "string":  # NumPy would read numbers out of text
            raise UnsupportedDtypeError(x, "text")
        if x.size >= LARGE and {self.dtype, x.dtype.name} == {"float16", "float32"}:
            return to_float16(x) if self.dtype == "float16" else from_float16(x)
        return x.astype("U" if self.dtype == "string" else self.dtype, copy=False)

    def backward(self, call, dy):
        stored = (self.dtype, dtype_name(call.dtypes[0]))
        return (None if any(dtype in FLOAT8_DTYPES for dtype in stored) else dy,)  # the tape casts it to x's dtype

    def output_dtype(self, x):
        return self.dtype


class Where(Elementwise):
    """y = x1 where condition holds, else x2;   dx1 = dy there, dx2 = dy elsewhere.

    With the condition alone: the positions where it holds, one array per axis. (Keras infers the condition's shape.)
    """

    chooses_elements = True
    keeps = ("inputs",)
    kept_inputs = (0,)
    lowering = OfSelect()

    def forward(self, condition, x1=None, x2=None):
        condition = np.asarray(condition)
        if is_text(condition.dtype):
            raise UnsupportedDtypeError(condition, "`condition`")
        if x1 is None:
            return tuple([positions.astype(np.int32) for positions in np.nonzero(condition)])
        return select(condition.astype(bool, copy=False), *promote(x1, x2))

    def forward_rows(self, arrays, ranks):
        return super().forward_rows(arrays, ranks) if len(arrays) == 3 else NotImplemented

    def output_dtype(self, condition, *branches):
        return super().output_dtype(condition, *branches) if branches else "int64"

    def backward(self, call, dy):
        condition = call.inputs[0]
        _, s1, s2 = call.input_shapes
        dx1 = unbroadcast(Where().of(condition, dy, 0.0), s1) if call.needs_gradient[1] else None
        dx2 = unbroadcast(Where().of(condition, 0.0, dy), s2) if call.needs_gradient[2] else None
        return None, dx1, dx2


def add_gradients(a, b):
    """The sum of two gradients of one tensor, either of which may be an `IndexedSlices`."""
    if isinstance(a, IndexedSlices) or isinstance(b, IndexedSlices):
        if isinstance(a, IndexedSlices) and isinstance(b, IndexedSlices):
            return IndexedSlices(np.concatenate([a.values, b.values]), np.concatenate([a.indices, b.indices]), a.shape)
        a = a.to_dense() if isinstance(a, IndexedSlices) else a
        b = b.to_dense() if isinstance(b, IndexedSlices) else b
    return add(a, b) if type(a) is np.ndarray is type(b) else a + b
