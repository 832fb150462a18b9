"""Activations, biases, convolution, pooling, normalization, losses on logits."""

from minikeras import ops
from minikeras.formats.saved_model.graph_ops.registry import graph_op, graph_ops
from minikeras.ops.convolution import Conv, ConvInputGrad
from minikeras.ops.crossentropy import SoftmaxCrossentropy, SparseSoftmaxCrossentropy
from minikeras.ops.elementwise_losses import half_square_sum
from minikeras.ops.pooling import max_pool_with_argmax
from minikeras.ops.spatial import in_channels_last
from minikeras.ops.standardization import local_response_normalization

graph_ops(
    "features",
    Relu=ops.relu,
    Relu6=ops.relu6,
    Elu=ops.elu,
    Selu=ops.selu,
    Softplus=ops.softplus,
    Softsign=ops.softsign,
)
graph_ops("logits", Softmax=ops.softmax, LogSoftmax=ops.log_softmax)


@graph_op("LeakyRelu", "features")
def leaky_relu(x, *, alpha=0.2):
    """x, or alpha·x where it is negative."""
    return ops.leaky_relu(x, alpha)


@graph_op("BiasAdd", "value bias")
def bias_add(x, bias, *, data_format="NHWC"):
    """x + bias along the channels."""
    if is_channels_first(data_format):
        bias = ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return ops.add(x, bias)


# --- convolution ------------------------------------------------------------------------------------------------------


def is_channels_first(data_format):
    """Whether a format is channels-first, such as "NCHW"."""
    return data_format.startswith("NC")


def _keras_format(data_format):
    return "channels_first" if is_channels_first(data_format) else "channels_last"


def _spatial(values, data_format, count):
    """The numbers for the spatial axes, from an attribute with one for each axis."""
    if len(values) != count + 2:
        raise ValueError(f"An attribute has {len(values)} numbers for {count + 2} axes.")
    inner = values[2:] if is_channels_first(data_format) else values[1:-1]
    if sum(values) - sum(inner) != 2:
        raise ValueError(f"Strides, windows and dilations are 1 along batch and channels. Received: {values}")
    return tuple(inner)


def conv_of(kernel_shape, strides, padding, explicit_paddings, data_format, dilations):
    """The `Conv` of a node's attributes."""
    count = len(kernel_shape) - 2
    if padding == "EXPLICIT":
        pairs = tuple(zip(explicit_paddings[::2], explicit_paddings[1::2], strict=True))
        padding = pairs[2:] if is_channels_first(data_format) else pairs[1:-1]
    else:
        padding = padding.lower()
    return Conv(_spatial(strides, data_format, count), padding, _spatial(dilations, data_format, count))


def _convolved(x, kernel, strides, padding, explicit_paddings, data_format, dilations):
    op = conv_of(kernel.shape, strides, padding, explicit_paddings, data_format, dilations)
    return in_channels_last(lambda x: op(x, kernel), x, _keras_format(data_format))


@graph_op("Conv2D", "input filter")
def conv2d(x, kernel, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)):
    """Convolution over two axes."""
    return _convolved(x, kernel, strides, padding, explicit_paddings, data_format, dilations)


@graph_op("Conv3D", "input filter")
def conv3d(x, kernel, *, strides, padding, data_format="NDHWC", dilations=(1, 1, 1, 1, 1)):
    """Convolution over three axes."""
    return _convolved(x, kernel, strides, padding, (), data_format, dilations)


@graph_op("DepthwiseConv2dNative", "input filter")
def depthwise(x, kernel, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)):
    """Each channel convolved separately."""
    op = conv_of(kernel.shape, strides, padding, explicit_paddings, data_format, dilations)
    *window, channels, multiplier = kernel.shape
    grouped = ops.reshape(kernel, (*window, 1, channels * multiplier))
    return in_channels_last(lambda x: op(x, grouped), x, _keras_format(data_format))


def _transposed(sizes, kernel, dy, strides, padding, explicit_paddings, data_format, dilations):
    """The gradient of a convolution for its input, of these lengths."""
    lengths = sizes.tolist()
    lengths = [*lengths[2:], lengths[1]] if is_channels_first(data_format) else lengths[1:]
    op = ConvInputGrad(conv_of(kernel.shape, strides, padding, explicit_paddings, data_format, dilations), lengths)
    return in_channels_last(lambda dy: op(dy, kernel), dy, _keras_format(data_format))


@graph_op("Conv2DBackpropInput", "input_sizes! filter out_backprop")
def conv2d_transpose(
    sizes, kernel, dy, *, strides, padding, explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1)
):
    """The transpose of a convolution over two axes."""
    return _transposed(sizes, kernel, dy, strides, padding, explicit_paddings, data_format, dilations)


@graph_op("Conv3DBackpropInputV2", "input_sizes! filter out_backprop")
def conv3d_transpose(sizes, kernel, dy, *, strides, padding, data_format="NDHWC", dilations=(1, 1, 1, 1, 1)):
    """The transpose of a convolution over three axes."""
    return _transposed(sizes, kernel, dy, strides, padding, (), data_format, dilations)


# --- pooling ----------------------------------------------------------------------------------------------------------


def _pooled(function, x, ksize, strides, padding, data_format):
    count = len(x.shape) - 2
    window, steps = _spatial(ksize, data_format, count), _spatial(strides, data_format, count)
    return function(x, window, steps, padding.lower(), _keras_format(data_format))


@graph_op("MaxPool", "input")
def max_pool(x, *, ksize, strides, padding, explicit_paddings=(), data_format="NHWC"):
    """The largest value in each window of two axes."""
    if padding == "EXPLICIT":
        pairs = list(zip(explicit_paddings[::2], explicit_paddings[1::2], strict=True))
        x, padding = ops.pad(x, pairs, constant_values=float("-inf")), "VALID"
    return _pooled(ops.max_pool, x, ksize, strides, padding, data_format)


@graph_op("AvgPool", "value")
def average_pool(x, *, ksize, strides, padding, data_format="NHWC"):
    """The mean of each window of two axes."""
    return _pooled(ops.average_pool, x, ksize, strides, padding, data_format)


@graph_op("MaxPool3D", "input")
def max_pool_3d(x, *, ksize, strides, padding, data_format="NDHWC"):
    """The largest value in each window of three axes."""
    return _pooled(ops.max_pool, x, ksize, strides, padding, data_format)


@graph_op("AvgPool3D", "input")
def average_pool_3d(x, *, ksize, strides, padding, data_format="NDHWC"):
    """The mean of each window of three axes."""
    return _pooled(ops.average_pool, x, ksize, strides, padding, data_format)


@graph_op("MaxPoolWithArgmax", "input", gives="output argmax")
def max_pool_argmax(x, *, ksize, strides, padding, Targmax="int64", include_batch_in_index=False):
    """The largest value in each window, and its position in the flattened image."""
    window, steps = _spatial(ksize, "NHWC", 2), _spatial(strides, "NHWC", 2)
    y, positions = max_pool_with_argmax(x, window, steps, padding.lower(), include_batch_in_index)
    return y, ops.cast(positions, Targmax)


# --- normalization and losses -----------------------------------------------------------------------------------------


def _batch_normalization(
    x, scale, offset, mean, variance, *, epsilon=1e-4, exponential_avg_factor=1.0, data_format="NHWC", is_training=True
):
    """((x − mean) / √(variance + epsilon) · scale + offset, the statistics): those of the batch while training."""
    channel = 1 if is_channels_first(data_format) else len(x.shape) - 1
    axes = [axis for axis in range(len(x.shape)) if axis != channel]
    if is_training:
        batch_mean, batch_variance = ops.moments(ops.cast(x, scale.dtype), axes)
        count = x.size // x.shape[channel]
        unbiased = batch_variance * (count / max(count - 1, 1))
        new_mean, new_variance = batch_mean, unbiased
        if exponential_avg_factor != 1:
            new_mean = mean + (batch_mean - mean) * exponential_avg_factor
            new_variance = variance + (unbiased - variance) * exponential_avg_factor
        mean, variance = batch_mean, batch_variance
    else:
        new_mean, new_variance = mean, variance
    y = ops.batch_normalization(x, mean, variance, channel, offset, scale, epsilon)
    return ops.cast(y, x.dtype), new_mean, new_variance, mean, variance, variance


for _name, _more in (("FusedBatchNorm", ""), ("FusedBatchNormV2", ""), ("FusedBatchNormV3", " reserve_space_3")):
    graph_op(
        _name,
        "x scale offset mean variance",
        f"y batch_mean batch_variance reserve_space_1 reserve_space_2{_more}",
    )(_batch_normalization)


@graph_op("LRN", "input")
def lrn(x, *, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    """Each channel divided by a power of the squares of its neighbours."""
    return local_response_normalization(x, depth_radius, bias, alpha, beta)


graph_ops("t", L2Loss=half_square_sum)


@graph_op("SoftmaxCrossEntropyWithLogits", "features labels", gives="loss backprop")
def softmax_crossentropy(logits, labels):
    """−Σ labels · ln softmax(logits), and its gradient."""
    return SoftmaxCrossentropy()(labels, logits), ops.stop_gradient(ops.softmax(logits) - labels)


@graph_op("SparseSoftmaxCrossEntropyWithLogits", "features labels", gives="loss backprop")
def sparse_softmax_crossentropy(logits, labels):
    """−ln softmax(logits) of the labels' classes, and its gradient."""
    targets = ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return SparseSoftmaxCrossentropy()(labels, logits), ops.stop_gradient(ops.softmax(logits) - targets)
