"""`MobileNetV2`: inverted residual blocks, wide inside and narrow at the ends, with linear outputs.

Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
arXiv:1801.04381.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobile import (
    check_choice,
    check_tensor_shape,
    divisible,
    listed_size,
    pretrained_size,
    stride_padding,
)
from minikeras.applications.network import SET_BY_ARCHITECTURES, Network
from minikeras.base.signatures import inherits_arguments
from minikeras.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    ReLU,
    ZeroPadding2D,
)
from minikeras.utils.symbolic import is_keras_tensor

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

SIZES = (96, 128, 160, 192, 224)  # image sizes with pretrained weights
ALPHAS = (0.35, 0.50, 0.75, 1.0, 1.3, 1.4)  # widths with pretrained weights
MOMENTUM = 0.999
STAGES = (  # (expansion, filters, blocks, stride of the first)
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)

preprocess_input = preprocessing("tf")


@inherits_arguments(Network, after={"input_tensor": "weights"}, without=SET_BY_ARCHITECTURES)
def MobileNetV2(input_shape=None, alpha=1.0, *, input_tensor=None, name=None, **arguments):  # noqa: N802
    """MobileNet V2. The other arguments are those of `Network`.

    Args:
        alpha: factor of the number of filters in each layer.
    """
    shape = input_tensor.shape[1:] if input_shape is None and is_keras_tensor(input_tensor) else input_shape
    network = Network(
        input_shape=input_shape,
        input_tensor=input_tensor,
        default_size=listed_size(shape, SIZES),
        min_size=32,
        **arguments,
    )
    check_tensor_shape(network, input_shape)
    if network.is_pretrained:
        check_choice("alpha", alpha, ALPHAS)
    filters = divisible(32 * alpha)
    x = Conv2D(filters, 3, strides=2, padding="same", use_bias=False, name="Conv1")(network.image)
    x = _relu(_normalized(x, network, "bn_Conv1"), "Conv1_relu")
    number = 0
    for expansion, filters, blocks, stride in STAGES:
        for i in range(blocks):
            x = _block(x, divisible(int(filters * alpha)), expansion, stride if i == 0 else 1, network, number)
            number += 1
    x = Conv2D(divisible(1280 * max(alpha, 1.0)), 1, use_bias=False, name="Conv_1")(x)
    x = _relu(_normalized(x, network, "Conv_1_bn"), "out_relu")
    x = network.classifier(GlobalAveragePooling2D()(x)) if network.include_top else network.pooled(x)
    network.name = name or f"mobilenetv2_{alpha:0.2f}_{network.sizes[0]}"
    files = f"mobilenetv2_{float(alpha)}_{pretrained_size(network, SIZES)}" if network.is_pretrained else None
    return network.model(x, files)


def _block(x, filters, expansion, stride, network, number):
    """project(depthwise(expand(x))), plus x where the shapes agree. The first block of the network does not expand."""
    shortcut, channels = x, x.shape[network.channel_axis]
    name = f"block_{number}" if number else "expanded_conv"
    if number:
        x = Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=f"{name}_expand")(x)
        x = _relu(_normalized(x, network, f"{name}_expand_BN"), f"{name}_expand_relu")
    if stride > 1:
        x = ZeroPadding2D(stride_padding(x, 3), name=f"{name}_pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = DepthwiseConv2D(3, strides=stride, padding=padding, use_bias=False, name=f"{name}_depthwise")(x)
    x = _relu(_normalized(x, network, f"{name}_depthwise_BN"), f"{name}_depthwise_relu")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project")(x)
    x = _normalized(x, network, f"{name}_project_BN")
    return Add(name=f"{name}_add")([shortcut, x]) if channels == filters and stride == 1 else x


def _normalized(x, network, name):
    return BatchNormalization(axis=network.last_axis, momentum=MOMENTUM, name=name)(x)


def _relu(x, name):
    return ReLU(6.0, name=name)(x)
