"""`tf.math.lgamma`, `digamma`, `igamma` and others. (Formulas: `minikeras/ops/gamma_functions.py`.)"""

import numpy as np

from minikeras import ops
from minikeras.compat.tensorflow.conversion import floating, operands
from minikeras.ops.gamma_functions import Betainc, Digamma, Igamma, Lgamma, Polygamma, Zeta, log_beta

__all__ = ["betainc", "digamma", "igamma", "igammac", "lbeta", "lgamma", "polygamma", "zeta"]


def lgamma(x, name=None):
    """ln |Γ(x)|."""
    return Lgamma()(floating(x))


def digamma(x, name=None):
    """ψ(x), the derivative of ln Γ(x)."""
    return Digamma()(floating(x))


def polygamma(a, x, name=None):
    """The a-th derivative of ψ(x), for integer a."""
    return Polygamma()(*map(floating, operands(a, x)))


def zeta(x, q, name=None):
    """Hurwitz's zeta function Σ_{n ≥ 0} (q + n)⁻ˣ."""
    return Zeta()(*map(floating, operands(x, q)))


def igamma(a, x, name=None):
    """P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a). It has a gradient of x only."""
    return Igamma()(*map(floating, operands(a, x)))


def igammac(a, x, name=None):
    """Q(a, x) = 1 − P(a, x). It has a gradient of x only."""
    return Igamma(upper=True)(*map(floating, operands(a, x)))


def betainc(a, b, x, name=None):
    """I(a, b, x) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b). It has a gradient of x only."""
    a, b = operands(a, b)
    x, a = operands(x, a)
    _, b = operands(x, b)
    arguments = [floating(t) for t in (a, b, x)]
    shape = np.broadcast_shapes(*[tuple(t.shape) for t in arguments])
    return Betainc()(*[ops.broadcast_to(ops.cast(t, arguments[2].dtype), shape) for t in arguments])


def lbeta(x, name=None):
    """ln |B(x)| along the last axis: Σ ln |Γ(x)| − ln |Γ(Σ x)|."""
    return log_beta(floating(x))
