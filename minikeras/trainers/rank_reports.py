"""`RankReports`: combines the metrics of several ranks, each of which has seen a part of the data.

With one process nothing here is used.
"""

from contextlib import contextmanager

import numpy as np

from minikeras.collectives.share import state
from minikeras.collectives.strategy import current_strategy
from minikeras.trainers.ranks import ranks_of


class RankReports:
    """Mixin of `Trainer`. Results of metrics are over the data of all ranks of `_reporting_group`, or, within a step
    whose batch ranks divide, of `state.group`. With one process both are None."""

    _reporting_group = None
    _last_share = None  # of the batch that was computed last

    @contextmanager
    def _reports_of(self, group):
        before = self._reporting_group
        vars(self)["_reporting_group"] = group  # a model's `__setattr__` would count a change, and plans be checked
        try:
            yield
        finally:
            vars(self)["_reporting_group"] = before

    @contextmanager
    def _metrics_of_all_ranks(self):
        """A context in which the metrics hold the sums of all ranks' states."""
        group = self._reporting_group or state.group
        if group is None:
            yield
            return
        variables = [variable for metric in self.metrics for variable in metric.variables]
        local = [np.array(variable.array) for variable in variables]
        factors = [1 / group.size if v.aggregation == "mean" else 1.0 for v in variables]
        sums = group.all_sum([factor * array.astype("float64") for factor, array in zip(factors, local, strict=True)])
        try:
            _write(variables, sums)
            yield
        finally:
            _write(variables, local)

    @contextmanager
    def same_on_all_ranks(self):
        """A context in which metrics and statistics hold one process's values, to save a file during an epoch.

        All ranks must enter it.
        """
        ranks_of(self).end_epoch()
        with self._reports_of(current_strategy().group), self._metrics_of_all_ranks():
            yield


def _write(variables, arrays):
    for variable, array in zip(variables, arrays, strict=True):
        variable.writable_array()[...] = array
