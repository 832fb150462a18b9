"""`LearningRateSchedule`: the learning rate as a function of the step."""

import numpy as np

from minikeras.autodiff.tensor import as_array
from minikeras.base.limits import FromConfig
from minikeras.config import floatx
from minikeras.serialization import constructor_config


class LearningRateSchedule(FromConfig):
    """Base class of all schedules; subclass it for your own:

        class Halving(keras.optimizers.schedules.LearningRateSchedule):
            def __init__(self, start, every):
                self.start, self.every = start, every

            def __call__(self, step):
                return self.start * 0.5 ** (step / self.every)

        optimizer = keras.optimizers.SGD(Halving(0.1, every=1000))

    The schedules of this package also take an array of steps, so that their curves can be plotted:
    `schedule(np.arange(1000))`.
    """

    def __call__(self, step):
        """The learning rate, a tensor, for a step (an integer: the number of steps taken before)."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        if type(self).__init__ is object.__init__:
            raise NotImplementedError(
                f"To be saved, schedule {type(self).__name__} must define `get_config`, with the arguments of its "
                "constructor."
            )
        return constructor_config(self)


def as_real(step, learning_rate):
    """The step (or steps) and the learning rate in one float dtype: `floatx()`, unless the rate is a NumPy float64.

    For an integer rate, as in ExponentialDecay(1, …), Keras computes in int32, and truncates everything or fails; here
    such a rate is a float.
    """
    rate = as_array(learning_rate)
    dtype = rate.dtype if rate.dtype.kind == "f" else np.dtype(floatx())
    return as_array(step).astype(dtype), dtype.type(rate)


def check_positive(**arguments):
    """Raise a ValueError unless every argument is above 0."""
    for name, value in arguments.items():
        if value <= 0:
            raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")
