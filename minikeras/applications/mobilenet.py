"""`MobileNet`: each full convolution is replaced by a depthwise one over the window and a 1×1 one over the channels.

Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017,
arXiv:1704.04861.
"""

from minikeras.applications.imagenet_utils import decode_predictions, preprocessing
from minikeras.applications.mobile import check_choice, listed_size, pretrained_size
from minikeras.applications.network import Network, shares_arguments
from minikeras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

SIZES = (128, 160, 192, 224)  # image sizes with pretrained weights
ALPHAS = {0.25: "2_5", 0.50: "5_0", 0.75: "7_5", 1.0: "1_0"}  # widths with pretrained weights: their names in files
BLOCKS = (  # (filters, stride)
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    *((512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)),
)

preprocess_input = preprocessing("tf")


@shares_arguments
def MobileNet(  # noqa: N802  Keras's name
    input_shape=None, alpha=1.0, depth_multiplier=1, dropout=0.001, *, name=None, **arguments
):
    """MobileNet. The other arguments are those of `Network`.

    Args:
        alpha: factor of the number of filters in each layer.
        depth_multiplier: outputs per channel of the depthwise convolutions.
        dropout: rate in front of the classifier.
    """
    size = listed_size(input_shape, SIZES)
    network = Network(input_shape=input_shape, default_size=size, min_size=32, **arguments)
    if network.is_pretrained:
        check_choice("alpha", alpha, ALPHAS)
        check_choice("depth_multiplier", depth_multiplier, (1,))
    x = Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1")(network.image)
    x = _normalized(x, network, "conv1")
    for i, (filters, stride) in enumerate(BLOCKS, 1):
        x = _block(x, int(filters * alpha), depth_multiplier, stride, network, i)
    x = _classifier(x, network, dropout) if network.include_top else network.pooled(x)
    network.name = name or f"mobilenet_{alpha:0.2f}_{network.sizes[0]}"
    files = f"mobilenet_{ALPHAS[alpha]}_{pretrained_size(network, SIZES)}" if network.is_pretrained else None
    return network.model(x, files)


def _block(x, filters, depth_multiplier, stride, network, number):
    """A depthwise convolution of 3×3, then one of 1×1."""
    if stride > 1:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{number}")(x)
    x = DepthwiseConv2D(
        3,
        strides=stride,
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth_multiplier,
        use_bias=False,
        name=f"conv_dw_{number}",
    )(x)
    x = _normalized(x, network, f"conv_dw_{number}")
    x = Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{number}")(x)
    return _normalized(x, network, f"conv_pw_{number}")


def _normalized(x, network, name):
    """min(relu(batch normalization of x), 6), which suits low precision."""
    x = BatchNormalization(axis=network.last_axis, name=f"{name}_bn")(x)
    return ReLU(6.0, name=f"{name}_relu")(x)


def _classifier(x, network, dropout):
    """The classifier, as a convolution of 1×1 on the means of the feature maps."""
    network.check_activation()
    x = GlobalAveragePooling2D(keepdims=True)(x)
    x = Dropout(dropout)(x)
    x = Conv2D(network.classes, 1, padding="same", name="conv_preds")(x)
    x = Reshape((network.classes,), name="reshape_2")(x)
    return Activation(network.classifier_activation, name="predictions")(x)
