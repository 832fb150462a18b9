"""`ExponentialMovingAverage`: averages of any Variables, in which older values have exponentially less weight.

(An optimizer can keep averages of the variables that it updates: `moving_average.py`.)
"""

__replay__ = "computes"

import numpy as np

from minikeras.autodiff.variable import Variable


class ExponentialMovingAverage:
    """average ← decay · average + (1 − decay) · value, at every `apply`.

    Args:
        decay: 0 … 1.
        num_updates: number or Variable; the decay is then at most (1 + num_updates) / (10 + num_updates).
        name: part of the names of the averages.
    """

    variable_class = Variable  # of the averages

    def __init__(self, decay, num_updates=None, name="ExponentialMovingAverage"):
        self._decay, self._num_updates, self._name = decay, num_updates, name
        self._averages = {}  # id of a Variable -> (the Variable, its average)

    @property
    def name(self):
        """The name."""
        return self._name

    def apply(self, var_list=None):
        """Update the averages of these Variables; the first call makes them.

        Raises:
            ValueError: `var_list` is None; there is no list of all Variables.
        """
        if var_list is None:
            raise ValueError("`var_list` must be given: minikeras keeps no list of all Variables.")
        decay = self._decay
        if self._num_updates is not None:
            updates = float(np.asarray(self._num_updates))
            decay = min(decay, (1 + updates) / (10 + updates))
        for variable in var_list:
            if id(variable) not in self._averages:
                start = self.variable_class(variable.array, trainable=False, name=self.average_name(variable))
                self._averages[id(variable)] = variable, start
            _, average = self._averages[id(variable)]
            average.assign_sub((average.array - variable.array) * variable.array.dtype.type(1 - decay))

    def average(self, var):
        """The Variable that holds the average of `var`, or None if there is none."""
        return self._averages.get(id(var), (None, None))[1]

    def average_name(self, var):
        """The name of that Variable."""
        return f"{var.name.removesuffix(':0')}_{self._name}"

    def variables_to_restore(self, moving_avg_variables=None):
        """{name of the average: Variable}, for evaluating with the averages."""
        wanted = moving_avg_variables or [variable for variable, _ in self._averages.values()]
        return {self.average_name(variable): variable for variable in wanted}


def move_average(average, value, momentum):
    """average ← momentum · average + (1 − momentum) · value, one step."""
    return average.assign_sub((average - value) * (1 - momentum))
