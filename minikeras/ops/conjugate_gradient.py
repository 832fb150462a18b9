"""The method of conjugate gradients for equations with a symmetric positive definite operator.

(M. R. Hestenes and E. Stiefel, "Methods of conjugate gradients for solving linear systems", 1952.)
"""

from typing import NamedTuple

from minikeras.ops import linalg
from minikeras.ops import numpy as ops
from minikeras.ops.core import convert_to_tensor


class CGState(NamedTuple):
    """Steps taken, the solution x, the residual r, the direction p, and rᵀ z."""

    i: object
    x: object
    r: object
    p: object
    gamma: object


def conjugate_gradient(operator, rhs, preconditioner, x, tol, max_iter):
    """x with A x = rhs by repeated products with A. The arguments are those of `tf.linalg.experimental`'s."""
    r = rhs - operator.matvec(x)
    z = r if preconditioner is None else preconditioner.matvec(r)
    p, gamma, count = z, _dot(r, z), 0
    limit = tol * float(linalg.norm(rhs))
    while count < max_iter and float(linalg.norm(r)) > limit:
        product = operator.matvec(p)
        alpha = gamma / _dot(p, product)
        x, r = x + alpha * p, r - alpha * product
        z = r if preconditioner is None else preconditioner.matvec(r)
        before, gamma = gamma, _dot(r, z)
        p, count = z + gamma / before * p, count + 1
    return CGState(convert_to_tensor(count, "int32"), x, r, p, gamma)


def _dot(a, b):
    return ops.sum(a * b, axis=-1)
