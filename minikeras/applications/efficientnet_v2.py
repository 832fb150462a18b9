"""`EfficientNetV2B0` … `B3`, `S`, `M`, `L`: EfficientNets with full convolutions in the first stages.

Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021, arXiv:2104.00298.
"""

import math

from minikeras.applications.efficientnet import conv, depthwise, ends, gated, joined, normalized_silu
from minikeras.applications.imagenet_utils import MODES, decode_predictions, preprocessing
from minikeras.applications.mobile import nearest_multiple
from minikeras.applications.network import Network, shares_arguments
from minikeras.initializers import Constant
from minikeras.layers import BatchNormalization, Normalization, Rescaling

__all__ = [
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2L",
    "EfficientNetV2M",
    "EfficientNetV2S",
    "decode_predictions",
    "preprocess_input",
]

MOMENTUM = 0.9
DROP_RATE = 0.2  # probability of dropping the last block; proportionally lower for earlier ones
FUSED, GATED = "fused", "gated"  # expansion by a full convolution; a depthwise convolution and a gate
# (kind, blocks, filters, expansion, stride of the first)
B = (
    *((FUSED, 1, 16, 1, 1), (FUSED, 2, 32, 4, 2), (FUSED, 2, 48, 4, 2)),
    *((GATED, 3, 96, 4, 2), (GATED, 5, 112, 6, 1), (GATED, 8, 192, 6, 2)),
)
S = (
    *((FUSED, 2, 24, 1, 1), (FUSED, 4, 48, 4, 2), (FUSED, 4, 64, 4, 2)),
    *((GATED, 6, 128, 4, 2), (GATED, 9, 160, 6, 1), (GATED, 15, 256, 6, 2)),
)
M = (
    *((FUSED, 3, 24, 1, 1), (FUSED, 5, 48, 4, 2), (FUSED, 5, 80, 4, 2)),
    *((GATED, 7, 160, 4, 2), (GATED, 14, 176, 6, 1), (GATED, 18, 304, 6, 2), (GATED, 5, 512, 6, 1)),
)
L = (
    *((FUSED, 4, 32, 1, 1), (FUSED, 7, 64, 4, 2), (FUSED, 7, 96, 4, 2)),
    *((GATED, 10, 192, 4, 2), (GATED, 19, 224, 6, 1), (GATED, 25, 384, 6, 2), (GATED, 7, 640, 6, 1)),
)

preprocess_input = preprocessing(None)


@shares_arguments
def EfficientNetV2B0(*, include_preprocessing=True, name="efficientnetv2-b0", **arguments):  # noqa: N802  Keras's name
    """EfficientNet V2 B0. The other arguments are those of `Network`.

    Args:
        include_preprocessing: whether the first layers scale pixels 0 … 255.
    """
    return _efficientnet_v2("b0", B, 32, 1.0, 1.0, 224, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2B1(*, include_preprocessing=True, name="efficientnetv2-b1", **arguments):  # noqa: N802
    """EfficientNet V2 B1. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("b1", B, 32, 1.0, 1.1, 240, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2B2(*, include_preprocessing=True, name="efficientnetv2-b2", **arguments):  # noqa: N802
    """EfficientNet V2 B2. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("b2", B, 32, 1.1, 1.2, 260, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2B3(*, include_preprocessing=True, name="efficientnetv2-b3", **arguments):  # noqa: N802
    """EfficientNet V2 B3. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("b3", B, 32, 1.2, 1.4, 300, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2S(*, include_preprocessing=True, name="efficientnetv2-s", **arguments):  # noqa: N802
    """EfficientNet V2 S. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("s", S, 24, 1.0, 1.0, 384, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2M(*, include_preprocessing=True, name="efficientnetv2-m", **arguments):  # noqa: N802
    """EfficientNet V2 M. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("m", M, 24, 1.0, 1.0, 480, include_preprocessing, name=name, **arguments)


@shares_arguments
def EfficientNetV2L(*, include_preprocessing=True, name="efficientnetv2-l", **arguments):  # noqa: N802
    """EfficientNet V2 L. The arguments are those of `EfficientNetV2B0`."""
    return _efficientnet_v2("l", L, 32, 1.0, 1.0, 480, include_preprocessing, name=name, **arguments)


def _efficientnet_v2(size_name, stages, stem_filters, width, depth, size, include_preprocessing, **arguments):
    """The model with `width` times as many channels and `depth` times as many blocks as the stages have."""
    network = Network(default_size=size, min_size=32, **arguments)
    x = _preprocessed(network, size_name) if include_preprocessing else network.image
    x = conv(x, nearest_multiple(stem_filters * width), 3, "stem_conv", strides=2)
    x = normalized_silu(x, network, "stem_bn", "stem_activation", momentum=MOMENTUM)
    total, done = sum(blocks for _, blocks, *_ in stages), 0  # `total` without `depth`, as in Keras
    for stage, (kind, blocks, filters, expansion, stride) in enumerate(stages, 1):
        draw = _fused_block if kind == FUSED else _gated_block
        for i in range(math.ceil(depth * blocks)):
            block = (nearest_multiple(filters * width), expansion, stride if i == 0 else 1)
            x = draw(x, *block, DROP_RATE * done / total, network, f"block{stage}{chr(ord('a') + i)}")
            done += 1
    x = ends(x, nearest_multiple(1280 * width), 0.2, network, MOMENTUM, bias_initializer=Constant(0.0))
    return network.model(x, f"efficientnetv2-{size_name}")


def _preprocessed(network, size_name):
    """Pixels scaled as for the pretrained weights: standardized RGB for B0 to B3, −1 … 1 for the others."""
    if not size_name.startswith("b") or network.image.shape[network.channel_axis] != 3:
        return Rescaling(1 / 128, offset=-1)(network.image)
    x = Rescaling(1 / 255)(network.image)
    mode = MODES["torch"]
    variance = [stddev**2 for stddev in mode.std]
    return Normalization(mean=list(mode.mean), variance=variance, axis=network.channel_axis)(x)


def _fused_block(x, filters, expansion, stride, drop_rate, network, name):
    """project(expand(x)), with a 3×3 window in the expansion, or in the projection if there is no expansion."""
    shortcut, channels = x, x.shape[network.channel_axis]
    if expansion > 1:
        x = conv(x, expansion * channels, 3, f"{name}_expand_conv", strides=stride)
        x = normalized_silu(x, network, f"{name}_expand_bn", f"{name}_expand_activation", momentum=MOMENTUM)
        x = conv(x, filters, 1, f"{name}_project_conv")
        x = BatchNormalization(axis=network.channel_axis, momentum=MOMENTUM, name=f"{name}_project_bn")(x)
    else:
        x = conv(x, filters, 3, f"{name}_project_conv", strides=stride)
        x = normalized_silu(x, network, f"{name}_project_bn", f"{name}_project_activation", momentum=MOMENTUM)
    return joined(shortcut, x, drop_rate, name) if stride == 1 and channels == filters else x


def _gated_block(x, filters, expansion, stride, drop_rate, network, name):
    """project(gate(depthwise(expand(x)))), plus x where the shapes agree."""
    shortcut, channels = x, x.shape[network.channel_axis]
    x = conv(x, expansion * channels, 1, f"{name}_expand_conv")
    x = normalized_silu(x, network, f"{name}_expand_bn", f"{name}_expand_activation", momentum=MOMENTUM)
    x = depthwise(x, 3, f"{name}_dwconv2", stride)
    x = normalized_silu(x, network, f"{name}_bn", f"{name}_activation", momentum=MOMENTUM)
    x = gated(x, max(1, channels // 4), network, name)
    x = conv(x, filters, 1, f"{name}_project_conv")
    x = BatchNormalization(axis=network.channel_axis, momentum=MOMENTUM, name=f"{name}_project_bn")(x)
    return joined(shortcut, x, drop_rate, name) if stride == 1 and channels == filters else x
