"""`LambdaCallback`: functions as hooks, without a class."""

from minikeras.base.messages import warn
from minikeras.base.suggestions import did_you_mean
from minikeras.callbacks.callback import Callback


class LambdaCallback(Callback):
    """Calls the given functions as hooks.

        model.fit(x, y, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))])

    Args:
        on_epoch_begin, on_epoch_end: functions `(epoch, logs)`.
        on_train_begin, on_train_end: functions `(logs)`.
        on_train_batch_begin, on_train_batch_end: functions `(batch, logs)`; the second parameter must be named `logs`.
        kwargs: functions for the other hooks (`on_test_begin`, `on_predict_batch_end`, …), and attributes of any other
            name. A name that begins with `on_` and is not a hook gives a warning.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        hooks = [name for name in dir(Callback) if name.startswith("on_")]
        for name, value in kwargs.items():
            if name.startswith("on_") and name not in hooks:
                warn(f"A callback has no hook {name!r}: nothing will call it.{did_you_mean(name, hooks)}")
            setattr(self, name, value)
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)  # on the instance, where it shadows the class's empty method
