"""`InceptionResNetV2`: Inception's branches in residual blocks.

Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning", 2016, arXiv:1602.07261.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.inception_v3 import (
    COLUMN,
    ROW,
    SHRINKING,
    apply_branches,
    averaged,
    concatenated,
    ends,
    normalized_conv,
    shrunk,
    stem,
)
from minikeras.applications.network import Network, shares_arguments
from minikeras.layers import Activation, Conv2D
from minikeras.layers.merging.custom_scale_layer import CustomScaleLayer

__all__ = ["InceptionResNetV2", "decode_predictions", "preprocess_input"]

BLOCKS = {  # by the size of their feature maps, for images of 299×299
    35: [[(32, 1)], [(32, 1), (32, 3)], [(32, 1), (48, 3), (64, 3)]],
    17: [[(192, 1)], [(128, 1), (160, ROW), (192, COLUMN)]],
    8: [[(192, 1)], [(192, 1), (224, (1, 3)), (256, (3, 1))]],
}

preprocess_input = preprocessing("tf")


@shares_arguments
def InceptionResNetV2(*, name="inception_resnet_v2", **arguments):  # noqa: N802  Keras's name
    """Inception-ResNet V2. The arguments are those of `Network`."""
    network = Network(default_size=299, min_size=75, name=name, **arguments)
    axis = network.channel_axis
    x = stem(network.image, axis)
    branches = [[(96, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]]
    x = concatenated([*apply_branches(x, branches, axis), averaged(x, 64, axis)], axis, "mixed_5b")
    for i in range(1, 11):
        x = _block(x, 35, 0.17, axis, i)
    branches = [[(384, 3, SHRINKING)], [(256, 1), (256, 3), (384, 3, SHRINKING)]]
    x = concatenated([*apply_branches(x, branches, axis), shrunk(x)], axis, "mixed_6a")
    for i in range(1, 21):
        x = _block(x, 17, 0.1, axis, i)
    branches = [
        [(256, 1), (384, 3, SHRINKING)],
        [(256, 1), (288, 3, SHRINKING)],
        [(256, 1), (288, 3), (320, 3, SHRINKING)],
    ]
    x = concatenated([*apply_branches(x, branches, axis), shrunk(x)], axis, "mixed_7a")
    for i in range(1, 10):
        x = _block(x, 8, 0.2, axis, i)
    x = _block(x, 8, 1.0, axis, 10, activation=None)
    x = normalized_conv(x, 1536, 1, axis, name="conv_7b", names=("conv_7b_bn", "conv_7b_ac"))
    return network.model(ends(x, network), "inception_resnet_v2")


def _block(x, size, scale, axis, number, activation="relu"):
    """activation(x + scale · 1×1 convolution of the concatenated branches), with as many channels as `x`."""
    name = f"block{size}_{number}"
    residual = concatenated(apply_branches(x, BLOCKS[size], axis), axis, f"{name}_mixed")
    residual = Conv2D(x.shape[axis], 1, padding="same", name=f"{name}_conv")(residual)
    x = CustomScaleLayer(scale)([x, residual])
    return x if activation is None else Activation(activation, name=f"{name}_ac")(x)
