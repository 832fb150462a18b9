"""Assignments to Variables, as ops that compute the new value from the previous one."""

from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.layers.normalization.batch_renormalization import set_variance, update_moving
from minikeras.layers.recurrent.rnn import keep_state
from minikeras.ops import cast, convert_to_tensor, maximum

METHODS = {
    "assign": lambda before, value, **settings: value,
    "assign_add": lambda before, delta, **settings: before + delta,
    "assign_sub": lambda before, delta, **settings: before - delta,
}
"""{method of a Variable: function of its previous value and the method's arguments that returns the new value}."""
FUNCTIONS = {
    update_moving: lambda before, statistic, momentum: before * momentum + statistic * (1.0 - momentum),
    keep_state: lambda before, state: state,
    set_variance: lambda before, stddev, epsilon: maximum(stddev * stddev - epsilon, 0.0),
}
"""The same for functions whose first argument is the Variable."""


class Assignment:
    """A call that replaces the value of a Variable.

    Attributes:
        variable: the Variable.
        before: the Tensor that it held.
    """

    def __init__(self, variable, rule, args, kwargs):
        self.variable, self.before = variable, variable.handle
        self._rule, self._args, self._kwargs = rule, args, kwargs

    @classmethod
    def of(cls, function, args, kwargs):
        """The `Assignment` of an effect; None if it is not an assignment."""
        if function in FUNCTIONS:
            return cls(args[0], FUNCTIONS[function], args[1:], kwargs)
        owner = getattr(function, "__self__", None)
        if isinstance(owner, Variable) and function.__name__ in METHODS:
            return cls(owner, METHODS[function.__name__], args, kwargs)
        return None

    @property
    def variables(self):
        """The Variables that the call reads."""
        return [self.variable, *[x for x in self._args if isinstance(x, Variable)]]

    def computed(self):
        """(the new value, what the call returns): a Tensor that ops compute, twice."""
        dtype = self.before.dtype
        args = [x if isinstance(x, (int, float)) else _tensor(x, dtype) for x in self._args]
        value = _tensor(self._rule(self.before, *args, **self._kwargs), dtype)
        return value, value


def _tensor(x, dtype):
    x = x.handle if isinstance(x, Variable) else x
    return cast(x, dtype) if isinstance(x, Tensor) else convert_to_tensor(x, dtype=dtype)
