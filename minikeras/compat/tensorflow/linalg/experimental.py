"""`tf.linalg.experimental`: the method of conjugate gradients. (The loop: `minikeras/ops/conjugate_gradient.py`.)"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating
from minikeras.ops import conjugate_gradient as method

__all__ = ["conjugate_gradient"]


def conjugate_gradient(operator, rhs, preconditioner=None, x=None, tol=1e-05, max_iter=20, name=None):
    """x with A x = rhs for a symmetric positive definite LinearOperator A, by repeated products with A.

    Args:
        preconditioner: a LinearOperator near the inverse of A, or None.
        x: where to start; None: at 0.
        tol: the iteration ends when the residual's norm, relative to that of rhs, is below this (or at `max_iter`).

    Raises:
        ValueError: A, or the preconditioner, is not declared to be symmetric and positive definite.
    """
    for what, given in (("operator", operator), ("preconditioner", preconditioner)):
        if given is not None and not (given.is_self_adjoint and given.is_positive_definite):
            raise ValueError(f"`{what}` must be self-adjoint and positive definite, and declared so.")
    rhs = floating(rhs)
    start = ops.zeros_like(rhs) if x is None else floating(x)
    return method.conjugate_gradient(operator, rhs, preconditioner, start, tol, max_iter)
