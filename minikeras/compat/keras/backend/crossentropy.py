"""`K.binary_crossentropy`, `K.categorical_crossentropy`, …: losses of single samples, (target, output).

Formulas: `minikeras/compat/keras/backend/probability_crossentropy.py`.
"""

from minikeras.compat.keras.backend.probability_crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
)

__all__ = [
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
]
