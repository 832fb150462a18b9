"""`keras.metrics` as `tf.keras` has it: minikeras's, with the short names of Keras 2."""

from minikeras import metrics
from minikeras.compat.keras.additions import falls_back_to
from minikeras.compat.keras.losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    kld,
    kullback_leibler_divergence,
    logcosh,
    mae,
    mape,
    mse,
    msle,
)

__all__ = [
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "kld",
    "kullback_leibler_divergence",
    "logcosh",
    "mae",
    "mape",
    "mse",
    "msle",
]

__getattr__, __dir__ = falls_back_to(metrics, __all__)
