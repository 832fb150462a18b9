"""The scopes of a step on a batch that several processes divide (see `collectives/`)."""

import numpy as np

from minikeras import tree
from minikeras.autodiff.tensor import Tensor
from minikeras.autodiff.variable import Variable
from minikeras.collectives.share import working_on
from minikeras.collectives.strategy import current_strategy


def scopes_of(model, share):
    """The context managers around a model's step on a `Share` of a batch."""
    vars(model)["_last_share"] = share  # a model's `__setattr__` would note a change, and plans be checked
    own = working_on(share, current_strategy().group)
    return [own] if share.rows else [own, UndoneStep(model)]


class UndoneStep:
    """A context in which a rank without rows computes on a row of another rank, so that it takes part in every sum.

    At its end, metrics and statistics are restored. (Not so the weights, which the others' gradients changed, the
    states of random generators, and the statistics of synchronized layers, which are over all rows.)
    """

    def __init__(self, model):
        self._model = model

    def _variables(self):
        metrics = [variable for metric in self._model.metrics for variable in metric.variables]
        of_all = {id(v) for layer in self._model._flatten_layers() if getattr(layer, "synchronized", False)
                  for v in layer.non_trainable_variables}  # fmt: skip
        return metrics, [v for v in self._model.non_trainable_variables if may_differ(v) and id(v) not in of_all]

    def __enter__(self):
        metrics, statistics = self._variables()
        self._before = {id(variable): np.array(variable.array) for variable in [*metrics, *statistics]}

    def __exit__(self, *error):
        metrics, statistics = self._variables()
        for variable in metrics:
            variable.writable_array()[...] = self._before.get(id(variable), 0)
        for variable in statistics:
            if id(variable) in self._before:
                variable.writable_array()[...] = self._before[id(variable)]


def may_differ(variable):
    """Whether a non-trainable Variable may have a different value on each rank: a statistic, no counter or seed."""
    return isinstance(variable, Variable) and variable.array.dtype.kind == "f"


def values_of(results):
    """The current results of metrics, copied if they are a metric's state, which will change."""
    return tree.map_structure(lambda x: Tensor(np.array(x.array)) if isinstance(x, Variable) else x, results)
