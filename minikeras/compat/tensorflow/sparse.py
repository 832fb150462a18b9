"""`tf.sparse`: the functions that scripts use to make sparse inputs of models.

TensorFlow's parameters over `minikeras/sparse/`; `name` has no effect.
"""

from minikeras import sparse
from minikeras.sparse import SparseTensor

__all__ = ["SparseTensor", "from_dense", "reorder", "sparse_dense_matmul", "to_dense"]


def from_dense(tensor, name=None):
    """The SparseTensor of the elements of `tensor` that are not 0."""
    return sparse.from_dense(tensor)


def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor, with `default_value` (0) where there is no element."""
    return sparse.to_dense(sp_input, default_value, validate_indices)


def reorder(sp_input, name=None):
    """The same SparseTensor with its indices in row-major order."""
    return sparse.reorder(sp_input)


def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of a sparse and a dense matrix."""
    return sparse.matmul(sp_a, b, adjoint_a, adjoint_b)
