"""`tf.train.ExponentialMovingAverage`: TensorFlow's names over `exponential_moving_average.py`."""

from minikeras.compat.tensorflow.train import exponential_moving_average
from minikeras.compat.tensorflow.variables import Variable


class ExponentialMovingAverage(exponential_moving_average.ExponentialMovingAverage):
    """average ← decay · average + (1 − decay) · value, at every `apply`.

    Args:
        decay: 0 … 1.
        num_updates: number or Variable; the decay is then at most (1 + num_updates) / (10 + num_updates).
        zero_debias: for averages of tensors in a graph; averages of Variables start at their first value, in
            TensorFlow as here, and so need no correction. Without effect.
        name: part of the names of the averages.
    """

    variable_class = Variable

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        super().__init__(decay, num_updates, name)

    def average_name(self, var):
        """The name of the Variable that holds the average of `var`."""
        return f"{var.name.removesuffix(':0')}/{self._name}"
