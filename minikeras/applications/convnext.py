"""`ConvNeXtTiny` … `ConvNeXtXLarge`: convolutional networks with design choices of transformers.

Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, "A ConvNet for the 2020s", 2022, arXiv:2201.03545.
"""

from minikeras.applications.imagenet_utils import MODES, decode_predictions, preprocessing
from minikeras.applications.network import Network, shares_arguments
from minikeras.layers import (
    Activation,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    LayerNormalization,
    Normalization,
)
from minikeras.layers.normalization.layer_scale import LayerScale
from minikeras.models import Sequential

__all__ = [
    "ConvNeXtBase",
    "ConvNeXtLarge",
    "ConvNeXtSmall",
    "ConvNeXtTiny",
    "ConvNeXtXLarge",
    "decode_predictions",
    "preprocess_input",
]

EPSILON = 1e-6
FIRST_SCALE = 1e-6  # of the residuals
SHALLOW, DEEP = (3, 3, 9, 3), (3, 3, 27, 3)  # blocks in each stage

preprocess_input = preprocessing(None)


@shares_arguments
def ConvNeXtTiny(include_top=True, include_preprocessing=True, *, name="convnext_tiny", **arguments):  # noqa: N802
    """ConvNeXt Tiny. The other arguments are those of `Network`.

    Args:
        include_preprocessing: whether the first layer standardizes pixels 0 … 255 of three channels.
    """
    return _convnext("tiny", SHALLOW, 96, include_preprocessing, include_top=include_top, name=name, **arguments)


@shares_arguments
def ConvNeXtSmall(include_top=True, include_preprocessing=True, *, name="convnext_small", **arguments):  # noqa: N802
    """ConvNeXt Small. The arguments are those of `ConvNeXtTiny`."""
    return _convnext("small", DEEP, 96, include_preprocessing, include_top=include_top, name=name, **arguments)


@shares_arguments
def ConvNeXtBase(include_top=True, include_preprocessing=True, *, name="convnext_base", **arguments):  # noqa: N802
    """ConvNeXt Base. The arguments are those of `ConvNeXtTiny`."""
    return _convnext("base", DEEP, 128, include_preprocessing, include_top=include_top, name=name, **arguments)


@shares_arguments
def ConvNeXtLarge(include_top=True, include_preprocessing=True, *, name="convnext_large", **arguments):  # noqa: N802
    """ConvNeXt Large. The arguments are those of `ConvNeXtTiny`."""
    return _convnext("large", DEEP, 192, include_preprocessing, include_top=include_top, name=name, **arguments)


@shares_arguments
def ConvNeXtXLarge(include_top=True, include_preprocessing=True, *, name="convnext_xlarge", **arguments):  # noqa: N802
    """ConvNeXt XLarge. The arguments are those of `ConvNeXtTiny`."""
    return _convnext("xlarge", DEEP, 256, include_preprocessing, include_top=include_top, name=name, **arguments)


def _convnext(size_name, depths, channels, include_preprocessing, **arguments):
    """The model with these numbers of blocks per stage; the channels double from one stage to the next."""
    network = Network(default_size=224, min_size=32, **arguments)
    name = network.name or "convnext"
    x = network.image
    if include_preprocessing and x.shape[network.channel_axis] == 3:
        x = _standardized(x, f"{name}_prestem_normalization")
    for stage, depth in enumerate(depths):
        if stage == 0:
            x = _stem(channels, name)(x)
        else:
            channels *= 2
            x = _downsampling(channels, stage - 1, name)(x)
        for block in range(depth):
            x = _block(x, channels, f"{name}_stage_{stage}_block_{block}")
    return network.model(_ends(x, network, name), f"convnext_{size_name}")


def _standardized(x, name):
    mode = MODES["torch"]
    mean, variance = [255 * m for m in mode.mean], [(255 * s) ** 2 for s in mode.std]
    return Normalization(mean=mean, variance=variance, name=name)(x)


def _stem(channels, name):
    """Patches of 4×4 pixels as vectors."""
    return Sequential(
        [
            Conv2D(channels, 4, strides=4, name=f"{name}_stem_conv"),
            LayerNormalization(epsilon=EPSILON, name=f"{name}_stem_layernorm"),
        ],
        name=f"{name}_stem",
    )


def _downsampling(channels, number, name):
    """Half the height and width."""
    return Sequential(
        [
            LayerNormalization(epsilon=EPSILON, name=f"{name}_downsampling_layernorm_{number}"),
            Conv2D(channels, 2, strides=2, name=f"{name}_downsampling_conv_{number}"),
        ],
        name=f"{name}_downsampling_block_{number}",
    )


def _block(x, channels, name):
    """x + gamma · (two dense layers on a normalized depthwise convolution of 7×7)."""
    shortcut = x
    x = Conv2D(channels, 7, padding="same", groups=channels, name=f"{name}_depthwise_conv")(x)
    x = LayerNormalization(epsilon=EPSILON, name=f"{name}_layernorm")(x)
    x = Dense(4 * channels, name=f"{name}_pointwise_conv_1")(x)
    x = Activation("gelu", name=f"{name}_gelu")(x)
    x = Dense(channels, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(FIRST_SCALE, channels, name=f"{name}_layer_scale")(x)
    x = Activation("linear", name=f"{name}_identity")(x)  # in place of stochastic depth
    return shortcut + x


def _ends(x, network, name):
    """Global average pooling, normalization and the classifier; without top, the normalized features."""
    if not network.include_top:
        return LayerNormalization(epsilon=EPSILON)(network.pooled(x))
    x = GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = LayerNormalization(epsilon=EPSILON, name=f"{name}_head_layernorm")(x)
    return network.classifier(x, name=f"{name}_head_dense")
