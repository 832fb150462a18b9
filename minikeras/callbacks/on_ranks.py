"""`CallbacksOnRanks`: the callbacks of training on several processes.

All ranks run the callbacks with the same logs, so that those that decide (EarlyStopping, learning rates) decide alike.
Those that only show or record (a progress bar, CSVLogger, TensorBoard, RemoteMonitor) run on rank 0. The ranks agree on
whether single batches are reported, since their results are summed over ranks. If one sets `stop_training`,
`stop_evaluating` or `stop_predicting`, all stop.
"""

from minikeras import tree
from minikeras.callbacks.callback_list import CallbackList
from minikeras.callbacks.csv_logger import CSVLogger
from minikeras.callbacks.progbar_logger import ProgbarLogger
from minikeras.callbacks.remote_monitor import RemoteMonitor
from minikeras.callbacks.tensorboard import TensorBoard
from minikeras.collectives.strategy import current_strategy

ON_FIRST_RANK = (CSVLogger, ProgbarLogger, RemoteMonitor, TensorBoard)


def callback_list(callbacks, model, **arguments):
    """The given CallbackList, or a new one; a `CallbacksOnRanks` if several processes train."""
    group, given = current_strategy().everyone, isinstance(callbacks, CallbackList)
    if group is None:
        return callbacks if given else CallbackList(callbacks, model=model, **arguments)
    if given:
        callbacks, arguments = callbacks.callbacks, callbacks.params or {}
    return CallbacksOnRanks(group, callbacks, model=model, **arguments)


class CallbacksOnRanks(CallbackList):
    """A CallbackList on one of several ranks. Its arguments are the ranks' `Group`, then those of `CallbackList`."""

    def __init__(self, group, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        self._group = group
        callbacks = tree.flatten(callbacks) if callbacks else []
        if group.rank:
            callbacks = [callback for callback in callbacks if not isinstance(callback, ON_FIRST_RANK)]
        super().__init__(callbacks, add_history, add_progbar and group.rank == 0, model, **params)

    def _find_batch_hooks(self):
        super()._find_batch_hooks()
        wanted = {hook for hook, found in self._batch_hooks.items() if found}
        self._agreed = set().union(*self._group.exchange(wanted))

    def on_train_batch_begin(self, batch, logs=None):
        super().on_train_batch_begin(batch, logs)
        self._agree_after("on_train_batch_begin", "stop_training")

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self._agree_after("on_train_batch_end", "stop_training")

    def on_test_batch_begin(self, batch, logs=None):
        super().on_test_batch_begin(batch, logs)
        self._agree_after("on_test_batch_begin", "stop_evaluating")

    def on_test_batch_end(self, batch, logs=None):
        super().on_test_batch_end(batch, logs)
        self._agree_after("on_test_batch_end", "stop_evaluating")

    def on_predict_batch_begin(self, batch, logs=None):
        super().on_predict_batch_begin(batch, logs)
        self._agree_after("on_predict_batch_begin", "stop_predicting")

    def on_predict_batch_end(self, batch, logs=None):
        super().on_predict_batch_end(batch, logs)
        self._agree_after("on_predict_batch_end", "stop_predicting")

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._agree("stop_training")

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self._agree("stop_training")

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        self._agree("stop_training")

    def _agree_after(self, hook, flag):
        if self._calls(hook):
            self._agree(flag)

    def _agree(self, flag):
        set_by_one = self._group.any(getattr(self.model, flag))
        if set_by_one != getattr(self.model, flag):  # a model's `__setattr__` is slow
            setattr(self.model, flag, set_by_one)

    def _calls(self, *hooks):
        return bool(self._agreed.intersection(hooks))
