"""Normalization: values shifted and scaled to mean 0 and variance 1, over the batch, over a layer, or by their size."""

import math

import numpy as np

from minikeras.autodiff.composed import composed
from minikeras.autodiff.dtypes import result_type
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.operation import Op, OpWithHiddenOutputs
from minikeras.autodiff.shapes import BroadcastTo, Reshape, Sum, normalize_axes, unbroadcast
from minikeras.base.extension_dtypes import dtype_limits
from minikeras.base.limits import use_elements
from minikeras.base.messages import warn
from minikeras.config import epsilon as default_epsilon
from minikeras.kernels import batch_normalization as kernels
from minikeras.kernels import layer_normalization as kernels_of_rows
from minikeras.ops.core import as_float_tensor, cast, convert_to_tensor, is_array
from minikeras.ops.extrema import clip, maximum, minimum
from minikeras.ops.norms import norm
from minikeras.ops.powers import Rsqrt, rsqrt, square
from minikeras.ops.reduction import Mean, count_of


class MeanAndVariance(Op):
    """mean = Σx/n and variance = Σ(x − mean)²/n over `axes`;   dx = (dmean + 2 · (x − mean) · dvariance) / n.

    The mean's own part in the variance's gradient is Σ(x − mean) = 0. The axes stay, with length 1.
    """

    keeps = ("inputs", "output")
    takes_none = True

    def __init__(self, axes):
        self.axes = axes

    def forward(self, x):
        if all_but_last(self.axes, x):
            mean, variance = kernels.channel_moments(x)
            shape = (1,) * (x.ndim - 1) + mean.shape
            return mean.reshape(shape), variance.reshape(shape)
        mean = x.mean(axis=self.axes, keepdims=True)
        return mean, np.square(x - mean).mean(axis=self.axes, keepdims=True)

    def composition(self, x):
        mean = Mean(self.axes, keepdims=True)(x)
        return mean, Mean(self.axes, keepdims=True)(square(x - mean))

    def elementary_operations(self, shapes, output_shape):
        return 4 * math.prod(shapes[0])  # Σx; difference, square and their sum

    def backward(self, call, dmean, dvariance):
        x, mean = call.inputs[0], call.outputs[0]
        dx = BroadcastTo(call.input_shapes[0]).of(dmean) if dmean is not None else 0.0
        if dvariance is not None:
            dx = dx + (x - mean) * (2.0 * dvariance)
        return (dx / count_of(call.input_shapes[0], self.axes),)


def all_but_last(axes, x):
    """Whether `axes` are all axes of x but the last, as the kernels for batch normalization require."""
    return x.ndim > 1 and axes == tuple(range(x.ndim - 1)) and x.size > 0


class Standardize(Op):
    """y = (x − mean) · scale / √(variance + ε) + offset, with mean and variance of x itself over `axes`.

    With x̂ = (x − mean) · r, r = 1 / √(variance + ε), n elements over `axes`, and g = dy · scale:

        dx = r · (g − Σg/n − x̂ · Σ(g · x̂)/n)      dscale = Σ dy · x̂      doffset = Σ dy

    Training-time batch normalization takes the mean over all axes but the channels', layer normalization over the
    features of one sample. (Ioffe & Szegedy, 2015; Ba et al., 2016)

    Inputs: x; scale and offset, of shapes that broadcast with x.
    Outputs: y, mean, variance, the last two with axes of length 1 where they were taken.
    """

    keeps = ("inputs", "output")
    kept_outputs = (1, 2)
    takes_none = True

    def __init__(self, axes, epsilon):
        self.axes = axes
        self.epsilon = epsilon

    def forward(self, x, scale, offset):
        if self._fits_kernel(x, scale, offset):
            y, *statistics = kernels.standardization(x, scale.reshape(-1), offset.reshape(-1), self.epsilon)
            return y, *[v.reshape((1,) * (x.ndim - 1) + v.shape) for v in statistics]
        mean, variance = MeanAndVariance(self.axes).forward(x)
        factor = scale / np.sqrt(variance + self.epsilon)
        return x * factor + (offset - mean * factor), mean, variance

    def composition(self, x, scale, offset):
        mean, variance = MeanAndVariance(self.axes).composition(x)
        factor = scale * Rsqrt()(variance + self.epsilon)
        return x * factor + (offset - mean * factor), mean, variance

    def elementary_operations(self, shapes, output_shape):
        return 8 * math.prod(shapes[0])  # mean and variance; difference, two products, sum

    def backward(self, call, dy, dmean, dvariance):
        (x, scale, offset), (_, mean, variance) = call.inputs, call.outputs
        dx, dscale, doffset = 0.0, None, None
        if dy is not None and is_array(x) and self._fits_kernel(x, scale, offset):
            vectors = [v.reshape(-1) for v in (mean, variance, scale)]
            dx, dscale, doffset = kernels.batch_normalization_gradient(dy, x, *vectors, self.epsilon)
            dscale, doffset = dscale.reshape(scale.shape), doffset.reshape(offset.shape)
        elif dy is not None:
            dx, dscale, doffset = standardize_gradient(call, dy, self.axes, mean, Rsqrt().of(variance + self.epsilon))
        count = count_of(call.input_shapes[0], self.axes)
        if dmean is not None:
            dx = dx + dmean / count
        if dvariance is not None:
            dx = dx + (x - mean) * (dvariance * (2 / count))
        return dx, dscale, doffset

    def _fits_kernel(self, x, scale, offset):
        channels = x.shape[-1:]
        return all_but_last(self.axes, x) and scale.size == offset.size == channels[0] and scale.shape[-1:] == channels


def standardize_gradient(call, dy, axes, mean, r):
    """(dx, dscale, doffset) of y = (x − mean) · r · scale + offset, with r = 1 / √(variance + ε); see `Standardize`."""
    x, scale, _ = call.inputs
    total, count = Sum(axes, keepdims=True), count_of(call.input_shapes[0], axes)
    standard = (x - mean) * r
    g = dy * scale
    dx = r * (g - total.of(g) / count - standard * (total.of(g * standard) / count))
    return dx, unbroadcast(dy * standard, call.input_shapes[1]), unbroadcast(dy, call.input_shapes[2])


class StandardizeRows(OpWithHiddenOutputs):
    """`Standardize` over the last axis by a kernel: the usual layer normalization.

    Inputs: x; scale and offset, vectors as long as the last axis. Hidden outputs: mean and r = 1 / √(variance + ε).
    """

    keeps = ("inputs", "output")
    kept_outputs = (1, 2)

    def __init__(self, epsilon):
        self.epsilon = epsilon

    def forward(self, x, scale, offset):
        y, mean, r = kernels_of_rows.layer_normalization(x, scale, offset, self.epsilon)
        return y, mean[..., None], r[..., None]

    def elementary_operations(self, shapes, output_shape):
        return 8 * math.prod(shapes[0])  # mean and variance; difference, two products, sum

    def backward(self, call, dy, *_):
        (x, scale, _), (_, mean, r) = call.inputs, call.outputs
        if is_array(x):
            return kernels_of_rows.layer_normalization_gradient(dy, x, mean[..., 0], r[..., 0], scale)
        axes = (len(x.shape) - 1,)
        mean, variance = MeanAndVariance(axes)(x)  # recomputed from x, so that the outer tape records the dependence
        return standardize_gradient(call, dy, axes, mean, Rsqrt()(variance + self.epsilon))

    def output_shape(self, shape, scale_shape, offset_shape):
        return shape


@composed(name="Moments")
def moments(x, axes, keepdims=False, synchronized=False):
    """Mean and variance of x over `axes`: Σx/n and Σ(x − mean)²/n.

    float16 and bfloat16 are computed in float32 and clipped to their range. `synchronized` is for several
    devices; here is one.
    """
    x = as_float_tensor(x)
    half = x.dtype in ("float16", "bfloat16")
    axes = normalize_axes(axes, len(x.shape))
    results = MeanAndVariance(axes)(cast(x, "float32") if half else x)
    if half:
        limit = float(dtype_limits(x.dtype).max)
        results = [cast(clip(result, -limit, limit), x.dtype) for result in results]
    return tuple(results) if keepdims else tuple(_drop_axes(result, axes) for result in results)


def _drop_axes(x, axes):
    return Reshape([-1 if n is None else n for i, n in enumerate(x.shape) if i not in axes])(x)


def _vectors_of_known_length(x, mean, variance, axis, offset=None, scale=None, *settings, **named):
    """Refuse symbolic vectors whose length is not that of the axis, unknown in both or in none."""
    length = x.shape[normalize_axes(axis, len(x.shape))[0]]
    for name, vector in {"mean": mean, "variance": variance, "offset": offset, "scale": scale}.items():
        if hasattr(vector, "shape") and tuple(vector.shape) != (length,):
            raise ValueError(
                f"`{name}` must be a vector of length {length}, that of axis {axis}, in its symbolic shape. "
                f"Received: {tuple(vector.shape)}, x.shape={tuple(x.shape)}"
            )


@composed(
    name="BatchNorm", inputs=("x", "mean", "variance", "offset", "scale"), check_symbolic=_vectors_of_known_length
)
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """(x − mean) · scale / √(variance + ε) + offset along `axis`, with mean and variance given.

    Args:
        mean, variance, offset, scale: vectors as long as `axis` of x. None for the last two omits them.
        axis: the axis that is not averaged over, usually the channels'.
        epsilon: added to the variance.
    """
    x = as_float_tensor(x)
    mean, variance, offset, scale = (_along(axis, v, x) for v in (mean, variance, offset, scale))
    factor = rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor if offset is None else offset - mean * factor
    return x * factor + shift


def _along(axis, vector, x):
    """A vector shaped to broadcast along `axis` of x."""
    if vector is None:
        return None
    vector, ndim = cast(vector, x.dtype), len(x.shape)
    length = x.shape[normalize_axes(axis, ndim)[0]]
    if len(vector.shape) == 1 and vector.shape[0] != length and None not in (vector.shape[0], length):
        raise ValueError(
            f"`mean`, `variance`, `offset` and `scale` must be vectors of the length of axis {axis}, {length}. "
            f"Received: a vector of length {vector.shape[0]}, x.shape={tuple(x.shape)}"
        )
    if len(vector.shape) != 1 or axis % ndim == ndim - 1:
        return vector
    return Reshape([-1 if i == axis % ndim else 1 for i in range(ndim)])(vector)


def standardize_batch(x, axes, offset=None, scale=None, epsilon=1e-3):
    """Training-time batch normalization in one op with its own gradient.

    Args:
        x: float Tensor.
        axes: those to average over, usually all but the channels.
        offset, scale: vectors along the one axis that is left, or None.

    Returns:
        y, and the mean and variance of x over `axes` (vectors), from which a layer updates its moving statistics.
    """
    x = as_float_tensor(x)
    axes = normalize_axes(axes, len(x.shape))
    rest = [i for i in range(len(x.shape)) if i not in axes]
    ones = _ones((x.shape[rest[0]] or 1,) if len(rest) == 1 else (), x.dtype)
    scale, offset = ones if scale is None else scale, ones * 0 if offset is None else offset
    if len(rest) == 1:
        scale, offset = _along(rest[0], scale, x), _along(rest[0], offset, x)
    y, mean, variance = Standardize(axes, epsilon)(x, scale, offset)
    return y, _drop_axes(mean, axes), _drop_axes(variance, axes)


@composed(name="LayerNorm", inputs=("x", "gamma", "beta"))
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """(x − mean) · gamma / √(variance + ε) + beta, with mean and variance of each sample over `axis`.

    Args:
        gamma, beta: scale and offset in the shape of the normalized axes, or None.
        axis: an integer or several.
        epsilon: added to the variance; None for `keras.config.epsilon()`.
        **kwargs: `rms_scaling=True`, deprecated in Keras: x · gamma / √(variance + ε), without subtracting the mean.

    float16 is computed in float32.
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"`layer_normalization` received unknown arguments: {sorted(kwargs)}")
    x = convert_to_tensor(x)
    dtype, wide = x.dtype, result_type(x.dtype, "float32")
    x = cast(x, wide)
    axes = normalize_axes(axis, len(x.shape))
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, dtype)
    gamma, beta = (_over(axes, v, x) for v in (gamma, beta))
    epsilon = default_epsilon() if epsilon is None else epsilon
    if rms_scaling:
        warn(
            "You passed `rms_scaling=True`, which divides by the standard deviation, not by the root mean square. "
            "Use `ops.rms_normalization` for that."
        )
        y = x * rsqrt(moments(x, axes, keepdims=True)[1] + epsilon)
        y = y if gamma is None else y * gamma
    else:
        ones = _ones((x.shape[-1] or 1,) if axes == (len(x.shape) - 1,) else (), x.dtype)
        gamma, beta = ones if gamma is None else gamma, ones * 0 if beta is None else beta
        if axes == (len(x.shape) - 1,) and len(gamma.shape) == len(beta.shape) == 1:
            y = StandardizeRows(epsilon)(x, gamma, beta)
        else:
            y, _, _ = Standardize(axes, epsilon)(x, gamma, beta)
    return cast(y, dtype)


def _ones(shape, dtype):
    use_elements(shape)
    return np.ones(shape, dtype)


def _over(axes, v, x):
    """gamma or beta, in the shape of the normalized axes, shaped to broadcast with x."""
    if v is None:
        return None
    v, ndim = cast(v, x.dtype), len(x.shape)
    if len(v.shape) == ndim or axes == (ndim - 1,):
        return v
    return Reshape([x.shape[i] if i in axes else 1 for i in range(ndim)])(v)


@composed(name="RMSNorm", inputs=("x", "scale"))
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """x · scale / √(mean(x²) + ε) over `axis`: only the size is normalized, not the mean. (Zhang & Sennrich, 2019)

    `epsilon` None means `keras.config.epsilon()`. float16 is computed in float32.
    """
    x = convert_to_tensor(x)
    dtype = x.dtype
    x = cast(x, result_type(dtype, "float32"))
    x = Reshape((1,))(x) if not x.shape else x
    epsilon = default_epsilon() if epsilon is None else epsilon
    y = x * rsqrt(Mean(normalize_axes(axis, len(x.shape)), keepdims=True)(square(x)) + epsilon)
    y = y if scale is None else y * cast(scale, x.dtype)
    return cast(y, dtype)


@composed
def normalize(x, axis=-1, order=2, epsilon=None):
    """x / max(‖x‖, ε), with the norm of that order over `axis`: of vectors, for two axes of matrices.

    Raises:
        ValueError: `order` is not a positive integer, or several axes have no such norm.
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1, in `normalize`. Received: order={order}")
    x = as_float_tensor(x)
    x = Reshape((1,))(x) if not x.shape else x
    epsilon = default_epsilon() if epsilon is None else epsilon
    axes = normalize_axes(axis, len(x.shape))
    if order == 2:
        largest = dtype_limits(x.dtype).max  # 1 / ε is beyond float16
        return x * minimum(rsqrt(Sum(axes, keepdims=True)(square(x))), min(1.0 / epsilon, float(largest)))
    return x / maximum(norm(x, order, axes, keepdims=True), epsilon)
