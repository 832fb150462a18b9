"""How ops compute on SparseTensors. `autodiff/sparsity.py` lists the ops whose results stay sparse.

The elements' values are a Tensor, and all computations on them are ops, so gradients flow through them.
"""

import numpy as np

from minikeras import ops
from minikeras.autodiff import sparsity
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.operation import Op
from minikeras.autodiff.shapes import broadcast_shapes
from minikeras.autodiff.tensor import as_array
from minikeras.base.replay import unsafe_to_replay
from minikeras.kernels.sparse_products import sparse_product, sparse_product_of_gradient
from minikeras.tensors.sparse import flat_indices


@unsafe_to_replay("it reads the positions of the elements, which differ in the next batch")
def apply(op, inputs):
    """The result of an op for inputs among which there are SparseTensors.

    Raises:
        ValueError: the op takes no sparse tensors.
    """
    name = type(op).__name__
    if name in sparsity.KEEPS_POSITIONS_OF_VALUES:
        return like(inputs[0], op(inputs[0].values))
    if name in sparsity.OF_ELEMENTS:
        return like(inputs[0], op(inputs[0].values, *inputs[1:]))
    if name in sparsity.MAKES_DENSE:
        return op(inputs[0].as_dense())
    if name in RULES:
        return RULES[name](op, *inputs)
    raise ValueError(
        f"{name} takes no sparse tensors, as in Keras. Make them dense by `ops.convert_to_tensor(x, sparse=False)`."
    )


def like(sparse, values, indices=None, shape=None):
    """A SparseTensor with other values, positions or shape."""
    indices = sparse.indices if indices is None else indices
    return type(sparse)(indices, values, sparse.dense_shape if shape is None else np.asarray(shape, np.int64))


def is_sparse(x):
    """Whether `x` is a SparseTensor."""
    return getattr(x, "kind", None) == "sparse"


def _dense(x):
    return x.as_dense() if is_sparse(x) else x


def _in_order(sparse):
    """(flat indices in row-major order, values), each position once."""
    numbers = np.ravel_multi_index(tuple(sparse.indices.array.T), sparse.shape) if sparse.shape else np.zeros(1, int)
    return flat_indices.summed(numbers, sparse.values)


def _merge(op, a, b):
    """Add, Subtract, Maximum, Minimum: the op of both values at every position where either has an element."""
    if not (is_sparse(a) and is_sparse(b)):
        return op(_dense(a), _dense(b))
    if a.shape != b.shape:
        return op(a.as_dense(), b.as_dense())
    (numbers_a, values_a), (numbers_b, values_b) = _in_order(a), _in_order(b)
    numbers = np.union1d(numbers_a, numbers_b)
    at_a, at_b = [ops.scatter(np.searchsorted(numbers, own)[:, None], values, (len(numbers),))
                  for own, values in ((numbers_a, values_a), (numbers_b, values_b))]  # fmt: skip
    return like(a, op(at_a, at_b), flat_indices.indices_of(numbers, a.shape))


def _multiply(op, a, b):
    """The op at the positions of the sparse operand; of two, at those where both have an element."""
    if is_sparse(a) and is_sparse(b):
        (numbers_a, values_a), (numbers_b, values_b) = _in_order(a), _in_order(b)
        numbers, at_a, at_b = np.intersect1d(numbers_a, numbers_b, return_indices=True)
        return like(
            a, op(ops.take(values_a, at_a), ops.take(values_b, at_b)), flat_indices.indices_of(numbers, a.shape)
        )
    sparse, other = (a, b) if is_sparse(a) else (b, a)
    beside = _at_positions(other, sparse)
    return like(sparse, op(sparse.values, beside) if is_sparse(a) else op(beside, sparse.values))


def _divide(op, a, b):
    """The op at the positions of `a`, and where a tensor `b` is 0 or NaN, since 0/0 and 0/NaN are not zeros."""
    if is_sparse(b):
        return op(_dense(a), b.as_dense())
    undefined = _numbers_without_quotient(b, a.shape)
    if not len(undefined):
        return like(a, op(a.values, _at_positions(b, a)))
    numbers_a, values = _in_order(a)
    numbers = np.union1d(numbers_a, undefined)
    values = ops.scatter(np.searchsorted(numbers, numbers_a)[:, None], values, (len(numbers),))
    wider = like(a, values, flat_indices.indices_of(numbers, a.shape))
    return like(wider, op(values, _at_positions(b, wider)))


def _numbers_without_quotient(b, shape):
    """The flat indices in row-major order where a tensor is 0 or NaN; none for a number."""
    if not getattr(b, "shape", ()):
        return ()
    b = np.broadcast_to(as_array(b), shape)
    return np.flatnonzero((b == 0) | (b != b))


def _at_positions(x, sparse):
    """The elements of a number or tensor, broadcast to the shape of the SparseTensor, at its positions."""
    if np.ndim(x) == 0 and not hasattr(x, "shape"):
        return x
    x = ops.convert_to_tensor(x)
    if broadcast_shapes(x.shape, sparse.shape) != sparse.shape:
        raise ValueError(f"A tensor of shape {x.shape} cannot be broadcast to the sparse one's shape {sparse.shape}.")
    return ops.broadcast_to(x, sparse.shape)[tuple(sparse.indices.array.T)]


def _concatenate(op, *tensors):
    if not all(map(is_sparse, tensors)):
        return op([_dense(x) for x in tensors])
    first, axis = tensors[0], op.axis % len(tensors[0].shape)
    shapes = {(*x.shape[:axis], *x.shape[axis + 1 :]) for x in tensors}
    if len(shapes) > 1:
        raise ValueError(
            f"Tensors to concatenate differ on `axis` {op.axis} only. Received: {[x.shape for x in tensors]}"
        )
    starts = np.cumsum([0, *[x.shape[axis] for x in tensors]])
    indices = np.concatenate([x.indices.array + start * (np.arange(len(first.shape)) == axis)
                              for x, start in zip(tensors, starts, strict=False)])  # fmt: skip
    order = np.lexsort(indices.T[::-1])
    shape = (*first.shape[:axis], starts[-1], *first.shape[axis + 1 :])
    return like(first, ops.take(ops.concatenate([x.values for x in tensors]), order), indices[order], shape)


def _reshape(op, x):
    """Reshape, ExpandDims, Squeeze: the elements keep their numbers in row-major order."""
    shape = op.output_shape(x.shape)
    numbers, values = _in_order(x)
    return like(x, values, flat_indices.indices_of(numbers, shape), shape)


def _transpose(op, x):
    axes = op.permutation(len(x.shape))
    indices = x.indices.array[:, list(axes)]
    order = np.lexsort(indices.T[::-1])
    return like(x, ops.take(x.values, order), indices[order], [x.shape[axis] for axis in axes])


def _sum(op, x):
    shape = op.output_shape(x.shape)
    axes = flat_indices.reduced_axes(op.axis, len(x.shape))
    indices = x.indices.array.copy()
    indices[:, axes] = 0
    indices = indices if op.keepdims else np.delete(indices, axes, axis=1)
    numbers = np.ravel_multi_index(tuple(indices.T), shape) if shape else np.zeros(len(indices), int)
    numbers, values = flat_indices.summed(numbers, x.values)
    return like(x, values, flat_indices.indices_of(numbers, shape), shape)


def _take(op, x, indices):
    return op(_dense(x), _dense(indices)) if is_sparse(indices) and not is_sparse(x) else _refused(op)


def _refused(op):
    raise ValueError(f"{type(op).__name__} takes no sparse tensors, as in Keras.")


class SparseProduct(Op):
    """y = S · x for a sparse S: (count, m) with elements at (rows, columns).

    dx = Sᵀ · dy, dense: an optimizer updates all its rows. The gradient of an element is dy[row] · x[column].
    """

    keeps = ("inputs",)

    def __init__(self, rows, columns, count):
        self.rows, self.columns, self.count = rows, columns, count

    def forward(self, values, x):
        return sparse_product(self.rows, self.columns, values, x, self.count)

    def backward(self, call, dy):
        values, x = [ops.convert_to_tensor(y) for y in call.inputs]
        dy = ops.convert_to_tensor(dy)
        dx = SparseProduct(self.columns, self.rows, x.shape[0])(values, dy)
        return SparseDots(self.rows, self.columns)(dy, x), dx


class SparseDots(Op):
    """y[k] = a[rows[k]] · b[columns[k]], the gradient of the values of a sparse matrix in a product."""

    differentiable = False

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns

    def forward(self, a, b):
        return sparse_product_of_gradient(self.rows, self.columns, a, b)


def _matmul(op, a, b):
    if is_sparse(a) and is_sparse(b):
        x = product(a, b.as_dense()) if len(a.shape) == len(b.shape) == 2 else op(a.as_dense(), b.as_dense())
        found = np.argwhere(x.array != 0)
        return like(a, x[tuple(found.T)], found, x.shape)
    if not is_sparse(a):
        if len(b.shape) != 2 or len(np.shape(a)) != 2:
            return op(a, b.as_dense())
        return ops.transpose(product(ops.transpose(b), ops.transpose(ops.convert_to_tensor(a))))
    b = ops.convert_to_tensor(b)
    if len(b.shape) == 1:
        return ops.squeeze(_matmul(op, a, ops.expand_dims(b, 1)), -1)
    return product(a, b) if len(a.shape) == len(b.shape) == 2 else op(a.as_dense(), b)


def product(sparse, dense):
    """The product of a sparse and a dense matrix.

    Raises:
        ValueError: the inner lengths differ.
    """
    if sparse.shape[1] != dense.shape[0]:
        raise ValueError(f"The inner lengths of a product must be equal. Received: {sparse.shape} and {dense.shape}")
    dtype = result_type(sparse.dtype, dense.dtype)
    rows, columns = np.ascontiguousarray(sparse.indices.array.T)
    values = ops.cast(sparse.values, dtype)
    return SparseProduct(rows, columns, sparse.shape[0])(values, ops.cast(dense, dtype))


RULES = {
    **dict.fromkeys(("Add", "Subtract", "Maximum", "Minimum"), _merge),
    **dict.fromkeys(("Divide", "TrueDivide"), _divide),
    **dict.fromkeys(("Reshape", "ExpandDims", "Squeeze"), _reshape),
    "Concatenate": _concatenate,
    "Ndim": lambda op, x: len(x.shape),
    "Size": lambda op, x: ops.prod(x.dense_shape, dtype="int32"),
    "Matmul": _matmul,
    "Multiply": _multiply,
    "Sum": _sum,
    "Take": _take,
    "Transpose": _transpose,
}
