"""`keras.optimizers.legacy`: the names of Keras 2's optimizers, whose use raises an error."""


class LegacyOptimizerWarning:
    """Raises ImportError when constructed: Keras 3 has no legacy optimizers."""

    def __init__(self, *args, **kwargs):
        raise ImportError(
            "Keras 3 has no optimizers in `keras.optimizers.legacy`. Use the optimizer of the same name in "
            "`keras.optimizers`: its arguments are the same, except that `lr` is `learning_rate`, and `decay` is a "
            "schedule such as `keras.optimizers.schedules.InverseTimeDecay`."
        )


Adagrad = Adam = Ftrl = Optimizer = RMSprop = SGD = LegacyOptimizerWarning

__all__ = ["SGD", "Adagrad", "Adam", "Ftrl", "Optimizer", "RMSprop"]
