"""Mean and variance, and values normalized by them or by their size.

Implementation: `minikeras/compat/tensorflow/nn/weighted_moments.py` and `standardization.py`.
"""

from minikeras import ops
from minikeras.compat.tensorflow.conversion import as_operand, floating, operands, tensor
from minikeras.compat.tensorflow.conversion import axes as as_axes
from minikeras.compat.tensorflow.nn import weighted_moments as below
from minikeras.ops import standardization

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "l2_normalize",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and variance of x over `axes`. `shift` has no effect, as in TensorFlow."""
    return ops.moments(tensor(x), _tuple(axes), keepdims=bool(keepdims))


def _tuple(axes):
    axes = as_axes(axes)
    return (axes,) if isinstance(axes, int) else tuple(axes)


def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """Mean and variance of x over `axes`, each element weighted."""
    x, weights = operands(floating(x), frequency_weights)
    return below.weighted_moments(x, _tuple(axes), weights, keepdims)


def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, Σ (x − shift), Σ (x − shift)², shift) over `axes`, from which `normalize_moments` makes the moments."""
    x = tensor(x)
    shift = None if shift is None else tensor(shift, x.dtype)
    return below.sufficient_statistics(x, _tuple(axes), shift, bool(keepdims))


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Mean and variance from the sums that `sufficient_statistics` returns."""
    shift = None if shift is None else tensor(shift)
    return below.moments_of_sums(tensor(counts), tensor(mean_ss), tensor(variance_ss), shift)


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """(x − mean) · scale / √(variance + variance_epsilon) + offset; `offset` and `scale` may be None."""
    x = floating(x)
    statistics = [None if v is None else as_operand(v, x.dtype) for v in (mean, variance, offset, scale)]
    return standardization.standardize_by(x, *statistics, variance_epsilon)


def batch_norm_with_global_normalization(
    input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name=None
):
    """`batch_normalization` with offset `beta`, and scale `gamma` if `scale_after_normalization`."""
    gamma = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, gamma, variance_epsilon)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """x / √max(Σ x², epsilon), the sum over `axis` (`dim` is its old name)."""
    return standardization.l2_normalize(floating(x), as_axes(dim if axis is None else axis), epsilon)


def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """x / (bias + alpha · Σ x²)^beta, the sum over the channels up to `depth_radius` away."""
    return standardization.local_response_normalization(floating(input), depth_radius, bias, alpha, beta)


def lrn(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """Alias of `local_response_normalization`."""
    return local_response_normalization(input, depth_radius, bias, alpha, beta)
