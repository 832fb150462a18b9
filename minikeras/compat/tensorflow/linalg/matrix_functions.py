"""Functions of square matrices: the exponential, the logarithm and the square root."""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.ops.core import as_float_tensor
from minikeras.ops.linear_systems import solve
from minikeras.ops.products import matmul


def expm(x):
    """The matrix exponential Σ Xⁿ / n!.

    X is halved until its norm is small, the exponential of that is taken by a Padé approximant of degree 7, and squared
    as often. (N. J. Higham, "The scaling and squaring method for the matrix exponential revisited", 2005)
    """
    x = as_float_tensor(x)
    if x.shape[-1] == 0:
        return x
    norm = float(np.abs(x.array).sum(axis=-2).max())
    halvings = max(0, int(np.ceil(np.log2(norm / 0.5))) if norm > 0 else 0)
    x = x / float(2**halvings)
    identity = Tensor(np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), tuple(x.shape)).copy())
    square = matmul(x, x)
    fourth = matmul(square, square)
    sixth = matmul(square, fourth)
    odd = matmul(x, sixth + fourth * 1512.0 + square * 277200.0 + identity * 8648640.0)
    even = sixth * 56.0 + fourth * 25200.0 + square * 1995840.0 + identity * 17297280.0
    y = solve(even - odd, even + odd)
    for _ in range(halvings):
        y = matmul(y, y)
    return y


def sqrtm(x):
    """The matrix whose square is X, from the eigenvectors of X. Real X with a real root only. No gradient.

    Raises:
        ValueError: X has no real root of this kind.
    """
    x = as_float_tensor(x).array
    values, vectors = np.linalg.eig(x.astype(np.result_type(x, np.complex128)))
    root = (vectors * np.sqrt(values)[..., None, :]) @ np.linalg.inv(vectors)
    if x.dtype.kind == "c":
        return Tensor(root.astype(x.dtype))
    if np.abs(root.imag).max(initial=0) > 1e-6 * np.abs(root).max(initial=1):
        raise ValueError("The matrix has no real square root: it has negative eigenvalues.")
    return Tensor(root.real.astype(x.dtype))


def logm(x):
    """The complex matrix Y with exp(Y) = X, the eigenvalues' angles in (−π, π]. No gradient.

    Square roots are taken until X is near the identity I, and undone by a factor. There
    ln(I + E) = ∫ E (I + tE)⁻¹ dt over [0, 1], by Gauss's rule with as many points as the accuracy of float64 needs.
    (N. J. Higham, "Functions of Matrices", 2008, section 11.5.)
    """
    x = x.array
    y, identity, factor = x.astype(np.complex128), np.eye(x.shape[-1]), 1.0
    while np.abs(y - identity).sum(axis=-2).max(initial=0) > _NEAR_IDENTITY and factor < _MAX_ROOTS:
        y, factor = _square_root(y), 2 * factor
    nodes, weights = np.polynomial.legendre.leggauss(8)
    e = y - identity
    terms = [w / 2 * np.linalg.solve(identity + (t + 1) / 2 * e, e) for t, w in zip(nodes, weights, strict=True)]
    return Tensor((factor * sum(terms)).astype(x.dtype))


_NEAR_IDENTITY = 0.25  # there eight points are exact to 1e-16
_MAX_ROOTS = 2.0**60


def _square_root(x):
    """The principal square roots of complex matrices, by Newton's method for the sign (Denman and Beavers, 1976)."""
    y, z = x, np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    for _ in range(60):
        y_next, z = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2
        change, y = np.abs(y_next - y).max(initial=0), y_next
        if change <= 1e-15 * np.abs(y).max(initial=0):
            break
    return y
