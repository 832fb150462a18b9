"""`keras.losses` as `tf.keras` has it: minikeras's, with the short names and the constants of Keras 2."""

__replay__ = "computes"

from minikeras import losses
from minikeras.compat.keras.additions import falls_back_to
from minikeras.losses import (
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)

__all__ = [
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "Reduction",
    "kld",
    "kullback_leibler_divergence",
    "logcosh",
    "mae",
    "mape",
    "mse",
    "msle",
]

KLD = kld = kullback_leibler_divergence = kl_divergence
MAE = mae = mean_absolute_error
MAPE = mape = mean_absolute_percentage_error
MSE = mse = mean_squared_error
MSLE = msle = mean_squared_logarithmic_error
logcosh = log_cosh


class Reduction:
    """Names of the ways to reduce losses. AUTO is one no more: losses refuse it, and without it do the usual."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """The four names."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)

    @classmethod
    def validate(cls, key):
        """Raise a ValueError for anything else."""
        if key not in cls.all():
            raise ValueError(f"Invalid reduction key: {key!r}. Expected keys are {cls.all()}.")


__getattr__, __dir__ = falls_back_to(losses, __all__)
