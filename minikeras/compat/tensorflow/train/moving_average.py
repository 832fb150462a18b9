"""`tf.train.ExponentialMovingAverage`: averages of Variables in which older values count less and less."""

import numpy as np

from minikeras.compat.tensorflow.variables import Variable


class ExponentialMovingAverage:
    """average ← decay · average + (1 − decay) · value, at every `apply`.

    Args:
        decay: 0 … 1.
        num_updates: number or Variable; the decay is then at most (1 + num_updates) / (10 + num_updates).
        zero_debias: begin at 0, and divide by 1 − decay^n after n updates. Otherwise begin at the first value.
        name: stands in the names of the averages.
    """

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._averages = {}  # id of a Variable -> (the Variable, its average, the biased one, updates so far)

    @property
    def name(self):
        """The name."""
        return self._name

    def apply(self, var_list=None):
        """Bring the averages of these Variables up to date; the first time they are made.

        Raises:
            ValueError: no Variables: which ones are trainable is not known to the average by itself.
        """
        if var_list is None:
            raise ValueError("`var_list` must be given: minikeras keeps no list of all Variables.")
        decay = self._decay
        if self._num_updates is not None:
            updates = float(np.asarray(self._num_updates))
            decay = min(decay, (1 + updates) / (10 + updates))
        for variable in var_list:
            if id(variable) not in self._averages:
                self._averages[id(variable)] = self._begin(variable)
            entry = self._averages[id(variable)]
            step = variable.array.dtype.type(1 - decay)
            entry["biased"] = entry["biased"] - (entry["biased"] - variable.array) * step
            entry["updates"] += 1
            correction = 1 - decay ** entry["updates"] if self._zero_debias else 1
            entry["average"].assign((entry["biased"] / correction).astype(variable.array.dtype))

    def _begin(self, variable):
        start = np.zeros_like(variable.array) if self._zero_debias else np.array(variable.array)
        average = Variable(variable.array, trainable=False, name=self.average_name(variable))
        return {"variable": variable, "average": average, "biased": start, "updates": 0}

    def average(self, var):
        """The Variable that holds the average of `var`, or None if there is none."""
        entry = self._averages.get(id(var))
        return None if entry is None else entry["average"]

    def average_name(self, var):
        """The name of that Variable."""
        return f"{var.name.removesuffix(':0')}/{self._name}"

    def variables_to_restore(self, moving_avg_variables=None):
        """{name of the average: Variable}, for evaluating with the averages."""
        entries = self._averages.values()
        wanted = [e["variable"] for e in entries] if moving_avg_variables is None else moving_avg_variables
        return {self.average_name(v): v for v in wanted}
