"""`EfficientNetB0` … `EfficientNetB7`: one network in increasing width, depth and image size.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, arXiv:1905.11946.
"""

import math

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobile import divisible, stride_padding
from minikeras.applications.network import Network, shares_arguments
from minikeras.initializers import VarianceScaling
from minikeras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Multiply,
    Normalization,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)

__all__ = [
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "decode_predictions",
    "preprocess_input",
]

STAGES = (  # (kernel size, blocks, filters, expansion, stride of the first)
    *((3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2)),
    *((5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1)),
)
DROP_RATE = 0.2  # probability of dropping the last block; proportionally lower for earlier ones
STDDEV = (0.229, 0.224, 0.225)  # of ImageNet's pixels

preprocess_input = preprocessing(None)


@shares_arguments
def EfficientNetB0(*, name="efficientnetb0", **arguments):  # noqa: N802  Keras's name
    """EfficientNet B0. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb0", 1.0, 1.0, 224, 0.2, name=name, **arguments)


@shares_arguments
def EfficientNetB1(*, name="efficientnetb1", **arguments):  # noqa: N802
    """EfficientNet B1. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb1", 1.0, 1.1, 240, 0.2, name=name, **arguments)


@shares_arguments
def EfficientNetB2(*, name="efficientnetb2", **arguments):  # noqa: N802
    """EfficientNet B2. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb2", 1.1, 1.2, 260, 0.3, name=name, **arguments)


@shares_arguments
def EfficientNetB3(*, name="efficientnetb3", **arguments):  # noqa: N802
    """EfficientNet B3. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb3", 1.2, 1.4, 300, 0.3, name=name, **arguments)


@shares_arguments
def EfficientNetB4(*, name="efficientnetb4", **arguments):  # noqa: N802
    """EfficientNet B4. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb4", 1.4, 1.8, 380, 0.4, name=name, **arguments)


@shares_arguments
def EfficientNetB5(*, name="efficientnetb5", **arguments):  # noqa: N802
    """EfficientNet B5. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb5", 1.6, 2.2, 456, 0.4, name=name, **arguments)


@shares_arguments
def EfficientNetB6(*, name="efficientnetb6", **arguments):  # noqa: N802
    """EfficientNet B6. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb6", 1.8, 2.6, 528, 0.5, name=name, **arguments)


@shares_arguments
def EfficientNetB7(*, name="efficientnetb7", **arguments):  # noqa: N802
    """EfficientNet B7. The arguments are those of `Network`."""
    return _efficientnet("efficientnetb7", 2.0, 3.1, 600, 0.5, name=name, **arguments)


def _efficientnet(files, width, depth, size, dropout, **arguments):
    """The model with `width` times as many channels and `depth` times as many blocks as B0."""
    network = Network(default_size=size, min_size=32, **arguments)
    x = Rescaling(1 / 255)(network.image)
    x = Normalization(axis=network.channel_axis)(x)
    if network.is_pretrained:  # these weights have the variance where they should have its root
        x = Rescaling([1 / math.sqrt(stddev) for stddev in STDDEV])(x)
    x = ZeroPadding2D(stride_padding(x, 3), name="stem_conv_pad")(x)
    x = conv(x, divisible(32 * width), 3, "stem_conv", strides=2, padding="valid")
    x = normalized_silu(x, network, "stem_bn", "stem_activation")
    total, done = sum(math.ceil(depth * blocks) for _, blocks, *_ in STAGES), 0
    for stage, (kernel_size, blocks, filters, expansion, stride) in enumerate(STAGES, 1):
        for i in range(math.ceil(depth * blocks)):
            block = (kernel_size, divisible(filters * width), expansion, stride if i == 0 else 1)
            x = _block(x, *block, DROP_RATE * done / total, network, f"block{stage}{chr(ord('a') + i)}")
            done += 1
    return network.model(ends(x, divisible(1280 * width), dropout, network), files)


def _block(x, kernel_size, filters, expansion, stride, drop_rate, network, name):
    """project(gate(depthwise(expand(x)))), plus x where the shapes agree."""
    shortcut, channels = x, x.shape[network.channel_axis]
    if expansion > 1:
        x = conv(x, expansion * channels, 1, f"{name}_expand_conv")
        x = normalized_silu(x, network, f"{name}_expand_bn", f"{name}_expand_activation")
    if stride > 1:
        x = ZeroPadding2D(stride_padding(x, kernel_size), name=f"{name}_dwconv_pad")(x)
    x = depthwise(x, kernel_size, f"{name}_dwconv", stride, "same" if stride == 1 else "valid")
    x = normalized_silu(x, network, f"{name}_bn", f"{name}_activation")
    x = gated(x, max(1, channels // 4), network, name)
    x = conv(x, filters, 1, f"{name}_project_conv")
    x = BatchNormalization(axis=network.channel_axis, name=f"{name}_project_bn")(x)
    return joined(shortcut, x, drop_rate, name) if stride == 1 and channels == filters else x


# --- parts shared with EfficientNet V2 --------------------------------------------------------------------------------


def conv_initializer():
    """An initializer that draws normal values of variance 2 / (number of outputs that an input reaches)."""
    return VarianceScaling(scale=2.0, mode="fan_out", distribution="truncated_normal")


def conv(x, filters, kernel_size, name, strides=1, padding="same", **options):
    """A convolution, without bias unless `options` enable it."""
    options = {"use_bias": False, "kernel_initializer": conv_initializer(), **options}
    return Conv2D(filters, kernel_size, strides=strides, padding=padding, name=name, **options)(x)


def depthwise(x, kernel_size, name, strides=1, padding="same"):
    """A depthwise convolution without bias."""
    return DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding=padding,
        use_bias=False,
        depthwise_initializer=conv_initializer(),
        name=name,
    )(x)


def normalized_silu(x, network, name, activation_name, **options):
    """silu(batch normalization of x)."""
    x = BatchNormalization(axis=network.channel_axis, name=name, **options)(x)
    return Activation("silu", name=activation_name)(x)


def gated(x, narrow, network, name):
    """x · sigmoid(convolutions of 1×1 on the means of its maps): "squeeze and excite"."""
    channels = x.shape[network.channel_axis]
    gate = GlobalAveragePooling2D(name=f"{name}_se_squeeze")(x)
    gate = Reshape((1, 1, channels) if network.channel_axis == 3 else (channels, 1, 1), name=f"{name}_se_reshape")(gate)
    gate = conv(gate, narrow, 1, f"{name}_se_reduce", activation="silu", use_bias=True)
    gate = conv(gate, channels, 1, f"{name}_se_expand", activation="sigmoid", use_bias=True)
    return Multiply(name=f"{name}_se_excite")([x, gate])


def joined(shortcut, x, drop_rate, name):
    """shortcut + x, where training drops x entirely in some samples: "stochastic depth"."""
    if drop_rate > 0:
        x = Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop")(x)
    return Add(name=f"{name}_add")([x, shortcut])


def ends(x, filters, dropout, network, momentum=0.99, bias_initializer="zeros"):
    """The last convolution, then global average pooling and the classifier, or the features reduced by `pooling`."""
    x = normalized_silu(conv(x, filters, 1, "top_conv"), network, "top_bn", "top_activation", momentum=momentum)
    if not network.include_top:
        return network.pooled(x, ("avg_pool", "max_pool"))
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = Dropout(dropout, name="top_dropout")(x)
    initializer = VarianceScaling(scale=1 / 3, mode="fan_out", distribution="uniform")
    return network.classifier(x, kernel_initializer=initializer, bias_initializer=bias_initializer)
