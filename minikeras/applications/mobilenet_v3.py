"""`MobileNetV3Large` and `MobileNetV3Small`: found by architecture search, with hard swish and channel gates.

Howard et al., "Searching for MobileNetV3", 2019, arXiv:1905.02244, tables 1 and 2.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobile import check_choice, check_tensor_shape, divisible, pretrained_size, stride_padding
from minikeras.applications.network import SET_BY_ARCHITECTURES, Network
from minikeras.base.signatures import inherits_arguments
from minikeras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Multiply,
    ReLU,
    Rescaling,
    ZeroPadding2D,
)

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

SIZES = (224,)  # image sizes with pretrained weights
MOMENTUM = 0.999
GATED = True
# (expansion, filters, kernel size, stride, whether gated, activation)
LARGE = (
    (1, 16, 3, 1, False, "relu"),
    (4, 24, 3, 2, False, "relu"),
    (3, 24, 3, 1, False, "relu"),
    (3, 40, 5, 2, GATED, "relu"),
    (3, 40, 5, 1, GATED, "relu"),
    (3, 40, 5, 1, GATED, "relu"),
    (6, 80, 3, 2, False, "hard_silu"),
    (2.5, 80, 3, 1, False, "hard_silu"),
    (2.3, 80, 3, 1, False, "hard_silu"),
    (2.3, 80, 3, 1, False, "hard_silu"),
    (6, 112, 3, 1, GATED, "hard_silu"),
    (6, 112, 3, 1, GATED, "hard_silu"),
    (6, 160, 5, 2, GATED, "hard_silu"),
    (6, 160, 5, 1, GATED, "hard_silu"),
    (6, 160, 5, 1, GATED, "hard_silu"),
)
SMALL = (
    (1, 16, 3, 2, GATED, "relu"),
    (72 / 16, 24, 3, 2, False, "relu"),
    (88 / 24, 24, 3, 1, False, "relu"),
    (4, 40, 5, 2, GATED, "hard_silu"),
    (6, 40, 5, 1, GATED, "hard_silu"),
    (6, 40, 5, 1, GATED, "hard_silu"),
    (3, 48, 5, 1, GATED, "hard_silu"),
    (3, 48, 5, 1, GATED, "hard_silu"),
    (6, 96, 5, 2, GATED, "hard_silu"),
    (6, 96, 5, 1, GATED, "hard_silu"),
    (6, 96, 5, 1, GATED, "hard_silu"),
)

preprocess_input = preprocessing(None)
shares_arguments = inherits_arguments(
    Network, after={"classes": "input_tensor", "dropout_rate": "pooling"}, without=SET_BY_ARCHITECTURES
)


@shares_arguments
def MobileNetV3Large(  # noqa: N802  Keras's name
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    *,
    classes=1000,
    dropout_rate=0.2,
    include_preprocessing=True,
    name="MobileNetV3Large",
    **arguments,
):
    """MobileNet V3 Large. The other arguments are those of `Network`.

    Args:
        alpha: factor of the number of filters in each layer.
        minimalistic: whether to omit gates, hard swish and 5×5 windows, which are slow on some processors.
        dropout_rate: before the classifier.
        include_preprocessing: whether the first layer scales pixels 0 … 255 to −1 … 1.
    """
    arguments |= {"input_shape": input_shape, "classes": classes, "name": name}
    return _mobilenet_v3("large", LARGE, 1280, alpha, minimalistic, dropout_rate, include_preprocessing, arguments)


@shares_arguments
def MobileNetV3Small(  # noqa: N802
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    *,
    classes=1000,
    dropout_rate=0.2,
    include_preprocessing=True,
    name="MobileNetV3Small",
    **arguments,
):
    """MobileNet V3 Small. The arguments are those of `MobileNetV3Large`."""
    arguments |= {"input_shape": input_shape, "classes": classes, "name": name}
    return _mobilenet_v3("small", SMALL, 1024, alpha, minimalistic, dropout_rate, include_preprocessing, arguments)


def _mobilenet_v3(kind, blocks, last_filters, alpha, minimalistic, dropout_rate, include_preprocessing, arguments):
    """The model with these blocks, and this number of filters before the classifier."""
    network = Network(default_size=224, min_size=32, size_needed=False, **arguments)
    check_tensor_shape(network, arguments["input_shape"])
    if network.is_pretrained:
        check_choice("alpha", alpha, (1.0,) if minimalistic else (0.75, 1.0))
    activation = "relu" if minimalistic else "hard_silu"
    x = Rescaling(1 / 127.5, offset=-1.0)(network.image) if include_preprocessing else network.image
    x = Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = _activated(_normalized(x, network, "conv_bn"), activation)
    for number, block in enumerate(blocks):
        x = _block(x, *_simplified(block, minimalistic), alpha, network, number)
    x = Conv2D(divisible(6 * x.shape[network.channel_axis]), 1, padding="same", use_bias=False, name="conv_1")(x)
    x = _activated(_normalized(x, network, "conv_1_bn"), activation)
    if network.include_top:
        last_filters = divisible(last_filters * max(alpha, 1.0)) if alpha > 1 else last_filters
        x = _classifier(x, last_filters, activation, dropout_rate, network)
    else:
        x = network.pooled(x, ("avg_pool", "max_pool"))
    files = None
    if network.is_pretrained:
        kind += "_minimalistic" if minimalistic else ""
        files = f"weights_mobilenet_v3_{kind}_{pretrained_size(network, SIZES)}_{float(alpha)}"
    return network.model(x, files)


def _simplified(block, minimalistic):
    expansion, filters, _, stride, *_ = block
    return (expansion, filters, 3, stride, False, "relu") if minimalistic else block


def _block(x, expansion, filters, kernel_size, stride, gated, activation, alpha, network, number):
    """project(gate(depthwise(expand(x)))), plus x where the shapes agree. The first block does not expand."""
    shortcut, channels = x, x.shape[network.channel_axis]
    filters = divisible(filters * alpha)
    wide = divisible(channels * expansion)
    name = f"expanded_conv_{number}" if number else "expanded_conv"
    if number:
        x = Conv2D(wide, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
        x = _activated(_normalized(x, network, f"{name}_expand_bn"), activation)
    if stride > 1:
        x = ZeroPadding2D(stride_padding(x, kernel_size), name=f"{name}_depthwise_pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = DepthwiseConv2D(kernel_size, strides=stride, padding=padding, use_bias=False, name=f"{name}_depthwise")(x)
    x = _activated(_normalized(x, network, f"{name}_depthwise_bn"), activation)
    if gated:
        x = _gated(x, divisible(wide / 4), wide, f"{name}_squeeze_excite")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = _normalized(x, network, f"{name}_project_bn")
    return Add(name=f"{name}_add")([shortcut, x]) if channels == filters and stride == 1 else x


def _gated(x, narrow, channels, name):
    """x · hard sigmoid(convolutions of 1×1 on the means of its maps): "squeeze and excite"."""
    gate = GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    gate = Conv2D(narrow, 1, padding="same", name=f"{name}_conv")(gate)
    gate = ReLU(name=f"{name}_relu")(gate)
    gate = Conv2D(channels, 1, padding="same", name=f"{name}_conv_1")(gate)
    gate = ReLU(6.0)(gate + 3.0) * (1.0 / 6.0)
    return Multiply(name=f"{name}_mul")([x, gate])


def _classifier(x, filters, activation, dropout_rate, network):
    """The classifier, as convolutions of 1×1 on the means of the feature maps."""
    network.check_activation()
    x = GlobalAveragePooling2D(keepdims=True)(x)
    x = Conv2D(filters, 1, padding="same", name="conv_2")(x)
    x = _activated(x, activation)
    if dropout_rate > 0:
        x = Dropout(dropout_rate)(x)
    x = Conv2D(network.classes, 1, padding="same", name="logits")(x)
    return Activation(network.classifier_activation, name="predictions")(Flatten()(x))


def _normalized(x, network, name):
    return BatchNormalization(axis=network.last_axis, momentum=MOMENTUM, name=name)(x)


def _activated(x, name):
    return ReLU()(x) if name == "relu" else Activation(name)(x)
