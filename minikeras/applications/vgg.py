"""The layers of VGG16 and VGG19: 3×3 convolutions in five blocks, each followed by 2×2 max pooling.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014, arXiv:1409.1556.
"""

from minikeras.applications.network import Network
from minikeras.layers import Conv2D, Dense, Flatten, MaxPooling2D

FILTERS = (64, 128, 256, 512, 512)
HIDDEN_UNITS = 4096


def vgg(depths, files, **arguments):
    """The model with these numbers of convolutions in its five blocks."""
    network = Network(default_size=224, min_size=32, **arguments)
    x = network.image
    for block, (filters, depth) in enumerate(zip(FILTERS, depths, strict=True), 1):
        for i in range(1, depth + 1):
            x = Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    return network.model(_top(x, network) if network.include_top else network.pooled(x), files)


def _top(x, network):
    x = Flatten(name="flatten")(x)
    x = Dense(HIDDEN_UNITS, activation="relu", name="fc1")(x)
    x = Dense(HIDDEN_UNITS, activation="relu", name="fc2")(x)
    return network.classifier(x)
