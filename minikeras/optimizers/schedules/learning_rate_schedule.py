"""`LearningRateSchedule`: the learning rate as a function of the step."""


class LearningRateSchedule:
    """Base of all schedules, and of your own:

        class Hyperbola(keras.optimizers.schedules.LearningRateSchedule):
            def __init__(self, initial_learning_rate):
                self.initial_learning_rate = initial_learning_rate

            def __call__(self, step):
                return self.initial_learning_rate / (step + 1)

        optimizer = keras.optimizers.SGD(learning_rate=Hyperbola(0.1))

    Define `get_config` too, to save a model that is trained with it.
    """

    def __call__(self, step):
        """The learning rate for a step (an integer scalar: how many steps were made before)."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def get_config(self):
        """The constructor's arguments as a JSON-ready dict."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `get_config()` in order to be serializable."
        )

    @classmethod
    def from_config(cls, config):
        """A schedule from what `get_config` returned."""
        return cls(**config)
