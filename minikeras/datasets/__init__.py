"""Data sets to learn on: Keras's `keras.datasets` namespace, and `digits`, which is part of the package.

All but `digits` are downloaded on first use, from Keras's addresses into Keras's folder ($KERAS_HOME/datasets or
~/.keras/datasets), so that both share one copy. No data file can run code: see `npz`.
"""

from minikeras.base.missing_names import explain_missing_names
from minikeras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    digits,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]

__getattr__ = explain_missing_names(__name__, __all__)
