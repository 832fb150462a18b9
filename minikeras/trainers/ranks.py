"""`Ranks`: what `fit`, `evaluate` and `predict` do where several processes train one model (see `collectives/`).

    before         the weights of rank 0 for all; a check that all train with the same settings
    each step      this rank's rows; its gradients are added to the others' between backward and update
    results        the states of metrics added over ranks, so that all ranks report the whole data's values
    each epoch     statistics that a rank keeps for itself (BatchNormalization's) become their mean over ranks
    predictions    of all ranks, joined in the order of the samples

With one process none of it runs.
"""

import zlib
from contextlib import contextmanager

import numpy as np

from minikeras.autodiff.variable import Variable
from minikeras.collectives.agreement import any_rank, check_agreement
from minikeras.collectives.share import working_on
from minikeras.collectives.strategy import current_strategy
from minikeras.trainers.verdict import Verdict


class Ranks:
    """Mixin of `Trainer`."""

    def _prepared_strategy(self):
        """The `Strategy` that is set, after it has split this model's variables if it is to."""
        strategy = current_strategy()
        strategy.prepare(self)
        return strategy

    def _begin_training_on_ranks(self, strategy, **settings):
        """Before `fit`: agree on the settings, and begin with the weights of rank 0."""
        group = strategy.group
        if group is None:
            return None
        check_agreement(group, "The arguments of `fit`", "Does the script branch on the rank?", **settings)
        self._share_state_of_first_rank(group)
        return Verdict(group, sum(variable.array.size for variable in self.trainable_variables))

    def _share_state_of_first_rank(self, group):
        variables = _that_differ(self._all_variables(), group)
        for variable, array in zip(variables, group.broadcast([v.array for v in variables]), strict=True):
            variable.assign(array)

    def _all_variables(self):
        optimizer = getattr(self, "optimizer", None)
        return [*self.variables, *(optimizer.variables if optimizer is not None else [])]

    def _agree_to_stop(self, group, wants_batches):
        """Where callbacks see batches, one rank's `stop_training` stops all."""
        if group is not None and wants_batches:
            self.stop_training = any_rank(group, self.stop_training)

    def _end_epoch_on_ranks(self, group):
        """At the end of an epoch, before validation and callbacks: every rank has the same model."""
        if group is None:
            return
        own = _that_differ([v for v in self.non_trainable_variables if _may_differ(v)], group)
        for variable, mean in zip(own, group.all_sum([v.array for v in own], 1 / group.size), strict=True):
            variable.assign(mean)

    @contextmanager
    def same_on_all_ranks(self):
        """Within it, metrics and statistics hold what one process would have: for a file in the middle of an epoch.

        All ranks must enter it.
        """
        group = current_strategy().group
        self._end_epoch_on_ranks(group)
        with self._reports_of(group), self._metrics_of_all_ranks():
            yield

    @contextmanager
    def _metrics_of_all_ranks(self):
        """Within it, the metrics hold the sums of all ranks' states."""
        group = self._reporting_group
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

    _last_share = None  # of the batch that was computed last
    _reporting_group = None  # the ranks of which `get_metrics_result` reports, between steps

    @contextmanager
    def _reports_of(self, group):
        before = self._reporting_group
        vars(self)["_reporting_group"] = group  # a model's `__setattr__` would note a change, and plans be checked
        try:
            yield
        finally:
            vars(self)["_reporting_group"] = before

    def _mean_of_ranks(self, logs, group):
        """The values that a step of the user's own reported of its last batch, averaged over the rows of all ranks."""
        if group is None or not logs:
            return logs
        weight = self._last_share.weight
        given = group.exchange({name: weight * np.asarray(value) for name, value in logs.items()})
        return {name: np.sum([other[name] for other in given], axis=0) for name in logs}

    def _scopes_of(self, share):
        """What a step on a share runs within."""
        group = current_strategy().group
        vars(self)["_last_share"] = share  # without `__setattr__`, see `_reports_of`
        if share.rows:
            return [working_on(share, group)]
        return [working_on(share, group), _Undone(self)]

    def _iterator(self, batches):
        """An iterator over a group of batches for a function of the user's; each comes within its share."""
        shares, group = getattr(batches, "shares", None), current_strategy().group
        if shares is None:
            yield from batches
            return
        for batch, share in zip(batches, shares, strict=True):
            with working_on(share, group):
                yield batch

    def _joined_predictions(self, collected, shares, group):
        """The outputs of all ranks in the order of the samples: a list of arrays for each output.

        Args:
            collected: this rank's outputs, for each batch (or several) a list of arrays.
            shares: the `Share` of each batch.
            group: the ranks.
        """
        own = [np.concatenate(parts) for parts in zip(*collected, strict=True)]
        kept = np.concatenate([np.full(share.computed, share.rows > 0) for share in shares])
        parts = group.exchange(([array[kept] for array in own], [share.rows for share in shares]))
        order = _order_of([rows for _, rows in parts])
        return [np.concatenate([arrays[i] for arrays, _ in parts])[order] for i in range(len(own))]


class _Undone:
    """Within it, a rank computes on a row that is another's, so that it takes part in every sum; at its end all that

    the row changed is as before: metrics, statistics. (Not the weights, which the others' gradients changed, nor the
    states of random generators.)"""

    def __init__(self, model):
        self._model = model

    def _variables(self):
        metrics = [variable for metric in self._model.metrics for variable in metric.variables]
        return metrics, [v for v in self._model.non_trainable_variables if _may_differ(v)]

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


def _that_differ(variables, group):
    """Those that have not the same bits on all ranks. (What is equal stays so, to the bit, and is not sent.)"""
    sums = group.exchange(
        [zlib.crc32(np.ascontiguousarray(variable.array).reshape(-1).view(np.uint8)) for variable in variables]
    )
    return [variable for variable, *found in zip(variables, *sums, strict=True) if len(set(found)) > 1]


def _may_differ(variable):
    """Whether a non-trainable Variable may have another value on each rank: a statistic, no counter or seed."""
    return isinstance(variable, Variable) and variable.array.dtype.kind == "f"


def _write(variables, arrays):
    for variable, array in zip(variables, arrays, strict=True):
        variable.writable_array()[...] = array


def _order_of(rows_of_ranks):
    """Where each sample is among those of rank 0, of rank 1, …, if each batch holds rows of all ranks in turn."""
    rows = np.array(rows_of_ranks)  # (ranks, batches)
    starts = np.concatenate([[0], np.cumsum(rows.sum(axis=1))[:-1]])[:, None] + np.cumsum(rows, axis=1) - rows
    chunks = [np.arange(starts[rank, i], starts[rank, i] + rows[rank, i])
              for i in range(rows.shape[1]) for rank in range(rows.shape[0])]  # fmt: skip
    return np.concatenate(chunks)
