"""The learning rate of an optimizer: a number that can be set, a schedule, or a function of the user's."""

from minikeras.autodiff.variable import Variable
from minikeras.config import floatx
from minikeras.optimizers.schedules.learning_rate_schedule import LearningRateSchedule


class LearningRate:
    """The part of `Optimizer` that keeps the learning rate."""

    def _as_learning_rate(self, learning_rate):
        if callable(learning_rate):  # a LearningRateSchedule, or the user's function
            return learning_rate
        if not isinstance(learning_rate, float):
            raise ValueError(
                "`learning_rate` must be a float, a LearningRateSchedule, or a function of no arguments that returns a "
                f"number. Received: learning_rate={learning_rate!r}"
            )
        return Variable(
            learning_rate, dtype=floatx(), trainable=False, aggregation="only_first_replica", name="learning_rate"
        )

    def __getattr__(self, name):  # called only for missing attributes
        if name == "lr":
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute 'lr' (Keras 3 removed it). Use `learning_rate`.",
                name=name,
            )
        return object.__getattribute__(self, name)  # raises the error again, even one inside a property

    @property
    def learning_rate(self):
        """The current learning rate: a Variable that can be assigned to, or the schedule's value at this step."""
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        return self._learning_rate() if callable(self._learning_rate) else self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        before = self._learning_rate
        if callable(learning_rate):
            self._learning_rate = learning_rate
            if isinstance(before, Variable):
                self._untrack_variable(before)
        elif isinstance(before, Variable):
            before.assign(learning_rate)
        else:
            raise TypeError(
                f"This optimizer was created with a `LearningRateSchedule` ({type(before).__name__}), so its learning "
                "rate cannot be set. Create it with a float."
            )
