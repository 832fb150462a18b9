"""`ResNet50`, `ResNet101`, `ResNet152`: residual networks, whose blocks learn a residual that is added to their input.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385. As in Keras, the first
convolution of a stage's first block has the stride, and all convolutions have a bias.
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
    ZeroPadding2D,
)

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]

FILTERS = (64, 128, 256, 512)  # in the blocks of each stage, which return four times as many channels
EPSILON = 1.001e-5

preprocess_input = preprocessing("caffe")


@shares_arguments
def ResNet50(*, name="resnet50", **arguments):  # noqa: N802  Keras's name
    """ResNet of 50 layers. The arguments are those of `Network`."""
    return _resnet((3, 4, 6, 3), "resnet50", name=name, **arguments)


@shares_arguments
def ResNet101(*, name="resnet101", **arguments):  # noqa: N802
    """ResNet of 101 layers. The arguments are those of `Network`."""
    return _resnet((3, 4, 23, 3), "resnet101", name=name, **arguments)


@shares_arguments
def ResNet152(*, name="resnet152", **arguments):  # noqa: N802
    """ResNet of 152 layers. The arguments are those of `Network`."""
    return _resnet((3, 8, 36, 3), "resnet152", name=name, **arguments)


def _resnet(depths, files, **arguments):
    """The model with these numbers of blocks in its four stages."""
    network = Network(default_size=224, min_size=32, **arguments)
    x = stem(network, normalized=True)
    for stage, (filters, depth) in enumerate(zip(FILTERS, depths, strict=True), 2):
        for block in range(1, depth + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            x = _block(x, filters, stride, block == 1, network.channel_axis, f"conv{stage}_block{block}")
    return network.model(ends(x, network), files)


def stem(network, normalized):
    """A 7×7 convolution and max pooling, each of stride 2; between them normalization, unless blocks begin with it."""
    x = ZeroPadding2D(3, name="conv1_pad")(network.image)
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if normalized:
        x = normalized_relu(x, network.channel_axis, "conv1")
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    return MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def normalized_relu(x, axis, name):
    """relu(batch normalization of x)."""
    x = BatchNormalization(axis=axis, epsilon=EPSILON, name=f"{name}_bn")(x)
    return Activation("relu", name=f"{name}_relu")(x)


def _block(x, filters, stride, projects, axis, name):
    """relu(shortcut + expand(3×3(reduce(x)))); the shortcut is x, or in a stage's first block a projection of it."""
    shortcut = x
    if projects:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = BatchNormalization(axis=axis, epsilon=EPSILON, name=f"{name}_0_bn")(shortcut)
    x = Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = normalized_relu(x, axis, f"{name}_1")
    x = Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = normalized_relu(x, axis, f"{name}_2")
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = BatchNormalization(axis=axis, epsilon=EPSILON, name=f"{name}_3_bn")(x)
    x = Add(name=f"{name}_add")([shortcut, x])
    return Activation("relu", name=f"{name}_out")(x)


def ends(x, network):
    """Global average pooling and the classifier; without top, the features reduced by `pooling`."""
    if not network.include_top:
        return network.pooled(x, ("avg_pool", "max_pool"))
    return network.classifier(GlobalAveragePooling2D(name="avg_pool")(x))
