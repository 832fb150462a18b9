"""`CallbackList`: all callbacks of one `fit`, `evaluate` or `predict`, called as one."""

from contextlib import contextmanager

from minikeras import tree
from minikeras.callbacks.callback import Callback
from minikeras.callbacks.history import History
from minikeras.callbacks.progbar_logger import ProgbarLogger

BATCH_HOOKS = (
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_batch_begin",
    "on_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_predict_batch_begin",
    "on_predict_batch_end",
)
NO_HOOKS = dict.fromkeys(BATCH_HOOKS, ())
ALSO_CALLED_AS = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class CallbackList(Callback):
    """Passes each hook on to several callbacks, in order.

    Batch hooks run thousands of times, so only those that a callback defines are called. They are determined when
    training, evaluation or prediction begins.

    Args:
        callbacks: a callback, or a nested list of them.
        add_history: add a `History` if there is none.
        add_progbar: add a `ProgbarLogger` if there is none.
        model: passed to each callback by `set_model`; its `history` attribute becomes the `History`.
        params: passed to each callback by `set_params`.

    Raises:
        TypeError: something other than a callback is among them.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = tree.flatten(callbacks) if callbacks else []
        for callback in self.callbacks:
            _check_is_callback(callback)
        self._history = _last_of(History, self.callbacks)
        if add_history and self._history is None:
            self._history = History()
            self.callbacks.append(self._history)
        if add_progbar and _last_of(ProgbarLogger, self.callbacks) is None:
            self.callbacks.append(ProgbarLogger())
        self._find_batch_hooks()
        if model:
            self.set_model(model)
        self.set_params(params)

    def append(self, callback):
        """Add a callback at the end."""
        _check_is_callback(callback)
        self.callbacks.append(callback)
        self._find_batch_hooks()

    def set_params(self, params):
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        if self._history:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def _find_batch_hooks(self):
        if not self.callbacks:
            self._batch_hooks = NO_HOOKS
            return
        watching = [callback for callback in self.callbacks if getattr(callback, "_watches_batches", True)]
        self._batch_hooks = {
            hook: [getattr(callback, hook) for callback in watching if _defines(callback, hook)] for hook in BATCH_HOOKS
        }

    def wants_batches(self, kind):
        """Whether a callback has hooks for batches of "train", "test" or "predict"."""
        return self._calls(f"on_{kind}_batch_begin", f"on_{kind}_batch_end")

    def wants_logs(self, kind):
        """Whether a callback reads the metrics or outputs after each batch. If none does, they are not computed."""
        return self._calls(f"on_{kind}_batch_end")

    def _calls(self, *hooks):
        return any(self._batch_hooks[hook] for hook in hooks)

    # --- batches: `logs` is passed by name, as in Keras, so that hooks defined as `(batch, **kwargs)` work too --------

    def on_train_batch_begin(self, batch, logs=None):
        for hook in self._batch_hooks["on_train_batch_begin"]:
            hook(batch, logs=logs or {})

    def on_train_batch_end(self, batch, logs=None):
        for hook in self._batch_hooks["on_train_batch_end"]:
            hook(batch, logs=logs or {})

    def on_batch_begin(self, batch, logs=None):
        for hook in self._batch_hooks["on_batch_begin"]:
            hook(batch, logs=logs or {})

    def on_batch_end(self, batch, logs=None):
        for hook in self._batch_hooks["on_batch_end"]:
            hook(batch, logs=logs or {})

    def on_test_batch_begin(self, batch, logs=None):
        for hook in self._batch_hooks["on_test_batch_begin"]:
            hook(batch, logs=logs or {})

    def on_test_batch_end(self, batch, logs=None):
        for hook in self._batch_hooks["on_test_batch_end"]:
            hook(batch, logs=logs or {})

    def on_predict_batch_begin(self, batch, logs=None):
        for hook in self._batch_hooks["on_predict_batch_begin"]:
            hook(batch, logs=logs or {})

    def on_predict_batch_end(self, batch, logs=None):
        for hook in self._batch_hooks["on_predict_batch_end"]:
            hook(batch, logs=logs or {})

    # --- everything else --------------------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch, logs=None):
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_train_begin(self, logs=None):
        self._find_batch_hooks()
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_train_begin(logs)

    def on_train_end(self, logs=None):
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_train_end(logs)

    @contextmanager
    def releasing_after_errors(self):
        """Context manager: after an error or Ctrl-C, callbacks free their resources (terminals, observers)."""
        try:
            yield
        except BaseException:
            for callback in self.callbacks:
                if isinstance(callback, Callback):
                    callback._release()
            raise

    def on_test_begin(self, logs=None):
        self._find_batch_hooks()
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_test_begin(logs)

    def on_test_end(self, logs=None):
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_test_end(logs)

    def on_predict_begin(self, logs=None):
        self._find_batch_hooks()
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_predict_begin(logs)

    def on_predict_end(self, logs=None):
        logs = logs or {}
        for callback in self.callbacks:
            callback.on_predict_end(logs)


def _last_of(kind, callbacks):
    return next((callback for callback in reversed(callbacks) if isinstance(callback, kind)), None)


def _check_is_callback(callback):
    if isinstance(callback, type):
        raise TypeError(
            "`callbacks` must be instances, but received a class. "
            f"Did you mean `{callback.__name__}()`? Received: {callback}"
        )
    if not (hasattr(callback, "set_model") and hasattr(callback, "on_epoch_end")):
        raise TypeError(
            "`callbacks` must be instances of `keras.callbacks.Callback`. A function can be wrapped: "
            f"`LambdaCallback(on_epoch_end=function)`. Received: {callback!r} (of type {type(callback).__name__})"
        )


def _defines(callback, hook):
    """Whether a callback overrides a hook, or its alias."""
    method = getattr(callback, hook)
    if getattr(method, "__func__", method) is not getattr(Callback, hook):
        return True
    return hook in ALSO_CALLED_AS and _defines(callback, ALSO_CALLED_AS[hook])
