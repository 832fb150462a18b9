"""`DenseNet121`, `DenseNet169`, `DenseNet201`: each layer of a block takes the outputs of all layers before it.

Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional Networks", 2016, arXiv:1608.06993.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import Network, shares_arguments
from minikeras.applications.resnet import EPSILON, ends, normalized_relu
from minikeras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    MaxPooling2D,
    ZeroPadding2D,
)

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

GROWTH = 32  # channels that each layer adds

preprocess_input = preprocessing("torch")


@shares_arguments
def DenseNet121(*, name="densenet121", **arguments):  # noqa: N802  Keras's name
    """DenseNet of 121 layers. The arguments are those of `Network`."""
    return _densenet((6, 12, 24, 16), "densenet121", name=name, **arguments)


@shares_arguments
def DenseNet169(*, name="densenet169", **arguments):  # noqa: N802
    """DenseNet of 169 layers. The arguments are those of `Network`."""
    return _densenet((6, 12, 32, 32), "densenet169", name=name, **arguments)


@shares_arguments
def DenseNet201(*, name="densenet201", **arguments):  # noqa: N802
    """DenseNet of 201 layers. The arguments are those of `Network`."""
    return _densenet((6, 12, 48, 32), "densenet201", name=name, **arguments)


def _densenet(depths, files, **arguments):
    """The model with these numbers of layers in its four blocks."""
    network = Network(default_size=224, min_size=32, **arguments)
    axis = network.channel_axis
    x = ZeroPadding2D(3)(network.image)
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = normalized_relu(x, axis, "conv1")
    x = ZeroPadding2D(1)(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, depth in enumerate(depths, 2):
        for i in range(1, depth + 1):
            x = _layer(x, axis, f"conv{stage}_block{i}")
        if stage < 5:
            x = _transition(x, axis, f"pool{stage}")
    x = BatchNormalization(axis=axis, epsilon=EPSILON, name="bn")(x)
    x = Activation("relu", name="relu")(x)
    return network.model(ends(x, network), files)


def _layer(x, axis, name):
    """x concatenated with 3×3(1×1(x)), each convolution after normalization and ReLU."""
    new = normalized_relu(x, axis, f"{name}_0")
    new = Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = normalized_relu(new, axis, f"{name}_1")
    new = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return Concatenate(axis=axis, name=f"{name}_concat")([x, new])


def _transition(x, axis, name):
    """Half as many channels, and half the height and width."""
    x = normalized_relu(x, axis, name)
    x = Conv2D(x.shape[axis] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)
