"""Data sets to learn on: Keras's `keras.datasets` namespace, and `digits`, which is part of the package.

All but `digits` are downloaded at the first use, from the addresses that Keras uses and into the folder it uses
($KERAS_HOME/datasets or ~/.keras/datasets), so they share one copy. No file that is read can run code: see `npz`.
"""

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
from minikeras.missing_names import explain_missing_names

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
