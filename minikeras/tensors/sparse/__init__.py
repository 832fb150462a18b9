"""Sparse tensors: the positions and values of the elements that are not zero. Start reading at `sparse_tensor.py`.

Ops and layers take ordinary tensors: use `to_dense`.
"""

from minikeras.tensors.sparse import encoding  # noqa: F401  registers the sparse results of `ops`
from minikeras.tensors.sparse.sparse_tensor import SparseTensor, from_dense, matmul, reorder, to_dense

__all__ = ["SparseTensor", "from_dense", "matmul", "reorder", "to_dense"]
