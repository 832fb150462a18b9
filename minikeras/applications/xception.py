"""`Xception`: depthwise separable convolutions in residual blocks.

Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2016, arXiv:1610.02357.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import Network, shares_arguments
from minikeras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
)

__all__ = ["Xception", "decode_predictions", "preprocess_input"]

ENTRY_FILTERS = (128, 256, 728)  # of blocks 2 to 4
MIDDLE_BLOCKS = range(5, 13)

preprocess_input = preprocessing("tf")


@shares_arguments
def Xception(*, name="xception", **arguments):  # noqa: N802  Keras's name
    """Xception. The arguments are those of `Network`."""
    network = Network(default_size=299, min_size=71, name=name, **arguments)
    axis = network.last_axis
    x = network.image
    for i, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        x = Conv2D(filters, 3, strides=stride, use_bias=False, name=f"block1_conv{i}")(x)
        x = _relu(_normalized(x, axis, f"block1_conv{i}"), f"block1_conv{i}")
    for block, filters in enumerate(ENTRY_FILTERS, 2):
        x = _shrinking_block(x, (filters, filters), axis, f"block{block}", begins_with_relu=block > 2)
    for block in MIDDLE_BLOCKS:
        x = Add()([_separable_convolutions(x, (728, 728, 728), axis, f"block{block}"), x])
    x = _shrinking_block(x, (728, 1024), axis, "block13")
    for i, filters in enumerate((1536, 2048), 1):
        x = _relu(_separable(x, filters, axis, f"block14_sepconv{i}"), f"block14_sepconv{i}")
    if network.include_top:
        x = network.classifier(GlobalAveragePooling2D(name="avg_pool")(x))
    else:
        x = network.pooled(x)
    return network.model(x, "xception")


def _shrinking_block(x, filters, axis, name, begins_with_relu=True):
    """Separable convolutions and max pooling of stride 2, in parallel with a projection of stride 2."""
    shortcut = Conv2D(filters[-1], 1, strides=2, padding="same", use_bias=False)(x)
    shortcut = BatchNormalization(axis=axis)(shortcut)
    x = _separable_convolutions(x, filters, axis, name, begins_with_relu)
    x = MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return Add()([x, shortcut])


def _separable_convolutions(x, filters, axis, name, begins_with_relu=True):
    """A ReLU and a separable convolution, once for each number of filters."""
    for i, count in enumerate(filters, 1):
        if i > 1 or begins_with_relu:
            x = _relu(x, f"{name}_sepconv{i}")
        x = _separable(x, count, axis, f"{name}_sepconv{i}")
    return x


def _separable(x, filters, axis, name):
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return _normalized(x, axis, name)


def _normalized(x, axis, name):
    return BatchNormalization(axis=axis, name=f"{name}_bn")(x)


def _relu(x, name):
    return Activation("relu", name=f"{name}_act")(x)
