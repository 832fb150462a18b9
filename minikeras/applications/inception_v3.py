"""`InceptionV3`: blocks of parallel branches with windows of different shapes, concatenated along the channels.

Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception Architecture for Computer Vision", 2015,
arXiv:1512.00567.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.network import Network, shares_arguments
from minikeras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
)

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

ROW, COLUMN = (1, 7), (7, 1)  # windows that together see 7×7
SHRINKING = {"strides": 2, "padding": "valid"}

preprocess_input = preprocessing("tf")


@shares_arguments
def InceptionV3(*, name="inception_v3", **arguments):  # noqa: N802  Keras's name
    """Inception V3. The arguments are those of `Network`."""
    network = Network(default_size=299, min_size=75, name=name, **arguments)
    axis = network.channel_axis
    x = stem(network.image, axis)
    for i, pool_filters in enumerate((32, 64, 64)):
        branches = [[(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]]
        x = concatenated([*apply_branches(x, branches, axis), averaged(x, pool_filters, axis)], axis, f"mixed{i}")
    branches = [[(384, 3, SHRINKING)], [(64, 1), (96, 3), (96, 3, SHRINKING)]]
    x = concatenated([*apply_branches(x, branches, axis), shrunk(x)], axis, "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):
        branches = [
            [(192, 1)],
            [(n, 1), (n, ROW), (192, COLUMN)],
            [(n, 1), (n, COLUMN), (n, ROW), (n, COLUMN), (192, ROW)],
        ]
        x = concatenated([*apply_branches(x, branches, axis), averaged(x, 192, axis)], axis, f"mixed{i}")
    branches = [[(192, 1), (320, 3, SHRINKING)], [(192, 1), (192, ROW), (192, COLUMN), (192, 3, SHRINKING)]]
    x = concatenated([*apply_branches(x, branches, axis), shrunk(x)], axis, "mixed8")
    for i in range(2):
        x = _widest_block(x, axis, f"mixed9_{i}", f"mixed{9 + i}")
    return network.model(ends(x, network), "inception_v3")


def stem(image, axis):
    """Convolutions and max pooling that reduce an image to an eighth of its height and width."""
    (x,) = apply_branches(image, [[(32, 3, SHRINKING), (32, 3, {"padding": "valid"}), (64, 3)]], axis)
    x = shrunk(x)
    (x,) = apply_branches(x, [[(80, 1, {"padding": "valid"}), (192, 3, {"padding": "valid"})]], axis)
    return shrunk(x)


def apply_branches(x, branches, axis):
    """The output of each branch of `x`: convolutions (filters, kernel size) or (…, further arguments) in a chain."""
    outputs = []
    for convolutions in branches:
        output = x
        for filters, kernel_size, *options in convolutions:
            output = normalized_conv(output, filters, kernel_size, axis, **(options[0] if options else {}))
        outputs.append(output)
    return outputs


def normalized_conv(x, filters, kernel_size, axis, strides=1, padding="same", name=None, names=(None, None)):
    """relu(batch normalization of a convolution); `names` are those of the normalization and of the activation."""
    x = Conv2D(filters, kernel_size, strides=strides, padding=padding, use_bias=False, name=name)(x)
    x = BatchNormalization(axis=axis, scale=False, name=names[0])(x)
    return Activation("relu", name=names[1])(x)


def averaged(x, filters, axis):
    """The branch with average pooling over 3×3."""
    return normalized_conv(AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, axis)


def shrunk(x):
    """The branch with max pooling over 3×3 with stride 2."""
    return MaxPooling2D(3, strides=2)(x)


def concatenated(branches, axis, name=None):
    """Branches concatenated along the channels."""
    return Concatenate(axis=axis, name=name)(branches)


def _widest_block(x, axis, inner_name, name):
    """A block with branches that themselves split in two, with windows of 1×3 and 3×1."""
    split = [[(384, (1, 3))], [(384, (3, 1))]]
    (one,) = apply_branches(x, [[(320, 1)]], axis)
    (three,) = apply_branches(x, [[(384, 1)]], axis)
    three = concatenated(apply_branches(three, split, axis), axis, inner_name)
    (five,) = apply_branches(x, [[(448, 1), (384, 3)]], axis)
    five = concatenated(apply_branches(five, split, axis), axis)
    return concatenated([one, three, five, averaged(x, 192, axis)], axis, name)


def ends(x, network):
    """Global average pooling and the classifier; without top, the features reduced by `pooling`."""
    if not network.include_top:
        return network.pooled(x)
    return network.classifier(GlobalAveragePooling2D(name="avg_pool")(x))
