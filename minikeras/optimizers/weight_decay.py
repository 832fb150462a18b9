"""Decoupled weight decay: w ← w − w·weight_decay·lr before each update (Loshchilov and Hutter, 2019)."""

import re

from minikeras.optimizers.rounding import rounded


class WeightDecay:
    """The part of `Optimizer` that applies weight decay, except to excluded variables."""

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exclude variables from weight decay.

        Args:
            var_list: Variables.
            var_names: strings (regular expressions); a variable whose name contains one of them does not decay.
                ["bias"] excludes all biases.
        """
        pattern = re.compile("|".join(set(var_names))) if var_names else None
        self._excluded_from_weight_decay = ({variable.index for variable in var_list or ()}, pattern)

    def _use_weight_decay(self, variable):
        ids, pattern = self._excluded_from_weight_decay
        return variable.index not in ids and (pattern is None or pattern.search(variable.path) is None)

    def _weight_decay_of(self, variable):
        return self.weight_decay

    def _apply_weight_decay(self, variables):
        learning_rate = None
        for variable in variables:
            weight_decay = self._weight_decay_of(variable)
            if weight_decay is not None and self._use_weight_decay(variable):
                learning_rate = float(self.learning_rate) if learning_rate is None else learning_rate
                array = variable.writable_array()
                real = array.dtype.type
                array -= array * rounded(weight_decay, real) * real(learning_rate)
