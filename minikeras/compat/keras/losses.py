"""`keras.losses` as `tf.keras` has it: minikeras's, with the short names and the constants of Keras 2."""

__replay__ = "computes"

from minikeras import losses
from minikeras.compat.keras import short_names
from minikeras.compat.keras.additions import falls_back_to
from minikeras.compat.keras.short_names import *  # noqa: F403

__all__ = [*short_names.__all__, "Reduction"]


class Reduction:
    """Names of the reductions of losses. AUTO is no longer one, and losses refuse it; omit it for the default."""

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
