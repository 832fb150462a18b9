"""`ranks_of(model)`: the part of `fit`, `evaluate` and `predict` for several processes that train one model.

    before         a check that all train with the same settings; the weights of rank 0 for all
    each step      this rank's rows (`shared_steps.py`); gradients are added between backward and update
    results        the states of metrics added over ranks, so that all ranks report the whole data's values
    each epoch     statistics that a rank keeps for itself (BatchNormalization's) become their mean over ranks
    predictions    of all ranks, joined in the order of the samples

The trainer calls the methods of `ranks` at these points (see `collectives/`). With one process it is `ALONE`, whose
methods do nothing.
"""

import zlib
from contextlib import ExitStack, closing

import numpy as np

from minikeras.collectives.agreement import check_agreement
from minikeras.collectives.strategy import current_strategy
from minikeras.data.division import divided
from minikeras.tensors.ragged import RaggedTensor
from minikeras.trainers.outputs import as_row, joined_batches
from minikeras.trainers.scaling_report import ScalingReport
from minikeras.trainers.shared_steps import may_differ, scopes_of, values_of


class OneProcess:
    """One process, which has all the data and no other to agree with."""

    def divided(self, data, what):
        """The adapter for this rank's rows of all batches; `what` is the subject of errors."""
        return data

    def begin_training(self, **settings):
        """Agree on the settings of `fit`, and begin with the weights of rank 0."""

    def call(self, function, batches):
        """Call a user's function (see `make_train_function`) with an iterator over a group of batches."""
        return function(iter(batches))

    def results(self, report):
        """The result of `report()`, metrics, over the data of all ranks."""
        return report()

    def mean(self, logs):
        """The values that a user's step returned for its last batch, averaged over the rows of all ranks.

        Those that are results of the model's metrics are the results over the data of all ranks.
        """
        return logs

    def end_epoch(self):
        """At the end of an epoch, before validation and callbacks: every rank has the same model."""

    def end_training(self):
        """Report whether training on several ranks paid."""

    def note_predicted(self, count):
        """Note how many batches have been predicted."""

    def joined(self, collected):
        """The outputs of all ranks in the order of the samples; `collected` has this rank's.

        Args:
            collected: for each batch (or several) a list of arrays, one for each output.
        """
        return collected


ALONE = OneProcess()


def ranks_of(model):
    """The `SeveralRanks` that divide each batch of a model, or `ALONE`. Splits the model's variables if asked to."""
    strategy = current_strategy()
    if strategy.group is None and strategy.split is None:
        return ALONE
    strategy.prepare(model)
    return ALONE if strategy.group is None else SeveralRanks(model, strategy)


class SeveralRanks:
    """The methods of `OneProcess` for several ranks, which must all call the same ones in the same order."""

    def __init__(self, model, strategy):
        self._model, self._strategy, self._group = model, strategy, strategy.group
        self._shares = []  # of each batch that was predicted

    def divided(self, data, what):
        return divided(data, self._strategy, what)

    def begin_training(self, **settings):
        check_agreement(self._group, "The arguments of `fit`", "Does the script branch on the rank?", **settings)
        model = self._model
        optimizer = getattr(model, "optimizer", None)
        variables = [*model.variables, *(optimizer.variables if optimizer is not None else [])]
        differing = _differing_variables(variables, self._group)
        first = self._group.broadcast([variable.array for variable in differing])
        _assign(differing, first)
        self._verdict = ScalingReport(self._group, sum(variable.array.size for variable in model.trainable_variables))

    def call(self, function, batches):
        with closing(self._in_their_shares(batches)) as iterator:
            return function(iterator)

    def _in_their_shares(self, batches):
        for batch, share in zip(batches, batches.shares, strict=True):
            with ExitStack() as stack:
                for scope in scopes_of(self._model, share):
                    stack.enter_context(scope)
                yield batch

    def results(self, report):
        with self._model._reports_of(self._group):
            return report()

    def mean(self, logs):
        if not logs:
            return logs
        weight = self._model._last_share.weight
        metrics = self._model.metrics
        any_metric = set(range(len(metrics)))  # of a rank without rows, whose step was undone
        own = {
            name: (weight * np.asarray(value), _metrics_at(value, metrics) if weight else any_metric)
            for name, value in logs.items()
        }
        given = self._group.exchange(own)
        means = {name: np.sum([other[name][0] for other in given], axis=0) for name in logs}
        positions = {name: set.intersection(*[other[name][1] for other in given]) for name in logs}
        with self._model._reports_of(self._group), self._model._metrics_of_all_ranks():
            return values_of(
                {name: metrics[min(positions[name])].result() if positions[name] else means[name] for name in logs}
            )

    def end_epoch(self):
        own = _differing_variables([v for v in self._model.non_trainable_variables if may_differ(v)], self._group)
        _assign(own, self._group.all_sum([variable.array for variable in own], 1 / self._group.size))

    def end_training(self):
        self._verdict.print_if_needed()

    def note_predicted(self, count):
        self._shares += [self._model._last_share] * count

    def joined(self, collected):
        own = [self._kept(joined_batches(parts)) for parts in zip(*collected, strict=True)]
        parts = self._group.exchange((own, [share.rows for share in self._shares]))
        order = _order_of([rows for _, rows in parts])
        return [[_in_order([outputs[i] for outputs, _ in parts], order) for i in range(len(own))]]

    def _kept(self, outputs):
        """The outputs without those of rows that are another rank's: an array, or a list of ragged rows."""
        kept = np.concatenate([np.full(share.computed, share.rows > 0) for share in self._shares])
        if not isinstance(outputs, RaggedTensor):
            return outputs[kept]
        return [row for row, is_own in zip(outputs, kept.tolist(), strict=True) if is_own]


def _in_order(of_ranks, order):
    """The outputs of all ranks as one: ragged if one is, or if they differ in another axis, as in one process."""
    arrays = [outputs for outputs in of_ranks if isinstance(outputs, np.ndarray)]
    if len(arrays) == len(of_ranks) and len({array.shape[1:] for array in arrays if len(array)}) <= 1:
        return np.concatenate([array for array in arrays if len(array)])[order]
    rows = [as_row(row) for outputs in of_ranks for row in outputs]
    return RaggedTensor.of_rows([rows[place] for place in order])


def _metrics_at(value, metrics):
    """The positions of the metrics whose result this value is."""
    value = np.asarray(value)
    return {place for place, metric in enumerate(metrics) if _is_result(metric, value)}


def _is_result(metric, value):
    result = metric.result()
    return not isinstance(result, dict) and np.array_equal(np.asarray(result), value)


def _differing_variables(variables, group):
    """The Variables whose values differ between ranks. (Values that are equal bit for bit are not sent.)"""
    sums = group.exchange(
        [zlib.crc32(np.ascontiguousarray(variable.array).reshape(-1).view(np.uint8)) for variable in variables]
    )
    return [variable for variable, *found in zip(variables, *sums, strict=True) if len(set(found)) > 1]


def _assign(variables, arrays):
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _order_of(rows_of_ranks):
    """The position of each sample in the joined rows of rank 0, rank 1, …, if each batch holds rows of all in turn."""
    rows = np.array(rows_of_ranks)  # (ranks, batches)
    starts = np.concatenate([[0], np.cumsum(rows.sum(axis=1))[:-1]])[:, None] + np.cumsum(rows, axis=1) - rows
    chunks = [np.arange(starts[rank, i], starts[rank, i] + rows[rank, i])
              for i in range(rows.shape[1]) for rank in range(rows.shape[0])]  # fmt: skip
    return np.concatenate(chunks)
