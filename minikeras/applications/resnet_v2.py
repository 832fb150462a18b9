"""`ResNet50V2`, `ResNet101V2`, `ResNet152V2`: residual networks whose blocks begin with normalization and activation.

He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks", 2016, arXiv:1603.05027. As in Keras, the last
block of a stage has the stride.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import Network, shares_arguments
from minikeras.applications.resnet import EPSILON, FILTERS, ends, normalized_relu, stem
from minikeras.layers import Activation, Add, BatchNormalization, Conv2D, MaxPooling2D, ZeroPadding2D

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]

preprocess_input = preprocessing("tf")


@shares_arguments
def ResNet50V2(*, name="resnet50v2", **arguments):  # noqa: N802  Keras's name
    """ResNet V2 of 50 layers. The arguments are those of `Network`."""
    return _resnet_v2((3, 4, 6, 3), "resnet50v2", name=name, **arguments)


@shares_arguments
def ResNet101V2(*, name="resnet101v2", **arguments):  # noqa: N802
    """ResNet V2 of 101 layers. The arguments are those of `Network`."""
    return _resnet_v2((3, 4, 23, 3), "resnet101v2", name=name, **arguments)


@shares_arguments
def ResNet152V2(*, name="resnet152v2", **arguments):  # noqa: N802
    """ResNet V2 of 152 layers. The arguments are those of `Network`."""
    return _resnet_v2((3, 8, 36, 3), "resnet152v2", name=name, **arguments)


def _resnet_v2(depths, files, **arguments):
    """The model with these numbers of blocks in its four stages."""
    network = Network(default_size=224, min_size=32, **arguments)
    x = stem(network, normalized=False)
    for stage, (filters, depth) in enumerate(zip(FILTERS, depths, strict=True), 2):
        for block in range(1, depth + 1):
            stride = 2 if block == depth and stage < 5 else 1
            x = _block(x, filters, stride, block == 1, network.channel_axis, f"conv{stage}_block{block}")
    x = BatchNormalization(axis=network.channel_axis, epsilon=EPSILON, name="post_bn")(x)
    x = Activation("relu", name="post_relu")(x)
    return network.model(ends(x, network), files)


def _block(x, filters, stride, projects, axis, name):
    """shortcut + expand(3×3(reduce(p))) with p = relu(batch normalization of x).

    The shortcut is a projection of p in a stage's first block, else x, subsampled if the block has a stride.
    """
    p = normalized_relu(x, axis, f"{name}_preact")
    if projects:
        shortcut = Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(p)
    else:
        shortcut = MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(p)
    x = normalized_relu(x, axis, f"{name}_1")
    x = ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = normalized_relu(x, axis, f"{name}_2")
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return Add(name=f"{name}_out")([shortcut, x])
